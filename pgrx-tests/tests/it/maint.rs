//! Schema `maint`: partition maintenance and monitoring.

mod activity;
mod attributes;
mod backups;
mod batches;
mod cleanup;
mod cron;
mod cutoffs;
mod default_partition;
mod existing;
mod failures;
mod health;
mod holds;
mod indexes;
mod integrity;
mod interrupted;
mod ledgers;
mod locks;
mod manage;
mod monitoring;
mod names;
mod operations;
mod permissions;
mod plans;
mod renormalize;
mod repartition;
mod retention;
mod rhythms;
mod security;
mod settings;
mod sizes;
mod worker;
mod zones;

use pg_crm_tests::{Client, Db, Sql};

/// A session of a role that owns the schema `mine`, and is no superuser.
#[track_caller]
fn owner(db: &Db) -> Client {
    let mut dba = db.superuser();
    db.cluster()
        .require_role("partition_owner", "LOGIN IN ROLE crm_admin");
    dba.exec("CREATE SCHEMA mine AUTHORIZATION partition_owner");
    in_utc(db.connect_as("partition_owner"))
}

/// Where times print as they are in UTC.
fn in_utc(mut client: Client) -> Client {
    client.exec("SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'");
    client
}

/// Maintains one table; panics where that ended with a warning.
#[track_caller]
fn maintain(client: &mut Client, table: &str) {
    client.exec(&format!("CALL maint.maintain_partitions('{table}')"));
    let failed = client.lines(
        "SELECT task, target, detail FROM maint.maintenance_runs WHERE status <> 'succeeded'",
    );
    let session = client.lines("SELECT current_setting('timezone'), current_setting('datestyle')");
    assert!(
        failed.is_empty(),
        "maintenance failed in {session:?}: {failed:?}"
    );
}

/// The partitions of a table with their bounds in UTC, by name: `mine.t_2025_03|FOR VALUES ...`.
#[track_caller]
fn partitions(db: &Db, table: &str) -> Vec<String> {
    in_utc(db.superuser()).lines(&format!(
        "SELECT c.oid::regclass, pg_get_expr(c.relpartbound, c.oid)
           FROM pg_inherits AS i
           JOIN pg_class AS c ON c.oid = i.inhrelid
          WHERE i.inhparent = '{table}'::regclass
          ORDER BY c.relname COLLATE \"C\""
    ))
}

/// What is planned for a table: action, partition and bounds.
#[track_caller]
fn plan(client: &mut Client, table: &str) -> Vec<String> {
    client.lines(&format!(
        "SELECT action, partition, lower_bound, upper_bound FROM maint.plan_partitions('{table}')"
    ))
}
