//! Whatever stops a run, the next one goes on, or it is taken back.

use std::thread;

use pg_crm_tests::{Client, Cluster, Db, Sql, eventually, shared};
use postgres::Transaction;

use super::super::{in_utc, owner, partitions};
use super::{ROWS, TABLE, assert_nothing_left, request, steps_up_to};

const CALL: &str = "CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)";
const KIND: &str = "SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass";

/// Runs it in a session of its own until it waits for a row near the end of the table, which is
/// locked; hands the session's pid and who locks it to `stop`.
fn stopped(db: &Db, stop: impl FnOnce(&mut Client, i32, Transaction<'_>)) {
    let mut locker = in_utc(db.connect_as("partition_owner"));
    let mut lock = locker.transaction().expect("a transaction begins");
    lock.exec("SELECT FROM mine.t WHERE id = 2900 FOR UPDATE");
    let mut runner = db.connect_as("partition_owner");
    let pid: i32 = runner.one("SELECT pg_backend_pid()", &[]);
    thread::scope(|scope| {
        let run = scope.spawn(move || {
            runner.batch_execute(CALL).expect_err("it is stopped");
        });
        let mut witness = db.connect_as("partition_owner");
        eventually("most rows are copied", || {
            !witness
                .lines(
                    "SELECT FROM maint.repartitions WHERE status = 'copy' AND rows_copied > 2000",
                )
                .is_empty()
        });
        stop(&mut witness, pid, lock);
        run.join().expect("the session ended with an error");
    });
}

#[test]
fn a_run_that_was_terminated_goes_on_where_it_was() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    stopped(&db, |witness, pid, _lock| {
        witness.exec_with("SELECT pg_terminate_backend($1)", &[&pid]);
    });
    // What is written while nobody is at it.
    owner.exec("UPDATE mine.t SET n = 0 WHERE id < 50; DELETE FROM mine.t WHERE id > 2950; INSERT INTO mine.t VALUES (-1, now(), 0, 'x')");
    let before = owner.lines(ROWS);
    let copied: i64 = owner.one("SELECT rows_copied FROM maint.repartitions", &[]);
    assert!(copied > 2000);
    owner.exec(CALL);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines(KIND), ["p"]);
    assert_eq!(
        owner.lines(
            "SELECT task, status FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id"
        ),
        [
            "partitions.repartition|failed",
            "partitions.repartition|succeeded"
        ]
    );
}

#[test]
fn a_run_after_a_crash_of_the_server_goes_on() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    {
        let mut owner = owner(&db);
        owner.exec(TABLE);
        db.superuser().exec("CHECKPOINT");
        stopped(&db, |_, pid, _lock| cluster.kill9_backend(pid));
    }
    let mut owner = in_utc(db.connect_as("partition_owner"));
    owner.exec("DELETE FROM mine.t WHERE id IN (1, 2999)");
    let before = owner.lines(ROWS);
    owner.exec(CALL);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines(KIND), ["p"]);
    assert!(partitions(&db, "mine.t").len() >= 6);
}

/// After each of its steps the session ends; the next one is another.
#[test]
fn a_run_may_end_after_every_step() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    let before = owner.lines(ROWS);
    for step in ["partitions", "mirror", "copy", "analyze", "switch"] {
        request(&mut owner);
        steps_up_to(&mut owner, step);
        // Twice: it goes on, or is taken back.
        if step != "switch" {
            owner.exec("CALL maint.cancel_repartition('mine.t')");
            assert_nothing_left(&db);
            assert_eq!(owner.lines(KIND), ["r"]);
            request(&mut owner);
            steps_up_to(&mut owner, step);
            owner.exec(CALL);
            assert_eq!(owner.lines(ROWS), before, "{step}");
            assert_eq!(owner.lines(KIND), ["p"]);
            owner.exec("CREATE TABLE mine.u AS SELECT * FROM mine.t; DROP TABLE mine.t; ALTER TABLE mine.u RENAME TO t; ALTER TABLE mine.t ADD CONSTRAINT t_pkey PRIMARY KEY (id, at)");
            owner.exec("ALTER TABLE mine.t ALTER n SET NOT NULL");
        }
    }
    owner.exec("CALL maint.cancel_repartition('mine.t')");
    assert_nothing_left(&db);
    assert_eq!(owner.lines(ROWS), before);
    owner.fails_with("CALL maint.cancel_repartition('mine.t')", "42704");
}

#[test]
fn a_run_that_is_cancelled_by_another_session_takes_all_back() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    let before = owner.lines(ROWS);
    stopped(&db, |witness, _, lock| {
        witness.exec("CALL maint.cancel_repartition('mine.t')");
        lock.commit().expect("it is committed");
    });
    assert_nothing_left(&db);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(
        owner.lines(
            "SELECT task, status FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id"
        ),
        ["partitions.repartition|failed", "partitions.cancel|skipped"]
    );
    owner.exec(CALL);
    assert_eq!(owner.lines(KIND), ["p"]);
}

/// A cancellation that was interrupted is finished by whoever comes next.
#[test]
fn what_was_cancelled_and_not_taken_back_yet_is_begun_anew() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "analyze");
    owner.exec("UPDATE maint.repartitions SET status = 'cancelled'");
    let before = owner.lines(ROWS);
    owner.exec("CALL maint.repartition('mine.t', 'at', '7 days')");
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(
        owner.lines("SELECT period FROM maint.partition_config WHERE parent = 'mine.t'::regclass"),
        ["7 days"]
    );
}

#[test]
fn a_second_run_is_skipped_and_one_with_other_arguments_refused() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    stopped(&db, |witness, pid, _lock| {
        witness.exec(CALL);
        let error = witness.fails_with("CALL maint.repartition('mine.t', 'at', '1 day')", "55000");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("maint.cancel_repartition")),
            "{error:?}"
        );
        assert_eq!(
            witness.lines("SELECT status, detail FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id"),
            ["running|", "skipped|another session is at it"]
        );
        witness.exec_with("SELECT pg_terminate_backend($1)", &[&pid]);
    });
}

/// What an ALTER TABLE does to the table must be done to the copy: it is made again.
#[test]
fn a_table_that_is_altered_meanwhile_is_copied_anew() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    for (n, alteration) in [
        "ALTER TABLE mine.t ADD COLUMN more integer DEFAULT 7",
        "ALTER TABLE mine.t ADD CONSTRAINT t_n_check CHECK (n > -10)",
        "CREATE INDEX t_n ON mine.t (n)",
        "ALTER TABLE mine.t DISABLE TRIGGER ALL; UPDATE mine.t SET n = n + 1; ALTER TABLE mine.t ENABLE TRIGGER ALL",
        "CREATE POLICY p ON mine.t USING (true)",
        "ALTER TABLE mine.t DROP COLUMN note CASCADE",
        "DROP TABLE mine.t_repartition",
    ]
    .iter()
    .enumerate()
    {
        request(&mut owner);
        steps_up_to(&mut owner, if n % 2 == 0 { "analyze" } else { "switch" });
        owner.exec(alteration);
    }
    let before = owner.lines(ROWS);
    owner.exec(CALL);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines(KIND), ["p"]);
    assert_eq!(
        owner.lines("SELECT attname FROM pg_attribute WHERE attrelid = 'mine.t'::regclass AND attnum > 0 ORDER BY attnum"),
        ["id", "at", "n", "more"]
    );
}

#[test]
fn a_column_is_not_dropped_unnoticed() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    owner.fails_with("ALTER TABLE mine.t DROP COLUMN note", "2BP01");
    owner.fails_with("ALTER TABLE mine.t ALTER n TYPE bigint", "0A000");
    // One that is renamed keeps nobody from writing.
    owner.exec(
        "ALTER TABLE mine.t RENAME id TO number; ALTER TABLE mine.t RENAME n TO \"N\"; ALTER TABLE mine.t ADD more integer;
         INSERT INTO mine.t VALUES (-1, now(), 1, 'x', 2);
         UPDATE mine.t SET \"N\" = 5, number = -3 WHERE number = 1; UPDATE mine.t SET more = 5 WHERE number = 3; DELETE FROM mine.t WHERE number = 2",
    );
    let before = owner.lines(ROWS);
    owner.exec(CALL);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines(KIND), ["p"]);
}

/// What it has become cannot be repartitioned any more.
#[test]
fn a_table_that_becomes_a_partition_meanwhile_stays_one() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "switch");
    owner.exec(
        "CREATE TABLE mine.whole (LIKE mine.t) PARTITION BY RANGE (at);
         ALTER TABLE mine.whole ATTACH PARTITION mine.t DEFAULT",
    );
    let error = owner.fails_with(CALL, "42809");
    assert!(error.message().contains("is a partition"), "{error:?}");
    assert_nothing_left(&db);
    assert_eq!(owner.lines("SELECT count(*) FROM mine.whole"), ["3000"]);
}

/// Rows that have other places are looked for anew; those that are copied already stay.
#[test]
fn a_table_that_is_rewritten_meanwhile_is_read_again() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    for _ in 0..5 {
        owner.exec("SELECT maint.repartition_step('mine.t', 300)");
    }
    owner.exec("DELETE FROM mine.t WHERE id % 2 = 0");
    owner.exec("CREATE INDEX ordering ON mine.t (n DESC); DROP INDEX mine.ordering");
    owner.exec("CLUSTER mine.t USING t_pkey");
    let before = owner.lines(ROWS);
    owner.exec(CALL);
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines(KIND), ["p"]);
}

#[test]
fn a_table_that_is_dropped_meanwhile_leaves_nothing() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    let oid: u32 = owner.one("SELECT 'mine.t'::regclass::oid", &[]);
    owner.exec("DROP TABLE mine.t");
    owner.exec(&format!("CALL maint.cancel_repartition({oid}::regclass)"));
    assert_nothing_left(&db);
}
