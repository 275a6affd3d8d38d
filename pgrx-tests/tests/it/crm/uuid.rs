//! Time-ordered keys.

use std::collections::HashSet;
use std::thread;

use pg_crm_tests::{Sql, Uuid, shared};

#[test]
fn keys_have_version_7_and_the_variant_of_the_rfc() {
    let db = shared().fresh_db();
    let keys: Vec<Uuid> = db
        .app()
        .column("SELECT crm.uuid_v7() FROM generate_series(1, 10000)", &[]);
    for key in keys {
        let bytes = key.as_bytes();
        assert_eq!((bytes[6] >> 4, bytes[8] >> 6), (7, 0b10), "{key}");
    }
}

#[test]
fn keys_of_a_session_ascend() {
    let db = shared().fresh_db();
    let mut app = db.app();
    // In statements of their own too: what one ended with, the next begins after.
    let mut last = Uuid::nil();
    for _ in 0..5 {
        let keys: Vec<Uuid> =
            app.column("SELECT crm.uuid_v7() FROM generate_series(1, 20000)", &[]);
        for key in keys {
            assert!(key > last, "{key} came after {last}");
            last = key;
        }
    }
}

#[test]
fn the_server_sorts_keys_as_they_were_made() {
    let db = shared().fresh_db();
    let unsorted: i64 = db.app().one(
        "WITH made AS MATERIALIZED (SELECT i, crm.uuid_v7() AS id FROM generate_series(1, 100000) AS i)
         SELECT count(*) FROM (SELECT id < lag(id) OVER (ORDER BY i) AS wrong FROM made) AS pairs WHERE wrong",
        &[],
    );
    assert_eq!(unsorted, 0);
}

#[test]
fn keys_of_eight_sessions_are_unique() {
    let db = shared().fresh_db();
    let made: Vec<Vec<Uuid>> = thread::scope(|scope| {
        let sessions: Vec<_> = (0..8)
            .map(|_| {
                let mut app = db.app();
                scope.spawn(move || {
                    app.column("SELECT crm.uuid_v7() FROM generate_series(1, 20000)", &[])
                })
            })
            .collect();
        sessions
            .into_iter()
            .map(|session| session.join().expect("the session makes keys"))
            .collect()
    });
    let keys: HashSet<Uuid> = made.into_iter().flatten().collect();
    assert_eq!(keys.len(), 160_000);
}

#[test]
fn the_random_part_differs_from_key_to_key() {
    let db = shared().fresh_db();
    let distinct: i64 = db.app().one(
        "SELECT count(DISTINCT right(crm.uuid_v7()::text, 17)) FROM generate_series(1, 10000)",
        &[],
    );
    assert_eq!(distinct, 10_000);
}

#[test]
fn the_time_in_a_key_is_that_of_its_making() {
    let db = shared().fresh_db();
    let off: f64 = db.app().one(
        "SELECT abs(('x' || left(replace(crm.uuid_v7()::text, '-', ''), 12))::bit(48)::bigint / 1000.0
                    - extract(epoch FROM clock_timestamp()))::double precision",
        &[],
    );
    assert!(off < 5.0, "{off} seconds from the server's clock");
}

#[test]
fn keys_are_the_default_of_tables() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE things (id uuid PRIMARY KEY DEFAULT crm.uuid_v7(), n integer);
         INSERT INTO things (n) SELECT generate_series(1, 1000)",
    );
    let in_order: bool = app.one(
        "SELECT array_agg(n ORDER BY id) = array_agg(n ORDER BY n) FROM things",
        &[],
    );
    assert!(in_order);
    let acme = db.org("Acme");
    let id = app.in_org(&acme, |tx| super::contact(tx, "Ann"));
    assert_eq!(id.get_version_num(), 7, "{id}");
}

#[test]
fn keys_made_by_parallel_workers_are_unique() {
    let db = shared().fresh_db();
    db.superuser().exec(
        "CREATE TABLE public.numbers AS SELECT generate_series(1, 20000) AS n;
         ANALYZE public.numbers;
         GRANT SELECT ON public.numbers TO crm_app",
    );
    let mut app = db.app();
    app.exec(
        "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
         SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off",
    );
    let query = "SELECT n, crm.uuid_v7() AS id FROM public.numbers";
    let plan = app.lines(&format!("EXPLAIN (VERBOSE) {query}")).join("\n");
    // In parentheses where a node passes on what one below it computed.
    assert!(
        plan.starts_with("Gather") && plan.contains("(crm.uuid_v7())"),
        "workers do not make the keys:\n{plan}"
    );
    let distinct: i64 = app.one(
        &format!("SELECT count(DISTINCT id) FROM ({query} OFFSET 0) AS made"),
        &[],
    );
    assert_eq!(distinct, 20_000);
}

#[test]
fn keys_are_made_in_a_read_only_transaction() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec("SET default_transaction_read_only = on");
    let id: Uuid = app.one("SELECT crm.uuid_v7()", &[]);
    assert_eq!(id.get_version_num(), 7);
}
