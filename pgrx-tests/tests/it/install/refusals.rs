//! CREATE EXTENSION where somebody else is already: it fails, names them, and leaves nothing.

use pg_crm_tests::{Sql, shared};

/// What an installation makes, counted.
const TRACES: &str = "
    SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'pg_crm')
         + (SELECT count(*) FROM pg_namespace WHERE nspname IN ('tenancy', 'inbox', 'commerce', 'maint'))";

#[test]
fn a_strangers_table_of_the_same_name_stops_the_installation() {
    for (relation, statement) in [
        ("crm.contacts", "CREATE TABLE crm.contacts (mine text)"),
        ("crm.deals", "CREATE VIEW crm.deals AS SELECT 1 AS mine"),
        ("crm.tags", "CREATE SEQUENCE crm.tags"),
        (
            "crm.notes_organization_author_idx",
            "CREATE TABLE crm.other (a int); CREATE INDEX notes_organization_author_idx ON crm.other (a)",
        ),
    ] {
        let db = shared().empty_db();
        let mut dba = db.superuser();
        dba.exec(&format!("CREATE SCHEMA crm; {statement}"));
        let error = dba.fails_with("CREATE EXTENSION pg_crm CASCADE", "42P07");
        assert_eq!(
            error.message(),
            format!("relation \"{relation}\" already exists and was not made by pg_crm")
        );
        assert!(error.detail().unwrap_or("").contains(relation), "{error}");
        assert!(error.hint().is_some());
        assert_eq!(dba.one::<i64>(TRACES, &[]), 0, "{relation}");
    }
}

#[test]
fn all_strangers_are_named_at_once() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE SCHEMA crm; CREATE TABLE crm.contacts (mine text);
         CREATE SCHEMA inbox; CREATE TABLE inbox.calls (mine text)",
    );
    let error = dba.fails_with("CREATE EXTENSION pg_crm CASCADE", "42P07");
    let detail = error.detail().unwrap_or("");
    for name in ["crm.contacts", "inbox.calls"] {
        assert!(detail.contains(name), "{detail}");
    }
}

#[test]
fn a_table_made_while_the_extension_was_away_is_a_strangers_only_where_no_step_names_it() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "SET client_min_messages = error;
         DROP EXTENSION pg_crm CASCADE;
         UPDATE maint.schema_migrations SET relations = array_remove(relations, 'crm.notes')",
    );
    let error = dba.fails_with("CREATE EXTENSION pg_crm", "42P07");
    assert!(error.message().contains("crm.notes"), "{error}");
}

#[test]
fn a_strangers_schema_migrations_accounts_for_nothing() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec("CREATE SCHEMA maint; CREATE TABLE maint.schema_migrations (version bigint)");
    let error = dba.fails_with("CREATE EXTENSION pg_crm CASCADE", "42P07");
    assert!(
        error.message().contains("maint.schema_migrations"),
        "{error}"
    );
}

#[test]
fn a_schema_of_another_role_stops_the_installation() {
    shared().require_role("schema_squatter", "NOLOGIN");
    for schema in ["crm", "tenancy", "maint", "inbox"] {
        let db = shared().empty_db();
        let mut dba = db.superuser();
        dba.exec(&format!(
            "CREATE SCHEMA {schema} AUTHORIZATION schema_squatter"
        ));
        let error = dba.fails_with("CREATE EXTENSION pg_crm CASCADE", "55000");
        assert_eq!(
            error.message(),
            format!("schema \"{schema}\" belongs to role \"schema_squatter\"")
        );
        assert!(error.hint().is_some());
        let left: i64 = dba.one(
            "SELECT count(*) FROM pg_extension WHERE extname = 'pg_crm'",
            &[],
        );
        assert_eq!(left, 0);
    }
}

#[test]
fn an_empty_schema_of_the_installing_role_is_used() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE SCHEMA crm; CREATE SCHEMA tenancy; CREATE SCHEMA analytics;
         CREATE TABLE crm.unrelated (a integer);
         CREATE EXTENSION pg_crm CASCADE",
    );
    assert_eq!(dba.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 0);
}

#[test]
fn somebody_who_is_no_superuser_cannot_install() {
    shared().require_role("database_owner", "LOGIN");
    let db = shared().empty_db();
    db.superuser().exec(&format!(
        "GRANT CREATE ON DATABASE {} TO database_owner",
        db.name()
    ));
    db.connect_as("database_owner")
        .fails_with("CREATE EXTENSION pg_crm CASCADE", "42501");
}
