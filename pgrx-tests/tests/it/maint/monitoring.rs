//! Who may monitor, and where: administrators, without superuser rights, in transactions that only
//! read, on standbys.

use pg_crm_tests::{Cluster, Sql, shared};

use crate::crm::standby::Standby;

/// Everything that only looks.
const LOOKS: &[&str] = &[
    "SELECT * FROM maint.long_running_queries",
    "SELECT * FROM maint.blocking_locks",
    "SELECT * FROM maint.slow_queries",
    "SELECT * FROM maint.connection_stats",
    "SELECT * FROM maint.unused_indexes",
    "SELECT * FROM maint.index_bloat",
    "SELECT * FROM maint.duplicate_indexes",
    "SELECT * FROM maint.unindexed_foreign_keys",
    "SELECT * FROM maint.settings_check",
    "SELECT * FROM maint.sessions()",
    "SELECT * FROM maint.running_longer_than('1 minute')",
    "SELECT * FROM maint.connection_counts()",
    "SELECT * FROM maint.slow_statements()",
    "SELECT * FROM maint.estimate_index_bloat()",
    "SELECT * FROM maint.estimate_table_bloat()",
    "SELECT * FROM maint.reindex_plan()",
    "SELECT * FROM maint.index_review()",
    "SELECT * FROM maint.settings_found()",
    "SELECT * FROM maint.get_table_sizes()",
    "SELECT * FROM maint.capacity_forecast()",
    "SELECT * FROM maint.storage_estimates()",
    "SELECT * FROM maint.storage_report()",
    "SELECT * FROM maint.table_activity()",
    "SELECT * FROM maint.vacuum_plan()",
    "SELECT * FROM maint.vacuum_plan(true)",
    "SELECT * FROM maint.stale_statistics()",
    "SELECT * FROM maint.waiting_wal()",
    "SELECT * FROM maint.wal_archive_health()",
    "SELECT * FROM maint.verify_backups()",
    "SELECT * FROM maint.server_measurements()",
    "SELECT * FROM maint.failed_cron_jobs()",
    "SELECT * FROM maint.health_checks()",
    "SELECT maint.health_check()",
    "SELECT maint.health_report()",
    "SELECT * FROM maint.metrics()",
    "SELECT maint.metrics_text()",
    "SELECT * FROM maint.performance_report()",
    "SELECT * FROM maint.orphaned_rows()",
    "SELECT * FROM maint.default_partitions_in_use()",
    "SELECT * FROM maint.integrity_check(true)",
    "SELECT * FROM maint.self_check()",
    "SELECT * FROM maint.schema_objects()",
    "SELECT * FROM maint.schema_drift()",
    "SELECT * FROM maint.model_objects()",
    "SELECT * FROM maint.retention_targets()",
    "SELECT * FROM maint.task_targets('expired.purge')",
    "SELECT * FROM maint.cron_plan()",
];

/// What changes rows or statistics.
const ACTS: &[&str] = &[
    "SELECT maint.take_size_snapshot()",
    "SELECT maint.analyze_tables()",
    "SELECT maint.seed_monitoring()",
    "SELECT maint.seed_schedule()",
    "SELECT * FROM maint.take_due_task()",
];

#[test]
fn administrators_look_in_transactions_that_only_read() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert!(!admin.one::<bool>(
        "SELECT rolsuper OR pg_has_role('pg_monitor', 'MEMBER') FROM pg_roles WHERE rolname = current_user",
        &[]
    ));
    admin.exec("BEGIN READ ONLY");
    for look in LOOKS {
        admin.exec(look);
    }
    assert!(admin.one::<bool>("SELECT pg_current_xact_id_if_assigned() IS NULL", &[]));
    admin.exec("COMMIT");
    for act in ACTS {
        admin.exec(act);
        admin.exec("BEGIN READ ONLY; SAVEPOINT s");
        admin.exec("ROLLBACK");
    }
}

#[test]
fn applications_see_nothing_of_it() {
    let db = shared().fresh_db();
    for (role, mut client) in [("app", db.app()), ("readonly", db.readonly())] {
        for statement in LOOKS
            .iter()
            .chain(ACTS)
            .chain(&["SELECT maint.record_schema()"])
        {
            let error = client.fails_with(statement, "42501");
            assert!(
                error.message().starts_with("permission denied for "),
                "{role}, {statement}: {error}"
            );
        }
    }
    // What the model is taken to be is not an administrator's to say.
    db.admin()
        .fails_with("SELECT maint.record_schema()", "42501");
    // The lists above name every function that monitoring has.
    let unnamed = db.superuser().lines(&format!(
        "SELECT p.oid::regprocedure FROM pg_proc AS p
          WHERE p.pronamespace = 'maint'::regnamespace AND p.prosecdef AND has_function_privilege('crm_admin', p.oid, 'EXECUTE')
            AND $list${}$list$ !~ ('maint\\.' || p.proname || '\\(')
            AND p.proname NOT IN ('extend_partitions', 'retire_partitions', 'mark_overdue_batch',
                                  'require_pg_cron', 'scheduled_jobs') -- which fail without pg_cron
            AND p.provolatile <> 'v'",
        LOOKS.iter().chain(ACTS).copied().collect::<Vec<_>>().join("; ")
    ));
    assert_eq!(unnamed, [""; 0]);
}

#[test]
fn statements_of_other_databases_are_not_shown() {
    let db = shared().fresh_db();
    let other = shared().fresh_db();
    let mut elsewhere = other.app();
    elsewhere.exec("SELECT 'a secret of another database'");
    let mut own = db.app();
    own.exec("SELECT 'of this one'");
    let mut admin = db.admin();
    let seen = "SELECT query FROM maint.sessions() WHERE query ~ 'secret|of this one' AND pid <> pg_backend_pid()";
    assert_eq!(admin.lines(seen), ["SELECT 'of this one'"]);
    // The server itself shows an administrator nobody's.
    let servers = "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'of this one' AND pid <> pg_backend_pid()";
    assert_eq!(admin.one::<i64>(servers, &[]), 0);
}

#[test]
fn everything_that_looks_works_on_a_standby() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    let standby = Standby::of(&db);
    let mut admin = standby.connect("admin_user");
    for look in LOOKS {
        admin.exec(look);
    }
    assert_eq!(
        admin.lines("SELECT maint.health_check() -> 'in_recovery', maint.health_check() -> 'checks' -> 'replication_lag' ->> 'status'"),
        ["true|ok"]
    );
    // And the server that it is of knows of it.
    assert_eq!(
        db.admin()
            .lines("SELECT maint.health_check() -> 'checks' -> 'replication_lag' ->> 'status'"),
        ["ok"]
    );
}

#[test]
fn nothing_fails_where_the_models_rows_and_partitions_are_gone() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "DELETE FROM maint.metric_thresholds; DELETE FROM maint.backup_policies; DELETE FROM maint.schema_checksums;
         DROP TABLE marketing.leads CASCADE; DROP TABLE analytics.events CASCADE",
    );
    for look in LOOKS {
        db.admin().exec(look);
    }
    assert_eq!(
        dba.lines("SELECT status FROM maint.self_check() WHERE check_name = 'data model'"),
        ["critical"]
    );
}
