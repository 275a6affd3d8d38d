//! The health of the database as a document, as text, and as metrics.

use pg_crm_tests::{Client, Cluster, Db, Sql, eventually, shared};
use serde_json::Value;

/// The document's check of that name.
#[track_caller]
fn check(client: &mut impl Sql, name: &str) -> Value {
    let document: Value = client.one("SELECT maint.health_check()", &[]);
    document["checks"][name].clone()
}

#[track_caller]
fn status(client: &mut impl Sql, name: &str) -> String {
    check(client, name)["status"]
        .as_str()
        .unwrap_or("absent")
        .to_owned()
}

/// A server as the documents want it, with a backup.
fn sound() -> (Db, Client) {
    let cluster = Cluster::start(&[
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("archive_mode", "on"),
        ("archive_command", "true"),
        ("archive_timeout", "300s"),
        ("idle_in_transaction_session_timeout", "1h"),
    ]);
    let db = cluster.fresh_db();
    let mut admin = db.admin();
    admin.exec(
        "UPDATE maint.backup_policies SET enabled = true WHERE profile = 'self-managed';
         INSERT INTO maint.backup_runs (policy_id, kind, status, is_encrypted) SELECT id, kind, 'succeeded', true FROM maint.backup_policies WHERE name = 'daily'",
    );
    (db, admin)
}

#[test]
fn a_sound_database_is_well() {
    let (_db, mut admin) = sound();
    let document: Value = admin.one("SELECT maint.health_check()", &[]);
    let checks = document["checks"].as_object().expect("an object");
    let unwell: Vec<_> = checks
        .iter()
        .filter(|(_, check)| check["status"] != "ok" && check["status"] != "unknown")
        .collect();
    // The harness makes no checksums, which is a finding among the settings, and the only one.
    assert_eq!(unwell.len(), 1, "{unwell:#?}");
    assert_eq!(
        checks["settings"]["reason"],
        "not as recommended: data_checksums = off (maint.settings_check)"
    );
    assert_eq!(document["status"], "warning");
    for name in [
        "connections",
        "replication_lag",
        "longest_transaction",
        "transaction_age",
        "cpu",
        "free_storage",
        "read_operations",
        "maintenance_runs",
        "scheduled_tasks",
        "cron_jobs",
        "partitions",
        "backups",
        "wal_archiving",
    ] {
        assert!(checks.contains_key(name), "{name}: {checks:#?}");
    }
    assert_eq!(checks["cpu"]["status"], "unknown");
    assert_eq!(checks["connections"]["unit"], "connections");
    assert_eq!(checks["connections"]["critical"], 180.0);
}

#[test]
fn thresholds_are_those_of_the_table() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let set = |admin: &mut Client, assignments: &str, metric: &str| {
        admin.exec(&format!(
            "UPDATE maint.metric_thresholds SET {assignments} WHERE metric = '{metric}'"
        ));
    };
    assert_eq!(status(&mut admin, "connections"), "ok");
    set(&mut admin, "warning = 0", "connections");
    assert_eq!(status(&mut admin, "connections"), "warning");
    set(&mut admin, "critical = 0", "connections");
    assert_eq!(status(&mut admin, "connections"), "critical");
    // What is not beyond the bound is not bad.
    let reported = |value: f64| format!("reported_value = {value}, reported_at = now()");
    for (metric, value, expected) in [
        ("cpu", 70.0, "ok"),
        ("cpu", 70.1, "warning"),
        ("cpu", 90.1, "critical"),
        ("free_storage", 53_687_091_200.0, "ok"),
        ("free_storage", 53_687_091_199.0, "warning"),
        ("free_storage", 21_474_836_479.0, "critical"),
        ("read_operations", 10_001.0, "warning"),
        ("read_operations", 12_001.0, "critical"),
    ] {
        set(&mut admin, &reported(value), metric);
        assert_eq!(status(&mut admin, metric), expected, "{metric} {value}");
    }
    // An agent that fell silent.
    set(
        &mut admin,
        "reported_at = now() - '1 year'::interval",
        "cpu",
    );
    assert_eq!(status(&mut admin, "cpu"), "warning");
    set(&mut admin, "enabled = false", "cpu");
    assert_eq!(check(&mut admin, "cpu"), Value::Null);
    assert_eq!(
        admin.lines(
            "DELETE FROM maint.metric_thresholds; SELECT jsonb_typeof(maint.health_check())"
        ),
        ["object"]
    );
}

#[test]
fn an_old_transaction_is_measured() {
    let db = shared().fresh_db();
    let other = shared().fresh_db();
    let mut admin = db.admin();
    let age = "SELECT value FROM maint.server_measurements() WHERE metric = 'longest_transaction'";
    // Those of other databases are not this one's.
    let mut elsewhere = other.app();
    elsewhere.exec("BEGIN; SELECT pg_sleep(0.3)");
    assert_eq!(admin.one::<f64>(age, &[]), 0.0);
    let mut old = db.app();
    old.exec("BEGIN; SELECT pg_sleep(0.3)");
    assert!(admin.one::<f64>(age, &[]) >= 0.3);
    admin.exec(
        "UPDATE maint.metric_thresholds SET warning = 0.1 WHERE metric = 'longest_transaction'",
    );
    assert_eq!(status(&mut admin, "longest_transaction"), "warning");
    old.exec("COMMIT");
    eventually("it is over", || admin.one::<f64>(age, &[]) == 0.0);
}

#[test]
fn a_prepared_transaction_that_nobody_ends_is_measured() {
    let cluster = Cluster::start(&[("max_prepared_transactions", "5")]);
    let db = cluster.fresh_db();
    let mut dba = db.superuser();
    let age =
        "SELECT value > 0 FROM maint.server_measurements() WHERE metric = 'prepared_transactions'";
    assert_eq!(db.admin().lines(age), ["f"]);
    dba.exec("BEGIN; CREATE TABLE public.t (a integer); PREPARE TRANSACTION 'forgotten'");
    assert_eq!(db.admin().lines(age), ["t"]);
    dba.exec("ROLLBACK PREPARED 'forgotten'");
}

#[test]
fn wal_that_a_slot_keeps_is_measured() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    let mut dba = db.superuser();
    let kept =
        "SELECT value FROM maint.server_measurements() WHERE metric = 'replication_slot_wal'";
    assert_eq!(db.admin().one::<Option<f64>>(kept, &[]), None);
    dba.exec("SELECT pg_create_physical_replication_slot('forgotten', true)");
    dba.exec("CREATE TABLE public.t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)");
    assert!(db.admin().one::<f64>(kept, &[]) > 1_000_000.0);
}

#[test]
fn failed_and_overdue_maintenance_is_told() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert_eq!(status(&mut admin, "maintenance_runs"), "ok");
    admin.exec(
        "INSERT INTO maint.maintenance_runs (task, target, status, started_at, detail) VALUES
           ('partitions.create', 'a', 'failed', now() - '2 hours'::interval, 'no room'),
           ('partitions.create', 'b', 'failed', now() - '2 hours'::interval, 'no room'),
           ('partitions.create', 'b', 'succeeded', now() - '1 hour'::interval, NULL),
           ('vacuum', NULL, 'running', now() - '2 days'::interval, NULL)",
    );
    let found = check(&mut admin, "maintenance_runs");
    assert_eq!(
        (&found["status"], found["value"].as_f64()),
        (&"warning".into(), Some(2.0))
    );
    let reason = found["reason"].as_str().expect("a text");
    assert!(
        reason.starts_with("the latest run failed: partitions.create of a at ")
            && reason.contains(": no room; never ended: vacuum since "),
        "{reason}"
    );
    // A task that should have been done.
    assert_eq!(status(&mut admin, "scheduled_tasks"), "ok");
    admin.exec(
        "INSERT INTO maint.task_schedule (task, description, command, schedule, overdue_after, created_at, enabled) VALUES
           ('late', 'x', 'CALL maint.x()', '0 3 * * *', '1 day', now() - '3 days'::interval, true),
           ('off', 'x', 'CALL maint.x()', '0 3 * * *', '1 day', now() - '3 days'::interval, false),
           ('new', 'x', 'CALL maint.x()', '0 3 * * *', '1 day', now(), true)",
    );
    let found = check(&mut admin, "scheduled_tasks");
    assert_eq!(found["reason"], "overdue: late, last done never");
    assert_eq!(found["status"], "warning");
    admin.exec("INSERT INTO maint.maintenance_runs (task, status, started_at) VALUES ('late', 'succeeded', now())");
    assert_eq!(status(&mut admin, "scheduled_tasks"), "ok");
}

#[test]
fn missing_partitions_are_critical_where_it_is_this_month_s() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert_eq!(status(&mut admin, "partitions"), "ok");
    admin.exec("UPDATE maint.partition_config SET premake = premake + 1 WHERE parent = 'analytics.events'::regclass");
    let found = check(&mut admin, "partitions");
    assert_eq!(found["status"], "warning");
    assert_eq!(
        found["reason"],
        "1 are missing, of analytics.events: CALL maint.maintain_partitions()"
    );
    let partition: String = admin.one(
        "SELECT partition::text FROM maint.partition_bounds('analytics.events') WHERE now() BETWEEN lower_bound AND upper_bound",
        &[],
    );
    db.superuser().exec(&format!("DROP TABLE {partition}"));
    assert_eq!(status(&mut admin, "partitions"), "critical");
}

#[test]
fn a_job_of_pg_cron_whose_latest_run_failed_is_told() {
    let cluster = Cluster::start(&[
        ("shared_preload_libraries", "pg_cron"),
        ("cron.use_background_workers", "on"),
    ]);
    let db = cluster.fresh_db();
    cluster.configure(&[("cron.database_name", db.name())]);
    cluster.restart();
    let mut dba = db.superuser();
    dba.exec("CREATE EXTENSION pg_cron");
    let mut admin = db.admin();
    assert_eq!(status(&mut admin, "cron_jobs"), "ok");
    // Its day does not come during the test: the runs are as pg_cron writes them.
    dba.exec("SELECT cron.schedule('yearly', '0 0 29 2 *', 'SELECT 1/0')");
    let run = |status: &str| {
        format!(
            "INSERT INTO cron.job_run_details (jobid, runid, database, username, command, status, return_message, start_time)
             SELECT jobid, nextval('cron.runid_seq'), database, username, command, '{status}', 'ERROR: no room', now() FROM cron.job"
        )
    };
    for (now, expected) in [
        ("succeeded", "ok"),
        ("failed", "warning"),
        ("running", "warning"),
        ("succeeded", "ok"),
    ] {
        dba.exec(&run(now));
        assert_eq!(status(&mut admin, "cron_jobs"), expected, "{now}");
    }
    dba.exec(&run("failed"));
    let reason = check(&mut admin, "cron_jobs")["reason"].to_string();
    assert!(
        reason.contains("the latest run failed: yearly at ") && reason.contains("ERROR: no room"),
        "{reason}"
    );
    dba.exec("SELECT cron.unschedule('yearly')");
    assert_eq!(status(&mut admin, "cron_jobs"), "ok");
}

/// pg_cron's own tables are needed for it to count: others of that name are nobody's to read as a
/// superuser.
#[test]
fn tables_that_are_not_pg_crons_are_not_read() {
    let db = shared().fresh_db();
    db.superuser().exec(
        "CREATE SCHEMA cron;
         CREATE VIEW cron.job_run_details AS SELECT 1/0 AS jobid;
         CREATE VIEW cron.job AS SELECT 1/0 AS jobid",
    );
    assert_eq!(status(&mut db.admin(), "cron_jobs"), "ok");
}

#[test]
fn findings_of_the_isolation_report_are_a_check() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let mut admin = db.admin();
    // With a report of the test's own, whatever the installed one finds.
    dba.exec(
        "DO $$ BEGIN
           IF to_regprocedure('tenancy.org_isolation_report()') IS NULL THEN
             CREATE FUNCTION tenancy.org_isolation_report() RETURNS TABLE (object text, finding text, severity text, remedy text)
               LANGUAGE sql AS 'SELECT NULL::text, NULL::text, NULL::text, NULL::text WHERE false';
           END IF;
         END $$",
    );
    for (severity, expected) in [
        ("critical", "critical"),
        ("high", "critical"),
        ("medium", "warning"),
    ] {
        dba.exec(&format!(
            "CREATE OR REPLACE FUNCTION tenancy.org_isolation_report() RETURNS TABLE (object text, finding text, severity text, remedy text)
               LANGUAGE sql AS 'SELECT ''public.t'', ''no policy'', ''{severity}'', ''x'''"
        ));
        let found = check(&mut admin, "isolation");
        assert_eq!(found["status"], expected);
        assert_eq!(found["reason"], "public.t: no policy");
    }
    dba.exec(
        "CREATE OR REPLACE FUNCTION tenancy.org_isolation_report() RETURNS TABLE (object text, finding text, severity text, remedy text)
           LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no report''; END'",
    );
    let found = check(&mut admin, "isolation");
    assert_eq!(
        (&found["status"], &found["reason"]),
        (&"unknown".into(), &"no report".into())
    );
}

#[test]
fn the_report_for_people_says_the_same_the_worst_first() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let report: String = admin.one("SELECT maint.health_report()", &[]);
    let mut lines = report.lines();
    let heading = lines.next().expect("a heading");
    assert!(
        heading.starts_with(&format!(
            "Database {} is not well: critical (PostgreSQL 1",
            db.name()
        )),
        "{heading}"
    );
    assert_eq!(lines.next(), Some(""));
    let rank = |line: &str| {
        ["critical", "warning", "unknown", "ok"]
            .iter()
            .position(|status| line.starts_with(status))
            .unwrap_or_else(|| panic!("{line}"))
    };
    let ranks: Vec<_> = lines.map(rank).collect();
    assert!(ranks.is_sorted() && ranks.len() >= 18, "{report}");
}

#[test]
fn metrics_are_named_by_prometheus_conventions_and_unique() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')")
    });
    let mut admin = db.admin();
    admin.exec("INSERT INTO maint.maintenance_runs (task, status) VALUES (E'odd \"task\\\\\\n', 'succeeded')");
    let wrong = admin.lines(
        "SELECT name, labels, type FROM maint.metrics()
          WHERE name !~ '^pg_crm_[a-z0-9_]+$' OR type NOT IN ('gauge', 'counter') OR (type = 'counter') <> (name ~ '_total$')
             OR help = '' OR value IS NULL OR jsonb_typeof(labels) <> 'object'
             OR EXISTS (SELECT FROM jsonb_each(labels) AS l WHERE l.key !~ '^[a-z_]+$' OR jsonb_typeof(l.value) <> 'string')",
    );
    assert_eq!(wrong, [""; 0]);
    let twice =
        admin.lines("SELECT name, labels FROM maint.metrics() GROUP BY 1, 2 HAVING count(*) > 1");
    assert_eq!(twice, [""; 0]);
    let several = admin.lines(
        "SELECT name FROM maint.metrics() GROUP BY 1 HAVING count(DISTINCT (type, help)) > 1",
    );
    assert_eq!(several, [""; 0]);
    let size: i64 = admin.one("SELECT pg_total_relation_size('crm.contacts')", &[]);
    let sample = "SELECT value FROM maint.metrics() WHERE name = 'pg_crm_table_size_bytes' AND labels = '{\"schema\": \"crm\", \"table\": \"contacts\"}'";
    assert_eq!(admin.one::<f64>(sample, &[]), size as f64);

    let text: String = admin.one("SELECT maint.metrics_text()", &[]);
    assert!(text.ends_with('\n'));
    for line in [
        format!("pg_crm_table_size_bytes{{schema=\"crm\",table=\"contacts\"}} {size}"),
        "# TYPE pg_crm_deadlocks_total counter".to_owned(),
        "pg_crm_deadlocks_total 0".to_owned(),
        "pg_crm_max_connections 200".to_owned(),
        "pg_crm_maintenance_failures{target=\"\",task=\"odd \\\"task\\\\\\n\"} 0".to_owned(),
        "pg_crm_health_status{check=\"settings\"} 2".to_owned(),
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    let samples = text.lines().filter(|l| !l.starts_with('#')).count() as i64;
    let rows: i64 = admin.one("SELECT count(*) FROM maint.metrics()", &[]);
    // A role's connections may come and go between the two.
    assert!(
        (samples - rows).abs() <= 2,
        "{samples} samples, {rows} rows"
    );
}

#[test]
fn the_report_of_performance_names_what_is_slow() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("CREATE TABLE public.big AS SELECT i AS a, repeat('x', 500) AS b FROM generate_series(1, 20000) AS i");
    for _ in 0..60 {
        dba.exec("SELECT count(*) FROM public.big WHERE a = 1");
    }
    dba.exec("SELECT pg_stat_force_next_flush()");
    let mut admin = db.admin();
    let scans = "SELECT object FROM maint.performance_report() WHERE subject = 'sequential scans' AND object = 'public.big'";
    eventually("the scans are counted", || {
        admin.lines(scans) == ["public.big"]
    });
    let subjects: i64 = admin.one(
        "SELECT count(DISTINCT subject) FROM maint.performance_report()
          WHERE subject IN ('cache hits', 'rolled back', 'deadlocks', 'temporary files', 'waiting in transactions', 'slow statements')",
        &[],
    );
    assert_eq!(subjects, 6);
}
