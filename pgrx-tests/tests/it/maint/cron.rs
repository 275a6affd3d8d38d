//! Jobs at pg_cron.

use std::time::{Duration, Instant};

use pg_crm_tests::{Cluster, Db, Sql, shared};

/// A cluster with pg_cron in this database, which `admin_user` may use.
fn cluster() -> (Cluster, Db) {
    let cluster = Cluster::start(&[
        ("shared_preload_libraries", "pg_cron"),
        ("cron.use_background_workers", "on"),
    ]);
    let db = cluster.fresh_db();
    cluster.configure(&[("cron.database_name", db.name())]);
    cluster.restart();
    db.superuser()
        .exec("CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO crm_admin");
    (cluster, db)
}

const JOBS: &str = "SELECT jobname, schedule, command, database = current_database(), username, active FROM cron.job ORDER BY jobname";
const IDS: &str = "SELECT string_agg(jobid::text, ' ' ORDER BY jobid) FROM cron.job";

#[test]
fn tasks_become_jobs_once_and_as_the_table_says() {
    let (_cluster, db) = cluster();
    let mut admin = db.admin();
    let mut dba = db.superuser();
    assert_eq!(admin.one::<i32>("SELECT maint.schedule_jobs()", &[]), 6);
    assert_eq!(
        admin.lines(JOBS),
        [
            "pg_crm:activities.mark_overdue|*/15 * * * *|CALL maint.mark_overdue_activities()|t|admin_user|t",
            "pg_crm:daily.run|30 2 * * *|CALL maint.run_daily()|t|admin_user|t",
            "pg_crm:monthly.run|30 5 1 * *|CALL maint.run_monthly()|t|admin_user|t",
            "pg_crm:partitions.create|15 1,7,13,19 * * *|CALL maint.maintain_partitions()|t|admin_user|t",
            "pg_crm:scores.refresh|7,22,37,52 * * * *|CALL crm.refresh_contact_scores()|t|admin_user|t",
            "pg_crm:weekly.run|0 4 * * 0|CALL maint.run_weekly()|t|admin_user|t",
        ]
    );
    let numbered = "SELECT count(*) FROM maint.task_schedule AS s JOIN cron.job AS j ON j.jobid = s.cron_job_id AND j.jobname = 'pg_crm:' || s.task";
    assert_eq!(admin.lines(numbered), ["6"]);
    // A second call changes nothing, whoever makes it.
    let (ids, rows) = (
        dba.lines(IDS),
        dba.lines("SELECT xmin, * FROM maint.task_schedule ORDER BY task"),
    );
    assert_eq!(admin.one::<i32>("SELECT maint.schedule_jobs()", &[]), 6);
    assert_eq!(dba.one::<i32>("SELECT maint.schedule_jobs()", &[]), 6);
    assert_eq!(dba.lines(IDS), ids);
    assert_eq!(
        dba.lines("SELECT xmin, * FROM maint.task_schedule ORDER BY task"),
        rows
    );
    // What pg_cron runs is not the background worker's.
    admin.exec("UPDATE maint.task_schedule SET last_started_at = '2020-01-01'");
    assert_eq!(admin.lines("SELECT * FROM maint.take_due_task()"), ["|"]);
    // Changed, disabled and gone tasks.
    admin.exec(
        "UPDATE maint.task_schedule SET schedule = '1 1 * * *' WHERE task = 'daily.run';
         UPDATE maint.task_schedule SET enabled = false WHERE task = 'weekly.run';
         DELETE FROM maint.task_schedule WHERE task = 'monthly.run'",
    );
    assert_eq!(admin.one::<i32>("SELECT maint.schedule_jobs()", &[]), 4);
    assert_eq!(
        admin.lines("SELECT jobname, schedule FROM cron.job ORDER BY 1"),
        [
            "pg_crm:activities.mark_overdue|*/15 * * * *",
            "pg_crm:daily.run|1 1 * * *",
            "pg_crm:partitions.create|15 1,7,13,19 * * *",
            "pg_crm:scores.refresh|7,22,37,52 * * * *",
        ]
    );
    assert_eq!(
        admin.lines("SELECT count(cron_job_id) FROM maint.task_schedule"),
        ["4"]
    );
    // A job that somebody switched off is on again.
    dba.exec("UPDATE cron.job SET active = false WHERE jobname = 'pg_crm:daily.run'");
    admin.one::<i32>("SELECT maint.schedule_jobs()", &[]);
    assert_eq!(
        admin.lines("SELECT count(*) FROM cron.job WHERE active"),
        ["4"]
    );
    // Other jobs are not ours.
    admin.exec("SELECT cron.schedule('pg_crmother', '0 0 1 1 *', 'SELECT 1')");
    assert_eq!(admin.one::<i32>("SELECT maint.unschedule_jobs()", &[]), 4);
    assert_eq!(admin.one::<i32>("SELECT maint.unschedule_jobs()", &[]), 0);
    assert_eq!(admin.lines("SELECT jobname FROM cron.job"), ["pg_crmother"]);
    assert_eq!(
        admin.lines("SELECT count(cron_job_id) FROM maint.task_schedule"),
        ["0"]
    );
}

#[test]
fn the_jobs_of_one_role_are_not_doubled_by_another() {
    let (cluster, db) = cluster();
    cluster.require_role("second_admin", "LOGIN IN ROLE crm_admin");
    let mut admin = db.admin();
    let mut second = db.connect_as("second_admin");
    admin.exec("SELECT maint.schedule_jobs()");
    let mut dba = db.superuser();
    let ids = dba.lines(IDS);
    assert_eq!(second.one::<i32>("SELECT maint.schedule_jobs()", &[]), 6);
    assert_eq!(dba.lines(IDS), ids);
    admin.exec("UPDATE maint.task_schedule SET schedule = '1 1 * * *' WHERE task = 'daily.run'");
    let error = second.fails_with("SELECT maint.schedule_jobs()", "42501");
    assert!(error.hint().is_some(), "{error:?}");
    assert_eq!(dba.lines(IDS), ids);
    for mut client in [db.app(), db.readonly()] {
        for call in [
            "schedule_jobs()",
            "unschedule_jobs()",
            "scheduled_jobs()",
            "cron_plan()",
            "take_due_task()",
        ] {
            client.fails_with(&format!("SELECT maint.{call}"), "42501");
        }
    }
    // A superuser takes over.
    assert_eq!(dba.one::<i32>("SELECT maint.unschedule_jobs()", &[]), 6);
    assert_eq!(dba.one::<i32>("SELECT maint.schedule_jobs()", &[]), 6);
}

/// pg_cron before 1.5 knows whole minutes alone.
#[test]
fn a_job_really_runs_and_one_that_fails_is_told() {
    let (_cluster, db) = cluster();
    let mut admin = db.admin();
    admin.exec(
        "UPDATE maint.task_schedule SET enabled = task = 'weekly.run', schedule = CASE WHEN task = 'weekly.run' THEN '* * * * *' ELSE schedule END;
         INSERT INTO maint.task_schedule (task, description, command, schedule) VALUES ('broken', 'x', 'CALL maint.no_such_procedure()', '* * * * *');
         SELECT maint.schedule_jobs()",
    );
    let deadline = Instant::now() + Duration::from_secs(100);
    let ended = "SELECT count(DISTINCT jobid) FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')";
    while admin.one::<i64>(ended, &[]) < 2 {
        assert!(
            Instant::now() < deadline,
            "no minute began, or no job ended"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    // Its tasks were disabled, but the run was.
    assert_eq!(
        admin.lines("SELECT DISTINCT task, status, detail FROM maint.maintenance_runs"),
        ["weekly.run|succeeded|0 tasks"]
    );
    let check = "SELECT maint.health_check() -> 'checks' -> 'cron_jobs' ->> ";
    assert_eq!(
        admin.one::<String>(&format!("{check} 'status'"), &[]),
        "warning"
    );
    let reason: String = admin.one(&format!("{check} 'reason'"), &[]);
    assert!(reason.contains("pg_crm:broken at "), "{reason}");
    admin.exec("SELECT maint.unschedule_jobs()");
    assert_eq!(admin.one::<String>(&format!("{check} 'status'"), &[]), "ok");
}

#[test]
fn without_pg_cron_it_is_said_what_to_do() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    // Somebody's own functions of these names are not called.
    dba.exec(
        "CREATE SCHEMA cron;
         CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE sql AS 'SELECT 1/0::bigint'",
    );
    let mut admin = db.admin();
    for call in ["schedule_jobs()", "unschedule_jobs()", "scheduled_jobs()"] {
        for client in [&mut admin, &mut dba] {
            let error = client.fails_with(&format!("SELECT maint.{call}"), "55000");
            assert!(
                error
                    .hint()
                    .is_some_and(|hint| hint.contains("shared_preload_libraries")
                        && hint.contains("CREATE EXTENSION pg_cron")),
                "{error:?}"
            );
        }
    }
}

#[test]
fn a_pg_cron_in_another_database_takes_the_commands_of_the_plan() {
    let (cluster, home) = cluster();
    let db = cluster.fresh_db();
    let mut admin = db.admin();
    let error = admin.fails_with("SELECT maint.schedule_jobs()", "55000");
    assert!(
        error.message().contains(home.name())
            && error
                .hint()
                .is_some_and(|hint| hint.contains("maint.cron_plan()")),
        "{error:?}"
    );
    let commands: Vec<String> = admin.column("SELECT command FROM maint.cron_plan()", &[]);
    assert_eq!(commands.len(), 6);
    let mut dba = home.superuser();
    for _ in 0..2 {
        for command in &commands {
            dba.exec(command);
        }
    }
    assert_eq!(
        dba.lines("SELECT count(*), min(database), max(username), bool_and(command ~ '^CALL (maint|crm)[.]') FROM cron.job"),
        [format!("6|{}|admin_user|t", db.name())]
    );
}
