//! Who may have which tables maintained.

use pg_crm_tests::{Client, Db, Sql, shared};

use super::{maintain, owner, partitions};

/// A member of `crm_admin` who owns nothing.
fn stranger(db: &Db) -> Client {
    db.cluster()
        .require_role("partition_stranger", "LOGIN IN ROLE crm_admin");
    db.connect_as("partition_stranger")
}

#[test]
fn an_owner_who_is_no_superuser_manages_own_tables() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    assert!(!owner.one::<bool>(
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
        &[]
    ));
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    owner.exec("SELECT maint.manage_partitions('mine.t')");
    maintain(&mut owner, "mine.t");
    assert_eq!(partitions(&db, "mine.t").len(), 5);
}

#[test]
fn a_member_of_the_owning_role_manages_its_tables() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    db.cluster()
        .require_role("partition_heir", "LOGIN IN ROLE partition_owner");
    let mut heir = db.connect_as("partition_heir");
    heir.exec("SELECT maint.manage_partitions('mine.t')");
    maintain(&mut heir, "mine.t");
    assert_eq!(partitions(&db, "mine.t").len(), 5);
}

#[test]
fn an_administrator_changes_how_the_events_are_maintained() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    admin.exec("SELECT maint.manage_partitions('analytics.events', '1 month', 5, '24 months')");
    maintain(&mut admin, "analytics.events");
    assert_eq!(partitions(&db, "analytics.events").len(), 7);
}

#[test]
fn an_administrator_does_not_manage_the_tables_of_others() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    let mut stranger = stranger(&db);
    for statement in [
        "SELECT maint.manage_partitions('mine.t'::regclass)",
        "INSERT INTO maint.partition_config (parent) VALUES ('mine.t'::regclass)",
        "UPDATE maint.partition_config SET parent = 'mine.t'::regclass",
    ] {
        // The name needs no privilege: a regclass is made of an OID as well.
        let oid: u32 = owner.one("SELECT 'mine.t'::regclass::oid", &[]);
        let error = stranger.fails_with(&statement.replace("'mine.t'", &oid.to_string()), "42501");
        assert_eq!(error.message(), "must be owner of table t", "{statement}");
    }
    owner.exec("SELECT maint.manage_partitions('mine.t', premake => 1)");
    let oid: u32 = owner.one("SELECT 'mine.t'::regclass::oid", &[]);
    let call = format!("SELECT maint.manage_partitions({oid}::regclass, retention => '1 day')");
    stranger.fails_with(&call, "42501");
    // Maintenance that the owner asked for may be run by any administrator.
    stranger.exec("CALL maint.maintain_partitions()");
    assert_eq!(partitions(&db, "mine.t").len(), 3);
}

#[test]
fn an_application_neither_manages_nor_maintains() {
    let db = shared().fresh_db();
    for (role, mut client) in [("app", db.app()), ("readonly", db.readonly())] {
        for statement in [
            "SELECT maint.manage_partitions('analytics.events')",
            "CALL maint.maintain_partitions()",
            "SELECT maint.extend_partitions('analytics.events')",
            "SELECT maint.retire_partitions('analytics.events')",
            "SELECT maint.execute_as_owner('analytics.events'::regclass, '{}')",
            "SELECT maint.install_schema()",
            "SELECT * FROM maint.partition_config",
            "DELETE FROM maint.maintenance_runs",
        ] {
            let error = client.fails_with(statement, "42501");
            assert!(
                error.message().contains("permission denied"),
                "{role}, {statement}: {error}"
            );
        }
    }
}

#[test]
fn an_administrator_executes_nothing_with_an_owners_rights() {
    let db = shared().fresh_db();
    for statement in [
        "SELECT maint.execute_as_owner('analytics.events'::regclass, '{SELECT 1}')",
        "SELECT maint.check_partition_config()",
        "SELECT maint.install_schema()",
    ] {
        let error = db.admin().fails_with(statement, "42501");
        assert!(
            error.message().contains("permission denied"),
            "{statement}: {error}"
        );
    }
}
