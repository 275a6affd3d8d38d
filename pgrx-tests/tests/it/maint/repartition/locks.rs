//! Who waits for whom: it for the others, the others for it no longer than it takes.

use std::thread;

use pg_crm_tests::{Client, Db, Sql, eventually, shared};

use super::super::{owner, partitions};
use super::{ROWS, TABLE, request, steps_up_to};

fn somebody_waits(client: &mut Client) -> bool {
    let waiting = "SELECT FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
                    WHERE NOT l.granted AND c.relnamespace = 'mine'::regnamespace";
    !client.lines(waiting).is_empty()
}

/// Repartitions as another session of the owner.
fn run(db: &Db) {
    db.connect_as("partition_owner")
        .exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
}

/// The bystander's patience is many times that of the switch, so that a slow machine does not count;
/// without a limit the switch would make it wait for the reader's end, which does not come.
#[test]
fn a_bystander_does_not_wait_for_the_reader_that_the_switch_waits_for() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "switch");
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    open.exec("SELECT count(*) FROM mine.t");
    thread::scope(|scope| {
        let run = scope.spawn(|| run(&db));
        let mut bystander = db.connect_as("partition_owner");
        bystander.exec("SET lock_timeout = '10 s'");
        for n in 1..=3 {
            eventually("the switch waits", || somebody_waits(&mut bystander));
            bystander.exec(&format!("INSERT INTO mine.t VALUES (-{n}, now(), 0, NULL)"));
            bystander.exec("SELECT count(*) FROM mine.t");
            let running = "SELECT status FROM maint.maintenance_runs WHERE target = 'mine.t'";
            assert_eq!(bystander.lines(running), ["running"], "round {n}");
        }
        open.commit().expect("it is committed");
        run.join().expect("it ends");
    });
    assert_eq!(owner.lines("SELECT count(*) FROM mine.t"), ["3003"]);
    assert!(partitions(&db, "mine.t").len() >= 6);
}

/// Where a writer and a batch wait for each other, the batch gives in before the server looks for who
/// shall.
#[test]
fn a_batch_never_makes_a_writer_fail() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    let mut writer = db.connect_as("partition_owner");
    let mut open = writer.transaction().expect("a transaction begins");
    // A row in the middle of the first batch.
    open.exec("UPDATE mine.t SET n = -1 WHERE id = 150");
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            db.connect_as("partition_owner")
                .exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 1000)");
        });
        let waits = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND pid <> pg_backend_pid()";
        for id in 1..=20 {
            if id < 4 {
                eventually("the batch waits", || !owner.lines(waits).is_empty());
            }
            open.exec(&format!("UPDATE mine.t SET n = -1 WHERE id = {id}"));
        }
        open.commit().expect("it is committed");
        run.join().expect("it ends");
    });
    assert_eq!(
        owner.lines("SELECT count(*), count(*) FILTER (WHERE n = -1) FROM mine.t"),
        ["3000|21"]
    );
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
}

#[test]
fn a_table_that_is_in_use_at_all_times_fails_and_the_next_run_goes_on() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "switch");
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    open.exec("SELECT count(*) FROM mine.t");
    let call = "CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100, lock_attempts => 3)";
    let error = owner.fails_with(call, "55P03");
    assert!(
        error.hint().is_some_and(|hint| hint.contains("goes on")),
        "{error:?}"
    );
    assert_eq!(
        owner.lines("SELECT status, rows_copied FROM maint.repartitions"),
        ["switch|3000"]
    );
    open.commit().expect("it is committed");
    owner.exec(call);
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
}

/// Between its transactions it holds nothing, and within a batch nothing that keeps others from
/// reading or writing.
#[test]
fn a_batch_locks_the_table_against_nothing_but_its_end() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    let mut batch = db.connect_as("partition_owner");
    let mut open = batch.transaction().expect("a transaction begins");
    open.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(
        owner.lines(
            "SELECT DISTINCT c.relname LIKE 't\\_%', mode FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
              WHERE c.relnamespace = 'mine'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1, 2"
        ),
        ["f|RowShareLock", "t|RowExclusiveLock"]
    );
    let mut other = db.connect_as("partition_owner");
    other.exec("SET lock_timeout = '10 s'; INSERT INTO mine.t VALUES (-1, now(), 0, NULL); UPDATE mine.t SET n = 0 WHERE id = 3000");
    open.commit().expect("it is committed");
    let before = owner.lines(ROWS);
    run(&db);
    assert_eq!(owner.lines(ROWS), before);
}
