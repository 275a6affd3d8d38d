//! Tables of operations: retention policies, legal holds, and runs.

use pg_crm_tests::{Sql, shared};

#[test]
fn a_retention_policy_is_for_rows_of_organizations() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("CREATE SCHEMA mine; CREATE TABLE mine.notes (organization_id uuid, created_at timestamptz, at date);
              GRANT USAGE ON SCHEMA mine TO crm_admin");
    let gone: i64 = dba.one("SELECT max(oid)::bigint + 100000 FROM pg_class", &[]);
    let gone = gone.to_string();
    let partition: String = dba.one(
        "SELECT partition::text FROM maint.partition_bounds('audit.audit_logs') LIMIT 1",
        &[],
    );
    let cases = [
        ("crm.notes", "created_at", "NULL", "", ""),
        ("crm.notes", "deleted_at", "NULL", "", ""),
        ("audit.audit_logs", "created_at", "'category'", "", ""),
        ("mine.notes", "at", "NULL", "", "42501"),
        (gone.as_str(), "created_at", "NULL", "42P01", "42P01"),
        (partition.as_str(), "created_at", "NULL", "42809", "42809"),
        ("crm.notes_pkey", "created_at", "NULL", "42809", "42809"),
        ("crm.countries", "created_at", "NULL", "22023", "22023"),
        (
            "tenancy.organizations",
            "created_at",
            "NULL",
            "22023",
            "22023",
        ),
        ("maint.legal_holds", "created_at", "NULL", "22023", "22023"),
        ("pg_class", "created_at", "NULL", "22023", "42501"),
        ("crm.notes", "no_such", "NULL", "42703", "42703"),
        ("crm.notes", "ctid", "NULL", "42703", "42703"),
        ("crm.notes", "id", "NULL", "42804", "42804"),
        ("crm.notes", "created_at", "'no_such'", "42703", "42703"),
    ];
    for (mut client, who) in [(dba, 0), (db.admin(), 1)] {
        for (target, age, category_column, for_dba, for_admin) in cases {
            let expected = [for_dba, for_admin][who];
            let insert = format!(
                "INSERT INTO maint.retention_policies (target, age_column, category_column, category, retention)
                 SELECT '{target}'::regclass, '{age}', c, 'x' || left(c, 0), '1 year' FROM (SELECT {category_column}::text) AS c (c)"
            );
            let mut tx = client.transaction().expect("a transaction begins");
            if expected.is_empty() {
                tx.exec(&insert);
                tx.exec(
                    "UPDATE maint.retention_policies SET retention = '2 years', target = target",
                );
            } else {
                tx.fails_with(&insert, expected);
            }
        }
    }
}

#[test]
fn a_held_contact_and_its_organization_cannot_be_deleted() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann'), ('Ben')")
    });
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO maint.legal_holds (organization_id, name, reason, contact_id)
         SELECT organization_id, 'test', 'a lawsuit', id FROM crm.contacts WHERE first_name = 'Ann'",
    );
    app.in_org(&acme, |tx| {
        let error = tx.fails_with("DELETE FROM crm.contacts WHERE first_name = 'Ann'", "23503");
        assert_eq!(error.constraint(), Some("legal_holds_contact_fkey"));
        tx.exec("DELETE FROM crm.contacts WHERE first_name = 'Ben'");
    });
    let error = dba.fails_with("DELETE FROM tenancy.organizations", "55000");
    assert_eq!(error.detail(), Some("Hold \"test\": a lawsuit"));
}

/// The hold itself is kept as long as the organization, with the contact that it was on.
#[test]
fn a_contact_can_be_deleted_once_its_hold_is_released() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')")
    });
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO maint.legal_holds (organization_id, name, reason, contact_id)
         SELECT organization_id, 'hold ' || i, 'a lawsuit', id FROM crm.contacts, generate_series(1, 2) AS i",
    );
    let delete = "DELETE FROM crm.contacts";
    let set = |released: &str, hold: i32| {
        format!("UPDATE maint.legal_holds SET {released} WHERE name = 'hold {hold}'")
    };
    let release = "released_at = now(), released_by = 'court'";
    let again = "released_at = NULL, released_by = NULL";
    for (change, held) in [
        (set(release, 1), true),
        (set(release, 2), false),
        (set(again, 1), true),
        (set(release, 1), false),
    ] {
        dba.exec(&change);
        app.in_org(&acme, |tx| {
            let mut savepoint = tx.transaction().expect("a savepoint");
            if held {
                savepoint.fails_with(delete, "23503");
            } else {
                savepoint.exec(delete);
            }
            savepoint.rollback().expect("it is undone");
        });
    }
    app.in_org(&acme, |tx| tx.exec(delete));
    assert_eq!(
        dba.lines("SELECT count(contact_id), count(held_contact_id) FROM maint.legal_holds"),
        ["2|0"]
    );
    // What is gone cannot be held again.
    let error = dba.fails_with(&set(again, 1), "23503");
    assert_eq!(error.constraint(), Some("legal_holds_contact_fkey"));
    dba.exec("DELETE FROM tenancy.organizations");
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM maint.legal_holds", &[]),
        0
    );
}

#[test]
fn a_run_that_ends_without_a_time_has_ended_just_now() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    for (table, columns, values) in [
        ("maint.maintenance_runs", "task", "'test'"),
        ("maint.backup_runs", "kind", "'full'"),
    ] {
        let mut tx = admin.transaction().expect("a transaction begins");
        // It began after the transaction did.
        tx.exec(&format!(
            "INSERT INTO {table} ({columns}) VALUES ({values})"
        ));
        for (status, ended) in [("succeeded", true), ("running", false), ("failed", true)] {
            tx.exec(&format!("UPDATE {table} SET status = '{status}'"));
            assert_eq!(
                tx.one::<bool>(&format!("SELECT finished_at IS NOT NULL FROM {table}"), &[]),
                ended,
                "{table} {status}"
            );
        }
        tx.exec(&format!(
            "INSERT INTO {table} ({columns}, status) VALUES ({values}, 'failed')"
        ));
        tx.fails_with(
            &format!(
                "INSERT INTO {table} ({columns}, finished_at) VALUES ({values}, '2040-01-01')"
            ),
            "23514",
        );
        tx.fails_with(&format!("UPDATE {table} SET finished_at = NULL"), "23514");
    }
}
