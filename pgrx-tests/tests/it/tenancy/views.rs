//! Views, and statements that read and write at once.

use pg_crm_tests::{Sql, Uuid};

use super::two_organizations;

#[test]
fn every_view_shows_ones_own_rows_only() {
    let (db, acme, globex) = two_organizations();
    let views: Vec<String> = db.superuser().column(
        "SELECT oid::regclass::text FROM pg_class
         WHERE relkind = 'v' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
            AND has_table_privilege('crm_app', oid, 'SELECT')
         ORDER BY 1",
        &[],
    );
    assert!(
        views.iter().any(|view| view == "crm.contact_summary"),
        "{views:?}"
    );
    for view in views {
        let count = format!("SELECT count(*) FROM {view}");
        let everything = format!("SELECT coalesce(string_agg(v::text, ' '), '') FROM {view} AS v");
        let mut app = db.app();
        assert_eq!(app.one::<i64>(&count, &[]), 0, "{view} without a context");
        let (own, text) = app.in_org_as(&globex, globex.owner, |tx| {
            (
                tx.one::<i64>(&count, &[]),
                tx.one::<String>(&everything, &[]),
            )
        });
        let all: i64 = db.superuser().one(&count, &[]);
        assert!(own < all || all == 0, "{view}: {own} of {all}");
        assert!(!text.contains(&acme.to_string()), "{view}: {text}");
    }
}

/// A view of an application's own has its rights, and a materialized one only the rows of its maker.
#[test]
fn a_view_of_an_applications_own_shows_no_more_than_the_application_sees() {
    let (db, acme, globex) = two_organizations();
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec(
            "CREATE TEMPORARY VIEW v AS SELECT organization_id FROM crm.contacts;
             CREATE TEMPORARY VIEW b WITH (security_barrier) AS SELECT organization_id FROM crm.contacts",
        );
    });
    for view in ["v", "b"] {
        let query = format!("SELECT DISTINCT organization_id FROM {view}");
        assert!(
            app.column::<Uuid>(&query, &[]).is_empty(),
            "{view} without a context"
        );
        app.in_org(&globex, |tx| {
            assert_eq!(tx.column::<Uuid>(&query, &[]), [globex.id])
        });
    }
}

#[test]
fn an_application_cannot_keep_rows_in_a_materialized_view_of_the_models_schemas() {
    let (db, acme, _) = two_organizations();
    for schema in ["crm", "inbox", "tenancy", "analytics"] {
        db.app().in_org(&acme, |tx| {
            tx.fails_with(
                &format!("CREATE MATERIALIZED VIEW {schema}.m AS SELECT * FROM crm.contacts"),
                "42501",
            );
        });
    }
}

/// Statements that return what they touched; {o} is the other organization, {c} its contact.
const RETURNING: &[&str] = &[
    "UPDATE crm.contacts SET title = 'x' RETURNING organization_id",
    "UPDATE crm.contacts SET title = 'x' WHERE id = '{c}' RETURNING organization_id",
    "UPDATE crm.contacts SET title = 'x' WHERE organization_id = '{o}' RETURNING organization_id",
    "DELETE FROM crm.notes RETURNING organization_id",
    "WITH d AS (DELETE FROM crm.notes RETURNING *) SELECT organization_id FROM d",
    "INSERT INTO crm.contacts (id, first_name) VALUES ('{c}', 'x') RETURNING organization_id",
    "INSERT INTO crm.contacts (id, first_name) VALUES ('{c}', 'x') ON CONFLICT DO NOTHING RETURNING organization_id",
    "INSERT INTO crm.contacts (id, first_name) VALUES ('{c}', 'x') ON CONFLICT (id, organization_id) DO UPDATE SET first_name = 'y' RETURNING organization_id",
    "INSERT INTO crm.tags (name) SELECT id || last_name FROM crm.contacts RETURNING organization_id",
    "SELECT organization_id FROM crm.contacts WHERE id = '{c}' FOR UPDATE",
    "SELECT organization_id FROM crm.contacts FOR NO KEY UPDATE",
    "TABLE crm.contact_engagement",
    "SELECT c.organization_id FROM crm.contacts AS c TABLESAMPLE SYSTEM (100)",
    "SELECT organization_id FROM ONLY crm.contacts",
];

const MERGES: &[&str] = &[
    "MERGE INTO crm.contacts AS c USING (VALUES ('{c}'::uuid)) AS v (id) ON c.id = v.id
     WHEN MATCHED THEN UPDATE SET title = 'merged' WHEN NOT MATCHED THEN DO NOTHING",
    "MERGE INTO crm.contacts AS c USING (VALUES ('{c}'::uuid)) AS v (id) ON c.id = v.id
     WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, first_name) VALUES (v.id, 'merged')",
    "MERGE INTO crm.contacts AS c USING (VALUES (1)) AS v ON c.id IS NOT NULL WHEN MATCHED THEN UPDATE SET title = 'merged'",
];

#[test]
fn statements_that_return_rows_return_ones_own() {
    let (db, acme, globex) = two_organizations();
    let contact: Uuid = db.superuser().one(
        "SELECT id FROM crm.contacts WHERE organization_id = $1 LIMIT 1",
        &[&acme.id],
    );
    let fill = |statement: &str| {
        statement
            .replace("{o}", &acme.to_string())
            .replace("{c}", &contact.to_string())
    };
    let state = "SELECT md5(string_agg(c::text, ' ' ORDER BY c.id)) FROM crm.contacts AS c WHERE organization_id = $1";
    let before: String = db.superuser().one(state, &[&acme.id]);
    for statement in RETURNING {
        let statement = fill(statement);
        let mut app = db.app();
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&globex.id, &globex.owner],
        );
        for line in tx.lines(&statement) {
            assert!(!line.contains(&acme.to_string()), "{statement}: {line}");
        }
        // Another transaction: what was inserted above is in the way here.
        drop(tx);
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&globex.id, &globex.owner],
        );
        let plan = tx
            .lines(&format!("EXPLAIN (ANALYZE, VERBOSE) {statement}"))
            .join("\n");
        let named = statement.contains(&acme.to_string());
        assert!(
            named || !plan.contains(&acme.to_string()),
            "{statement}: {plan}"
        );
    }
    for statement in MERGES {
        let mut app = db.app();
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&globex.id, &globex.owner],
        );
        tx.exec(&fill(statement));
        tx.commit().expect("it commits");
    }
    // A MERGE that reads no column of its target is no query of it: PostgreSQL then refuses the rows that
    // may not be changed, instead of passing over them.
    db.app().in_org(&globex, |tx| {
        tx.fails_with(
            "MERGE INTO crm.contacts AS c USING (VALUES (1)) AS v ON true WHEN MATCHED THEN UPDATE SET title = 'merged'",
            "42501",
        );
    });
    let after: String = db.superuser().one(state, &[&acme.id]);
    assert_eq!(before, after, "the other organization's contacts");
}
