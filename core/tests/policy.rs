//! Whatever a policy lets through, its reach names.

use pg_crm_core::policy::Condition;
use proptest::prelude::*;

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Organization {
    Current,
    Another,
    None,
}

/// A row, and whether a session that asks for it has a context.
#[derive(Debug, Clone, Copy)]
struct Case {
    organization: Organization,
    is_users: bool,
    has_context: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for organization in [
        Organization::Current,
        Organization::Another,
        Organization::None,
    ] {
        for is_users in [false, true] {
            for has_context in [false, true] {
                // Without a context no organization is the current one.
                if has_context || organization != Organization::Current {
                    cases.push(Case {
                        organization,
                        is_users,
                        has_context,
                    });
                }
            }
        }
    }
    cases
}

/// What the server would say, where all that is unknown were true.
fn passes(condition: &Condition, case: Case) -> bool {
    match condition {
        Condition::Never => false,
        Condition::Own => case.organization == Organization::Current,
        Condition::Shared => case.organization == Organization::None,
        Condition::Users => case.is_users,
        Condition::NoContext => !case.has_context,
        Condition::All(parts) => parts.iter().all(|part| passes(part, case)),
        Condition::Any(parts) => parts.iter().any(|part| passes(part, case)),
        Condition::Unknown => true,
    }
}

fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        Just(Condition::Never),
        Just(Condition::Own),
        Just(Condition::Shared),
        Just(Condition::Users),
        Just(Condition::NoContext),
        Just(Condition::Unknown),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            prop::collection::vec(inner, 0..4).prop_map(Condition::Any),
        ]
    })
}

proptest! {
    #[test]
    fn every_row_that_passes_is_named(condition in conditions()) {
        let reach = condition.reach();
        for case in cases().into_iter().filter(|case| passes(&condition, *case)) {
            let named = reach.others
                || case.organization == Organization::Current
                || reach.users && case.is_users
                || reach.shared && case.organization == Organization::None
                // Nobody in particular sees what is nobody's.
                || !case.has_context && case.organization == Organization::None;
            prop_assert!(named, "{case:?} passes, {reach:?}");
        }
    }

    /// A restrictive policy can only help, a permissive one only harm.
    #[test]
    fn conditions_that_are_added_change_the_reach_one_way(a in conditions(), b in conditions()) {
        let alone = a.reach();
        let both = Condition::All(vec![a.clone(), b.clone()]).reach();
        prop_assert!(alone.others || !both.others);
        let either = Condition::Any(vec![a, b]).reach();
        prop_assert!(either.others || !alone.others);
        prop_assert!(either.shared || either.others || !alone.shared);
        prop_assert!(either.users || either.others || !alone.users);
    }
}
