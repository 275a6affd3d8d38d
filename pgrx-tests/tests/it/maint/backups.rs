//! Backups as agreed and as reported, and the archiving of WAL.

use pg_crm_tests::{Client, Cluster, Db, Sql, eventually, shared};

#[test]
fn the_policies_of_the_documents_are_there_and_none_is_demanded() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert_eq!(
        admin.lines("SELECT profile, name, kind, period, retention, enabled FROM maint.backup_policies ORDER BY 1, 2"),
        [
            "managed|cross-region|copy|1 day|30 days|f",
            "managed|daily-snapshot|snapshot|1 day|7 days|f",
            "managed|point-in-time|pitr|00:05:00|7 days|f",
            "managed|weekly-snapshot|snapshot|7 days|90 days|f",
            "self-managed|daily|full|1 day|30 days|f",
            "self-managed|wal|wal|00:05:00|7 days|f",
        ]
    );
    assert_eq!(admin.lines("SELECT * FROM maint.verify_backups()"), [""; 0]);
    // What is there stays as it is, what was deleted comes when it is asked for.
    admin.exec("UPDATE maint.backup_policies SET retention = '60 days' WHERE name = 'daily'; DELETE FROM maint.backup_policies WHERE name = 'wal'");
    db.superuser().exec("SELECT maint.install_schema()");
    assert_eq!(
        admin.one::<i64>("SELECT count(*) FROM maint.backup_policies", &[]),
        5
    );
    admin.exec("SELECT maint.seed_monitoring()");
    assert_eq!(
        admin.lines("SELECT name, retention FROM maint.backup_policies WHERE profile = 'self-managed' ORDER BY 1"),
        ["daily|60 days", "wal|7 days"]
    );
}

/// A database with one policy: a full backup a day, six hours of grace, kept for thirty days.
fn demanding() -> (Db, Client) {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec("UPDATE maint.backup_policies SET enabled = true, restore_test_period = NULL WHERE name = 'daily'");
    (db, admin)
}

fn run(status: &str, hours_ago: i32, columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO maint.backup_runs (policy_id, kind, status, started_at, finished_at, is_encrypted{columns})
         SELECT id, 'full', '{status}', now() - '1 minute'::interval - {hours_ago} * '1 hour'::interval,
                CASE WHEN '{status}' <> 'running' THEN now() - {hours_ago} * '1 hour'::interval END, true{values}
           FROM maint.backup_policies WHERE name = 'daily'"
    )
}

#[test]
fn a_backup_that_came_in_time_is_as_agreed() {
    let (_db, mut admin) = demanding();
    admin.exec(&run("succeeded", 29, "", ""));
    assert_eq!(
        admin.lines("SELECT profile, name, kind, status, reason, kept, due_at - last_success_at FROM maint.verify_backups()"),
        ["self-managed|daily|full|ok|as agreed|1|1 day 06:00:00"]
    );
}

#[test]
fn every_fault_of_a_backup_is_found() {
    let cases: &[(&[String], &str, &str)] = &[
        (&[], "warning", "none has succeeded yet; the first is due at %"),
        (&[run("succeeded", 31, "", "")], "critical", "overdue since %: the last one succeeded at %"),
        (
            &[run("succeeded", 20, "", ""), run("failed", 2, ", detail", ", 'disk full'")],
            "warning",
            "the last try failed at %: disk full",
        ),
        (
            &[run("succeeded", 20, "", ""), run("running", 31, "", "")],
            "warning",
            "one has been running since %",
        ),
        (
            &[run("succeeded", 20, "", ""), "UPDATE maint.backup_runs SET is_encrypted = NULL".to_owned()],
            "warning",
            "not known to be encrypted",
        ),
        (
            &[run("succeeded", 20, "", ""), "UPDATE maint.backup_runs SET is_encrypted = false".to_owned()],
            "warning",
            "not encrypted",
        ),
        (
            &[run("succeeded", 20, "", ""), run("succeeded", 100, ", removed_at", ", now() - '1 day'::interval")],
            "warning",
            "1 were removed before 30 days",
        ),
        (
            &[
                run("succeeded", 60, ", size_bytes", ", 1073741824"),
                run("succeeded", 40, ", size_bytes", ", 1073741824"),
                run("succeeded", 20, ", size_bytes", ", 536870911"),
            ],
            "warning",
            "the last one is 512 MB, those before were 1024 MB on average",
        ),
        (
            &[
                run("succeeded", 20, "", ""),
                "UPDATE maint.backup_policies SET restore_test_period = '7 days', created_at = now() - '8 days'::interval".to_owned(),
            ],
            "warning",
            "never restored for a try",
        ),
        (
            &[
                run("succeeded", 20, "", ""),
                "INSERT INTO maint.backup_runs (kind, status, tested_run_id, started_at, finished_at)
                 SELECT 'restore_test', 'succeeded', id, now() - '9 days'::interval, now() - '8 days'::interval FROM maint.backup_runs".to_owned(),
                "UPDATE maint.backup_policies SET restore_test_period = '7 days'".to_owned(),
            ],
            "warning",
            "last restored for a try at %",
        ),
    ];
    let (_db, mut admin) = demanding();
    for (statements, status, reason) in cases {
        let mut tx = admin.transaction().expect("a transaction begins");
        for statement in *statements {
            tx.exec(statement);
        }
        let found = tx.rows_text("SELECT status, reason FROM maint.verify_backups()");
        let matches: bool = tx.one(
            "SELECT count(*) = 1 FROM maint.verify_backups() WHERE status = $1::text AND reason LIKE $2::text",
            &[status, reason],
        );
        assert!(matches, "{status}, {reason}: {found:?}");
        // What is wrong with backups is wrong with the database.
        let health: String = tx.one(
            "SELECT maint.health_check() -> 'checks' -> 'backups' ->> 'status'",
            &[],
        );
        assert_eq!(&health, status);
    }
}

#[test]
fn a_policy_that_never_had_a_backup_is_critical_once_the_first_is_due() {
    let (db, mut admin) = demanding();
    // Its trigger would say that it was changed just now.
    db.superuser().exec(
        "ALTER TABLE maint.backup_policies DISABLE TRIGGER touch_updated_at;
         UPDATE maint.backup_policies SET updated_at = now() - '31 hours'::interval;
         ALTER TABLE maint.backup_policies ENABLE TRIGGER touch_updated_at",
    );
    assert_eq!(
        admin.lines("SELECT status, reason FROM maint.verify_backups()"),
        ["critical|none has succeeded yet"]
    );
}

#[test]
fn wal_that_is_archived_fails_or_waits_is_told_apart() {
    let cluster = Cluster::start(&[
        ("archive_mode", "on"),
        (
            "archive_command",
            "test -e archive_now && touch \"archived_%f\"",
        ),
    ]);
    let db = cluster.fresh_db();
    let mut admin = db.admin();
    let mut dba = db.superuser();
    admin.exec("UPDATE maint.backup_policies SET enabled = true WHERE name = 'wal'");
    let archive = cluster.scratch("data/archive_now");
    let health = "SELECT status FROM maint.wal_archive_health()";
    let backup = "SELECT status FROM maint.verify_backups()";
    dba.exec("CREATE TABLE public.t (a integer); SELECT pg_switch_wal()");
    eventually("the failure is seen", || {
        admin.lines(health) == ["critical"]
    });
    assert_eq!(admin.lines(backup), ["critical"]);
    let waiting = "SELECT waiting_files > 0, oldest_waiting_at IS NOT NULL, reason LIKE 'archiving fails: %' FROM maint.wal_archive_health()";
    assert_eq!(admin.lines(waiting), ["t|t|t"]);
    dba.exec(&format!("COPY (SELECT 1) TO '{}'", archive.display()));
    eventually("it is archived in the end", || {
        admin.lines(health) == ["ok"]
    });
    let archived =
        "SELECT reason LIKE 'last archived 0000%', waiting_files FROM maint.wal_archive_health()";
    eventually("nothing waits", || admin.lines(archived) == ["t|0"]);
    assert_eq!(
        admin.lines("SELECT status, last_success_at IS NOT NULL FROM maint.verify_backups()"),
        ["ok|t"]
    );
}

#[test]
fn without_archiving_there_is_no_recovery_to_a_point_in_time() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert_eq!(
        admin.lines("SELECT status, archive_mode, waiting_files FROM maint.wal_archive_health()"),
        ["warning|off|0"]
    );
    admin.exec("UPDATE maint.backup_policies SET enabled = true WHERE name = 'wal'");
    assert_eq!(
        admin.lines("SELECT status, reason FROM maint.verify_backups()"),
        ["critical|archive_mode is off: there is no recovery to a point in time"]
    );
}
