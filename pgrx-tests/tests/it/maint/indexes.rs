//! Indexes that are unused, duplicate, missing or bloated.

use pg_crm_tests::{Client, Sql, eventually, shared};

const LONG: &str = "a_name_that_has_exactly_sixty_three_bytes_and_an_odd_\"quote\"_12";

#[test]
fn a_fresh_database_has_nothing_to_review() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    for query in [
        "SELECT * FROM maint.unused_indexes",
        "SELECT * FROM maint.duplicate_indexes",
        "SELECT * FROM maint.unindexed_foreign_keys",
        "SELECT * FROM maint.reindex_plan()",
        "SELECT * FROM maint.vacuum_plan()",
        "SELECT * FROM maint.vacuum_plan(full => true)",
        "SELECT * FROM maint.index_review()",
    ] {
        assert_eq!(admin.lines(query), [""; 0], "{query}");
    }
}

#[test]
fn an_index_that_nobody_reads_is_unused_until_it_is_read() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE public.t (id integer CONSTRAINT t_pkey PRIMARY KEY, a integer, b integer);
         INSERT INTO public.t SELECT i, i, i FROM generate_series(1, 30000) AS i;
         CREATE INDEX t_a_idx ON public.t (a);
         CREATE INDEX t_b_idx ON public.t (b);
         CREATE TABLE public.small (a integer);
         CREATE INDEX small_a_idx ON public.small (a);
         CREATE TABLE public.p (a integer) PARTITION BY LIST (a);
         CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1);
         CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2);
         CREATE INDEX p_a_idx ON public.p (a);
         INSERT INTO public.p SELECT 1 + i % 2 FROM generate_series(1, 60000) AS i",
    );
    let mut admin = db.admin();
    let unused = "SELECT table_name, index_name, scans, serves_foreign_key, command FROM maint.unused_indexes ORDER BY index_name";
    // The key is used by whoever inserts; what is small does not matter; partitions count as one.
    assert_eq!(
        admin.lines(unused),
        [
            "p|p_a_idx|0|f|DROP INDEX public.p_a_idx",
            "t|t_a_idx|0|f|DROP INDEX CONCURRENTLY public.t_a_idx",
            "t|t_b_idx|0|f|DROP INDEX CONCURRENTLY public.t_b_idx",
        ]
    );
    dba.exec(
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off",
    );
    for i in 0..60 {
        dba.exec(&format!("SELECT count(b) FROM public.t WHERE a = {i}"));
    }
    dba.exec("SELECT pg_stat_force_next_flush()");
    eventually("reads are counted", || {
        admin.lines("SELECT index_name FROM maint.unused_indexes WHERE table_name = 't'")
            == ["t_b_idx"]
    });
}

#[test]
fn spare_indexes_are_found_and_needed_ones_are_not() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE public.t (a integer, b integer, c text, d integer, CONSTRAINT t_b_key UNIQUE (b));
         CREATE INDEX same1 ON public.t (a);
         CREATE INDEX same2 ON public.t (a);
         CREATE INDEX beginning ON public.t (c);
         CREATE INDEX longer ON public.t (c, a);
         CREATE INDEX of_a_key ON public.t (b);
         CREATE INDEX other_order ON public.t (d DESC);
         CREATE INDEX other_class ON public.t (c text_pattern_ops);
         CREATE INDEX partial ON public.t (d) WHERE a > 0;
         CREATE INDEX expression ON public.t (lower(c));
         CREATE INDEX expression2 ON public.t (upper(c));
         CREATE INDEX covering ON public.t (d, b) INCLUDE (a);
         CREATE UNIQUE INDEX unique_beginning ON public.t (d);
         CREATE INDEX {long} ON public.t (lower(c))",
        long = quoted(LONG)
    ));
    let found = db.admin().lines(
        "SELECT index_name, kind, covered_by FROM maint.duplicate_indexes WHERE schema_name = 'public' ORDER BY 1",
    );
    assert_eq!(
        found,
        [
            format!("{LONG}|duplicate|expression"),
            "beginning|beginning|longer".to_owned(),
            "of_a_key|duplicate|t_b_key".to_owned(),
            "same2|duplicate|same1".to_owned(),
        ]
    );
    // The commands do what they say, whatever the names.
    for command in dba.column::<String>("SELECT command FROM maint.duplicate_indexes", &[]) {
        dba.exec(&command);
    }
    assert_eq!(dba.lines("SELECT * FROM maint.duplicate_indexes"), [""; 0]);
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[test]
fn a_foreign_key_without_an_index_is_found_and_mended() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE public.u (a integer, b integer, CONSTRAINT u_pkey PRIMARY KEY (a, b), CONSTRAINT u_a_key UNIQUE (a));
         CREATE TABLE public.none (a integer, b integer, CONSTRAINT none_fkey FOREIGN KEY (a, b) REFERENCES public.u);
         CREATE TABLE public.reversed (a integer, b integer, CONSTRAINT reversed_fkey FOREIGN KEY (a, b) REFERENCES public.u);
         CREATE INDEX reversed_idx ON public.reversed (b, a);
         CREATE TABLE public.second (x integer, a integer, CONSTRAINT second_fkey FOREIGN KEY (a) REFERENCES public.u (a));
         CREATE INDEX second_idx ON public.second (x, a);
         CREATE TABLE public.partial (x integer, a integer, CONSTRAINT partial_fkey FOREIGN KEY (a) REFERENCES public.u (a));
         CREATE INDEX partial_idx ON public.partial (a) WHERE x > 0;
         CREATE TABLE public.given (a integer, CONSTRAINT given_fkey FOREIGN KEY (a) REFERENCES public.u (a));
         CREATE INDEX given_idx ON public.given (a) WHERE a IS NOT NULL;
         CREATE TABLE public.hashed (a integer, CONSTRAINT hashed_fkey FOREIGN KEY (a) REFERENCES public.u (a));
         CREATE INDEX hashed_idx ON public.hashed USING hash (a);
         CREATE TABLE public.{long} ({long} integer, CONSTRAINT {long} FOREIGN KEY ({long}) REFERENCES public.u (a)) PARTITION BY LIST ({long});
         CREATE TABLE public.part PARTITION OF public.{long} DEFAULT",
        long = quoted(LONG)
    ));
    let found = "SELECT constraint_name FROM maint.unindexed_foreign_keys ORDER BY constraint_name COLLATE \"C\"";
    let mut admin = db.admin();
    assert_eq!(
        admin.lines(found),
        [LONG, "none_fkey", "partial_fkey", "second_fkey"]
    );
    for command in dba.column::<String>("SELECT command FROM maint.unindexed_foreign_keys", &[]) {
        dba.exec(&command);
    }
    assert_eq!(admin.lines(found), [""; 0]);
}

/// A table with indexes of many kinds, of which two thirds of the rows are gone.
const BLOATED: &str = "
    CREATE EXTENSION pgstattuple;
    CREATE TABLE public.t (id bigint, key uuid, org uuid, name text, small integer, amount numeric, at timestamptz, link uuid);
    SELECT setseed(0.5);
    INSERT INTO public.t
    SELECT i, md5(random()::text)::uuid, md5((i % 20)::text)::uuid, 'name ' || (i * 7919 % 40000) || repeat('x', i % 17), i / 20 % 100, i,
           '2026-01-01 00:00+00'::timestamptz + i * '1 s'::interval, CASE WHEN i % 5 = 0 THEN md5(i::text)::uuid END
      FROM generate_series(1, 40000) AS i;
    CREATE INDEX t_id ON public.t (id);
    CREATE INDEX t_key ON public.t (key);
    CREATE INDEX t_org_at ON public.t (org, at);
    CREATE INDEX t_name ON public.t (name);
    CREATE INDEX t_small ON public.t (small);
    CREATE INDEX t_org_small ON public.t (org, small);
    CREATE INDEX t_amount ON public.t (amount);
    CREATE INDEX t_link ON public.t (link);
    CREATE INDEX t_org_link ON public.t (org, link);
    CREATE INDEX t_lower ON public.t (lower(name));
    CREATE INDEX t_partial ON public.t (key) WHERE small < 50;
    CREATE INDEX t_loose ON public.t (at) WITH (fillfactor = 60);
    CREATE UNIQUE INDEX t_covering ON public.t (id, org) INCLUDE (small);
    VACUUM ANALYZE public.t";

/// By the pages that pgstattuple finds, as if they were filled as the index is set.
const ERRORS: &str = "
    SELECT b.index_name, b.bloat_ratio, (1 - p.leaf_pages * p.avg_leaf_density / b.fill_factor * 8192 / b.size_bytes)::real
      FROM maint.index_bloat AS b, pgstatindex(format('%I.%I', b.schema_name, b.index_name)) AS p
     WHERE b.schema_name = 'public'";

/// The error that the view's comment states.
fn assert_near_pgstattuple(dba: &mut Client, least: usize) {
    let rows = dba.query(ERRORS, &[]).expect("it is asked");
    assert!(rows.len() >= least, "{} indexes", rows.len());
    for row in rows {
        let (name, estimate, found): (String, f32, f32) = (row.get(0), row.get(1), row.get(2));
        // An index that is fuller than it is set has no bloat.
        let error = (estimate - found.max(0.0)).abs();
        let merged = ["t_small", "t_org_small", "t_link", "t_org_link"].contains(&name.as_str());
        let stated = if merged { 0.06 } else { 0.03 };
        assert!(error <= stated, "{name}: {estimate}, pgstattuple {found}");
    }
}

#[test]
fn the_estimate_of_bloat_is_within_its_stated_error_of_pgstattuple() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    for statement in BLOATED.split(';') {
        dba.exec(statement);
    }
    assert_near_pgstattuple(&mut dba, 12);
    assert_eq!(
        dba.lines("SELECT command FROM maint.reindex_plan() WHERE command ~ 'public'"),
        [""; 0]
    );
    dba.exec("DELETE FROM public.t WHERE id % 3 <> 0");
    dba.exec("VACUUM ANALYZE public.t");
    assert_near_pgstattuple(&mut dba, 12);
    let mut admin = db.admin();
    assert_eq!(
        admin.lines("SELECT bloat_ratio > 0.6 FROM maint.index_bloat WHERE index_name = 't_key'"),
        ["t"]
    );
    // Keys that come at random leave pages two thirds full, those in order leave them full.
    dba.exec("TRUNCATE public.t");
    dba.exec("INSERT INTO public.t (id, key) SELECT i, md5(random()::text)::uuid FROM generate_series(1, 40000) AS i");
    dba.exec("VACUUM ANALYZE public.t");
    assert_near_pgstattuple(&mut dba, 3);
}

#[test]
fn bloated_and_invalid_indexes_are_rebuilt_by_the_plan() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE public.t (a integer, b integer);
         INSERT INTO public.t SELECT i, 1 FROM generate_series(1, 40000) AS i;
         CREATE INDEX {long} ON public.t (a);
         DELETE FROM public.t WHERE a % 4 <> 0",
        long = quoted(LONG)
    ));
    dba.exec("VACUUM ANALYZE public.t");
    assert!(
        dba.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY t_b_key ON public.t (b)")
            .is_err()
    );
    dba.exec("ALTER INDEX public.t_b_key RENAME TO t_b_ccnew");
    let plan = "SELECT command FROM maint.reindex_plan() WHERE command ~ 'public'";
    assert_eq!(
        db.admin().lines(plan),
        [
            "DROP INDEX CONCURRENTLY public.t_b_ccnew".to_owned(),
            format!("REINDEX INDEX CONCURRENTLY public.{}", quoted(LONG)),
        ]
    );
    let bloated: i64 = dba.one(
        "SELECT count(*) FROM maint.reindex_plan(0.5) WHERE reason LIKE '7_ %% of % is bloat, by estimate'",
        &[],
    );
    assert_eq!(bloated, 1);
    assert_eq!(
        dba.lines("SELECT reason FROM maint.reindex_plan(0.9)"),
        ["invalid: building it was stopped"]
    );
    for command in dba.column::<String>("SELECT command FROM maint.reindex_plan()", &[]) {
        dba.exec(&command);
    }
    assert_eq!(dba.lines("SELECT * FROM maint.reindex_plan()"), [""; 0]);
    for wrong in ["-0.1", "1", "'NaN'", "NULL"] {
        db.admin()
            .fails_with(&format!("SELECT maint.reindex_plan({wrong})"), "22023");
    }
}
