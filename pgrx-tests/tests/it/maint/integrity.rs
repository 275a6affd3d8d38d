//! Whether the model's tables are whole, and as they were made.

use pg_crm_tests::{Sql, pg_dump, psql, shared};

#[test]
fn a_fresh_database_is_whole_and_as_it_was_made() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    assert_eq!(
        admin.lines("SELECT * FROM maint.integrity_check(true)"),
        [""; 0]
    );
    assert_eq!(admin.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
    assert_eq!(
        admin.lines(
            "SELECT check_name, status FROM maint.self_check() WHERE check_name <> 'health'"
        ),
        [
            "version|ok",
            "roles|ok",
            "data model|ok",
            "integrity|ok",
            "foreign keys|ok"
        ]
    );
    // More partitions change nothing.
    admin.exec("SELECT maint.manage_partitions('analytics.events', '1 month', 5, '12 months')");
    admin.exec("CALL maint.maintain_partitions('analytics.events')");
    assert_eq!(admin.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
    assert_eq!(
        admin.lines("SELECT * FROM maint.integrity_check(true)"),
        [""; 0]
    );
}

#[test]
fn whatever_is_not_whole_is_found() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name) VALUES ('Ann');
             INSERT INTO crm.notes (contact_id, content) SELECT id, 'x' FROM crm.contacts;
             INSERT INTO crm.companies (name) VALUES ('a'), ('a')",
        )
    });
    let partition: String = db.superuser().one(
        "SELECT partition::text FROM maint.partition_bounds('analytics.events') WHERE NOT is_default LIMIT 1",
        &[],
    );
    let cases = [
        (
            "ALTER TABLE crm.contacts ADD CONSTRAINT contacts_odd_check CHECK (score <> 7) NOT VALID",
            "constraints|contacts_odd_check on crm.contacts|warning",
        ),
        (
            "ALTER TABLE crm.deals DISABLE TRIGGER ALL",
            "foreign keys|deals_company_fkey on crm.deals|critical",
        ),
        (
            "ALTER TABLE crm.contacts DISABLE TRIGGER touch_updated_at",
            "triggers|touch_updated_at on crm.contacts|critical",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'crm.contacts_pkey'::regclass",
            "indexes|crm.contacts_pkey|critical",
        ),
        (
            &format!("ALTER TABLE {partition} NO FORCE ROW LEVEL SECURITY"),
            &format!("row security|{partition}|critical"),
        ),
        (
            "INSERT INTO analytics.events (organization_id, name, occurred_at) SELECT id, 'x', '1999-01-01' FROM tenancy.organizations",
            "partitions|analytics.events_default|warning",
        ),
        (
            "SET LOCAL session_replication_role = replica; DELETE FROM crm.contacts",
            "references|notes_contact_fkey on crm.notes|critical",
        ),
    ];
    let mut dba = db.superuser();
    for (fault, finding) in cases {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(fault);
        let found =
            tx.lines("SELECT check_name, object, severity FROM maint.integrity_check(true)");
        assert!(found.iter().any(|f| f == finding), "{fault}: {found:?}");
    }
    assert_eq!(
        dba.lines("SELECT * FROM maint.integrity_check(true)"),
        [""; 0]
    );
    // The remedies are.
    for (fault, remedies) in [
        (
            "ALTER TABLE crm.contacts ADD CONSTRAINT contacts_odd_check CHECK (score <> 7) NOT VALID",
            1,
        ),
        ("ALTER TABLE crm.contacts DISABLE TRIGGER ALL", 10),
    ] {
        dba.exec(fault);
        let commands: Vec<String> = dba.column("SELECT remedy FROM maint.integrity_check()", &[]);
        assert!(commands.len() >= remedies, "{commands:?}");
        for command in commands {
            dba.exec(&command);
        }
        assert_eq!(dba.lines("SELECT * FROM maint.integrity_check()"), [""; 0]);
    }
}

#[test]
fn every_kind_of_drift_is_found() {
    let db = shared().fresh_db();
    let cases = [
        ("DROP TABLE crm.notes CASCADE", "table|crm.notes|missing"),
        ("ALTER TABLE crm.contacts NO FORCE ROW LEVEL SECURITY", "table|crm.contacts|changed"),
        ("ALTER TABLE crm.contacts DROP COLUMN title CASCADE", "column|crm.contacts.title|missing"),
        ("ALTER TABLE crm.companies ALTER COLUMN name DROP NOT NULL", "column|crm.companies.name|changed"),
        ("ALTER TABLE crm.contacts ALTER COLUMN id SET DEFAULT gen_random_uuid()", "column|crm.contacts.id|changed"),
        ("ALTER TABLE crm.contacts RENAME COLUMN title TO job", "column|crm.contacts.title|missing"),
        ("ALTER TABLE crm.deals DROP CONSTRAINT deals_company_fkey", "constraint|deals_company_fkey on crm.deals|missing"),
        (
            "ALTER TABLE crm.deals DROP CONSTRAINT deals_company_fkey;
             ALTER TABLE crm.deals ADD CONSTRAINT deals_company_fkey FOREIGN KEY (company_id, organization_id) REFERENCES crm.companies (id, organization_id)",
            "constraint|deals_company_fkey on crm.deals|changed",
        ),
        (
            "ALTER DOMAIN crm.contact_status DROP CONSTRAINT contact_status_check",
            "constraint|contact_status_check on crm.contact_status|missing",
        ),
        ("DROP INDEX crm.contacts_organization_created_at_idx", "index|crm.contacts_organization_created_at_idx|missing"),
        ("DROP TRIGGER touch_updated_at ON crm.contacts", "trigger|touch_updated_at on crm.contacts|missing"),
        ("ALTER TABLE crm.contacts DISABLE TRIGGER touch_updated_at", "trigger|touch_updated_at on crm.contacts|changed"),
        ("DROP POLICY org_isolation ON crm.contacts", "policy|org_isolation on crm.contacts|missing"),
        ("ALTER POLICY org_isolation ON crm.contacts USING (true)", "policy|org_isolation on crm.contacts|changed"),
        ("CREATE POLICY everything ON crm.contacts USING (true)", "policy|everything on crm.contacts|added"),
        ("DROP VIEW crm.deal_pipeline", "view|crm.deal_pipeline|missing"),
        ("ALTER VIEW crm.deal_pipeline RESET (security_invoker)", "view|crm.deal_pipeline|changed"),
        ("GRANT TRUNCATE ON crm.contacts TO crm_app", "grant|crm.contacts to crm_app|changed"),
        ("REVOKE ALL ON crm.contacts FROM crm_readonly", "grant|crm.contacts to crm_readonly|missing"),
        (
            "CREATE OR REPLACE FUNCTION crm.get_contact_tags(contact_id uuid) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT NULL::text[]'",
            "function|crm.get_contact_tags(uuid)|changed",
        ),
        ("ALTER FUNCTION crm.seed_reference_data() SECURITY INVOKER", "function|crm.seed_reference_data()|changed"),
        ("DELETE FROM maint.schema_checksums; DROP VIEW crm.deal_pipeline", "view|crm.deal_pipeline|missing"),
        ("DELETE FROM maint.schema_checksums", "schema|maint|not recorded"),
    ];
    let mut dba = db.superuser();
    for (drift, finding) in cases {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(drift);
        let found = tx.lines("SELECT object_kind, object_name, finding FROM maint.schema_drift()");
        assert!(found.iter().any(|f| f == finding), "{drift}: {found:?}");
    }
    assert_eq!(dba.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
}

#[test]
fn a_users_own_objects_and_another_sessions_settings_are_no_drift() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE crm.contacts ADD COLUMN shoe_size integer;
         CREATE INDEX contacts_shoe_size_idx ON crm.contacts (shoe_size);
         CREATE TABLE crm.shoes (id integer);
         CREATE VIEW crm.my_view AS SELECT 1 AS a;
         SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET timezone = 'Asia/Kathmandu';
         SET search_path = crm, inbox, public; SET quote_all_identifiers = on; SET extra_float_digits = 3",
    );
    assert_eq!(dba.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
    // What the user has more of is not taken for the model's by a later installation either.
    dba.exec("DROP TRIGGER touch_updated_at ON crm.contacts; SELECT maint.install_schema()");
    dba.exec(
        "DROP INDEX crm.contacts_shoe_size_idx; ALTER TABLE crm.contacts DROP COLUMN shoe_size",
    );
    assert_eq!(dba.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
}

#[test]
fn a_new_installation_mends_what_is_missing() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "DROP TRIGGER touch_updated_at ON crm.contacts;
         DROP POLICY org_isolation ON crm.deals;
         DROP INDEX crm.contacts_organization_created_at_idx;
         DROP VIEW crm.deal_pipeline",
    );
    let missing = "SELECT count(*) FROM maint.schema_drift() WHERE finding = 'missing'";
    // The view's grants are gone with it.
    assert_eq!(dba.one::<i64>(missing, &[]), 7);
    dba.exec("SELECT maint.install_schema()");
    assert_eq!(dba.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
    // What was changed on purpose can be accepted.
    dba.exec("ALTER TABLE crm.companies ALTER COLUMN name DROP NOT NULL");
    dba.exec("SELECT maint.install_schema()");
    assert_eq!(
        dba.lines("SELECT object_name, finding, expected, actual FROM maint.schema_drift()"),
        ["crm.companies.name|changed|character varying(255) NOT NULL|character varying(255)"]
    );
    dba.exec("SELECT maint.record_schema()");
    assert_eq!(dba.lines("SELECT * FROM maint.schema_drift()"), [""; 0]);
}

#[test]
fn a_restored_database_and_a_re_attached_one_have_no_drift() {
    let db = shared().fresh_db();
    let copy = db.cluster().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    assert_eq!(
        copy.admin().lines(
            "SELECT object_kind, object_name, finding, expected, actual FROM maint.schema_drift()"
        ),
        [""; 0]
    );
    let mut dba = db.superuser();
    dba.exec("DROP EXTENSION pg_crm CASCADE");
    dba.exec("CREATE EXTENSION pg_crm");
    assert_eq!(
        dba.lines(
            "SELECT object_kind, object_name, finding, expected, actual FROM maint.schema_drift()"
        ),
        [""; 0]
    );
}
