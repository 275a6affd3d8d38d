//! The server's wording of definitions, made shorter.

pub(super) fn months(interval: &str) -> String {
    interval.replace(" mon", " month")
}

/// What a CHECK says; of another constraint its whole definition.
pub(super) fn condition(definition: &str) -> &str {
    definition
        .strip_prefix("CHECK ")
        .map_or(definition, unwrapped)
}

/// Without the parentheses around the whole.
pub(super) fn unwrapped(expression: &str) -> &str {
    let mut inner = expression;
    while let Some(stripped) = inner.strip_prefix('(').and_then(|s| s.strip_suffix(')')) {
        if !is_balanced(stripped) {
            break;
        }
        inner = stripped;
    }
    inner
}

/// Whether no parenthesis closes one that was opened before. Those in literals are not counted.
fn is_balanced(expression: &str) -> bool {
    let mut depth = 0;
    let mut quoted = false;
    for character in expression.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The server's long words by their short names, on one line.
pub(super) fn tidy(sql: &str) -> String {
    const SHORT: &[(&str, &str)] = &[
        ("character varying", "varchar"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        (
            "(( SELECT tenancy.current_org_id() AS current_org_id))",
            "(SELECT tenancy.current_org_id())",
        ),
        (
            "(( SELECT tenancy.current_user_id() AS current_user_id))",
            "(SELECT tenancy.current_user_id())",
        ),
    ];
    let mut text = sql
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    for (long, short) in SHORT {
        text = text.replace(long, short);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_around_the_whole_are_taken_off() {
        let cases = [
            ("CHECK ((a > 0))", "a > 0"),
            ("CHECK ((a) = (b))", "(a) = (b)"),
            ("CHECK (((a) = (b)))", "(a) = (b)"),
            ("CHECK (a ~ '^(x'::text)", "a ~ '^(x'::text"),
            ("CHECK (a <> ')' AND (b))", "a <> ')' AND (b)"),
            ("CHECK (a > 0) NO INHERIT", "(a > 0) NO INHERIT"),
            ("UNIQUE (a, b)", "UNIQUE (a, b)"),
        ];
        for (definition, expected) in cases {
            assert_eq!(condition(definition), expected, "{definition}");
        }
    }
}
