//! Sessions, locks, connections and statements.

use std::thread;

use pg_crm_tests::{Client, Cluster, Db, Sql, eventually, shared};

/// Ends a session's statement from outside, so that no thread waits for ever.
fn cancel(db: &Db, pid: i32) {
    db.superuser()
        .one::<bool>("SELECT pg_cancel_backend($1)", &[&pid]);
}

fn pid(client: &mut Client) -> i32 {
    client.one("SELECT pg_backend_pid()", &[])
}

#[test]
fn a_running_statement_and_a_waiting_transaction_are_found() {
    let db = shared().fresh_db();
    let (mut sleeper, mut idler) = (db.app(), db.app());
    let (sleeping, idle) = (pid(&mut sleeper), pid(&mut idler));
    idler.exec("BEGIN; SELECT 1");
    let thread = thread::spawn(move || sleeper.batch_execute("SELECT pg_sleep(600)").is_err());
    let mut admin = db.admin();
    let found = format!(
        "SELECT pid, kind, role_name, query FROM maint.running_longer_than('0') WHERE pid IN ({sleeping}, {idle}) ORDER BY kind"
    );
    let expected = [
        format!("{idle}|idle transaction|app_user|BEGIN; SELECT 1"),
        format!("{sleeping}|query|app_user|SELECT pg_sleep(600)"),
    ];
    eventually("both are found", || admin.lines(&found) == expected);
    // Five minutes have not passed.
    assert_eq!(
        admin.lines("SELECT * FROM maint.long_running_queries"),
        [""; 0]
    );
    let long = admin.lines("SELECT * FROM maint.running_longer_than('1 hour')");
    assert!(long.is_empty(), "{long:?}");
    cancel(&db, sleeping);
    assert!(thread.join().expect("it ends"));
}

#[test]
fn a_blocked_session_is_shown_with_who_blocks_it() {
    let db = shared().fresh_db();
    db.superuser()
        .exec("CREATE TABLE public.t (a integer); GRANT ALL ON public.t TO crm_app, crm_readonly");
    let (mut holder, mut waiter, mut behind) = (db.app(), db.readonly(), db.app());
    let (holding, waiting, last) = (pid(&mut holder), pid(&mut waiter), pid(&mut behind));
    holder.exec("BEGIN; LOCK TABLE public.t IN ROW EXCLUSIVE MODE");
    let first = thread::spawn(move || {
        waiter
            .batch_execute("BEGIN; LOCK TABLE public.t IN SHARE MODE")
            .is_err()
    });
    let mut admin = db.admin();
    let found = "SELECT blocked_pid, blocked_role, lock_type, blocked_query, blocking_pid, blocking_role, blocking_state
                   FROM maint.blocking_locks ORDER BY blocked_query";
    let expected = format!(
        "{waiting}|readonly_user|relation|BEGIN; LOCK TABLE public.t IN SHARE MODE|{holding}|app_user|idle in transaction"
    );
    eventually("the waiting session is found", || {
        admin.lines(found) == [expected.clone()]
    });
    // Who only stands in the queue stands in the way as well; the lock that is held would allow this one.
    let second = thread::spawn(move || {
        behind
            .batch_execute("INSERT INTO public.t VALUES (1)")
            .is_err()
    });
    eventually("the queue is found", || {
        admin.lines(&format!(
            "SELECT blocking_pid FROM maint.blocking_locks WHERE blocked_pid = {last}"
        )) == [waiting.to_string()]
    });
    let health = "SELECT value FROM maint.server_measurements() WHERE metric = 'blocked_sessions'";
    assert_eq!(admin.one::<f64>(health, &[]), 2.0);
    holder.exec("ROLLBACK");
    // Whatever the order in which they end: neither hangs.
    cancel(&db, waiting);
    first.join().expect("it ends");
    second.join().expect("it ends");
    eventually("nobody is blocked", || admin.lines(found).is_empty());
}

#[test]
fn connections_are_counted_by_role_and_state_and_of_this_database_only() {
    let db = shared().fresh_db();
    let other = shared().fresh_db();
    let _elsewhere = other.app();
    let mut busy = db.app();
    busy.exec("BEGIN");
    let _idle = [db.app(), db.app(), db.readonly()];
    let mut admin = db.admin();
    let counted = "SELECT role_name, state, connections FROM maint.connection_stats ORDER BY 1, 2";
    let expected = [
        "admin_user|active|1",
        "app_user|idle|2",
        "app_user|idle in transaction|1",
        "readonly_user|idle|1",
    ];
    eventually("all are counted", || admin.lines(counted) == expected);
    let sums = admin.lines(
        "SELECT DISTINCT database_connections, max_connections, server_connections > database_connections,
                used_share = server_connections / 200.0::double precision
           FROM maint.connection_stats",
    );
    assert_eq!(sums, ["5|200|t|t"]);
}

#[test]
fn without_pg_stat_statements_there_is_a_hint() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let hint = "SELECT query IS NULL, hint LIKE '%' || $1 || '%' FROM maint.slow_queries";
    let ask = |admin: &mut Client, what: &str| {
        let row = admin.query_one(hint, &[&what]).expect("one row");
        (row.get::<_, bool>(0), row.get::<_, bool>(1))
    };
    assert_eq!(ask(&mut admin, "is not installed"), (true, true));
    db.superuser().exec(
        "CREATE SCHEMA \"Odd schema\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Odd schema\"",
    );
    assert_eq!(ask(&mut admin, "not loaded"), (true, true));
    admin.fails_with("SELECT * FROM maint.slow_statements(0)", "22023");
    // A view of that name that is not the extension's is nobody's to execute with a superuser's rights.
    let db = shared().fresh_db();
    db.superuser()
        .exec("CREATE VIEW public.pg_stat_statements AS SELECT 1/0 AS total_time");
    assert_eq!(ask(&mut db.admin(), "is not installed"), (true, true));
}

#[test]
fn slow_statements_are_those_of_this_database_whatever_the_extensions_schema() {
    let cluster = Cluster::start(&[("shared_preload_libraries", "pg_stat_statements")]);
    let db = cluster.fresh_db();
    let other = cluster.fresh_db();
    db.superuser().exec(
        "CREATE SCHEMA \"Odd schema\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Odd schema\"",
    );
    other.app().exec("SELECT pg_sleep(0.3)");
    let mut app = db.app();
    app.exec("SELECT pg_sleep(0.2), 'mine'");
    app.exec("SELECT 'quick'");
    let slowest = db.admin().lines(
        "SELECT role_name, query, calls, mean_ms >= 200, total_ms <= max_ms, row_count, time_share BETWEEN 0 AND 1, hint
           FROM maint.slow_queries LIMIT 1",
    );
    assert_eq!(slowest, ["app_user|SELECT pg_sleep($1), $2|1|t|t|1|t|"]);
    assert_eq!(
        db.admin()
            .one::<i64>("SELECT count(*) FROM maint.slow_statements(1)", &[]),
        1
    );
}
