//! Which tables are taken, and which partitions they get.

use pg_crm_tests::{Sql, shared};

use super::{in_utc, maintain, owner, partitions, plan};

/// Periods: the lower bound of the current partition in UTC, and the end of a partition's name.
const PERIODS: &[(&str, &str, &str)] = &[
    ("1 month", "date_trunc('month', utc)", "_YYYY_MM"),
    ("3 months", "date_trunc('quarter', utc)", "_YYYY_MM"),
    ("1 year", "date_trunc('year', utc)", "_YYYY_MM"),
    ("7 days", "date_trunc('week', utc)", "_YYYY_MM_DD"),
    ("1 day", "date_trunc('day', utc)", "_YYYY_MM_DD"),
    (
        "6 hours",
        "date_bin('6 hours', utc, '2000-01-01')",
        "_YYYY_MM_DD_HH24",
    ),
];

/// Types of keys: how a bound is shown, and whether hours can be told.
const KEYS: &[(&str, &str, bool)] = &[
    ("timestamptz", "YYYY-MM-DD HH24:MI:SS+00", true),
    ("timestamp", "YYYY-MM-DD HH24:MI:SS", true),
    ("date", "YYYY-MM-DD", false),
];

#[test]
fn tables_of_every_key_and_period_get_what_was_planned() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for &(key, format, hours) in KEYS {
        for (i, &(period, lower, suffix)) in PERIODS.iter().enumerate() {
            if period.contains("hours") && !hours {
                continue;
            }
            let table = format!("mine.{key}_{i}");
            owner.exec(&format!(
                "CREATE TABLE {table} (at {key} NOT NULL, n integer) PARTITION BY RANGE (at)"
            ));
            owner.exec(&format!(
                "SELECT maint.manage_partitions('{table}', '{period}', 2)"
            ));
            let expected = |columns: &str| {
                format!(
                    "SELECT {columns}
                       FROM (SELECT now() AT TIME ZONE 'UTC' AS utc) AS clock,
                            LATERAL (SELECT {lower} AS first) AS current,
                            LATERAL (SELECT first + i * interval '{period}' AS lower,
                                            first + (i + 1) * interval '{period}' AS upper
                                       FROM generate_series(0, 2) AS i) AS range
                      ORDER BY lower"
                )
            };
            let planned = expected(&format!(
                "'create', '{table}' || to_char(lower, '{suffix}'), lower || '+00', upper || '+00'"
            ));
            let planned = owner.lines(&planned);
            assert_eq!(
                plan(&mut owner, &table),
                planned,
                "plan of {table}, {period}"
            );
            let mut made = owner.lines(&expected(&format!(
                "'{table}' || to_char(lower, '{suffix}'),
                 format('FOR VALUES FROM (%L) TO (%L)', to_char(lower, '{format}'), to_char(upper, '{format}'))"
            )));
            made.push(format!("{table}_default|DEFAULT"));
            maintain(&mut owner, &table);
            assert_eq!(
                partitions(&db, &table),
                made,
                "partitions of {table}, {period}"
            );
            assert!(
                plan(&mut owner, &table).is_empty(),
                "{table} is not complete"
            );
            maintain(&mut owner, &table);
            assert_eq!(
                partitions(&db, &table),
                made,
                "a second time changed {table}"
            );
        }
    }
}

#[test]
fn tables_that_are_not_partitioned_by_range_of_one_time_are_refused() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for (i, definition) in [
        "(at timestamptz)",
        "(at timestamptz) PARTITION BY LIST (at)",
        "(at timestamptz) PARTITION BY HASH (at)",
        "(at timestamptz, n integer) PARTITION BY RANGE (at, n)",
        "(at timestamptz, n integer) PARTITION BY RANGE (n, at)",
        "(at timestamp) PARTITION BY RANGE (date_trunc('day', at))",
        "(n integer) PARTITION BY RANGE (n)",
        "(n text) PARTITION BY RANGE (n)",
    ]
    .iter()
    .enumerate()
    {
        owner.exec(&format!("CREATE TABLE mine.refused_{i} {definition}"));
        let call = format!("SELECT maint.manage_partitions('mine.refused_{i}')");
        let error = owner.fails_with(&call, "42809");
        let message = format!("table \"refused_{i}\" is not partitioned by range of a time");
        assert_eq!(error.message(), message, "{definition}");
    }
    owner.exec("CREATE VIEW mine.view AS SELECT now() AS at");
    owner.fails_with("SELECT maint.manage_partitions('mine.view')", "42809");
    owner.fails_with("SELECT maint.manage_partitions('mine.absent')", "42P01");
}

#[test]
fn periods_that_no_partition_can_have_are_refused() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE mine.days (at date) PARTITION BY RANGE (at)",
    );
    for period in [
        "0",
        "-1 month",
        "-1 day",
        "-6 hours",
        "1 month 1 day",
        "1 month -1 day",
        "1 day 6 hours",
        "5 hours",
        "7 hours",
        "48 hours",
        "90 minutes",
        "30 minutes",
        "1 second",
        "1.5 days",
        "1 microsecond",
    ] {
        for call in [
            "manage_partitions('mine.t', $1::text::interval)",
            "check_period($1::text::interval)",
        ] {
            let call = format!("SELECT maint.{call}");
            let error = owner.fails_with_params(&call, &[&period], "22023");
            assert!(
                error.hint().is_some_and(|hint| hint.contains("'1 month'")),
                "{period}: {error:?}"
            );
        }
    }
    owner.fails_with(
        "SELECT maint.manage_partitions('mine.days', '6 hours')",
        "22023",
    );
    for period in [
        "1 month",
        "18 months",
        "1 day",
        "10 days",
        "24 hours",
        "1 hour",
        "12 hours",
    ] {
        assert!(
            owner.one::<bool>("SELECT maint.check_period($1::text::interval)", &[&period]),
            "{period}"
        );
    }
    assert_eq!(
        owner.one::<Option<bool>>("SELECT maint.check_period(NULL)", &[]),
        None
    );
    assert_eq!(
        owner.lines("SELECT parent FROM maint.partition_config WHERE parent::text LIKE 'mine.%'"),
        [""; 0]
    );
}

#[test]
fn other_arguments_are_checked_too() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    for (arguments, constraint) in [
        ("premake => -1", "partition_config_premake_check"),
        ("premake => 1001", "partition_config_premake_check"),
        ("retention => '0'", "partition_config_retention_check"),
        ("retention => '-1 day'", "partition_config_retention_check"),
        (
            "retention_action => 'burn'",
            "partition_config_retention_action_check",
        ),
        (
            "retention_action => ''",
            "partition_config_retention_action_check",
        ),
    ] {
        let call = format!("SELECT maint.manage_partitions('mine.t', {arguments})");
        let error = owner.fails_with(&call, "23514");
        assert_eq!(error.constraint(), Some(constraint), "{arguments}");
    }
}

#[test]
fn arguments_that_must_not_be_null_are_refused() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    for (arguments, column) in [
        ("'mine.t', period => NULL", "period"),
        ("'mine.t', premake => NULL", "premake"),
        ("'mine.t', retention_action => NULL", "retention_action"),
        ("NULL", "parent"),
    ] {
        let call = format!("SELECT maint.manage_partitions({arguments})");
        let error = owner.fails_with(&call, "23502");
        assert_eq!(error.column(), Some(column), "{arguments}");
    }
    owner.exec("SELECT maint.manage_partitions('mine.t', retention => NULL)");
}

#[test]
fn a_table_that_is_managed_again_has_the_new_rules() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    let rules = "SELECT period, premake, retention, retention_action, enabled
                   FROM maint.partition_config WHERE parent = 'mine.t'::regclass";
    owner.exec("SELECT maint.manage_partitions('mine.t')");
    assert_eq!(owner.lines(rules), ["1 mon|3||drop|t"]);
    owner.exec(
        "UPDATE maint.partition_config SET enabled = false WHERE parent = 'mine.t'::regclass",
    );
    assert!(
        plan(&mut owner, "mine.t").is_empty(),
        "planned though it is disabled"
    );
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 5, '10 days', 'detach')");
    assert_eq!(owner.lines(rules), ["1 day|5|10 days|detach|t"]);
    assert_eq!(plan(&mut owner, "mine.t").len(), 6);
}

#[test]
fn a_table_that_is_not_managed_is_not_maintained() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    for call in [
        "CALL maint.maintain_partitions('mine.t')",
        "SELECT maint.extend_partitions('mine.t')",
    ] {
        let error = owner.fails_with(call, "42704");
        let hint = error.hint().unwrap_or_default();
        assert!(
            hint.contains("maint.manage_partitions()"),
            "{call}: {hint:?}"
        );
    }
    assert!(plan(&mut owner, "mine.t").is_empty());
    assert!(partitions(&db, "mine.t").is_empty());
}

#[test]
fn all_tables_are_maintained_where_none_is_named() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for table in ["mine.a", "mine.b"] {
        owner.exec(&format!(
            "CREATE TABLE {table} (at timestamptz) PARTITION BY RANGE (at)"
        ));
        owner.exec(&format!(
            "SELECT maint.manage_partitions('{table}', premake => 1)"
        ));
    }
    assert_eq!(
        owner.lines(
            "SELECT parent, count(*) FROM maint.plan_partitions(NULL) GROUP BY 1 ORDER BY 1"
        ),
        ["mine.a|2", "mine.b|2"]
    );
    owner.exec("CALL maint.maintain_partitions()");
    assert_eq!(
        owner.lines("SELECT * FROM maint.plan_partitions()"),
        [""; 0]
    );
    assert_eq!(
        owner.lines(
            "SELECT task, target, status, detail, finished_at >= started_at
               FROM maint.maintenance_runs WHERE target LIKE 'mine.%' ORDER BY id"
        ),
        [
            "partitions.create|mine.a|succeeded|3 partitions|t",
            "partitions.create|mine.b|succeeded|3 partitions|t",
            "partitions.retire|mine.a|succeeded|0 partitions|t",
            "partitions.retire|mine.b|succeeded|0 partitions|t",
        ]
    );
}

#[test]
fn the_events_have_partitions_from_the_beginning() {
    let db = shared().fresh_db();
    let expected = in_utc(db.superuser()).lines(
        "SELECT 'analytics.events' || to_char(lower, '_YYYY_MM'),
                format('FOR VALUES FROM (%L) TO (%L)', lower::text || '+00', lower + interval '1 month' || '+00')
           FROM generate_series(0, 3) AS i,
                LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + i * interval '1 month' AS lower) AS month
         UNION ALL SELECT 'analytics.events_default', 'DEFAULT'
          ORDER BY 1",
    );
    assert_eq!(partitions(&db, "analytics.events"), expected);
    assert_eq!(
        db.admin().lines(
            "SELECT period, premake, retention, retention_action FROM maint.partition_config
              WHERE parent = 'analytics.events'::regclass"
        ),
        ["1 mon|3|1 year|drop"]
    );
}

#[test]
fn what_is_planned_can_be_read_in_a_read_only_transaction() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    owner.exec("SELECT maint.manage_partitions('mine.t', premake => 0)");
    owner.exec("SET default_transaction_read_only = on");
    assert_eq!(plan(&mut owner, "mine.t").len(), 1);
    owner.fails_with("SELECT maint.manage_partitions('mine.t')", "25006");
    owner.fails_with("CALL maint.maintain_partitions('mine.t')", "25006");
    assert!(partitions(&db, "mine.t").is_empty());
}
