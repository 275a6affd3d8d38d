//! DROP EXTENSION leaves the data; CREATE EXTENSION takes it up again.

use pg_crm_tests::{Sql, shared};

use super::fixture::{catalog, difference, lived_in};

#[test]
fn drop_extension_is_refused_without_cascade() {
    let db = shared().fresh_db();
    let error = db.superuser().fails_with("DROP EXTENSION pg_crm", "2BP01");
    assert!(error.detail().unwrap_or("").contains("depends on function"));
}

#[test]
fn cascade_keeps_every_row_and_create_extension_puts_everything_back() {
    let (db, acme) = lived_in();
    let rows = "SELECT c.id, c.first_name, c.last_name, c.email, c.phone, c.company_id, c.favourite, c.created_at, c.updated_at
                  FROM crm.contacts AS c ORDER BY 1";
    let mut dba = db.superuser();
    let (before, contacts) = (catalog(&db), dba.lines(rows));
    let derived = dba.lines("SELECT email_norm, phone_e164 FROM crm.contacts ORDER BY id");
    let kept = [
        "crm.contact_engagement",
        "inbox.messages",
        "analytics.events",
        "maint.schema_migrations",
        "maint.partition_config",
        "maint.maintenance_runs",
        "public.firings",
        "crm.notes",
    ];
    let tables: Vec<_> = kept.iter().map(|table| db.table(table)).collect();

    dba.exec("SET client_min_messages = error; DROP EXTENSION pg_crm CASCADE");
    assert_eq!(dba.lines(rows), contacts);
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM analytics.events", &[]),
        42
    );
    // Nobody sees more for it: row-level security stays, its policies are gone.
    assert_eq!(
        db.app()
            .one::<i64>("SELECT count(*) FROM crm.contacts", &[]),
        0
    );

    dba.exec("CREATE EXTENSION pg_crm");
    let after = catalog(&db);
    assert!(before == after, "{}", difference(&before, &after));
    assert_eq!(dba.lines(rows), contacts);
    assert_eq!(
        dba.lines("SELECT email_norm, phone_e164 FROM crm.contacts ORDER BY id"),
        derived
    );
    for (table, rows) in kept.iter().zip(tables) {
        assert_eq!(db.table(table), rows, "{table}");
    }
    assert_eq!(
        dba.one::<String>("SELECT maint.install_schema()", &[]),
        "the data model is complete, nothing was made"
    );
    let seen: i64 = db
        .app()
        .in_org(&acme, |tx| tx.one("SELECT count(*) FROM crm.contacts", &[]));
    assert_eq!(seen, 20);
}

#[test]
fn tables_without_generated_columns_are_not_even_rewritten() {
    let (db, _) = lived_in();
    let place = "SELECT tableoid, ctid, xmin FROM inbox.messages ORDER BY 1, 2";
    let mut dba = db.superuser();
    let before = dba.lines(place);
    dba.exec(
        "SET client_min_messages = error;
         DROP EXTENSION pg_crm CASCADE;
         CREATE EXTENSION pg_crm",
    );
    assert_eq!(dba.lines(place), before);
}

#[test]
fn re_attaching_says_what_it_did() {
    let (db, _) = lived_in();
    let output = pg_crm_tests::psql(
        &db,
        &[
            "-c",
            "SET client_min_messages = error",
            "-c",
            "DROP EXTENSION pg_crm CASCADE",
            "-c",
            "CREATE EXTENSION pg_crm",
        ],
        "",
    );
    let said = output.stderr.clone();
    output.ok();
    for part in [
        "INFO:  pg_crm: re-attached to the existing tables: ",
        " policies",
        " triggers",
        " defaults",
        " constraints",
        "No row of the existing tables was changed.",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn the_last_transaction_of_a_dropped_extension_leaves_it_whole() {
    let (db, _) = lived_in();
    let before = catalog(&db);
    let mut dba = db.superuser();
    dba.exec(
        "SET client_min_messages = error;
         BEGIN; DROP EXTENSION pg_crm CASCADE; ROLLBACK",
    );
    assert_eq!(catalog(&db), before);
}

#[test]
fn a_row_that_came_meanwhile_and_breaks_a_check_does_not_stop_re_attaching() {
    let (db, acme) = lived_in();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "SET client_min_messages = error;
         DROP EXTENSION pg_crm CASCADE;
         INSERT INTO crm.contacts (id, organization_id, email)
         VALUES (gen_random_uuid(), '{acme}', 'no address');
         CREATE EXTENSION pg_crm"
    ));
    let validated: bool = dba.one(
        "SELECT convalidated FROM pg_constraint WHERE conname = 'contacts_email_check'",
        &[],
    );
    assert!(!validated);
    db.app().in_org(&acme, |tx| {
        let error = tx.fails_with(
            "INSERT INTO crm.contacts (email) VALUES ('no address')",
            "23514",
        );
        assert_eq!(error.constraint(), Some("contacts_email_check"));
    });
    dba.exec(
        "UPDATE crm.contacts SET email = 'an@address.example' WHERE email = 'no address';
         ALTER TABLE crm.contacts VALIDATE CONSTRAINT contacts_email_check",
    );
}

#[test]
fn a_dbas_own_changes_survive_re_attaching() {
    let (db, _) = lived_in();
    let mut dba = db.superuser();
    dba.exec(
        "REVOKE DELETE ON crm.contacts FROM crm_app;
         COMMENT ON TABLE crm.contacts IS 'People we know';
         ALTER TABLE inbox.messages DISABLE TRIGGER touch_updated_at;
         SET client_min_messages = error;
         DROP EXTENSION pg_crm CASCADE;
         CREATE EXTENSION pg_crm",
    );
    db.app().fails_with("DELETE FROM crm.contacts", "42501");
    assert_eq!(
        dba.one::<String>("SELECT obj_description('crm.contacts'::regclass)", &[]),
        "People we know"
    );
}
