//! Plans of partitions: tables of cases, and what must hold for any.

use pg_crm_core::partition::{Period, Range, expired, lower_bound, name, next, plan};
use proptest::prelude::*;

const DAY: i64 = 86_400_000_000;

/// A range in days since the epoch.
fn days(lower: i64, upper: i64) -> Range {
    Range {
        lower: lower * DAY,
        upper: upper * DAY,
    }
}

#[test]
fn plans() {
    // Periods of 10 days: bounds at 0, 10, 20, ...; now is day 34.
    for (case, premake, existing, expected) in [
        (
            "an empty table",
            2,
            &[][..],
            &[(30, 40), (40, 50), (50, 60)][..],
        ),
        ("no premake", 0, &[], &[(30, 40)]),
        ("nothing to do", 1, &[(30, 40), (40, 50)], &[]),
        (
            "the next ones",
            2,
            &[(20, 30), (30, 40)],
            &[(40, 50), (50, 60)],
        ),
        (
            "more than enough",
            1,
            &[(30, 40), (40, 50), (50, 60), (60, 70)],
            &[],
        ),
        ("unsorted", 1, &[(40, 50), (30, 40)], &[]),
        ("neglected", 0, &[(0, 10)], &[(10, 20), (20, 30), (30, 40)]),
        (
            "an old gap stays",
            1,
            &[(0, 10), (20, 30)],
            &[(30, 40), (40, 50)],
        ),
        (
            "a gap ahead",
            3,
            &[(30, 40), (50, 60)],
            &[(40, 50), (60, 70)],
        ),
        ("a long one", 2, &[(30, 45)], &[(45, 50), (50, 60)]),
        ("a short one", 0, &[(33, 36)], &[(30, 33), (36, 40)]),
        (
            "two short ones",
            0,
            &[(31, 32), (33, 36)],
            &[(30, 31), (32, 33), (36, 40)],
        ),
        ("an odd old one", 0, &[(15, 25)], &[(25, 30), (30, 40)]),
        (
            "overlapping, as other tables may",
            1,
            &[(28, 36), (30, 32)],
            &[(36, 40), (40, 50)],
        ),
        ("only later ones", 1, &[(60, 70)], &[(30, 40), (40, 50)]),
        (
            "one over the horizon",
            1,
            &[(30, 40), (45, 99)],
            &[(40, 45)],
        ),
        ("an empty one", 0, &[(35, 35), (39, 31)], &[(30, 40)]),
    ] {
        let existing: Vec<Range> = existing.iter().map(|&(l, u)| days(l, u)).collect();
        let expected: Vec<Range> = expected.iter().map(|&(l, u)| days(l, u)).collect();
        let planned = plan(Period::Days(10), 34 * DAY + 5, premake, &existing);
        assert_eq!(planned, expected, "{case}");
    }
}

#[test]
fn open_ends() {
    let past = Range {
        lower: i64::MIN,
        upper: 20 * DAY,
    };
    let future = Range {
        lower: 40 * DAY,
        upper: i64::MAX,
    };
    assert_eq!(
        plan(Period::Days(10), 34 * DAY, 5, &[future, past]),
        [days(20, 30), days(30, 40)]
    );
    let all = Range {
        lower: i64::MIN,
        upper: i64::MAX,
    };
    assert_eq!(plan(Period::Days(10), 34 * DAY, 5, &[all]), []);
    // The last range would end after the last instant: none is made.
    assert_eq!(plan(Period::Months(1), i64::MAX, 3, &[]), []);
}

#[test]
fn expiry() {
    let existing = [days(30, 40), days(0, 10), days(10, 20), days(20, 30)];
    for (cutoff, expected) in [
        (9 * DAY, &[][..]),
        (10 * DAY, &[1][..]),
        (10 * DAY + 1, &[1]),
        (30 * DAY - 1, &[1, 2]),
        (i64::MAX, &[0, 1, 2, 3]),
    ] {
        assert_eq!(expired(cutoff, &existing), expected, "{cutoff}");
    }
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1_u32..14).prop_map(Period::Months),
        (1_u32..40).prop_map(Period::Days),
        prop::sample::select(vec![1, 2, 3, 4, 6, 8, 12]).prop_map(Period::Hours),
    ]
}

/// Ranges around day 0 that do not overlap, as the partitions of one table.
fn existing() -> impl Strategy<Value = Vec<Range>> {
    let bounds = prop::collection::vec(-2_000_i64..2_000, 0..16);
    (
        bounds,
        any::<u64>(),
        prop_oneof![Just(1), Just(DAY / 24), Just(DAY)],
    )
        .prop_map(|(mut bounds, kept, unit)| {
            bounds.sort_unstable();
            bounds
                .windows(2)
                .enumerate()
                .filter(|(i, _)| kept >> i & 1 == 1)
                .map(|(_, w)| Range {
                    lower: w[0] * unit,
                    upper: w[1] * unit,
                })
                .filter(|r| !r.is_empty())
                .collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(5_000)
    })]

    #[test]
    fn plans_leave_no_gap_and_overlap_nothing(
        period in period(),
        now in -1_500 * DAY..1_500 * DAY,
        premake in 0_u32..8,
        existing in existing(),
    ) {
        let planned = plan(period, now, premake, &existing);

        let current = lower_bound(period, now);
        let newest = existing.iter().map(|r| r.lower).filter(|&l| l <= now).max();
        let start = newest.map_or(current, |l| l.min(current));
        let mut horizon = current;
        for _ in 0..=premake {
            horizon = next(period, horizon).unwrap_or(horizon);
        }

        // Each is in its place, in order, and within one range of the period.
        for range in &planned {
            prop_assert!(start <= range.lower && range.lower < range.upper && range.upper <= horizon);
            prop_assert!(next(period, range.lower).is_some_and(|bound| range.upper <= bound));
        }
        prop_assert!(planned.windows(2).all(|w| w[0].upper <= w[1].lower));

        // Old and new ones together cover everything from `start` to `horizon`, and only once.
        let mut all = [planned.clone(), existing].concat();
        all.sort_unstable();
        prop_assert!(all.windows(2).all(|w| w[0].upper <= w[1].lower));
        let mut covered = start;
        for range in all.iter().filter(|r| r.upper > start && r.lower < horizon) {
            prop_assert!(range.lower <= covered, "a gap at {}", covered);
            covered = range.upper;
        }
        prop_assert!(covered >= horizon);

        // Once they are made there is nothing to do, and each has a name of its own.
        prop_assert_eq!(plan(period, now, premake, &all), []);
        let mut names: Vec<String> = planned.iter().map(|r| name("events", period, r.lower)).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), planned.len());
    }
}
