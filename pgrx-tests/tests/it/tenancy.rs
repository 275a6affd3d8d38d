//! Which organization a session acts for, and that no row of another one reaches it.

mod accounts;
mod claims;
mod context;
mod definer;
mod enable_isolation;
mod event_trigger;
mod granted;
mod invitations;
mod isolation;
mod leaks;
mod members;
mod minimum_roles;
mod modes;
mod notes;
mod owners;
mod partitions;
mod plans;
mod policy_reach;
mod pooling;
mod references;
mod report;
mod roles;
mod rows;
mod search_path;
mod set_context;
mod shared_lists;
mod tokens;
mod views;
mod warnings;
mod whole_organizations;

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

/// In the order in which rows refer to each other; the first one also makes the helpers.
const ROWS: &[&str] = &[
    include_str!("tenancy/rows.sql"),
    include_str!("tenancy/rows/teamwork.sql"),
    include_str!("tenancy/rows/chat.sql"),
    include_str!("tenancy/rows/marketing.sql"),
    include_str!("tenancy/rows/voice.sql"),
    include_str!("tenancy/rows/sales.sql"),
    include_str!("tenancy/rows/commerce.sql"),
    include_str!("tenancy/rows/creator.sql"),
    include_str!("tenancy/rows/marketplace.sql"),
    include_str!("tenancy/rows/billing.sql"),
    include_str!("tenancy/rows/workflow.sql"),
    include_str!("tenancy/rows/analytics.sql"),
    include_str!("tenancy/rows/audit.sql"),
    include_str!("tenancy/rows/notify.sql"),
    include_str!("tenancy/rows/integration.sql"),
    include_str!("tenancy/rows/compliance.sql"),
    include_str!("tenancy/rows/runtime.sql"),
    include_str!("tenancy/rows/maint.sql"),
];

/// What rows of [`ROWS`] refer to and only a superuser may make, and what else only a superuser may.
const BEFORE_ROWS: &str = include_str!("schema/before_rows.sql");
const AFTER_ROWS: &str = include_str!("schema/after_rows.sql");

/// Puts one row or more of an organization into every table that can hold one.
#[track_caller]
pub fn populate(db: &Db, org: &Org) {
    populate_with(db, org, ROWS);
}

/// As [`populate`], in the tables of the core only, to which fewer rows refer.
#[track_caller]
pub fn populate_core(db: &Db, org: &Org) {
    populate_with(db, org, &ROWS[..1]);
}

#[track_caller]
fn populate_with(db: &Db, org: &Org, scripts: &[&str]) {
    db.member(org, &format!("colleague@{org}.example"), "member");
    db.app().in_org_as(org, org.owner, |tx| {
        for script in scripts {
            tx.exec(script);
        }
    });
}

/// A database with two organizations that have rows in every tenant table.
#[track_caller]
fn two_organizations() -> (Db, Org, Org) {
    two_organizations_in(shared().fresh_db())
}

#[track_caller]
fn two_organizations_in(db: Db) -> (Db, Org, Org) {
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.superuser().exec(BEFORE_ROWS);
    populate(&db, &acme);
    populate(&db, &globex);
    db.superuser().exec(AFTER_ROWS);
    (db, acme, globex)
}

/// No organization can be deleted before.
#[track_caller]
fn release_holds(db: &Db) {
    db.superuser().exec(
        "UPDATE maint.legal_holds SET released_at = now(), released_by = 'test' WHERE released_at IS NULL",
    );
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
