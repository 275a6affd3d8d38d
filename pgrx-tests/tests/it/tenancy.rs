//! Which organization a session acts for, and that no row of another one reaches it.

mod context;
mod granted;
mod isolation;
mod leaks;
mod plans;
mod pooling;
mod references;
mod rows;
mod search_path;
mod set_context;
mod shared_lists;

use pg_crm_tests::{Client, Db, Org, Sql, shared};

/// Ordinary and partitioned tables that have a column `organization_id`, without partitions.
pub const TENANT_TABLES: &str = "
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
    ORDER BY 1";

/// Puts one row or more of an organization into every table that can hold one.
#[track_caller]
pub fn populate(db: &Db, org: &Org) {
    db.member(org, &format!("colleague@{org}.example"), "member");
    db.app().in_org_as(org, org.owner, |tx| {
        tx.exec(include_str!("tenancy/rows.sql"))
    });
}

/// A database with two organizations that have rows in every table.
#[track_caller]
fn two_organizations() -> (Db, Org, Org) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    populate(&db, &acme);
    populate(&db, &globex);
    (db, acme, globex)
}

#[track_caller]
fn tenant_tables(db: &Db) -> Vec<String> {
    let tables: Vec<String> = db.superuser().column(TENANT_TABLES, &[]);
    assert!(
        tables.iter().any(|table| table == "crm.contacts"),
        "the catalog query finds no tables"
    );
    tables
}

/// Whether the session's role has this privilege on the table.
#[track_caller]
fn may(client: &mut impl Sql, table: &str, privilege: &str) -> bool {
    client.one(
        "SELECT has_table_privilege($1::text, $2::text)",
        &[&table, &privilege],
    )
}

/// The group roles' sessions, by name.
fn sessions(db: &Db) -> [(&'static str, Client); 3] {
    [
        ("crm_app", db.app()),
        ("crm_readonly", db.readonly()),
        ("crm_admin", db.admin()),
    ]
}
