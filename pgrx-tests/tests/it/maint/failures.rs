//! What goes wrong concerns its table alone, and is told.

use pg_crm_tests::{Client, Db, Sql, psql, shared};

use super::{owner, partitions};

/// Tables `mine.a`, `mine.b` and `mine.c` under maintenance, without partitions.
fn three_tables(db: &Db) -> Client {
    let mut owner = owner(db);
    for table in ["a", "b", "c"] {
        owner.exec(&format!(
            "CREATE TABLE mine.{table} (at timestamptz) PARTITION BY RANGE (at)"
        ));
        owner.exec(&format!(
            "SELECT maint.manage_partitions('mine.{table}', premake => 1)"
        ));
    }
    owner
}

/// The runs of the user's own tables.
const RUNS: &str = "SELECT task, target, status, finished_at IS NOT NULL
                      FROM maint.maintenance_runs WHERE target LIKE 'mine.%' ORDER BY id";

#[test]
fn a_table_that_fails_leaves_the_others_done() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    let taken: String = owner.one(
        "SELECT 'b' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month', '_YYYY_MM')",
        &[],
    );
    owner.exec(&format!("CREATE TABLE mine.{taken} (n integer)"));
    let said = psql(
        &db,
        &["-q", "-U", "partition_owner"],
        "CALL maint.maintain_partitions();",
    );
    let warnings: Vec<&str> = said
        .stderr
        .lines()
        .filter(|line| line.contains("WARNING"))
        .collect();
    assert_eq!(warnings.len(), 1, "{}", said.stderr);
    assert!(
        warnings[0].contains("partitions.create of mine.b failed") && warnings[0].contains(&taken),
        "{}",
        warnings[0]
    );
    said.ok();
    assert_eq!(
        owner.lines(RUNS),
        [
            "partitions.create|mine.a|succeeded|t",
            "partitions.create|mine.b|failed|t",
            "partitions.create|mine.c|succeeded|t",
            "partitions.retire|mine.a|succeeded|t",
            "partitions.retire|mine.b|succeeded|t",
            "partitions.retire|mine.c|succeeded|t",
        ]
    );
    let detail: String = owner.one(
        "SELECT detail FROM maint.maintenance_runs WHERE status = 'failed'",
        &[],
    );
    assert!(
        detail.contains(&taken) && detail.contains("42P07"),
        "{detail}"
    );
    let made = ["mine.a", "mine.b", "mine.c"].map(|table| partitions(&db, table).len());
    assert_eq!(
        made,
        [3, 0, 3],
        "the table that failed has all of its partitions or none"
    );
    // What stood in the way is gone.
    owner.exec(&format!("DROP TABLE mine.{taken}"));
    owner.exec("CALL maint.maintain_partitions()");
    assert_eq!(partitions(&db, "mine.b").len(), 3);
}

#[test]
fn a_retention_that_fails_leaves_the_creation_done() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE mine.old PARTITION OF mine.t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         CREATE TABLE mine.soon PARTITION OF mine.t FOR VALUES FROM ('2002-01-01') TO (MAXVALUE);
         CREATE VIEW mine.watching AS SELECT * FROM mine.old;
         SELECT maint.manage_partitions('mine.t', '1 year', 0, '1 year')",
    );
    let said = psql(
        &db,
        &["-q", "-U", "partition_owner"],
        "CALL maint.maintain_partitions('mine.t');",
    );
    assert!(
        said.stderr.contains("partitions.retire of mine.t failed"),
        "{}",
        said.stderr
    );
    said.ok();
    assert_eq!(
        owner.lines(RUNS),
        [
            "partitions.create|mine.t|succeeded|t",
            "partitions.retire|mine.t|failed|t"
        ]
    );
    assert_eq!(partitions(&db, "mine.t").len(), 3);
}

#[test]
fn maintenance_within_a_transaction_is_refused_and_does_nothing() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    for call in [
        "CALL maint.maintain_partitions()",
        "CALL maint.maintain_partitions('mine.a')",
    ] {
        let mut tx = owner.transaction().expect("a transaction begins");
        tx.fails_with(call, "2D000");
        // The transaction may go on; what it does is not touched by the call.
        tx.exec("CREATE TABLE mine.witness ()");
        tx.exec("DROP TABLE mine.witness");
        tx.commit().expect("it is committed");
        assert_eq!(owner.lines(RUNS), [""; 0], "runs after {call}");
        for table in ["mine.a", "mine.b", "mine.c"] {
            assert_eq!(partitions(&db, table), [""; 0], "after {call}");
        }
    }
}

#[test]
fn a_table_that_was_dropped_does_not_stop_maintenance() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    owner.exec("DROP TABLE mine.b");
    assert_eq!(
        owner.lines("SELECT DISTINCT parent FROM maint.plan_partitions() ORDER BY 1"),
        ["mine.a", "mine.c"]
    );
    owner.exec("CALL maint.maintain_partitions()");
    for table in ["mine.a", "mine.c"] {
        assert_eq!(partitions(&db, table).len(), 3, "{table}");
    }
}

/// A failure would come back every day, and nobody could mend it but by hand.
#[test]
fn a_table_that_was_dropped_is_no_failure() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    owner.exec("DROP TABLE mine.b");
    owner.exec("CALL maint.maintain_partitions()");
    let failed = "SELECT task, target, detail FROM maint.maintenance_runs WHERE status = 'failed'";
    assert_eq!(owner.lines(failed), [""; 0]);
}

#[test]
fn a_table_of_another_kind_now_fails_alone() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    // Under the same name, with another OID: it is not what was managed.
    owner.exec("DROP TABLE mine.b; CREATE TABLE mine.b (at timestamptz)");
    owner.exec("CALL maint.maintain_partitions()");
    assert_eq!(partitions(&db, "mine.a").len(), 3);
    assert_eq!(partitions(&db, "mine.c").len(), 3);
    owner.fails_with("CALL maint.maintain_partitions('mine.b')", "42704");
}
