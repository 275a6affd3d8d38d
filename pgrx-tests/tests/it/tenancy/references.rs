//! References between organizations: impossible, and refused as if the row did not exist.

use pg_crm_tests::{DbError, Org, Sql, Uuid, shared};

use super::{may, two_organizations};

/// Foreign keys of tenants' tables to tenants' tables that are not shared lists, each with the column
/// that names the row: the others of a longer key only say that it is of the same parent.
const COMPOSITE: &str = "
    SELECT k.conname::text, k.conrelid::regclass::text, k.confrelid::regclass::text,
        (array_agg(a.attname::text ORDER BY f.attname <> 'id', o.n) FILTER (WHERE a.attname <> 'organization_id'))[1],
        (array_agg(f.attname::text ORDER BY f.attname <> 'id', o.n) FILTER (WHERE f.attname <> 'organization_id'))[1],
        bool_or(a.attname = 'organization_id' AND f.attname = 'organization_id')
    FROM pg_constraint AS k
    CROSS JOIN unnest(k.conkey, k.confkey) WITH ORDINALITY AS o (own, referenced, n)
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = o.own
    JOIN pg_attribute AS f ON f.attrelid = k.confrelid AND f.attnum = o.referenced
    WHERE k.contype = 'f' AND k.conparentid = 0
        AND EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = k.conrelid AND t.attname = 'organization_id')
        AND EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = k.confrelid AND t.attname = 'organization_id' AND t.attnotnull)
    GROUP BY k.oid ORDER BY 2, 1";

struct Key {
    name: String,
    table: String,
    referenced: String,
    column: String,
    referenced_column: String,
    composite: bool,
}

#[track_caller]
fn keys(client: &mut impl Sql) -> Vec<Key> {
    let rows = client.query(COMPOSITE, &[]).expect("the catalog answers");
    let key = |row: &postgres::Row| Key {
        name: row.get(0),
        table: row.get(1),
        referenced: row.get(2),
        column: row.get(3),
        referenced_column: row.get(4),
        composite: row.get(5),
    };
    let keys: Vec<_> = rows.iter().map(key).collect();
    assert!(
        keys.len() > 30,
        "the catalog query finds {} keys",
        keys.len()
    );
    keys
}

#[test]
fn every_reference_between_rows_of_organizations_includes_the_organization() {
    let db = shared().fresh_db();
    let simple: Vec<_> = keys(&mut db.superuser())
        .into_iter()
        .filter_map(|key| (!key.composite).then_some(key.name))
        .collect();
    assert!(simple.is_empty(), "{simple:?}");
}

/// All that the error tells, without the id that was asked for.
fn told(error: &DbError, id: &str) -> [Option<String>; 7] {
    let told = [
        Some(error.code().code()),
        Some(error.message()),
        error.detail(),
        error.hint(),
        error.constraint(),
        error.table(),
        error.column(),
    ];
    told.map(|text| text.map(|text| text.replace(id, "?")))
}

#[test]
fn a_reference_to_anothers_row_fails_as_one_to_an_absent_row() {
    let (db, acme, globex) = two_organizations();
    let mut superuser = db.superuser();
    superuser.exec_with(
        "INSERT INTO runtime.queues (organization_id, name) VALUES ($1, 'only theirs')",
        &[&acme.id],
    );
    for key in keys(&mut superuser) {
        // It holds the row's own id, which no other organization's row can match.
        if key.name == "workflows_published_version_fkey" {
            continue;
        }
        let Key {
            name,
            table,
            referenced,
            referenced_column,
            ..
        } = &key;
        // A generated column follows another one.
        let (column, keyed) = match key.column.as_str() {
            "held_contact_id" => ("contact_id", "held_contact_id"),
            column => (column, column),
        };
        let one_row = format!(
            "ctid = (SELECT min(ctid) FROM {table} WHERE organization_id = '{globex}' AND {column} IS NOT NULL)"
        );
        let rows: i64 = superuser.one(
            &format!(
                "SELECT count(*) FROM {table} WHERE {one_row} AND organization_id = '{globex}'"
            ),
            &[],
        );
        assert_eq!(rows, 1, "tenancy/rows leaves {table}.{column} empty");
        let foreign: String = superuser.one(
            &format!(
                "SELECT {referenced_column}::text FROM {referenced} WHERE organization_id = $1
                 AND {referenced_column} NOT IN (SELECT {referenced_column} FROM {referenced} WHERE organization_id = $2)
                 LIMIT 1"
            ),
            &[&acme.id, &globex.id],
        );
        // The application where it may, else whoever can: keys bind everybody.
        let mut client = db.app();
        if !may(&mut client, table, "UPDATE") {
            client = db.superuser();
            // A ledger would refuse the change before any key is asked.
            client.exec(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"));
        }
        // A session is its user's, says its policy, before any key is asked.
        let expected = if name == "sessions_member_fkey" {
            "42501"
        } else {
            "23503"
        };
        let mut refused = |id: &str| {
            client.in_org_as(&globex, globex.owner, |tx| {
                let update = format!(
                    "UPDATE {table} SET {column} = '{id}' WHERE organization_id = '{globex}' AND {one_row}"
                );
                told(&tx.fails_with(&update, expected), id)
            })
        };
        let (of_another, absent) = (refused(&foreign), refused(&Uuid::nil().to_string()));
        assert_eq!(of_another, absent, "{name}");
        if expected == "23503" {
            // A column that several keys share breaks them all, and the first of them speaks.
            let sharing: Vec<String> = superuser.column(
                "SELECT k.conname::text FROM pg_constraint AS k
                 JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                    OR a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
                 WHERE k.contype = 'f' AND a.attrelid = $1::text::regclass AND a.attname = $2::text",
                &[&table, &keyed],
            );
            let constraint = absent[4].as_ref().expect("a constraint is named");
            assert!(
                sharing.contains(constraint),
                "{table}.{column}: {constraint}"
            );
        }
    }
}

#[test]
fn inserting_a_reference_to_anothers_row_fails_as_one_to_an_absent_row() {
    let (db, acme, globex) = two_organizations();
    let id_of = |table: &str, org: &Org| -> Uuid {
        db.superuser().one(
            &format!("SELECT id FROM {table} WHERE organization_id = $1 LIMIT 1"),
            &[&org.id],
        )
    };
    let cases = [
        (
            "crm.contacts",
            "contacts_company_fkey",
            "crm.companies",
            "INSERT INTO crm.contacts (first_name, company_id) VALUES ('Bob', '{}')",
        ),
        (
            "crm.contact_tags",
            "contact_tags_contact_fkey",
            "crm.contacts",
            "INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT '{}', id FROM crm.tags",
        ),
        (
            "crm.contact_tags",
            "contact_tags_tag_fkey",
            "crm.tags",
            "INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT id, '{}' FROM crm.contacts",
        ),
        (
            "crm.deals",
            "deals_contact_fkey",
            "crm.contacts",
            "INSERT INTO crm.deals (contact_id, name) VALUES ('{}', 'Deal')",
        ),
        (
            "crm.activities",
            "activities_contact_fkey",
            "crm.contacts",
            "INSERT INTO crm.activities (contact_id) VALUES ('{}')",
        ),
        (
            "crm.activities",
            "activities_contact_fkey",
            "crm.contacts",
            "INSERT INTO crm.activities (contact_id, status) VALUES ('{}', 'completed')",
        ),
        (
            "inbox.messages",
            "messages_contact_fkey",
            "crm.contacts",
            "INSERT INTO inbox.messages (contact_id, channel, direction) VALUES ('{}', 'sms', 'inbound')",
        ),
        (
            "commerce.orders",
            "orders_contact_fkey",
            "crm.contacts",
            "INSERT INTO commerce.orders (contact_id) VALUES ('{}')",
        ),
        (
            "commerce.order_items",
            "order_items_order_fkey",
            "commerce.orders",
            "INSERT INTO commerce.order_items (order_id, name, unit_price) VALUES ('{}', 'Pen', 1)",
        ),
        (
            "analytics.events",
            "events_contact_fkey",
            "crm.contacts",
            "INSERT INTO analytics.events (name, contact_id) VALUES ('e', '{}')",
        ),
    ];
    for (table, constraint, referenced, insert) in cases {
        let refused = |id: Uuid| {
            let id = id.to_string();
            let insert = insert.replace("{}", &id);
            db.app()
                .in_org(&globex, |tx| told(&tx.fails_with(&insert, "23503"), &id))
        };
        let (of_another, absent) = (refused(id_of(referenced, &acme)), refused(Uuid::nil()));
        assert_eq!(of_another, absent, "{table}: {insert}");
        assert_eq!(absent[4].as_deref(), Some(constraint), "{insert}");
    }
}

/// Rows of no organization that rows of one refer to by a key of one column.
#[test]
fn references_out_of_an_organization_are_known() {
    let db = shared().fresh_db();
    let simple = db.superuser().lines(
        "SELECT DISTINCT k.confrelid::regclass
         FROM pg_constraint AS k
         WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1
            AND EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = k.conrelid AND t.attname = 'organization_id')
         ORDER BY 1",
    );
    let mut simple = simple;
    simple.sort();
    assert_eq!(
        simple,
        [
            "billing.plans",
            "crm.countries",
            "crm.industries",
            "crm.job_roles",
            "crm.lifecycle_stages",
            "tenancy.organizations",
            "tenancy.users",
        ]
    );
}
