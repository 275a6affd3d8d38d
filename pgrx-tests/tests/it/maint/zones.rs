//! Bounds are in UTC, whatever the session's time zone and date style.

use pg_crm_tests::{Sql, shared};

use super::{maintain, owner, partitions};

/// With summer time, half an hour of it, on the other side of the date line, and half hours off UTC.
pub(super) const ZONES: [&str; 5] = [
    "UTC",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];

const STYLES: [&str; 5] = [
    "ISO, YMD",
    "ISO, DMY",
    "German",
    "SQL, DMY",
    "Postgres, MDY",
];

#[test]
fn partitions_are_the_same_in_every_zone_and_style() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for (key, period) in [
        ("timestamptz", "1 month"),
        ("timestamptz", "6 hours"),
        ("timestamp", "7 days"),
        ("date", "1 day"),
    ] {
        owner.exec("SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'");
        let mut make = |zone: &str, style: &str| {
            owner.exec(&format!(
                "CREATE TABLE mine.t (at {key}) PARTITION BY RANGE (at)"
            ));
            owner.exec(&format!(
                "SET timezone = '{zone}'; SET datestyle = '{style}'"
            ));
            owner.exec(&format!(
                "SELECT maint.manage_partitions('mine.t', '{period}')"
            ));
            maintain(&mut owner, "mine.t");
            // What is there is understood: nothing more is made.
            maintain(&mut owner, "mine.t");
            let made = partitions(&db, "mine.t");
            owner.exec("DELETE FROM maint.partition_config WHERE parent = 'mine.t'::regclass");
            owner.exec("DROP TABLE mine.t");
            made
        };
        let expected = make("UTC", "ISO, YMD");
        for zone in ZONES {
            for style in STYLES {
                assert_eq!(
                    make(zone, style),
                    expected,
                    "{key}, {period} in {zone}, {style}"
                );
            }
        }
    }
}

#[test]
fn what_is_planned_is_the_same_in_every_zone_and_style() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    // A year of months that are past retention, made in UTC.
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    for months in 1..=12 {
        owner.exec(&format!(
            "DO $$ DECLARE first timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') - interval '{months} months';
             BEGIN
               EXECUTE format('CREATE TABLE mine.past_{months} PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)', first, first + interval '1 month');
             END $$"
        ));
    }
    owner.exec("SELECT maint.manage_partitions('mine.t', retention => '6 months')");
    let plan =
        "SELECT action, partition, extract(epoch FROM lower_bound), extract(epoch FROM upper_bound)
                  FROM maint.plan_partitions('mine.t')";
    let expected = owner.lines(plan);
    assert_eq!(
        expected
            .iter()
            .filter(|line| line.starts_with("drop"))
            .count(),
        6,
        "{expected:?}"
    );
    assert_eq!(
        expected
            .iter()
            .filter(|line| line.starts_with("create"))
            .count(),
        4,
        "{expected:?}"
    );
    for zone in ZONES {
        for style in STYLES {
            owner.exec(&format!(
                "SET timezone = '{zone}'; SET datestyle = '{style}'"
            ));
            assert_eq!(owner.lines(plan), expected, "{zone}, {style}");
        }
    }
}

/// Period, the time to plan at, and the bounds and names of the current partition and the next.
const CALENDAR: &[(&str, &str, &str)] = &[
    // Ends of months, and of February with and without a leap day.
    (
        "1 month",
        "2024-01-31 23:59:59.999999+00",
        "t_2024_01 2024-01-01 00:00, t_2024_02 2024-02-01 00:00",
    ),
    (
        "1 month",
        "2024-02-29 12:00+00",
        "t_2024_02 2024-02-01 00:00, t_2024_03 2024-03-01 00:00",
    ),
    (
        "1 month",
        "2023-02-28 23:59:59+00",
        "t_2023_02 2023-02-01 00:00, t_2023_03 2023-03-01 00:00",
    ),
    (
        "1 month",
        "2024-03-01 00:00+00",
        "t_2024_03 2024-03-01 00:00, t_2024_04 2024-04-01 00:00",
    ),
    (
        "1 month",
        "2024-12-31 23:30+00",
        "t_2024_12 2024-12-01 00:00, t_2025_01 2025-01-01 00:00",
    ),
    // In Kiritimati it is the next month already, in St. John's still the last one.
    (
        "1 month",
        "2024-06-30 11:00+00",
        "t_2024_06 2024-06-01 00:00, t_2024_07 2024-07-01 00:00",
    ),
    (
        "1 month",
        "2024-07-01 01:00+00",
        "t_2024_07 2024-07-01 00:00, t_2024_08 2024-08-01 00:00",
    ),
    (
        "3 months",
        "2024-12-31 23:59+00",
        "t_2024_10 2024-10-01 00:00, t_2025_01 2025-01-01 00:00",
    ),
    (
        "1 year",
        "2024-12-31 23:59+00",
        "t_2024_01 2024-01-01 00:00, t_2025_01 2025-01-01 00:00",
    ),
    // Days on which a zone's clocks change: 10 March and 3 November (St. John's), 6 April and
    // 5 October (Lord Howe).
    (
        "1 day",
        "2024-03-10 05:00+00",
        "t_2024_03_10 2024-03-10 00:00, t_2024_03_11 2024-03-11 00:00",
    ),
    (
        "1 day",
        "2024-11-03 05:00+00",
        "t_2024_11_03 2024-11-03 00:00, t_2024_11_04 2024-11-04 00:00",
    ),
    (
        "1 day",
        "2024-04-06 16:00+00",
        "t_2024_04_06 2024-04-06 00:00, t_2024_04_07 2024-04-07 00:00",
    ),
    (
        "6 hours",
        "2024-10-05 15:45+00",
        "t_2024_10_05_12 2024-10-05 12:00, t_2024_10_05_18 2024-10-05 18:00",
    ),
    (
        "7 days",
        "2024-11-03 23:59+00",
        "t_2024_10_28 2024-10-28 00:00, t_2024_11_04 2024-11-04 00:00",
    ),
    (
        "7 days",
        "2024-12-30 00:00+00",
        "t_2024_12_30 2024-12-30 00:00, t_2025_01_06 2025-01-06 00:00",
    ),
];

#[test]
fn the_calendar_is_that_of_utc_in_every_zone() {
    let db = shared().fresh_db();
    let mut client = db.admin();
    for zone in ZONES {
        client.exec(&format!("SET timezone = '{zone}'"));
        for (period, at, expected) in CALENDAR {
            let row = client
                .query_one(
                    "SELECT string_agg(name || to_char(lower_bound AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI'), ', ' ORDER BY lower_bound),
                            bool_and(upper_bound = next) IS NOT FALSE
                       FROM (SELECT *, lead(lower_bound) OVER (ORDER BY lower_bound) AS next
                               FROM maint.partition_changes('t', $1::text::interval, 1, $2::text::timestamptz, '-infinity', '{}', '{}')) AS change",
                    &[period, at],
                )
                .expect("changes are planned");
            let (given, seamless): (String, bool) = (row.get(0), row.get(1));
            assert_eq!(
                (given.as_str(), seamless),
                (*expected, true),
                "{period} at {at} in {zone}"
            );
        }
    }
}

/// Two hundred days hold a change of clocks in every zone that has one.
#[test]
fn a_long_gap_is_filled_without_a_seam_in_every_zone() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for zone in ZONES {
        owner.exec("RESET timezone; SET timezone = 'UTC'");
        owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
        owner.exec(
            "DO $$ BEGIN
               EXECUTE format('CREATE TABLE mine.first PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)', current_date - 200, current_date - 199);
             END $$",
        );
        owner.exec(&format!("SET timezone = '{zone}'"));
        owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1)");
        maintain(&mut owner, "mine.t");
        owner.exec("SET timezone = 'UTC'");
        let days = owner.lines(
            "SELECT count(*), count(*) FILTER (WHERE bound = format('FOR VALUES FROM (%L) TO (%L)', lower::text, (lower + interval '1 day')::text))
               FROM (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound
                       FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                      WHERE i.inhparent = 'mine.t'::regclass) AS partition
               JOIN (SELECT (current_date + n)::timestamptz AS lower FROM generate_series(-200, 1) AS n) AS day
                 ON bound LIKE format('%% FROM (%L) %%', lower::text)",
        );
        assert_eq!(
            days,
            ["202|202"],
            "days, and those from midnight to midnight, in {zone}"
        );
        owner.exec("DELETE FROM maint.partition_config WHERE parent = 'mine.t'::regclass");
        owner.exec("DROP TABLE mine.t");
    }
}
