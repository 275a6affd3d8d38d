//! What is to be vacuumed, and ANALYZE of what is stale.

use pg_crm_tests::{Sql, eventually, shared};

#[test]
fn dead_rows_are_vacuumed_by_the_plan() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let long = "\"a name with \"\"quotes\"\" and exactly sixty-three bytes in it 123456\"";
    dba.exec(&format!(
        "CREATE TABLE public.{long} (a integer) WITH (autovacuum_enabled = off);
         CREATE TABLE public.own_limit (a integer) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 900, autovacuum_vacuum_scale_factor = 0.0)"
    ));
    for table in [long, "own_limit"] {
        dba.exec(&format!(
            "INSERT INTO public.{table} SELECT generate_series(1, 1000)"
        ));
        // Counts that are not told before would be told after, as changes since.
        dba.exec("SELECT pg_stat_force_next_flush()");
        dba.exec(&format!("ANALYZE public.{table}"));
        dba.exec(&format!("DELETE FROM public.{table} WHERE a % 2 = 0"));
    }
    dba.exec("SELECT pg_stat_force_next_flush()");
    let mut admin = db.admin();
    let plan = "SELECT command, reason FROM maint.vacuum_plan()";
    eventually("dead rows are counted", || {
        admin.lines(plan)
            == [format!(
                "VACUUM (ANALYZE) public.{long}|500 dead rows, 33 % of all"
            )]
    });
    for command in dba.column::<String>("SELECT command FROM maint.vacuum_plan()", &[]) {
        dba.exec(&command);
    }
    dba.exec("SELECT pg_stat_force_next_flush()");
    eventually("nothing is left", || admin.lines(plan).is_empty());
}

#[test]
fn old_rows_are_frozen_before_the_server_must() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let ages =
        "SELECT count(*) FROM maint.vacuum_plan() WHERE command LIKE 'VACUUM (FREEZE, ANALYZE) %'";
    assert_eq!(db.admin().one::<i64>(ages, &[]), 0);
    // The catalog says so, and nothing reads the rows.
    dba.exec("CREATE TABLE public.old (a integer)");
    dba.exec("UPDATE pg_class SET relfrozenxid = ((txid_current() + 4294967296 - 160000000) % 4294967296)::text::xid WHERE oid = 'public.old'::regclass");
    assert_eq!(
        db.admin().lines("SELECT command, reason LIKE 'its oldest row is 1600000__ transactions old' FROM maint.vacuum_plan()"),
        ["VACUUM (FREEZE, ANALYZE) public.old|t"]
    );
}

#[test]
fn a_rewrite_is_planned_on_request_alone() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("CREATE TABLE public.t (a integer, b text) WITH (autovacuum_enabled = off)");
    dba.exec("INSERT INTO public.t SELECT i, repeat('x', 100) FROM generate_series(1, 20000) AS i");
    dba.exec("VACUUM ANALYZE public.t");
    let full =
        "SELECT command, size_bytes FROM maint.vacuum_plan(full => true) WHERE command ~ 'public'";
    assert_eq!(db.admin().lines(full), [""; 0]);
    dba.exec("DELETE FROM public.t WHERE a % 3 <> 0");
    dba.exec("VACUUM ANALYZE public.t");
    let size: i64 = dba.one("SELECT pg_relation_size('public.t')", &[]);
    assert_eq!(
        db.admin().lines(full),
        [format!("VACUUM (FULL, ANALYZE) public.t|{size}")]
    );
    assert_eq!(
        db.admin()
            .lines("SELECT command FROM maint.vacuum_plan() WHERE command ~ 'FULL'"),
        [""; 0]
    );
    dba.exec("VACUUM (FULL, ANALYZE) public.t");
    assert_eq!(db.admin().lines(full), [""; 0]);
    // Two thirds were to be saved, within a tenth.
    let left: i64 = dba.one("SELECT pg_relation_size('public.t')", &[]);
    assert!((left as f64 / size as f64 - 1.0 / 3.0).abs() < 0.1);
}

#[test]
fn stale_tables_are_analyzed_and_those_that_are_locked_are_left() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE public.fresh (a integer) WITH (autovacuum_enabled = off);
         CREATE TABLE public.changed (a integer) WITH (autovacuum_enabled = off);
         CREATE TABLE public.never (a integer) WITH (autovacuum_enabled = off);
         CREATE TABLE public.empty (a integer);
         CREATE TABLE public.locked (a integer) WITH (autovacuum_enabled = off);
         CREATE TABLE public.p (a integer) PARTITION BY LIST (a);
         CREATE TABLE public.p1 PARTITION OF public.p DEFAULT WITH (autovacuum_enabled = off);
         INSERT INTO public.fresh SELECT generate_series(1, 1000);
         INSERT INTO public.changed SELECT generate_series(1, 1000)",
    );
    dba.exec("SELECT pg_stat_force_next_flush()");
    dba.exec("ANALYZE public.fresh, public.changed");
    dba.exec(
        "UPDATE public.changed SET a = a + 1;
         INSERT INTO public.never SELECT 1;
         INSERT INTO public.locked SELECT generate_series(1, 1000);
         INSERT INTO public.p SELECT generate_series(1, 1000);
         SELECT pg_stat_force_next_flush()",
    );
    let mut admin = db.admin();
    let stale = "SELECT table_name, reason FROM maint.stale_statistics() WHERE schema_name = 'public' ORDER BY 1";
    let all = [
        "changed|1000 rows changed since the last ANALYZE",
        "locked|never analyzed",
        "never|never analyzed",
        "p|never analyzed",
        "p1|never analyzed",
    ];
    eventually("changes are counted", || admin.lines(stale) == all);
    let mut holder = db.superuser();
    holder.exec("BEGIN; LOCK TABLE public.locked IN ACCESS EXCLUSIVE MODE");
    let analyzed: i32 = admin.one("SELECT maint.analyze_tables()", &[]);
    assert!(analyzed >= 5, "{analyzed}");
    eventually("only the locked one is left", || {
        admin.lines(stale) == ["locked|never analyzed"]
    });
    holder.exec("ROLLBACK");
    admin.one::<i32>("SELECT maint.analyze_tables()", &[]);
    eventually("none is left", || admin.lines(stale).is_empty());
}

/// What fails is told, and keeps nobody else from being analyzed.
#[test]
fn a_table_that_cannot_be_analyzed_is_a_warning() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE FUNCTION public.fails(a integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
           'BEGIN IF a > 100 THEN RAISE EXCEPTION ''no''; END IF; RETURN a; END';
         CREATE TABLE public.a_bad (a integer) WITH (autovacuum_enabled = off);
         CREATE INDEX a_bad_idx ON public.a_bad (public.fails(a));
         CREATE TABLE public.good (a integer) WITH (autovacuum_enabled = off);
         INSERT INTO public.good SELECT generate_series(1, 1000);
         INSERT INTO public.a_bad SELECT generate_series(1, 100);
         CREATE OR REPLACE FUNCTION public.fails(a integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
           'BEGIN RAISE EXCEPTION ''no''; END';
         SELECT pg_stat_force_next_flush()",
    );
    let mut admin = db.admin();
    let stale =
        "SELECT table_name FROM maint.stale_statistics() WHERE schema_name = 'public' ORDER BY 1";
    eventually("changes are counted", || {
        admin.lines(stale) == ["a_bad", "good"]
    });
    admin.one::<i32>("SELECT maint.analyze_tables()", &[]);
    eventually("the good one is done", || admin.lines(stale) == ["a_bad"]);
}
