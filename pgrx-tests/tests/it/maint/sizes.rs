//! Sizes of tables, their growth, and what they are expected to be.

use pg_crm_tests::{Sql, shared};

#[test]
fn sizes_are_those_that_the_server_tells_with_partitions_added_up() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        r#"CREATE SCHEMA "Odd ""schema";
           CREATE TABLE "Odd ""schema"."Odd ""name.with dots and exactly sixty-three bytes in it 1234567" (a integer, b text);
           INSERT INTO "Odd ""schema"."Odd ""name.with dots and exactly sixty-three bytes in it 1234567" SELECT 1, repeat(md5(i::text), 300) FROM generate_series(1, 500) AS i;
           CREATE TABLE public.p (at date, n integer) PARTITION BY RANGE (at);
           CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
           CREATE TABLE "Odd ""schema".p2 PARTITION OF public.p FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (n);
           CREATE TABLE public.p2a PARTITION OF "Odd ""schema".p2 DEFAULT;
           CREATE INDEX p_n_idx ON public.p (n);
           INSERT INTO public.p SELECT '2026-01-01'::date + i % 58, i FROM generate_series(1, 20000) AS i;
           CREATE MATERIALIZED VIEW public.m AS SELECT 1 AS a"#,
    );
    dba.exec("ANALYZE public.p1, public.p2a");
    let sizes = "SELECT schema_name, table_name, partitions, total_bytes, table_bytes + toast_bytes + index_bytes
                   FROM maint.get_table_sizes() WHERE schema_name IN ('public', 'Odd \"schema') ORDER BY table_name";
    let mut admin = db.admin();
    let size = |client: &mut pg_crm_tests::Client, relations: &[&str]| -> i64 {
        relations
            .iter()
            .map(|r| client.one::<i64>(&format!("SELECT pg_total_relation_size('{r}')"), &[]))
            .sum()
    };
    let odd =
        r#""Odd ""schema"."Odd ""name.with dots and exactly sixty-three bytes in it 1234567""#;
    let (o, p, m) = (
        size(&mut dba, &[odd]),
        size(&mut dba, &["public.p1", "public.p2a"]),
        size(&mut dba, &["public.m"]),
    );
    assert_eq!(
        admin.lines(sizes),
        [
            format!(
                "Odd \"schema|Odd \"name.with dots and exactly sixty-three bytes in it 1234567|0|{o}|{o}"
            ),
            format!("public|m|0|{m}|{m}"),
            format!("public|p|2|{p}|{p}"),
        ]
    );
    assert_eq!(
        admin.lines("SELECT row_estimate FROM maint.get_table_sizes() WHERE table_name = 'p'"),
        ["20000"]
    );
    // A snapshot has a row for each partition, and the same sum.
    let taken: i32 = admin.one("SELECT maint.take_size_snapshot()", &[]);
    assert!(taken > 150, "{taken}");
    let recorded = admin.lines(
        "SELECT parent_schema, parent_table, count(*), sum(total_bytes) FROM maint.size_snapshots
          WHERE parent_table = 'p' GROUP BY 1, 2",
    );
    assert_eq!(recorded, [format!("public|p|2|{p}")]);
    let model: i64 = admin.one(
        "SELECT sum(s.total_bytes)::bigint - (SELECT sum(g.total_bytes)::bigint FROM maint.get_table_sizes() AS g WHERE g.schema_name <> 'maint')
           FROM maint.size_snapshots AS s WHERE s.schema_name <> 'maint'",
        &[],
    );
    assert_eq!(model, 0);
    // The second of a transaction is the first.
    let twice = "SELECT maint.take_size_snapshot() > 0, maint.take_size_snapshot()";
    assert_eq!(admin.lines(twice), ["t|0"]);
}

/// Snapshots of a table that grows by `bytes` a day, measured `error` off in turns.
fn grow(bytes: i64, error: i64, days: i64) -> String {
    format!(
        "INSERT INTO maint.size_snapshots (schema_name, table_name, parent_schema, parent_table, taken_at, table_bytes)
         SELECT 'public', 't_' || part, 'public', 't', now() - i * '1 day'::interval, 100000000 - i * {bytes} / 2 + (i % 2) * {error}
           FROM generate_series(0, {days} - 1) AS i, generate_series(1, 2) AS part"
    )
}

#[test]
fn growth_on_a_line_is_forecast_exactly() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec(&grow(1_000_000, 0, 30));
    let forecast = "SELECT schema_name, table_name, snapshots, total_bytes, round(bytes_per_day / 1000), round(bytes_per_day_low / 1000), round(bytes_per_day_high / 1000),
            round(r_squared::numeric, 6), round(forecast_bytes / 1000), round(forecast_low / 1000), round(forecast_high / 1000), method
       FROM maint.capacity_forecast('10 days')";
    let line = "30|200000000|1000|1000|1000|1.000000|210000|210000|210000|least squares, 95 % of prediction";
    assert_eq!(
        admin.lines(forecast),
        [format!("||{line}"), format!("public|t|{line}")]
    );
    assert_eq!(
        admin.lines(
            "SELECT round(bytes_per_day) FROM maint.storage_report() WHERE kind = 'database'"
        ),
        ["1000000"]
    );
}

/// Against the same by hand: x = -3..0, y = 1, 3, 2, 5: slope 1.1, residuals squared 2.7 at two degrees
/// of freedom, Sxx 5, mean of x -1.5.
#[test]
fn the_interval_of_a_forecast_is_that_of_the_textbook() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec(
        "INSERT INTO maint.size_snapshots (schema_name, table_name, taken_at, table_bytes)
         SELECT 'public', 't', now() + x * '1 day'::interval, y FROM (VALUES (-3, 1000), (-2, 3000), (-1, 2000), (0, 5000)) AS v (x, y)",
    );
    let row = admin
        .query_one(
            "SELECT bytes_per_day, bytes_per_day_high - bytes_per_day, forecast_bytes, forecast_high - forecast_bytes, forecast_low
               FROM maint.capacity_forecast('2 days') WHERE table_name = 't'",
            &[],
        )
        .expect("one row");
    let deviation = (2_700_000.0_f64 / 2.0).sqrt();
    let quantile = 4.302_652_73;
    let slope_error = quantile * deviation / 5.0_f64.sqrt();
    let size_error = quantile * deviation * (1.0_f64 + 0.25 + 3.5 * 3.5 / 5.0).sqrt();
    // At the mean of x stands the mean of y.
    let expected = [1100.0, slope_error, 2750.0 + 3.5 * 1100.0, size_error, 0.0];
    for (i, expected) in expected.into_iter().enumerate() {
        let found: f64 = row.get(i);
        assert!(
            (found - expected).abs() <= expected * 1e-4 + 1e-6,
            "{i}: {found}, by hand {expected}"
        );
    }
}

#[test]
fn quantiles_are_those_of_the_tables() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    for (degrees, expected) in [
        (1.0, 12.706),
        (2.0, 4.303),
        (3.0, 3.182),
        (4.0, 2.776),
        (5.0, 2.571),
        (10.0, 2.228),
        (30.0, 2.042),
        (1000.0, 1.962),
    ] {
        let found: f64 = admin.one("SELECT maint.student_quantile($1)", &[&degrees]);
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "{degrees}: {found}, {expected}"
        );
    }
}

#[test]
fn too_few_snapshots_make_no_forecast() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let forecast = "SELECT round(bytes_per_day), bytes_per_day_low IS NULL, round(forecast_bytes), method FROM maint.capacity_forecast() WHERE table_name = 't'";
    assert_eq!(
        admin.lines("SELECT * FROM maint.capacity_forecast()"),
        [""; 0]
    );
    admin.exec(&grow(1_000_000, 0, 1));
    assert_eq!(
        admin.lines(forecast),
        ["|t||none: two snapshots of different times are needed"]
    );
    admin.exec("DELETE FROM maint.size_snapshots");
    admin.exec(&grow(1_000_000, 0, 2));
    assert_eq!(
        admin.lines(forecast),
        ["1000000|t|290000000|line through two snapshots, without an error"]
    );
}

#[test]
fn what_the_documents_say_of_rows_is_compared_with_what_they_take() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.companies (name) SELECT 'Company ' || i FROM generate_series(1, 1000) AS i")
    });
    db.superuser().exec("ANALYZE crm.companies");
    let lines = db.admin().lines(
        "SELECT table_name, documented_row_bytes, row_estimate, documented_bytes, row_bytes BETWEEN 100 AND 500, total_bytes > table_bytes
           FROM maint.storage_estimates() WHERE row_estimate > 0 ORDER BY 1",
    );
    assert_eq!(lines, ["companies|500|1000|500000|t|t"]);
    let all: i64 = db.admin().one(
        "SELECT count(total_bytes) FROM maint.storage_estimates()",
        &[],
    );
    assert_eq!(all, 6);
}

#[test]
fn the_report_of_storage_adds_up() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let kinds =
        admin.lines("SELECT kind, count(*) FROM maint.storage_report() GROUP BY 1 ORDER BY 1");
    assert_eq!(kinds, ["database|1", "schema|19", "table|20"]);
    let schemas: bool = admin.one(
        "SELECT (SELECT sum(total_bytes) FROM maint.get_table_sizes()) = (SELECT sum(size_bytes) FROM maint.storage_report() WHERE kind = 'schema')",
        &[],
    );
    assert!(schemas);
    admin.exec("UPDATE maint.metric_thresholds SET reported_value = 107374182400, reported_at = now() WHERE metric = 'free_storage'");
    assert_eq!(
        admin.lines("SELECT note FROM maint.storage_report() WHERE kind = 'database'"),
        ["free storage as reported: 100 GB"]
    );
}
