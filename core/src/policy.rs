//! Whose rows a row-level security policy lets through.
//!
//! A policy's expression is read into a [`Condition`], in which everything that is not known to say
//! whose a row is counts as true. What such a condition can let through is a matter of sets.

/// What a part of a policy's expression says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing passes.
    Never,
    /// The row is the current organization's.
    Own,
    /// The row is no organization's: all of them share it.
    Shared,
    /// The row is the current user's, in whichever organization.
    Users,
    /// No organization is set.
    NoContext,
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// Something that does not say whose the row is.
    Unknown,
}

/// The rows that pass besides the current organization's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Rows of any organization.
    pub others: bool,
    /// The current user's own rows in any organization or in none.
    pub users: bool,
    /// Rows of no organization, while one is set.
    pub shared: bool,
}

impl Condition {
    /// The rows that pass besides the current organization's own.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            Self::Never | Self::Own => Reach::default(),
            Self::Shared => Reach {
                shared: true,
                ..Reach::default()
            },
            Self::Users => Reach {
                users: true,
                ..Reach::default()
            },
            Self::NoContext | Self::Unknown => Reach::EVERYTHING,
            Self::All(parts) => {
                let mut reach = parts
                    .iter()
                    .fold(Reach::EVERYTHING, |reach, part| reach.and(part.reach()));
                // Rows of no organization, for nobody in particular: none reaches an organization.
                if self.needs_no_context() && !reach.others {
                    reach.shared = false;
                }
                reach
            }
            Self::Any(parts) => parts
                .iter()
                .fold(Reach::default(), |reach, part| reach.or(part.reach())),
        }
    }

    fn needs_no_context(&self) -> bool {
        match self {
            Self::NoContext => true,
            Self::All(parts) => parts.iter().any(Self::needs_no_context),
            _ => false,
        }
    }
}

impl Reach {
    const EVERYTHING: Self = Self {
        others: true,
        users: true,
        shared: true,
    };

    /// What two conditions let through together.
    fn and(self, other: Self) -> Self {
        if self.others {
            return other;
        }
        if other.others {
            return self;
        }
        Self {
            others: false,
            // A row of no organization that is the user's passes both of these.
            users: self.users && (other.users || other.shared) || self.shared && other.users,
            shared: self.shared && other.shared,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            others: self.others || other.others,
            users: self.users || other.users,
            shared: self.shared || other.shared,
        }
    }

    /// The sets by name, the widest alone where it is among them.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        if self.others {
            return vec!["others"];
        }
        [(self.users, "users"), (self.shared, "shared")]
            .into_iter()
            .filter_map(|(reached, name)| reached.then_some(name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Condition::{All, Any, Never, NoContext, Own, Shared, Unknown, Users};
    use super::*;

    #[test]
    fn names_what_passes() {
        let cases: &[(Condition, &[&str])] = &[
            (Own, &[]),
            (Never, &[]),
            (Unknown, &["others"]),
            (NoContext, &["others"]),
            (All(vec![]), &["others"]),
            (Any(vec![]), &[]),
            (All(vec![Own, Unknown]), &[]),
            (Any(vec![Own, Unknown]), &["others"]),
            (Any(vec![Own, Never]), &[]),
            (Any(vec![Shared, Own]), &["shared"]),
            (Any(vec![Users, Own]), &["users"]),
            (Any(vec![Users, Shared]), &["users", "shared"]),
            (All(vec![Users, Shared]), &["users"]),
            (All(vec![Users, Own]), &[]),
            (All(vec![Users, Unknown]), &["users"]),
            (All(vec![Shared, NoContext]), &[]),
            (All(vec![All(vec![NoContext, Unknown]), Shared]), &[]),
            (All(vec![Users, NoContext]), &["users"]),
            (
                All(vec![Any(vec![Shared, NoContext]), Unknown]),
                &["others"],
            ),
        ];
        for (condition, names) in cases {
            assert_eq!(&condition.reach().names(), names, "{condition:?}");
        }
    }
}
