//! Settings against the recommended ones.

use pg_crm_tests::{Cluster, Sql, shared};

#[test]
fn recommended_settings_are_met_whatever_unit_they_are_written_in() {
    let cluster = Cluster::start(&[
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("work_mem", "65536kB"),
        ("maintenance_work_mem", "1048576kB"),
        ("effective_cache_size", "1572864"), // blocks of 8 kB
        ("shared_buffers", "128MB"),
        ("random_page_cost", "1.1"),
        ("effective_io_concurrency", "200"),
        ("archive_mode", "on"),
        ("archive_command", "true"),
        ("archive_timeout", "300s"),
        ("idle_in_transaction_session_timeout", "3600000"),
        ("log_lock_waits", "on"),
        ("log_min_duration_statement", "0"),
        ("track_io_timing", "on"),
        (
            "shared_preload_libraries",
            "auto_explain, \"pg_stat_statements\"",
        ),
    ]);
    let db = cluster.fresh_db();
    let mut admin = db.admin();
    // The harness makes no checksums; a test's machine has no 4 GB to give.
    assert_eq!(
        admin.lines(
            "SELECT name, current_value FROM maint.settings_check WHERE NOT is_met ORDER BY name"
        ),
        ["data_checksums|off", "shared_buffers|128 MB"]
    );
    let units = admin.lines(
        "SELECT name, current_value FROM maint.settings_check
          WHERE name IN ('work_mem', 'archive_timeout', 'effective_cache_size', 'idle_in_transaction_session_timeout') ORDER BY name",
    );
    assert_eq!(
        units,
        [
            "archive_timeout|300s",
            "effective_cache_size|12 GB",
            "idle_in_transaction_session_timeout|3600000ms",
            "work_mem|64 MB"
        ]
    );
    // What sessions of this database begin with counts; what one sets for itself does not.
    db.superuser().exec(&format!(
        "ALTER DATABASE {} SET work_mem = '65535kB'",
        db.name()
    ));
    let met = "SELECT name FROM maint.settings_check WHERE NOT is_met AND severity = 'info' ORDER BY name";
    assert_eq!(db.admin().lines(met), ["shared_buffers", "work_mem"]);
    assert_eq!(
        db.admin().lines(&format!("SET work_mem = '1GB'; {met}")),
        ["shared_buffers", "work_mem"]
    );
}

#[test]
fn settings_that_lose_rows_are_critical() {
    let db = shared().fresh_db();
    let critical = db.admin().lines(
        "SELECT name, rule, recommended FROM maint.settings_check WHERE NOT is_met AND severity = 'critical'",
    );
    assert_eq!(critical, ["fsync|is|on", "full_page_writes|is|on"]);
}

#[test]
fn a_server_that_listens_encrypts() {
    let cluster = Cluster::start(&[]);
    let ssl = "SELECT is_met FROM maint.settings_check WHERE name = 'ssl'";
    let db = cluster.fresh_db();
    assert_eq!(db.admin().lines(ssl), ["t"]);
    cluster.configure(&[("listen_addresses", "localhost")]);
    cluster.restart();
    assert_eq!(db.admin().lines(ssl), ["f"]);
}
