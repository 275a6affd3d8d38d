//! `updated_at`.

use pg_crm_tests::{Sql, shared};

/// Tables of pg_crm that have the column, partitions aside.
const TABLES: &str = "
    SELECT c.oid::regclass::text
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'updated_at' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
     ORDER BY 1";

const OLD: &str = "timestamptz '2001-01-01 00:00+00'";

/// Rows of an organization, each with an `updated_at` of its own.
const ROWS: &[&str] = &[
    "crm.contacts (first_name, updated_at) VALUES ('Ann', :old)",
    "crm.companies (name, updated_at) VALUES ('Globex', :old)",
    "crm.tags (name, updated_at) VALUES ('vip', :old)",
    "crm.contact_tags (contact_id, tag_id, updated_at) SELECT c.id, t.id, :old FROM crm.contacts AS c, crm.tags AS t",
    "crm.pipelines (name, updated_at) VALUES ('Sales', :old)",
    "crm.deal_stages (pipeline_id, name, updated_at) SELECT id, 'New', :old FROM crm.pipelines",
    "crm.deals (contact_id, name, updated_at) SELECT id, 'deal', :old FROM crm.contacts",
    "crm.deal_tags (deal_id, tag_id, updated_at) SELECT d.id, t.id, :old FROM crm.deals AS d, crm.tags AS t",
    "crm.activities (contact_id, updated_at) SELECT id, :old FROM crm.contacts",
    "crm.notes (contact_id, content, updated_at) SELECT id, 'note', :old FROM crm.contacts",
    "crm.documents (contact_id, name, storage_key, updated_at) SELECT id, 'a.pdf', 'key', :old FROM crm.contacts",
    "crm.industries (organization_id, code, name, updated_at) VALUES (tenancy.current_org_id(), 'a', 'A', :old)",
    "crm.job_roles (organization_id, code, name, updated_at) VALUES (tenancy.current_org_id(), 'a', 'A', :old)",
    "crm.lifecycle_stages (organization_id, code, name, updated_at) VALUES (tenancy.current_org_id(), 'a', 'A', :old)",
    "inbox.conversations (contact_id, updated_at) SELECT id, :old FROM crm.contacts",
    "inbox.messages (contact_id, channel, direction, updated_at) SELECT id, 'sms', 'inbound', :old FROM crm.contacts",
    "inbox.calls (contact_id, direction, updated_at) SELECT id, 'inbound', :old FROM crm.contacts",
    "inbox.emails (contact_id, direction, updated_at) SELECT id, 'inbound', :old FROM crm.contacts",
    "commerce.orders (contact_id, updated_at) SELECT id, :old FROM crm.contacts",
    "commerce.order_items (order_id, name, unit_price, updated_at) SELECT id, 'Record', 1, :old FROM commerce.orders",
];

#[test]
fn every_table_with_updated_at_has_the_trigger() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let tables: Vec<String> = dba.column(TABLES, &[]);
    assert!(
        tables.len() > 25,
        "only {} tables have the column",
        tables.len()
    );
    let without: Vec<&String> = tables
        .iter()
        .filter(|table| {
            !dba.one::<bool>(
                "SELECT EXISTS (
                     SELECT FROM pg_trigger
                      WHERE tgrelid = $1::text::regclass AND tgname = 'touch_updated_at' AND tgenabled = 'O'
                        AND tgfoid = 'crm.touch_updated_at'::regproc AND tgqual IS NULL AND tgattr = ''
                        AND tgtype = 1 | 2 | 16)", // ROW, BEFORE, UPDATE
                &[table],
            )
        })
        .collect();
    assert!(without.is_empty(), "without the trigger: {without:?}");
}

#[test]
fn updated_at_is_the_time_of_the_last_update_and_an_insert_keeps_its_own() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    for row in ROWS {
        let table = row.split(' ').next().expect("a table");
        app.in_org(&acme, |tx| {
            tx.exec(&format!("INSERT INTO {}", row.replace(":old", OLD)));
            let kept = format!("SELECT updated_at = {OLD} FROM {table}");
            assert_eq!(tx.lines(&kept), ["t"], "an insert into {table}");
            // Whatever the statement says.
            tx.exec(&format!("UPDATE {table} SET updated_at = '2002-02-02'"));
            let touched = format!("SELECT updated_at = now() FROM {table}");
            assert_eq!(tx.lines(&touched), ["t"], "an update of {table}");
        });
    }
}

#[test]
fn what_the_harness_made_is_touched_in_every_other_table() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.member(&acme, "ann@acme.example", "member");
    let mut dba = db.superuser();
    let mut touched = Vec::new();
    for table in dba.column::<String>(TABLES, &[]) {
        if ROWS.iter().any(|row| row.starts_with(&format!("{table} "))) {
            continue;
        }
        let rows = dba.exec_with(&format!("UPDATE {table} SET updated_at = {OLD}"), &[]);
        let untouched = format!("SELECT count(*) FROM {table} WHERE updated_at = {OLD}");
        assert_eq!(dba.one::<i64>(&untouched, &[]), 0, "{table}");
        if rows > 0 {
            touched.push(table);
        }
    }
    for table in [
        "maint.partition_config",
        "tenancy.organizations",
        "tenancy.organization_members",
        "tenancy.users",
    ] {
        assert!(
            touched.iter().any(|t| t == table),
            "{table} is not among {touched:?}"
        );
    }
}

#[test]
fn a_table_of_the_users_own_is_touched_too() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE own (n integer, updated_at timestamptz);
         CREATE TRIGGER touch BEFORE UPDATE ON own FOR EACH ROW EXECUTE FUNCTION crm.touch_updated_at();
         INSERT INTO own VALUES (1, {OLD}), (2, NULL);
         UPDATE own SET n = n + 1"
    ));
    assert_eq!(
        dba.lines("SELECT n, updated_at > '2002-02-02' FROM own"),
        ["2|t", "3|t"]
    );
}

#[test]
fn the_trigger_is_refused_where_it_cannot_work() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE own (n integer, updated_at timestamptz);
         CREATE TRIGGER touch AFTER DELETE ON own FOR EACH STATEMENT EXECUTE FUNCTION crm.touch_updated_at()",
    );
    dba.fails_with("DELETE FROM own", "39P01");
    let mut app = db.app();
    app.exec("CREATE TEMPORARY TABLE mine (updated_at timestamptz)");
    app.fails_with(
        "CREATE TRIGGER touch BEFORE UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION crm.touch_updated_at()",
        "42501",
    );
}
