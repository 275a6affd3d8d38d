//! Times that go with states: a deal that is closed has a time of closing, an open one has none.
//!
//! A rule reads `closed_at: won, lost; archived`: the time is given in the states before the
//! semicolon, may be given in those after it, and is not given in any other.

/// When one time column is given.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Name of the time column.
    pub column: &'a str,
    required: Vec<&'a str>,
    allowed: Vec<&'a str>,
}

/// What becomes of the time.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Action {
    /// It stays as written.
    Keep,
    /// It is now.
    Set,
    /// It is forgotten.
    Clear,
}

impl<'a> Rule<'a> {
    /// Reads `column: state, state; state`. `None` where the text is no rule.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (column, states) = text.split_once(':')?;
        let (required, allowed) = states.split_once(';').unwrap_or((states, ""));
        let rule = Self {
            column: column.trim(),
            required: words(required),
            allowed: words(allowed),
        };
        (!rule.column.is_empty() && !rule.required.is_empty()).then_some(rule)
    }

    /// What becomes of a time that is `given` or not, in this state.
    ///
    /// `carried` tells that it is the one the row had before: only such a time is forgotten, a time
    /// that was written together with the wrong state is a mistake for a CHECK to refuse.
    pub fn action(&self, state: Option<&str>, given: bool, carried: bool) -> Action {
        let among = |states: &[&str]| state.is_some_and(|s| states.contains(&s));
        if among(&self.required) {
            if given { Action::Keep } else { Action::Set }
        } else if given && carried && !among(&self.allowed) {
            Action::Clear
        } else {
            Action::Keep
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule<'_> {
        Rule::parse(text).unwrap_or_else(|| unreachable!("{text} is a rule"))
    }

    #[test]
    fn a_rule_is_a_column_and_its_states() {
        let rule = rule(" closed_at : won,lost ; archived ");
        assert_eq!(rule.column, "closed_at");
        assert_eq!(rule.required, ["won", "lost"]);
        assert_eq!(rule.allowed, ["archived"]);
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "closed_at", "closed_at:", ": won", "closed_at: ; won"] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_follow_states() {
        let rule = rule("closed_at: won, lost; archived");
        for (state, given, carried, action) in [
            (Some("won"), false, false, Action::Set),
            (Some("lost"), false, true, Action::Set),
            (Some("won"), true, true, Action::Keep),
            (Some("won"), true, false, Action::Keep),
            (Some("open"), true, true, Action::Clear),
            (Some("open"), true, false, Action::Keep),
            (Some("open"), false, true, Action::Keep),
            (Some("archived"), true, true, Action::Keep),
            (Some("archived"), false, true, Action::Keep),
            (None, true, true, Action::Clear),
            (None, false, false, Action::Keep),
        ] {
            assert_eq!(
                rule.action(state, given, carried),
                action,
                "{state:?}, given: {given}, carried: {carried}"
            );
        }
    }
}
