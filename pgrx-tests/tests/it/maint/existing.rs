//! Partitions that somebody made before.

use pg_crm_tests::{Client, Sql, shared};

use super::{maintain, owner, partitions};

/// Runs SQL in which `{month n}` stands for the beginning of the month, n months from now.
fn exec(client: &mut Client, sql: &str) {
    let months: Vec<String> = client.column(
        "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month', 'YYYY-MM-DD')
           FROM generate_series(-6, 6) AS n",
        &[],
    );
    let mut sql = sql.to_owned();
    for (n, month) in (-6..).zip(&months) {
        sql = sql.replace(&format!("{{month {n}}}"), &format!("timestamp '{month}'"));
    }
    // Bounds of partitions are constants or expressions without columns.
    client.exec(&sql);
}

/// Existing partitions, and what is made beside them: name, lower and upper bound.
const CASES: &[(&str, &[&str], &[&str])] = &[
    ("none", &[], &["0|0|1", "1|1|2"]),
    (
        "the current one",
        &["FROM ({month 0}) TO ({month 1})"],
        &["1|1|2"],
    ),
    (
        "the next one",
        &["FROM ({month 1}) TO ({month 2})"],
        &["0|0|1"],
    ),
    (
        "an old one, after which nobody looked after the table",
        &["FROM ({month -3}) TO ({month -2})"],
        &["-2|-2|-1", "-1|-1|0", "0|0|1", "1|1|2"],
    ),
    (
        "two old ones with a gap, which retention may have made",
        &[
            "FROM ({month -5}) TO ({month -4})",
            "FROM ({month -2}) TO ({month -1})",
        ],
        &["-1|-1|0", "0|0|1", "1|1|2"],
    ),
    (
        "one of other bounds, within the current month",
        &["FROM ({month 0} + interval '9 days') TO ({month 0} + interval '20 days')"],
        &["0|0|0+9", "0+20|0+20|1", "1|1|2"],
    ),
    (
        "one from the middle of this month to the middle of the next",
        &["FROM ({month 0} + interval '14 days') TO ({month 1} + interval '14 days')"],
        &["0|0|0+14", "1+14|1+14|2"],
    ),
    (
        "a year of days to come",
        &[
            "FROM ({month 2}) TO ({month 3})",
            "FROM ({month 4}) TO ({month 5})",
        ],
        &["0|0|1", "1|1|2"],
    ),
    (
        "all the past",
        &["FROM (MINVALUE) TO ({month 0})"],
        &["0|0|1", "1|1|2"],
    ),
    ("all the future", &["FROM ({month 0}) TO (MAXVALUE)"], &[]),
    ("all times", &["FROM (MINVALUE) TO (MAXVALUE)"], &[]),
];

#[test]
fn partitions_that_are_there_are_respected_and_gaps_are_filled() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for (what, existing, made) in CASES {
        owner.exec("CREATE TABLE mine.t (at timestamp) PARTITION BY RANGE (at)");
        for (i, bounds) in existing.iter().enumerate() {
            exec(
                &mut owner,
                &format!("CREATE TABLE mine.old_{i} PARTITION OF mine.t FOR VALUES {bounds}"),
            );
        }
        let before = partitions(&db, "mine.t");
        owner.exec("SELECT maint.manage_partitions('mine.t', premake => 1)");
        maintain(&mut owner, "mine.t");
        let after = partitions(&db, "mine.t");
        assert!(
            before.iter().all(|old| after.contains(old)),
            "{what}: {before:?} became {after:?}"
        );
        let mut given: Vec<&String> = after
            .iter()
            .filter(|partition| !before.contains(partition) && !partition.ends_with("DEFAULT"))
            .collect();
        // "0+14": 14 days after the beginning of this month; named by the day then.
        let time = |at: &str| {
            let (month, days) = at.split_once('+').unwrap_or((at, "0"));
            format!(
                "(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '{month} months' + interval '{days} days')"
            )
        };
        let mut expected: Vec<String> = made
            .iter()
            .map(|line| {
                let parts: Vec<&str> = line.split('|').collect();
                let format = if parts[0].contains('+') { "_YYYY_MM_DD" } else { "_YYYY_MM" };
                owner.one(
                    &format!(
                        "SELECT 'mine.t' || to_char({}, '{format}') || '|' || format('FOR VALUES FROM (%L) TO (%L)', {}, {})",
                        time(parts[0]), time(parts[1]), time(parts[2])
                    ),
                    &[],
                )
            })
            .collect();
        expected.sort();
        given.sort();
        assert_eq!(given, expected.iter().collect::<Vec<_>>(), "{what}");
        owner.exec("DELETE FROM maint.partition_config WHERE parent = 'mine.t'::regclass");
        owner.exec("DROP TABLE mine.t");
    }
}

#[test]
fn a_default_partition_of_any_name_is_kept() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamp) PARTITION BY RANGE (at)");
    owner.exec("CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT");
    owner.exec("SELECT maint.manage_partitions('mine.t', premake => 0)");
    maintain(&mut owner, "mine.t");
    let names = partitions(&db, "mine.t");
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"mine.rest|DEFAULT".to_owned()), "{names:?}");
}

#[test]
fn a_period_may_change() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamp) PARTITION BY RANGE (at)");
    for period in ["1 month", "1 day", "6 hours", "1 year", "7 days"] {
        owner.exec(&format!(
            "SELECT maint.manage_partitions('mine.t', '{period}', 4)"
        ));
        maintain(&mut owner, "mine.t");
        let (first, last, covered): (String, String, String) = {
            let row = owner
                .query_one(
                    "SELECT min(lower_bound)::text, max(upper_bound)::text, sum(upper_bound - lower_bound)::text
                       FROM maint.partition_bounds('mine.t') WHERE NOT is_default",
                    &[],
                )
                .expect("bounds are read");
            (row.get(0), row.get(1), row.get(2))
        };
        let all: String = owner.one(
            "SELECT ($1::text::timestamptz - $2::text::timestamptz)::text",
            &[&last, &first],
        );
        assert_eq!(
            covered, all,
            "from {first} to {last} there is a gap after '{period}'"
        );
    }
}
