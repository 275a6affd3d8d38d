//! What becomes of partitions that are past their time.

use pg_crm_tests::{Client, Sql, Transaction, shared};

use super::zones::ZONES;
use super::{maintain, owner, partitions, plan};

/// Makes a table of days, `n` days ago each, with a row in each.
fn days(client: &mut Client, days: &[i32]) {
    client.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    for n in days {
        client.exec(&format!(
            "DO $$ BEGIN
               EXECUTE format('CREATE TABLE mine.day_{n} PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)', current_date - {n}, current_date - {n} + 1);
             END $$;
             INSERT INTO mine.t VALUES (current_date - {n} + time '12:00')"
        ));
    }
}

/// Names of the partitions that are no new ones.
fn left(client: &mut Client) -> Vec<String> {
    client.lines(
        "SELECT inhrelid::regclass FROM pg_inherits
          WHERE inhparent = 'mine.t'::regclass AND inhrelid::regclass::text LIKE 'mine.day%' ORDER BY inhrelid::regclass::text",
    )
}

#[test]
fn partitions_past_their_retention_are_dropped() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[3, 11, 20]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1, '10 days')");
    let dropped: Vec<String> = plan(&mut owner, "mine.t")
        .into_iter()
        .filter(|line| line.starts_with("drop|"))
        .collect();
    assert_eq!(dropped.len(), 2, "{dropped:?}");
    maintain(&mut owner, "mine.t");
    assert_eq!(left(&mut owner), ["mine.day_3"]);
    let gone = "SELECT to_regclass('mine.day_11') IS NULL, to_regclass('mine.day_20') IS NULL";
    assert_eq!(owner.lines(gone), ["t|t"]);
    assert_eq!(plan(&mut owner, "mine.t"), [""; 0]);
}

#[test]
fn partitions_past_their_retention_are_detached_with_their_rows() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[3, 11, 20]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1, '10 days', 'detach')");
    let detached: Vec<String> = plan(&mut owner, "mine.t")
        .into_iter()
        .filter(|line| line.starts_with("detach|"))
        .collect();
    assert_eq!(detached.len(), 2, "{detached:?}");
    maintain(&mut owner, "mine.t");
    assert_eq!(left(&mut owner), ["mine.day_3"]);
    let rows = "SELECT (SELECT count(*) FROM mine.t), (SELECT count(*) FROM mine.day_11), (SELECT count(*) FROM mine.day_20)";
    assert_eq!(owner.lines(rows), ["1|1|1"]);
    maintain(&mut owner, "mine.t");
    assert_eq!(owner.lines(rows), ["1|1|1"]);
}

#[test]
fn partitions_past_their_retention_are_archived() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[3, 11, 20]);
    owner.exec("CREATE TABLE mine.day_30 (at timestamptz)"); // no partition
    db.superuser().exec("CREATE SCHEMA \"the archive\"");
    let manage =
        "SELECT maint.manage_partitions('mine.t', '1 day', 1, '10 days', 'archive', 'the archive')";
    owner.fails_with(manage, "42501");
    owner.fails_with(&manage.replace("the archive", "absent"), "3F000");
    owner.fails_with(&manage.replace("the archive", "pg_catalog"), "3F000");
    owner.fails_with(&manage.replace(", 'the archive'", ""), "23514");
    db.superuser()
        .exec("GRANT USAGE, CREATE ON SCHEMA \"the archive\" TO partition_owner");
    owner.fails_with(&manage.replace("'archive',", "'drop',"), "23514");
    owner.exec(manage);
    let archived: Vec<String> = plan(&mut owner, "mine.t")
        .into_iter()
        .filter(|line| line.starts_with("archive|"))
        .collect();
    assert_eq!(archived.len(), 2, "{archived:?}");
    maintain(&mut owner, "mine.t");
    assert_eq!(left(&mut owner), ["mine.day_3"]);
    let rows = "SELECT (SELECT count(*) FROM mine.t), (SELECT count(*) FROM \"the archive\".day_11), (SELECT count(*) FROM \"the archive\".day_20)";
    assert_eq!(owner.lines(rows), ["1|1|1"]);
    assert_eq!(plan(&mut owner, "mine.t"), [""; 0]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1, '1 day')");
    maintain(&mut owner, "mine.t");
    assert_eq!(left(&mut owner), [""; 0]);
}

#[test]
fn without_a_retention_everything_stays() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[3, 10_000]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1)");
    maintain(&mut owner, "mine.t");
    assert_eq!(left(&mut owner), ["mine.day_10000", "mine.day_3"]);
}

#[test]
fn the_default_partition_and_the_current_one_are_never_retired() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1, '1 microsecond')");
    maintain(&mut owner, "mine.t");
    owner.exec("INSERT INTO mine.t VALUES ('1970-01-01'), (now())");
    maintain(&mut owner, "mine.t");
    assert_eq!(partitions(&db, "mine.t").len(), 3);
    assert_eq!(owner.lines("SELECT count(*) FROM mine.t"), ["2"]);
}

/// Whether a partition that ends at this time would go, asked within one transaction, as now()
/// stands still there.
fn goes(tx: &mut Transaction<'_>, retention: &str, end: &str) -> bool {
    tx.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    tx.exec(&format!(
        "DO $$ BEGIN
           EXECUTE format('CREATE TABLE mine.old PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)', '1970-01-01', {end});
         END $$"
    ));
    tx.exec(&format!(
        "SELECT maint.manage_partitions('mine.t', retention => '{retention}')"
    ));
    tx.one(
        "SELECT count(*) = 1 FROM maint.plan_partitions('mine.t') WHERE partition = 'mine.old'",
        &[],
    )
}

#[test]
fn a_partition_goes_when_its_end_is_as_old_as_the_retention_to_the_microsecond() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for zone in ZONES {
        owner.exec(&format!("SET timezone = '{zone}'"));
        for retention in [
            "1 month",
            "6 months",
            "12 months",
            "24 months",
            "10 days",
            "1 year 2 months 3 days 04:05:06.000007",
            "36 hours",
        ] {
            let cut_off =
                format!("((now() AT TIME ZONE 'UTC' - interval '{retention}') AT TIME ZONE 'UTC')");
            for (end, expected) in [
                (format!("{cut_off} - interval '1 microsecond'"), true),
                (cut_off.clone(), true),
                (format!("{cut_off} + interval '1 microsecond'"), false),
            ] {
                let mut tx = owner.transaction().expect("a transaction begins");
                assert_eq!(
                    goes(&mut tx, retention, &end),
                    expected,
                    "{retention}: end at {end} in {zone}"
                );
                tx.rollback().expect("it is rolled back");
            }
        }
    }
}

#[test]
fn creation_comes_before_retention() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    days(&mut owner, &[40]);
    owner.exec("SELECT maint.manage_partitions('mine.t', '1 day', 1, '5 days')");
    maintain(&mut owner, "mine.t");
    maintain(&mut owner, "mine.t");
    // What was dropped does not come back, and the days that are kept are there.
    assert_eq!(left(&mut owner), [""; 0]);
    let covered = "SELECT bool_and(EXISTS (SELECT FROM maint.partition_bounds('mine.t') AS b WHERE d >= b.lower_bound AND d < b.upper_bound))
                     FROM generate_series(now() - interval '4 days', now() + interval '1 day', interval '1 day') AS d";
    assert_eq!(owner.lines(covered), ["t"]);
}
