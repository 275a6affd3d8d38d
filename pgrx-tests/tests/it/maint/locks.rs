//! Who waits for whom: maintenance for others as long as it must, others for it no longer than its
//! lock_timeout.

use std::thread;

use pg_crm_tests::{Client, Db, Sql, eventually, shared};

use super::{maintain, owner, partitions};

/// A table with an old partition, past its retention, and one of this month.
fn table(db: &Db) -> Client {
    let mut owner = owner(db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         CREATE TABLE mine.old PARTITION OF mine.t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         DO $$ BEGIN
           EXECUTE format('CREATE TABLE mine.new PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)',
                          date_trunc('month', now()), date_trunc('month', now()) + interval '1 month');
         END $$;
         INSERT INTO mine.t VALUES ('2001-01-10'), (now());
         SELECT maint.manage_partitions('mine.t', '1 month', 1, '1 year')",
    );
    owner
}

/// Whether somebody waits for a lock in the schema `mine`.
fn somebody_waits(client: &mut Client) -> bool {
    let waiting = "SELECT FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
                    WHERE NOT l.granted AND c.relnamespace = 'mine'::regnamespace";
    !client.lines(waiting).is_empty()
}

/// The bystander's patience is a hundred times that of maintenance, so that a slow machine does not
/// count; without a limit maintenance would make it wait for the reader's end, which does not come.
#[test]
fn a_bystander_does_not_wait_for_the_reader_that_maintenance_waits_for() {
    let db = shared().fresh_db();
    let mut owner = table(&db);
    owner.exec("UPDATE maint.partition_config SET lock_timeout = '50 milliseconds', lock_attempts = 1000 WHERE parent = 'mine.t'::regclass");
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    // It has all partitions open, the default one, the expired one and the table itself.
    assert_eq!(open.lines("SELECT count(*) FROM mine.t"), ["2"]);
    thread::scope(|scope| {
        let run = scope.spawn(|| maintain(&mut db.connect_as("partition_owner"), "mine.t"));
        let mut bystander = db.connect_as("partition_owner");
        bystander.exec("SET lock_timeout = '5 s'");
        for n in 1..=5 {
            eventually("maintenance waits", || somebody_waits(&mut bystander));
            bystander.exec("INSERT INTO mine.t VALUES (now())");
            bystander.exec("SELECT count(*) FROM mine.t");
            bystander.exec("INSERT INTO mine.t VALUES (now() - interval '2 years')");
            let running = "SELECT status FROM maint.maintenance_runs WHERE target = 'mine.t'";
            assert_eq!(bystander.lines(running), ["running"], "round {n}");
        }
        assert_eq!(partitions(&db, "mine.t").len(), 3, "the reader stops all");
        open.commit().expect("it is committed");
        run.join().expect("maintenance ends");
    });
    // This month's, the next one, the default one.
    assert_eq!(partitions(&db, "mine.t").len(), 3);
    assert_eq!(owner.lines("SELECT to_regclass('mine.old') IS NULL"), ["t"]);
    assert_eq!(owner.lines("SELECT count(*) FROM mine.t"), ["11"]);
}

#[test]
fn what_does_not_get_its_lock_fails_and_holds_nothing() {
    let db = shared().fresh_db();
    let mut owner = table(&db);
    owner.exec("UPDATE maint.partition_config SET lock_timeout = '20 milliseconds', lock_attempts = 3 WHERE parent = 'mine.t'::regclass");
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    open.exec("SELECT count(*) FROM mine.old");
    owner.exec("CALL maint.maintain_partitions('mine.t')");
    assert_eq!(
        owner.lines("SELECT task, status, detail FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id"),
        [
            "partitions.create|succeeded|1 partitions",
            "partitions.retire|failed|0 partitions; canceling statement due to lock timeout, at each of 3 attempts (SQLSTATE 55P03)"
        ]
    );
    let held = "SELECT locktype, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS DISTINCT FROM 'pg_locks'::regclass AND locktype <> 'virtualxid'";
    assert_eq!(owner.lines(held), [""; 0]);
    open.commit().expect("it is committed");
    owner.exec("CALL maint.maintain_partitions('mine.t')");
    assert_eq!(owner.lines("SELECT to_regclass('mine.old') IS NULL"), ["t"]);
}

#[test]
fn a_second_run_skips_what_the_first_is_at_and_a_cancelled_run_lets_go() {
    let db = shared().fresh_db();
    let mut owner = table(&db);
    owner.exec(
        "UPDATE maint.partition_config SET lock_attempts = 1000 WHERE parent = 'mine.t'::regclass",
    );
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    open.exec("SELECT count(*) FROM mine.t");
    let mut first = db.connect_as("partition_owner");
    let pid: i32 = first.one("SELECT pg_backend_pid()", &[]);
    let runs = "SELECT task, status, detail FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id";
    thread::scope(|scope| {
        let run =
            scope.spawn(|| first.fails_with("CALL maint.maintain_partitions('mine.t')", "57014"));
        eventually("maintenance waits", || somebody_waits(&mut owner));
        owner.exec("CALL maint.maintain_partitions('mine.t')");
        assert_eq!(
            owner.lines(runs),
            [
                "partitions.create|running|",
                "partitions.create|skipped|another session is at it",
                "partitions.retire|skipped|another session is at it",
            ]
        );
        owner.exec_with("SELECT pg_cancel_backend($1)", &[&pid]);
        run.join().expect("it is cancelled");
    });
    // The session that was cancelled is still there, and holds nothing once its transaction has ended,
    // which is after its client has the error.
    first.exec("SELECT");
    open.commit().expect("it is committed");
    owner.exec("CALL maint.maintain_partitions('mine.t')");
    assert_eq!(
        owner.lines(runs),
        [
            "partitions.create|failed|interrupted",
            "partitions.create|skipped|another session is at it",
            "partitions.retire|skipped|another session is at it",
            "partitions.create|succeeded|1 partitions",
            "partitions.retire|succeeded|1 partitions",
        ]
    );
    first.exec("CALL maint.maintain_partitions('mine.t')");
}

/// A writer that found no partition for its row waits for the default one: it must not find, after
/// that, that the row has another place.
#[test]
fn an_insert_that_waits_for_maintenance_finds_the_new_partition() {
    let db = shared().fresh_db();
    let mut owner = table(&db);
    owner.exec(
        "UPDATE maint.partition_config SET lock_timeout = '10 s' WHERE parent = 'mine.t'::regclass",
    );
    let next =
        "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '40 days'";
    let mut reader = db.connect_as("partition_owner");
    let mut open = reader.transaction().expect("a transaction begins");
    open.exec("SELECT count(*) FROM mine.rest");
    thread::scope(|scope| {
        let run = scope.spawn(|| maintain(&mut db.connect_as("partition_owner"), "mine.t"));
        eventually("maintenance waits", || somebody_waits(&mut owner));
        let writers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    db.connect_as("partition_owner")
                        .exec(&format!("INSERT INTO mine.t SELECT {next}"));
                })
            })
            .collect();
        eventually("all of them wait", || {
            let waiting =
                "SELECT count(*) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
                            WHERE NOT l.granted AND c.relnamespace = 'mine'::regnamespace";
            owner.lines(waiting) == ["4"]
        });
        open.commit().expect("it is committed");
        run.join().expect("maintenance ends");
        for writer in writers {
            writer.join().expect("no insert is lost");
        }
    });
    let places = "SELECT tableoid::regclass::text LIKE 'mine.t\\_20%', count(*) FROM mine.t WHERE at > now() + interval '5 days' GROUP BY 1";
    assert_eq!(owner.lines(places), ["t|3"]);
}
