//! The tasks of the day, the week and the month.

use pg_crm_tests::{Db, Sql, eventually, psql, shared};

/// What a DBA calls.
const PROCEDURES: &[&str] = &[
    "maint.run_daily()",
    "maint.run_weekly()",
    "maint.run_monthly()",
    "maint.run_rhythm('daily')",
    "maint.run_task('sizes.snapshot')",
    "maint.purge_expired()",
    "maint.apply_retention()",
    "maint.cleanup_old_audit_logs()",
    "maint.cleanup_failed_jobs()",
];

const FAILED: &str =
    "SELECT task, target, detail FROM maint.maintenance_runs WHERE status = 'failed' ORDER BY id";

#[test]
fn the_tasks_of_each_rhythm_are_done_and_recorded() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    for rhythm in ["daily", "weekly", "monthly"] {
        admin.exec(&format!("CALL maint.run_{rhythm}()"));
        let missing = admin.lines(&format!(
            "SELECT s.task FROM maint.task_schedule AS s
              WHERE s.rhythm = '{rhythm}' AND s.task <> 'retention.apply' -- there is no policy for it
                AND NOT EXISTS (SELECT FROM maint.maintenance_runs AS r WHERE r.task = s.task AND r.status = 'succeeded')"
        ));
        assert_eq!(missing, [""; 0], "{rhythm}");
    }
    assert_eq!(admin.lines(FAILED), [""; 0]);
    let runs = admin.lines(
        "SELECT task, target, status, detail FROM maint.maintenance_runs WHERE task LIKE '%.run' ORDER BY id",
    );
    assert_eq!(
        runs,
        [
            "daily.run||succeeded|10 tasks",
            "weekly.run||succeeded|3 tasks",
            "monthly.run||succeeded|3 tasks"
        ]
    );
    // In the order of their positions, and what each target took.
    let order = admin.lines(
        "SELECT r.task FROM (SELECT task, min(id) AS id FROM maint.maintenance_runs GROUP BY task) AS r
           JOIN maint.task_schedule AS s ON s.task = r.task AND s.rhythm = 'daily' ORDER BY r.id",
    );
    assert_eq!(
        order,
        admin.lines("SELECT task FROM maint.task_schedule WHERE rhythm = 'daily' AND task <> 'retention.apply' ORDER BY position")
    );
    assert!(admin.one::<bool>(
        "SELECT count(*) > 150 AND count(DISTINCT taken_at) = 1 FROM maint.size_snapshots",
        &[]
    ));
}

#[test]
fn a_task_that_fails_leaves_the_others_done() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END';
         CREATE TRIGGER refuse BEFORE DELETE ON tenancy.idempotency_keys FOR EACH ROW EXECUTE FUNCTION public.refuse();
         INSERT INTO tenancy.idempotency_keys (organization_id, scope, key, fingerprint, created_at, expires_at)
         VALUES ('{acme}', 'x', 'x', sha256('x'), '2020-01-01', '2020-01-02');
         INSERT INTO runtime.cache (organization_id, key, value, written_at, expires_at)
         VALUES ('{acme}', 'x', '1', '2020-01-01', '2020-01-02');
         INSERT INTO tenancy.verification_codes (user_id, purpose, destination, code_hash, created_at, expires_at)
         SELECT '{}', 'login', 'x', sha256('x'), '2020-01-01', '2020-01-02'",
        acme.owner
    ));
    let mut admin = db.admin();
    for change in [
        "command = 'CALL maint.cleanup_failed_jobs(-1)' WHERE task = 'jobs.cleanup'",
        "command = 'CALL maint.run_weekly()' WHERE task = 'indexes.plan'",
        "command = 'CALL maint.run_task(''no.such'')' WHERE task = 'backups.verify'",
        "enabled = false WHERE task = 'audit.cleanup'",
    ] {
        admin.exec(&format!("UPDATE maint.task_schedule SET {change}"));
    }
    let said = psql(&db, &["-q", "-U", "admin_user"], "CALL maint.run_daily();");
    assert_eq!(said.stderr.matches("WARNING").count(), 4, "{}", said.stderr);
    said.ok();
    let failed = admin.lines(
        "SELECT task, target, substring(detail FROM 'SQLSTATE .....') FROM maint.maintenance_runs WHERE status = 'failed' ORDER BY id",
    );
    assert_eq!(
        failed,
        [
            "expired.purge|tenancy.idempotency_keys|SQLSTATE P0001",
            "jobs.cleanup||SQLSTATE 22023",
            "indexes.plan||SQLSTATE 22023",
            "backups.verify||SQLSTATE 22023",
        ]
    );
    let told =
        admin.lines("SELECT status, detail FROM maint.maintenance_runs WHERE task = 'daily.run'");
    assert_eq!(
        told,
        ["succeeded|9 tasks; failed: backups.verify, expired.purge, indexes.plan, jobs.cleanup"]
    );
    // The tables before and after the one that failed, and the tasks after it.
    assert_eq!(
        dba.lines("SELECT (SELECT count(*) FROM runtime.cache), (SELECT count(*) FROM tenancy.verification_codes), (SELECT count(*) FROM tenancy.idempotency_keys)"),
        ["0|0|1"]
    );
    assert!(admin.one::<bool>("SELECT count(*) > 0 FROM maint.size_snapshots", &[]));
    assert_eq!(
        admin.lines("SELECT count(*) FROM maint.maintenance_runs WHERE task = 'audit.cleanup'"),
        ["0"],
        "it is disabled"
    );
    // Both are told until they succeed.
    let health = "SELECT maint.health_check() -> 'checks' -> 'maintenance_runs' ->> 'reason'";
    let reason: String = admin.one(health, &[]);
    assert!(
        reason.contains("expired.purge of tenancy.idempotency_keys"),
        "{reason}"
    );
    dba.exec("DROP TRIGGER refuse ON tenancy.idempotency_keys");
    admin.exec("DELETE FROM maint.task_schedule; SELECT maint.seed_schedule()");
    admin.exec("CALL maint.run_daily()");
    assert_eq!(admin.one::<String>(health, &[]), "nothing found");
}

/// A session that runs the day's tasks, and waits for a table that is locked.
fn with_a_run_that_waits(db: &Db, work: impl FnOnce(i32)) -> Option<String> {
    let mut locker = db.superuser();
    let mut lock = locker.transaction().expect("a transaction begins");
    lock.exec("LOCK TABLE workflow.scheduled_jobs IN SHARE MODE");
    let mut runner = db.admin();
    let pid: i32 = runner.one("SELECT pg_backend_pid()", &[]);
    std::thread::scope(|scope| {
        let run = scope.spawn(move || {
            let ended = runner.batch_execute("CALL maint.run_daily()");
            ended
                .err()
                .and_then(|e| e.code().map(|c| c.code().to_owned()))
        });
        let mut witness = db.superuser();
        eventually("the run waits", || {
            !witness
                .lines(&format!(
                    "SELECT FROM pg_locks WHERE pid = {pid} AND NOT granted"
                ))
                .is_empty()
        });
        work(pid);
        lock.rollback().expect("it ends");
        run.join().expect("the session ends")
    })
}

const DAILY: &str =
    "SELECT status, detail FROM maint.maintenance_runs WHERE task = 'daily.run' ORDER BY id";

#[test]
fn a_second_run_at_the_same_time_does_nothing() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let error = with_a_run_that_waits(&db, |_| {
        admin.exec("CALL maint.run_daily()");
        assert_eq!(
            admin.lines(DAILY),
            ["running|", "skipped|another session is at it"]
        );
        // The other rhythms are something else.
        admin.exec("CALL maint.run_weekly()");
        assert_eq!(
            admin.lines("SELECT status FROM maint.maintenance_runs WHERE task = 'weekly.run'"),
            ["succeeded"]
        );
    });
    assert_eq!(error, None);
    assert_eq!(
        db.admin().lines(DAILY),
        ["succeeded|10 tasks", "skipped|another session is at it"]
    );
}

#[test]
fn a_run_that_was_stopped_leaves_no_lock_and_is_told() {
    let db = shared().fresh_db();
    for stop in ["pg_cancel_backend", "pg_terminate_backend"] {
        let error = with_a_run_that_waits(&db, |pid| {
            db.superuser().exec(&format!("SELECT {stop}({pid})"));
            let mut witness = db.superuser();
            eventually("it has stopped", || {
                witness
                    .lines(&format!("SELECT FROM pg_locks WHERE pid = {pid}"))
                    .is_empty()
            });
        });
        assert!(error.is_some(), "{stop}");
        let mut admin = db.admin();
        admin.exec("CALL maint.run_daily()");
        let runs = admin.lines(DAILY);
        assert_eq!(
            runs[runs.len() - 2..],
            ["failed|interrupted", "succeeded|10 tasks"],
            "{stop}"
        );
    }
}

#[test]
fn maintenance_is_for_operators_outside_of_transactions() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec(
        "INSERT INTO maint.retention_policies (target, retention) VALUES ('crm.notes', '1 year')",
    );
    for procedure in PROCEDURES {
        let call = format!("CALL {procedure}");
        for mut client in [db.app(), db.readonly()] {
            client.fails_with(&call, "42501");
        }
        let mut tx = admin.transaction().expect("a transaction begins");
        let error = tx.fails_with(&call, "2D000");
        assert!(error.hint().is_some(), "{procedure}: {error:?}");
        tx.rollback().expect("it ends");
        let mut reader = db.admin();
        reader.exec("SET default_transaction_read_only = on");
        reader.fails_with(&call, "25006");
    }
    assert_eq!(
        admin.lines("SELECT count(*) FROM maint.maintenance_runs"),
        ["0"]
    );
    for task in ["'no.such'", "''", "NULL"] {
        let error = admin.fails_with(&format!("CALL maint.run_task({task})"), "22023");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("audit.cleanup"))
        );
    }
}

#[test]
fn a_backup_that_is_missing_fails_its_task() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec(
        "UPDATE maint.backup_policies SET enabled = true WHERE profile = 'managed' AND name = 'daily-snapshot';
         INSERT INTO maint.backup_runs (policy_id, kind, status, started_at, finished_at)
         SELECT id, 'snapshot', 'succeeded', now() - interval '5 days', now() - interval '5 days' FROM maint.backup_policies WHERE enabled",
    );
    admin.exec("CALL maint.run_task('backups.verify')");
    let failed = admin.lines(FAILED);
    assert!(
        failed.len() == 1
            && failed[0]
                .starts_with("backups.verify||managed daily-snapshot: critical, overdue since "),
        "{failed:?}"
    );
}

/// What brings an installation's tasks back changes none that is there.
#[test]
fn seeding_adds_what_is_missing_alone() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    let all = "SELECT count(*) FROM maint.task_schedule";
    let before = admin.lines(all);
    admin.exec(
        "DELETE FROM maint.task_schedule WHERE task = 'vacuum.plan';
         UPDATE maint.task_schedule SET enabled = false, command = 'CALL maint.cleanup_old_audit_logs(30)' WHERE task = 'audit.cleanup';
         UPDATE maint.retention_policies SET retention = '10 years' WHERE category = 'compliance';
         SELECT maint.seed_schedule()",
    );
    assert_eq!(admin.lines(all), before);
    assert_eq!(
        admin
            .lines("SELECT enabled, command FROM maint.task_schedule WHERE task = 'audit.cleanup'"),
        ["f|CALL maint.cleanup_old_audit_logs(30)"]
    );
    assert_eq!(
        admin.lines("SELECT category, retention FROM maint.retention_policies ORDER BY 1"),
        ["compliance|10 years", "security|2 years"]
    );
    db.app().fails_with("SELECT maint.seed_schedule()", "42501");
}
