//! What a partition is called.

use std::fmt::Write;

use super::civil::{DAY, Date, HOUR, day_of};
use super::{Period, lower_bound};

/// The longest name that PostgreSQL keeps whole, in bytes (`NAMEDATALEN - 1`).
pub const MAX_NAME: usize = 63;

/// The name of the partition of `table` that begins at `lower`, at most [`MAX_NAME`] bytes long.
///
/// `<table>_YYYY_MM` for months, `<table>_YYYY_MM_DD` for days, `<table>_YYYY_MM_DD_HH` for hours,
/// in UTC. Two partitions of one table never share a name: a lower bound between the period's own
/// bounds, as [`plan`](super::plan) gives to a range beside a partition of other bounds, is told as
/// exactly as it takes (`_DD`, `_HH`, then `_MMSS` and microseconds). Years before 1 are `bcYYYY`.
///
/// Where the whole would be too long, the table's name is cut after a whole character and followed
/// by `_` and eight hexadecimal digits that depend on all of it. They come from FNV-1a, so that
/// they are the same in every version and on every machine.
pub fn name(table: &str, period: Period, lower: i64) -> String {
    fitted(table, &suffix(period, lower))
}

/// The name of `table`'s default partition, `<table>_default`, shortened like the others.
pub fn default_name(table: &str) -> String {
    fitted(table, "_default")
}

/// `<table><suffix>`, shortened like the names of partitions.
pub fn fitted(table: &str, suffix: &str) -> String {
    if table.len() + suffix.len() <= MAX_NAME {
        return format!("{table}{suffix}");
    }
    let digest = format!("_{:08x}", digest(table));
    let room = MAX_NAME.saturating_sub(digest.len() + suffix.len());
    format!(
        "{}{digest}{suffix}",
        &table[..table.floor_char_boundary(room)]
    )
}

/// `_YYYY_MM` and what else it takes to tell `lower`.
fn suffix(period: Period, lower: i64) -> String {
    let date = Date::of_day(day_of(lower));
    let time = lower.rem_euclid(DAY);
    let hour = time / HOUR;

    let mut text = String::with_capacity(32);
    // Writing to a String cannot fail.
    let _ = match date.year {
        1.. => write!(text, "_{:04}", date.year),
        _ => write!(text, "_bc{:04}", 1 - date.year),
    };
    let _ = write!(text, "_{:02}", date.month);
    let own = lower_bound(period, lower) == lower;
    let months = own && matches!(period, Period::Months(_));
    if months {
        return text;
    }
    let _ = write!(text, "_{:02}", date.day);
    if time == 0 && !matches!(period, Period::Hours(_)) {
        return text;
    }
    let _ = write!(text, "_{hour:02}");
    let rest = time % HOUR;
    if rest != 0 {
        let seconds = rest / 1_000_000;
        let _ = write!(text, "_{:02}{:02}", seconds / 60, seconds % 60);
        if rest % 1_000_000 != 0 {
            let _ = write!(text, "_{:06}", rest % 1_000_000);
        }
    }
    text
}

/// FNV-1a with 64 bits (Fowler, Noll, Vo), its halves joined by exclusive or.
fn digest(text: &str) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = text.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    (hash >> 32) as u32 ^ hash as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::next;
    use super::*;

    fn at(year: i64, month: i64, day: i64, hour: i64) -> i64 {
        Date { year, month, day }.day() * DAY + hour * HOUR
    }

    #[test]
    fn default_partitions_of_long_tables_do_not_share_a_name() {
        assert_eq!(default_name("events"), "events_default");
        let (one, two) = (
            format!("{}a", "x".repeat(60)),
            format!("{}b", "x".repeat(60)),
        );
        assert_ne!(default_name(&one), default_name(&two));
        let umlauts = default_name(&"ü".repeat(31));
        assert!(
            umlauts.ends_with("_default") && umlauts.len() <= MAX_NAME,
            "{umlauts}"
        );
    }

    #[test]
    fn names() {
        use Period::*;
        for (period, lower, expected) in [
            (Months(1), at(2025, 3, 1, 0), "events_2025_03"),
            (Months(3), at(2025, 4, 1, 0), "events_2025_04"),
            (Months(12), at(2025, 1, 1, 0), "events_2025_01"),
            (Months(1), at(987, 3, 1, 0), "events_0987_03"),
            (Months(1), at(12_345, 3, 1, 0), "events_12345_03"),
            (Months(1), at(0, 3, 1, 0), "events_bc0001_03"),
            (Months(1), at(-43, 3, 1, 0), "events_bc0044_03"),
            (Months(1), at(2025, 3, 8, 0), "events_2025_03_08"),
            (Months(3), at(2025, 3, 1, 0), "events_2025_03_01"),
            (Months(1), at(2025, 3, 8, 7), "events_2025_03_08_07"),
            (Days(1), at(2025, 3, 1, 0), "events_2025_03_01"),
            (Days(7), at(2025, 3, 3, 0), "events_2025_03_03"),
            (Days(1), at(2025, 3, 1, 5), "events_2025_03_01_05"),
            (Hours(6), at(2025, 3, 1, 0), "events_2025_03_01_00"),
            (Hours(6), at(2025, 3, 1, 18), "events_2025_03_01_18"),
            (
                Hours(6),
                at(2025, 3, 1, 18) + 61_000_000,
                "events_2025_03_01_18_0101",
            ),
            (
                Hours(6),
                at(2025, 3, 1, 18) + 1,
                "events_2025_03_01_18_0000_000001",
            ),
        ] {
            assert_eq!(name("events", period, lower), expected);
        }
    }

    #[test]
    fn long_names() {
        let march = at(2025, 3, 1, 0);
        let t = |n: usize| "t".repeat(n);
        assert_eq!(
            name(&t(55), Period::Months(1), march),
            format!("{}_2025_03", t(55))
        );
        assert_eq!(name(&t(56), Period::Months(1), march).len(), MAX_NAME);
        let [a, b] = ["a", "b"].map(|end| name(&(t(62) + end), Period::Months(1), march));
        assert_ne!(a, b);
        assert!(a.starts_with(&t(46)) && a.ends_with("_2025_03"));
        // Two bytes a character, and 46 bytes of room, then 43.
        let umlauts = "ü".repeat(31);
        assert_eq!(name(&umlauts, Period::Months(1), march).len(), 63);
        assert_eq!(name(&umlauts, Period::Days(1), march).len(), 62);
    }

    /// The values of FNV-1a's authors' test vectors, folded: a changed digest would leave partitions
    /// unrecognised.
    #[test]
    fn the_digest_never_changes() {
        for (text, fnv) in [
            ("", 0xcbf2_9ce4_8422_2325_u64),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(digest(text), (fnv >> 32) as u32 ^ fnv as u32, "{text}");
        }
    }

    fn period() -> impl Strategy<Value = Period> {
        prop_oneof![
            (0_u32..40).prop_map(Period::Months),
            (0_u32..40).prop_map(Period::Days),
            (0_u32..30).prop_map(Period::Hours),
        ]
    }

    proptest! {
        #[test]
        fn names_fit(table in any::<String>(), period in period(), lower in any::<i64>()) {
            prop_assert!(name(&table, period, lower).len() <= MAX_NAME);
        }

        #[test]
        fn names_are_unique(table in "[a-zü]{1,70}", period in period(), start in any::<i64>()) {
            let mut names = HashMap::new();
            let mut at = Some(lower_bound(period, start));
            for _ in 0..100 {
                let Some(lower) = at else { break };
                // A bound, and instants that are none.
                for lower in [0, 1, 1_000_000, 60_000_000, HOUR, DAY]
                    .into_iter()
                    .filter_map(|more| lower.checked_add(more))
                {
                    let other = names.insert(name(&table, period, lower), lower);
                    prop_assert!(other.is_none_or(|other| other == lower));
                }
                at = next(period, lower);
            }
        }
    }
}
