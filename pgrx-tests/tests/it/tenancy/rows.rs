//! Rows of one organization, in every table that has them, under every statement of another.

use std::io::Read;

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, Value};

use super::{may, release_holds, sessions, tenant_tables, two_organizations};

/// The rows of an organization in all tables, as text.
#[track_caller]
fn rows_of(db: &Db, org: &Org) -> Vec<(String, Vec<String>)> {
    let mut client = db.superuser();
    let rows = |table: String| {
        let rows = client.column(
            &format!("SELECT t::text FROM {table} AS t WHERE organization_id = $1 ORDER BY 1"),
            &[&org.id],
        );
        (table, rows)
    };
    tenant_tables(db).into_iter().map(rows).collect()
}

/// The columns that a statement may give values to.
#[track_caller]
fn columns(client: &mut Client, table: &str) -> Vec<String> {
    client.column(
        "SELECT quote_ident(attname) FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'",
        &[&table],
    )
}

#[test]
fn every_table_has_rows_of_both_organizations() {
    let (db, acme, globex) = two_organizations();
    for org in [acme, globex] {
        let empty: Vec<_> = rows_of(&db, &org)
            .into_iter()
            .filter_map(|(table, rows)| rows.is_empty().then_some(table))
            .collect();
        assert!(empty.is_empty(), "tenancy/rows leaves {empty:?} empty");
    }
}

#[test]
fn without_a_context_no_row_is_seen_and_nothing_fails() {
    let (db, ..) = two_organizations();
    for (role, mut session) in sessions(&db) {
        for table in tenant_tables(&db) {
            if may(&mut session, &table, "SELECT") {
                // Rows of no organization are everybody's.
                let seen: i64 =
                    session.one(&format!("SELECT count(organization_id) FROM {table}"), &[]);
                assert_eq!(seen, 0, "{role}: {table}");
            }
        }
    }
}

#[test]
fn without_a_context_no_row_can_be_made() {
    let (db, acme, _) = two_organizations();
    for table in tenant_tables(&db) {
        let (columns, row) = copied_row(&db, &table, "organization_id", &acme);
        let error = db.app().fails_with_params(
            &format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1)"),
            &[&row],
            "42501",
        );
        assert_refused(&db, &table, &error);
    }
}

#[test]
fn the_organization_sees_its_rows_and_no_others() {
    let (db, acme, globex) = two_organizations();
    for (role, mut session) in sessions(&db) {
        for table in tenant_tables(&db) {
            if !may(&mut session, &table, "SELECT") {
                continue;
            }
            session.in_org_as(&globex, globex.owner, |tx| {
                let organizations: Vec<Uuid> = tx.column(
                    &format!("SELECT DISTINCT organization_id FROM {table} WHERE organization_id IS NOT NULL"),
                    &[],
                );
                assert_eq!(organizations, [globex.id], "{role}: {table}");
                let foreign: i64 = tx.one(
                    &format!("SELECT count(*) FROM {table} WHERE organization_id = $1"),
                    &[&acme.id],
                );
                assert_eq!(foreign, 0, "{role}: {table}");
            });
        }
    }
}

#[test]
fn copy_writes_ones_own_rows_and_no_others() {
    let (db, acme, globex) = two_organizations();
    let (acme, globex_id) = (acme.to_string(), globex.to_string());
    for table in tenant_tables(&db) {
        db.app().in_org_as(&globex, globex.owner, |tx| {
            let mut copy = |source: &str| {
                let mut text = String::new();
                tx.copy_out(&format!("COPY {source} TO STDOUT"))
                    .expect("COPY begins")
                    .read_to_string(&mut text)
                    .expect("COPY ends");
                assert!(
                    !text.contains(&acme),
                    "COPY {source} writes others':\n{text}"
                );
                text
            };
            // Of a partitioned table under row-level security, the server writes nothing this way.
            copy(&table);
            let text = copy(&format!("(SELECT * FROM {table})"));
            assert!(text.contains(&globex_id), "{table} lacks own rows:\n{text}");
        });
    }
}

/// A row of an organization, named by the column `key`, as JSON, and the columns to copy it by.
#[track_caller]
pub fn copied_row(db: &Db, table: &str, key: &str, org: &Org) -> (String, Value) {
    let mut client = db.superuser();
    let columns = columns(&mut client, table).join(", ");
    let row = client.one(
        &format!("SELECT to_jsonb(t) FROM {table} AS t WHERE {key} = $1 LIMIT 1"),
        &[&org.id],
    );
    (columns, row)
}

/// By the policy, or because the application may not write the table at all.
#[track_caller]
fn assert_refused(db: &Db, table: &str, error: &pg_crm_tests::DbError) {
    let expected = if may(&mut db.app(), table, "INSERT") {
        "new row violates row-level security policy"
    } else {
        "permission denied for table"
    };
    assert!(
        error.message().starts_with(expected),
        "{table}: {}",
        error.message()
    );
}

#[test]
fn no_row_can_be_made_for_another_organization() {
    let (db, acme, globex) = two_organizations();
    let before = rows_of(&db, &acme);
    for table in tenant_tables(&db) {
        let (columns, row) = copied_row(&db, &table, "organization_id", &acme);
        let source = format!("jsonb_populate_record(NULL::{table}, $1)");
        let insert = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}");
        let merge_columns = columns.replace(", ", ", s.");
        for statement in [
            insert.clone(),
            format!("{insert} RETURNING *"),
            format!("{insert} ON CONFLICT DO NOTHING"),
            format!(
                "MERGE INTO {table} USING {source} AS s ON false
                     WHEN NOT MATCHED THEN INSERT ({columns}) VALUES (s.{merge_columns})"
            ),
        ] {
            db.app().in_org_as(&globex, globex.owner, |tx| {
                let error = tx.fails_with_params(&statement, &[&row], "42501");
                assert_refused(&db, &table, &error);
            });
        }
    }
    assert_eq!(rows_of(&db, &acme), before);
}

#[test]
fn rows_of_another_organization_cannot_be_changed() {
    let (db, acme, globex) = two_organizations();
    let before = rows_of(&db, &acme);
    // The privilege that each statement takes; it concerns no row.
    let statements = [
        (
            "UPDATE",
            "UPDATE {t} SET organization_id = organization_id WHERE organization_id = $1",
        ),
        (
            "UPDATE",
            "SELECT FROM {t} WHERE organization_id = $1 FOR UPDATE",
        ),
        ("DELETE", "DELETE FROM {t} WHERE organization_id = $1"),
        (
            "UPDATE",
            "MERGE INTO {t} AS t USING (SELECT $1::uuid AS o) AS s ON t.organization_id = s.o
                    WHEN MATCHED THEN UPDATE SET organization_id = s.o",
        ),
        (
            "DELETE",
            "MERGE INTO {t} AS t USING (SELECT $1::uuid AS o) AS s ON t.organization_id = s.o
                    WHEN MATCHED THEN DELETE",
        ),
    ];
    for table in tenant_tables(&db) {
        for (privilege, statement) in statements {
            let statement = statement.replace("{t}", &table);
            db.app().in_org_as(&globex, globex.owner, |tx| {
                if may(tx, &table, privilege) {
                    assert_eq!(tx.exec_with(&statement, &[&acme.id]), 0, "{statement}");
                } else {
                    tx.fails_with_params(&statement, &[&acme.id], "42501");
                }
            });
        }
    }
    assert_eq!(rows_of(&db, &acme), before);
}

#[test]
fn statements_without_a_condition_concern_ones_own_rows_only() {
    let (db, acme, globex) = two_organizations();
    let before = rows_of(&db, &acme);
    for table in tenant_tables(&db) {
        db.app().in_org_as(&globex, globex.owner, |tx| {
            if may(tx, &table, "UPDATE") {
                let update = format!(
                    "UPDATE {table} SET organization_id = organization_id RETURNING organization_id"
                );
                let mut returned: Vec<Uuid> = tx.column(&update, &[]);
                returned.dedup();
                assert_eq!(returned, [globex.id], "{update}");
            }
        });
    }
    assert_eq!(rows_of(&db, &acme), before);
}

#[test]
fn a_deleted_contact_takes_rows_of_its_own_organization_along() {
    let (db, acme, globex) = two_organizations();
    // What must not vanish with a contact: a hold, and what was earned by its deals.
    db.superuser()
        .exec("DELETE FROM maint.legal_holds; DELETE FROM sales.commissions");
    let before = rows_of(&db, &acme);
    db.app().in_org_as(&globex, globex.owner, |tx| {
        let deleted: Vec<Uuid> =
            tx.column("DELETE FROM crm.contacts RETURNING organization_id", &[]);
        assert_eq!(deleted, [globex.id]);
        let left = tx.lines(
            "SELECT 'messages' FROM inbox.messages UNION ALL SELECT 'calls' FROM inbox.calls
             UNION ALL SELECT 'emails' FROM inbox.emails UNION ALL SELECT 'tags' FROM crm.contact_tags
             UNION ALL SELECT 'engagement' FROM crm.contact_engagement",
        );
        assert_eq!(left, [] as [&str; 0]);
        let orders: i64 = tx.one("SELECT count(*) FROM commerce.orders WHERE contact_id IS NULL", &[]);
        assert_eq!(orders, 1, "orders are kept for the books");
    });
    assert_eq!(rows_of(&db, &acme), before);
}

/// The record of what happened; only `tenancy.delete_organization()` removes it.
const OUTLIVE_ORGANIZATIONS: &[&str] = &[
    "audit.audit_logs",
    "audit.chain_heads",
    "audit.record_versions",
    "audit.security_events",
];

#[test]
fn a_deleted_organization_takes_its_own_rows_along() {
    let (db, acme, globex) = two_organizations();
    release_holds(&db);
    let before = rows_of(&db, &acme);
    db.superuser().exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&globex.id],
    );
    // A session is its user's, and stays without the organization.
    let left: Vec<_> = rows_of(&db, &globex)
        .into_iter()
        .filter_map(|(table, rows)| (!rows.is_empty()).then_some(table))
        .collect();
    assert_eq!(left, OUTLIVE_ORGANIZATIONS);
    assert_eq!(rows_of(&db, &acme), before);
}

#[test]
fn ones_own_rows_cannot_be_given_away() {
    let (db, acme, globex) = two_organizations();
    let before = (rows_of(&db, &acme), rows_of(&db, &globex));
    for table in tenant_tables(&db) {
        db.app().in_org_as(&globex, globex.owner, |tx| {
            if !may(tx, &table, "UPDATE") {
                return;
            }
            let statement = format!("UPDATE {table} SET organization_id = $1");
            let error = tx
                .attempt(&statement, &[&acme.id])
                .expect_err("it is refused");
            let code = error.code().map_or("", |code| code.code());
            // A trigger or a key that notices before the policy does says that the reference is wrong.
            assert!(["42501", "23503"].contains(&code), "{table}: {error:?}");
        });
    }
    assert_eq!((rows_of(&db, &acme), rows_of(&db, &globex)), before);
}

#[test]
fn an_upsert_on_the_id_of_anothers_row_makes_a_row_of_ones_own() {
    let (db, acme, globex) = two_organizations();
    let before = rows_of(&db, &acme);
    let id: Uuid = db.superuser().one(
        "SELECT id FROM crm.tags WHERE organization_id = $1",
        &[&acme.id],
    );
    let upsert = "INSERT INTO crm.tags (id, name) VALUES ($1, 'Mine')
                  ON CONFLICT (id, organization_id) DO UPDATE SET name = 'Yours'";
    db.app().in_org(&globex, |tx| {
        assert_eq!(tx.exec_with(upsert, &[&id]), 1);
        let names: Vec<String> = tx.column("SELECT name FROM crm.tags WHERE id = $1", &[&id]);
        assert_eq!(names, ["Mine"]);
    });
    assert_eq!(rows_of(&db, &acme), before);
}

#[test]
fn functions_answer_for_anothers_contact_as_for_an_absent_one() {
    let (db, acme, globex) = two_organizations();
    let contact: Uuid = db.superuser().one(
        "SELECT id FROM crm.contacts WHERE organization_id = $1",
        &[&acme.id],
    );
    let queries = [
        "SELECT crm.calculate_contact_score('{}')",
        "SELECT crm.calculate_contact_score('{}', '2000-01-01')",
        "SELECT * FROM crm.explain_contact_score('{}')",
        "SELECT crm.contact_engagement_at('{}', now())",
        "SELECT crm.get_contact_tags('{}')",
        "SELECT * FROM crm.hottest_contacts() WHERE contact_id = '{}'",
    ];
    for query in queries {
        let ask = |id: Uuid, org: &Org| {
            let query = query.replace("{}", &id.to_string());
            db.app().in_org(org, |tx| tx.lines(&query))
        };
        assert_eq!(ask(contact, &globex), ask(Uuid::nil(), &globex), "{query}");
        assert_ne!(
            ask(contact, &acme),
            ask(Uuid::nil(), &acme),
            "{query} of one's own"
        );
    }
}
