//! Names of partitions.

use std::collections::BTreeSet;

use pg_crm_tests::{Sql, shared};

use super::{maintain, owner, partitions};

#[test]
fn long_names_that_begin_alike_get_partitions_of_their_own() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    let names = ["a", "b"].map(|end| "t".repeat(62) + end);
    for name in &names {
        owner.exec(&format!(
            "CREATE TABLE mine.{name} (at timestamptz) PARTITION BY RANGE (at)"
        ));
        owner.exec(&format!("SELECT maint.manage_partitions('mine.{name}')"));
    }
    for name in &names {
        let table = format!("mine.{name}");
        maintain(&mut owner, &table);
        let made = partitions(&db, &table);
        assert_eq!(made.len(), 5, "partitions of {table}: {made:?}");
    }
    let made: BTreeSet<String> = names
        .iter()
        .flat_map(|name| partitions(&db, &format!("mine.{name}")))
        .collect();
    assert_eq!(made.len(), 10);
}

/// Names of which the partitions' names can only be cut, and where a character ends.
#[test]
fn long_names_are_cut_after_a_whole_character() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for name in [
        "ü".repeat(31),
        "€".repeat(21),
        format!("a{}", "😀".repeat(15)),
    ] {
        let table = format!("mine.\"{name}\"");
        owner.exec(&format!(
            "CREATE TABLE {table} (at timestamptz) PARTITION BY RANGE (at)"
        ));
        for period in ["1 month", "6 hours"] {
            owner.exec(&format!(
                "SELECT maint.manage_partitions('{table}', '{period}')"
            ));
            maintain(&mut owner, &table);
        }
        let wrong = owner.lines(&format!(
            "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
              WHERE i.inhparent = '{table}'::regclass
                AND (c.relname !~ '_(default|\\d{{4}}(_\\d\\d){{1,3}})$' OR NOT starts_with(c.relname::text, left('{name}', 8)))"
        ));
        assert_eq!(wrong, [""; 0], "partitions of {table}");
        assert!(partitions(&db, &table).len() >= 5, "partitions of {table}");
    }
}

#[test]
fn names_that_must_be_quoted_are() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    db.superuser()
        .exec("CREATE SCHEMA \"My Schema; --\" AUTHORIZATION partition_owner");
    let table = "\"My Schema; --\".\"Order \"\"Lines\"\"\"";
    owner.exec(&format!("CREATE TABLE {table} (\"Placed At\" date, \"select\" integer) PARTITION BY RANGE (\"Placed At\")"));
    owner.exec(&format!(
        "CREATE TABLE \"My Schema; --\".\"default\" PARTITION OF {table} DEFAULT"
    ));
    owner.exec(&format!(
        "INSERT INTO {table} VALUES (now() AT TIME ZONE 'UTC', 7)"
    ));
    owner.exec(&format!("SELECT maint.manage_partitions('{table}')"));
    maintain(&mut owner, table);
    let place = owner.lines(&format!(
        "SELECT tableoid::regclass::text = format('%I.%I', 'My Schema; --', 'Order \"Lines\"' || to_char(\"Placed At\", '_YYYY_MM')), \"select\"
           FROM {table}"
    ));
    assert_eq!(place, ["t|7"]);
    assert_eq!(partitions(&db, table).len(), 5);
}

#[test]
fn policies_are_copied_where_names_must_be_quoted() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    db.superuser()
        .exec("CREATE SCHEMA \"Mixed\" AUTHORIZATION partition_owner");
    let table = "\"Mixed\".\"Events\"";
    owner.exec(&format!(
        "CREATE TABLE {table} (at date, \"Owner\" text) PARTITION BY RANGE (at)"
    ));
    owner.exec(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
    owner.exec(&format!(
        "CREATE POLICY \"Own rows\" ON {table} TO crm_app, PUBLIC USING (\"Owner\" = current_user)"
    ));
    owner.exec(&format!(
        "SELECT maint.manage_partitions('{table}', premake => 0)"
    ));
    maintain(&mut owner, table);
    let policies = owner.lines(
        "SELECT count(*), count(DISTINCT qual), min(policyname) FROM pg_policies WHERE schemaname = 'Mixed'",
    );
    // The table's own, and those of two partitions.
    assert_eq!(policies, ["3|1|Own rows"]);
}

/// The name of a partition that begins between the period's own bounds, beside one of other bounds.
#[test]
fn a_partition_that_begins_within_a_period_is_named_by_its_day() {
    let db = shared().fresh_db();
    let mut client = db.admin();
    client.exec("SET timezone = 'UTC'");
    for (period, lower, upper, name) in [
        ("1 month", "2025-03-01", "2025-03-08", "t_2025_03_08"),
        (
            "1 month",
            "2025-03-01",
            "2025-03-08 06:00",
            "t_2025_03_08_06",
        ),
        (
            "1 month",
            "2025-03-01",
            "2025-03-08 06:30",
            "t_2025_03_08_06_3000",
        ),
        ("1 day", "2025-03-15", "2025-03-15 06:00", "t_2025_03_15_06"),
    ] {
        let names: Vec<String> = client.column(
            "SELECT name FROM maint.partition_changes('t', $1::text::interval, 0, '2025-03-15', '-infinity',
                                                      ARRAY[$2::text::timestamptz], ARRAY[$3::text::timestamptz])
              ORDER BY lower_bound",
            &[&period, &lower, &upper],
        );
        assert_eq!(names, [name], "{period} after {upper}");
    }
}
