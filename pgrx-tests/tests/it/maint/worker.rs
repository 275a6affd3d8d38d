//! The background worker.

use pg_crm_tests::{Cluster, Db, Sql, eventually};

use crate::crm::standby::Standby;

/// A cluster whose launcher looks into this database, and into one that is not there, every second.
fn cluster(settings: &[(&str, &str)]) -> (Cluster, Db) {
    let cluster = Cluster::start(&[("shared_preload_libraries", "pg_crm")]);
    let db = cluster.fresh_db();
    cluster.require_role("maintainer", "LOGIN IN ROLE crm_admin");
    let databases = format!("no_such_database, {}", db.name());
    cluster.configure(&[
        ("pg_crm.maintenance_databases", databases.as_str()),
        ("pg_crm.maintenance_interval", "1s"),
        ("pg_crm.maintenance_role", "maintainer"),
    ]);
    cluster.configure(settings);
    cluster.restart();
    (cluster, db)
}

/// Makes a task due, with no other.
fn let_be_due(db: &Db, task: &str, command: &str) {
    db.admin().exec(&format!(
        "DELETE FROM maint.task_schedule;
         INSERT INTO maint.task_schedule (task, description, command, schedule, last_started_at)
         VALUES ('{task}', 'x', '{command}', '0 0 * * *', now() - interval '2 days')"
    ));
}

const LAUNCHERS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_crm maintenance launcher'";

#[test]
fn a_task_that_is_due_is_run_once() {
    let (cluster, db) = cluster(&[]);
    let mut admin = db.admin();
    let_be_due(
        &db,
        "sizes.snapshot",
        "CALL maint.run_task(''sizes.snapshot'')",
    );
    // One whose procedure commits between its steps.
    admin.exec(
        "INSERT INTO maint.task_schedule (task, description, command, schedule, last_started_at) VALUES
         ('daily.run', 'x', 'CALL maint.run_daily()', '0 0 * * *', now() - interval '2 days'),
         ('broken', 'x', 'CALL maint.no_such_procedure()', '0 0 * * *', now() - interval '3 days'),
         ('expired.purge', 'x', 'CALL maint.purge_expired()', '0 0 1 1 *', now()),
         ('jobs.cleanup', 'x', 'CALL maint.cleanup_failed_jobs()', '* * * * *', now() - interval '1 day');
         UPDATE maint.task_schedule SET enabled = false WHERE task = 'jobs.cleanup'",
    );
    let runs = "SELECT task, status FROM maint.maintenance_runs WHERE task NOT LIKE 'partitions%' ORDER BY task";
    eventually("what is due was run", || {
        admin.lines(runs).len() == 2
            && admin
                .lines("SELECT FROM maint.maintenance_runs WHERE status = 'running'")
                .is_empty()
    });
    assert_eq!(
        admin.lines(runs),
        ["daily.run|succeeded", "sizes.snapshot|succeeded"]
    );
    // By a role that is no superuser.
    assert_eq!(
        admin.lines("SELECT task FROM maint.task_schedule WHERE last_started_at > now() - interval '1 hour' ORDER BY 1"),
        ["broken", "daily.run", "expired.purge", "sizes.snapshot"]
    );
    let log = cluster.log();
    assert!(log.contains("task broken of database"), "{log}");
    assert!(
        log.contains("database \"no_such_database\" does not exist"),
        "{log}"
    );
    // Not again before its time, though the launcher goes on.
    let fatal = || {
        cluster
            .log()
            .matches("database \"no_such_database\" does not exist")
            .count()
    };
    let before = fatal();
    eventually("two more intervals", || fatal() >= before + 2);
    assert_eq!(admin.lines(runs).len(), 2);
}

#[test]
fn a_database_without_the_extension_or_gone_stops_nobody() {
    let (cluster, db) = cluster(&[]);
    let mut dba = db.superuser();
    dba.exec("DROP EXTENSION pg_crm CASCADE");
    eventually("it is told", || {
        cluster.log().contains(&format!(
            "pg_crm is not installed in database \"{}\"",
            db.name()
        ))
    });
    dba.exec("CREATE EXTENSION pg_crm");
    let_be_due(
        &db,
        "sizes.snapshot",
        "CALL maint.run_task(''sizes.snapshot'')",
    );
    eventually("it is run again", || {
        !dba.lines("SELECT FROM maint.maintenance_runs WHERE status = 'succeeded'")
            .is_empty()
    });
    drop(dba);
    let name = db.name().to_owned();
    let other = cluster.fresh_db();
    drop(db);
    eventually("the next look finds nothing", || {
        cluster
            .log()
            .contains(&format!("database \"{name}\" does not exist"))
    });
    assert_eq!(other.superuser().lines(LAUNCHERS), ["1"]);
}

#[test]
fn it_is_off_unless_databases_and_a_role_are_named() {
    let plain = Cluster::start(&[("shared_preload_libraries", "pg_crm")]);
    let db = plain.fresh_db();
    let mut dba = db.superuser();
    assert_eq!(dba.lines(LAUNCHERS), ["0"]);
    assert_eq!(
        dba.lines("SELECT name, setting, context FROM pg_settings WHERE name LIKE 'pg_crm.maintenance%' ORDER BY 1"),
        [
            "pg_crm.maintenance_databases||sighup",
            "pg_crm.maintenance_interval|60|sighup",
            "pg_crm.maintenance_role||sighup"
        ]
    );
    for mut client in [db.app(), db.admin()] {
        client.fails_with("SET pg_crm.maintenance_role = 'postgres'", "55P02");
    }
    let (cluster, db) = cluster(&[("pg_crm.maintenance_role", "")]);
    let_be_due(
        &db,
        "sizes.snapshot",
        "CALL maint.run_task(''sizes.snapshot'')",
    );
    eventually("it is told", || {
        cluster.log().contains("pg_crm.maintenance_role is not set")
    });
    let mut dba = db.superuser();
    assert_eq!(
        dba.lines("SELECT count(*) FROM maint.maintenance_runs"),
        ["0"]
    );
    // A reload is enough.
    cluster.configure(&[("pg_crm.maintenance_role", "maintainer")]);
    dba.exec("SELECT pg_reload_conf()");
    eventually("it is run", || {
        !dba.lines("SELECT FROM maint.maintenance_runs WHERE status = 'succeeded'")
            .is_empty()
    });
}

/// A worker in the middle of a task is no reason for a server not to stop.
#[test]
fn it_stops_at_once_with_the_server() {
    let (cluster, db) = cluster(&[]);
    let mut dba = db.superuser();
    let mut locker = db.superuser();
    let mut lock = locker.transaction().expect("a transaction begins");
    lock.exec("LOCK TABLE maint.size_snapshots IN ACCESS EXCLUSIVE MODE");
    let_be_due(
        &db,
        "sizes.snapshot",
        "CALL maint.run_task(''sizes.snapshot'')",
    );
    eventually("the worker waits for the table", || {
        !dba.lines("SELECT FROM pg_stat_activity WHERE backend_type = 'pg_crm maintenance worker' AND usename = 'maintainer' AND wait_event_type = 'Lock' AND query LIKE 'CALL maint.run_task%'")
            .is_empty()
    });
    // Its own SIGTERM, while it waits.
    dba.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'pg_crm maintenance worker'");
    eventually("the worker has ended", || {
        cluster.log().contains("terminating background worker \"pg_crm maintenance worker\" due to administrator command")
    });
    assert_eq!(dba.lines(LAUNCHERS), ["1"]);
    lock.rollback().expect("it ends");
    drop(locker);
    drop(dba);
    cluster.stop();
    assert!(cluster.log().contains("database system is shut down"));
    cluster.start_again();
    let mut dba = db.superuser();
    eventually("the launcher is back", || dba.lines(LAUNCHERS) == ["1"]);
}

#[test]
fn on_a_standby_nothing_runs_until_it_is_promoted() {
    let (_cluster, db) = cluster(&[]);
    let standby = Standby::of(&db);
    let mut dba = standby.connect("postgres");
    assert_eq!(dba.lines(LAUNCHERS), ["0"]);
    for procedure in ["run_daily()", "cleanup_old_audit_logs()", "purge_expired()"] {
        let mut admin = standby.connect("admin_user");
        admin.fails_with(&format!("CALL maint.{procedure}"), "25006");
    }
    assert!(dba.one::<bool>("SELECT pg_promote()", &[]));
    eventually("the launcher begins", || dba.lines(LAUNCHERS) == ["1"]);
}
