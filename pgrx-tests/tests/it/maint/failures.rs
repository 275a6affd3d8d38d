//! What goes wrong concerns its table alone, and is told.

use pg_crm_tests::{Client, Db, Sql, eventually, psql, shared};

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
        [3, 2, 3],
        "partitions, all but the one whose name was taken"
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
        let error = tx.fails_with(call, "2D000");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("maint.extend_partitions()")),
            "{error:?}"
        );
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
fn a_table_that_was_dropped_is_told_once_and_is_no_failure() {
    let db = shared().fresh_db();
    let mut owner = three_tables(&db);
    let oid: u32 = owner.one("SELECT 'mine.b'::regclass::oid", &[]);
    owner.exec("DROP TABLE mine.b");
    for _ in 0..2 {
        owner.exec("CALL maint.maintain_partitions()");
    }
    let told = "SELECT task, target, status, detail FROM maint.maintenance_runs WHERE status <> 'succeeded'";
    assert_eq!(
        owner.lines(told),
        [format!(
            "partitions.forget|{oid}|skipped|the table was dropped"
        )]
    );
    let managed = "SELECT parent FROM maint.partition_config WHERE parent::text LIKE 'mine.%' ORDER BY parent::text";
    assert_eq!(owner.lines(managed), ["mine.a", "mine.c"]);
}

/// One of a hundred is poisoned, one is dropped while maintenance runs, one is locked all the time.
#[test]
fn three_of_a_hundred_fail_and_the_others_are_done() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "DO $$ BEGIN
           FOR i IN 1 .. 100 LOOP
             EXECUTE format('CREATE TABLE mine.p_%s (at timestamptz) PARTITION BY RANGE (at)', to_char(i, 'FM000'));
             PERFORM maint.manage_partitions(format('mine.p_%s', to_char(i, 'FM000'))::regclass, premake => 0);
           END LOOP;
         END $$;
         UPDATE maint.partition_config SET lock_timeout = '20 milliseconds', lock_attempts = 9 WHERE parent::text LIKE 'mine.%';
         CREATE TABLE mine.p_055_default ()",
    );
    let mut locker = db.connect_as("partition_owner");
    let mut lock = locker.transaction().expect("a transaction begins");
    lock.exec("LOCK TABLE mine.p_010 IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            db.connect_as("partition_owner")
                .exec("CALL maint.maintain_partitions()");
        });
        let mut witness = db.connect_as("partition_owner");
        eventually("maintenance has come to the table that is locked", || {
            let running = "SELECT FROM maint.maintenance_runs WHERE target = 'mine.p_010' AND status = 'running'";
            !witness.lines(running).is_empty()
        });
        witness.exec("DROP TABLE mine.p_099");
        run.join().expect("maintenance ends without an error");
    });
    assert_eq!(
        owner.lines(
            "SELECT status, count(*) FROM maint.maintenance_runs
              WHERE task = 'partitions.create' AND target LIKE 'mine.%' GROUP BY status ORDER BY status"
        ),
        ["failed|3", "succeeded|97"]
    );
    let reasons = owner.lines(
        "SELECT target, substring(detail FROM 'SQLSTATE [0-9A-Z]{5}|the table was dropped')
           FROM maint.maintenance_runs WHERE task = 'partitions.create' AND status = 'failed' ORDER BY target",
    );
    assert_eq!(
        reasons,
        [
            "mine.p_010|SQLSTATE 55P03",
            "mine.p_055|SQLSTATE 42P07",
            "mine.p_099|the table was dropped",
        ]
    );
    let made = owner.lines(
        "SELECT count(*) FROM maint.partition_config AS c
          WHERE c.parent::text LIKE 'mine.%'
            AND (SELECT count(*) FROM pg_inherits AS i WHERE i.inhparent = c.parent) = 2",
    );
    assert_eq!(made, ["97"]);
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
