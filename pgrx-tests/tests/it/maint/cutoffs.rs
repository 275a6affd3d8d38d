//! Cut-offs to the microsecond, against a calculation that shares nothing with ours.
//!
//! The instants are the last microsecond before each change of a zone's clocks in 2024, the change, and
//! the microsecond after it (midnight in Kolkata, whose clocks do not change), and ends of months that
//! other months lack. Changes and cut-offs are by Python's `zoneinfo` and `datetime` (3.11), in UTC.

use pg_crm_tests::{Sql, shared};

const CUTOFFS: &str = include_str!("cutoffs.txt");

const RETENTIONS: [&str; 3] = ["24 months", "12 months", "6 months"];

/// Zone, instant in UTC, retention, cut-off.
fn cutoffs() -> Vec<[&'static str; 4]> {
    let mut cutoffs = Vec::new();
    for line in CUTOFFS.lines().skip(1) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        for (retention, cutoff) in RETENTIONS.iter().zip(&fields[2..]) {
            cutoffs.push([fields[0], fields[1], retention, cutoff]);
        }
    }
    assert!(cutoffs.len() > 90, "{}", cutoffs.len());
    cutoffs
}

#[test]
fn cut_offs_are_exact_in_every_zone_and_over_changes_of_clocks() {
    let db = shared().fresh_db();
    let mut client = db.admin();
    for [zone, at, retention, expected] in cutoffs() {
        client.exec(&format!("SET timezone = '{zone}'"));
        let given: String = client.one(
            "SELECT to_char(maint.retention_cutoff($1::text::timestamptz, $2::text::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
            &[&format!("{at}+00"), &retention],
        );
        assert_eq!(given, expected, "{retention} before {at} UTC in {zone}");
    }
}

/// The same as bounds of partitions: what ends at the cut-off or before it goes.
#[test]
fn partitions_go_at_the_cut_off_and_not_a_microsecond_earlier() {
    let db = shared().fresh_db();
    let mut client = db.admin();
    for [zone, at, retention, cutoff] in cutoffs() {
        client.exec(&format!("SET timezone = '{zone}'"));
        let gone: Vec<i32> = client.column(
            "SELECT c.existing
               FROM (SELECT array_agg($3::text::timestamptz + n * interval '1 microsecond' ORDER BY n) AS ends
                       FROM generate_series(-1, 1) AS n) AS b,
                    maint.partition_changes('t', '1 month', 0, $1::text::timestamptz,
                      maint.retention_cutoff($1::text::timestamptz, $2::text::interval),
                      array_fill('2000-01-01'::timestamptz, '{3}'), b.ends) AS c
              WHERE c.action = 'expire' ORDER BY 1",
            &[&format!("{at}+00"), &retention, &format!("{cutoff}+00")],
        );
        assert_eq!(gone, [1, 2], "{retention} before {at} UTC in {zone}");
    }
}
