//! Side channels: leaky functions, errors, plans, statistics; and notes that are one member's.

use pg_crm_tests::{Org, Sql, Uuid, tool};

use super::two_organizations;

/// Cheap enough that the planner would ask it before any condition that it may put off.
const LEAKY: &str = "
    CREATE FUNCTION pg_temp.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
    AS $$BEGIN RAISE NOTICE 'leaked: %', value; RETURN true; END$$;";

const LEAKING: &[&str] = &[
    "SELECT count(*) FROM crm.contacts WHERE pg_temp.leak(last_name)",
    "SELECT count(*) FROM crm.contacts WHERE pg_temp.leak(last_name) AND organization_id IS NOT NULL",
    "SELECT count(*) FROM crm.contacts WHERE pg_temp.leak(last_name) OR organization_id = tenancy.current_org_id()",
    "SELECT count(*) FROM crm.tags AS t JOIN crm.contact_tags AS c ON c.tag_id = t.id WHERE pg_temp.leak(t.name)",
    "SELECT count(*) FROM analytics.events WHERE pg_temp.leak(properties ->> 'title')",
    "SELECT count(*) FROM crm.industries WHERE pg_temp.leak(name)",
    "SELECT count(*) FROM crm.contacts GROUP BY last_name HAVING pg_temp.leak(last_name)",
    "SELECT last_name FROM crm.contacts ORDER BY pg_temp.leak(last_name)",
    "EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT * FROM crm.contacts WHERE pg_temp.leak(last_name)",
    "UPDATE crm.deals SET name = name WHERE pg_temp.leak(name)",
    "DELETE FROM crm.notes WHERE NOT pg_temp.leak(content)",
    "COPY (SELECT * FROM inbox.messages WHERE pg_temp.leak(content)) TO STDOUT",
    "MERGE INTO crm.tags AS t USING (VALUES (1)) AS v ON pg_temp.leak(t.name) WHEN MATCHED THEN DO NOTHING",
];

#[test]
fn a_leaky_function_is_shown_ones_own_rows_only() {
    let (db, acme, globex) = two_organizations();
    for query in LEAKING {
        let script = format!(
            "{LEAKY} BEGIN; SELECT tenancy.set_context('{globex}', '{}'); {query}; ROLLBACK;",
            globex.owner
        );
        let output = tool(
            &db,
            "psql",
            &["-X", "-v", "ON_ERROR_STOP=1", "-U", "app_user"],
            script,
        );
        let notices = output.stderr.clone();
        let printed = output.ok() + &notices;
        assert!(
            notices.contains(&format!("leaked: Secret {globex}")),
            "{query}: the function is not even shown one's own rows:\n{printed}"
        );
        assert!(
            !printed.contains(&acme.to_string()),
            "{query} prints another's row:\n{printed}"
        );
    }
}

#[test]
fn an_error_about_a_value_is_about_ones_own() {
    let (db, acme, globex) = two_organizations();
    for query in [
        "SELECT FROM crm.contacts WHERE last_name::integer = 1",
        "SELECT last_name::integer FROM crm.contacts",
        "SELECT FROM crm.contacts ORDER BY last_name::integer",
        "SELECT FROM crm.deals WHERE name::date > now()",
    ] {
        db.app().in_org(&globex, |tx| {
            let error = tx.attempt(query, &[]).expect_err("the cast fails");
            let message = format!("{error:?}");
            assert!(message.contains(&globex.to_string()), "{query}: {message}");
            assert!(!message.contains(&acme.to_string()), "{query}: {message}");
        });
        db.app().exec(query);
    }
}

#[test]
fn a_unique_violation_is_about_ones_own() {
    let (db, _, globex) = two_organizations();
    let mut superuser = db.superuser();
    superuser.exec(&format!(
        "UPDATE crm.contacts SET external_id = 'c-1' WHERE organization_id <> '{globex}';
         UPDATE commerce.orders SET display_id = 1000 WHERE organization_id <> '{globex}';
         UPDATE crm.companies SET domain = 'acme.example' WHERE organization_id <> '{globex}' AND parent_id IS NOT NULL"
    ));
    db.app().in_org(&globex, |tx| {
        tx.exec("INSERT INTO crm.contacts (external_id) VALUES ('c-1')");
        tx.exec("INSERT INTO commerce.orders (display_id) VALUES (1000)");
        tx.exec("INSERT INTO crm.companies (name, domain) VALUES ('Acme', 'acme.example')");
    });
}

#[test]
fn statistics_of_values_are_hidden() {
    let (db, _, globex) = two_organizations();
    db.superuser()
        .exec("ANALYZE crm.contacts, analytics.events");
    let seen = "SELECT count(*) FROM pg_stats WHERE schemaname IN ('crm', 'analytics')";
    assert!(db.superuser().one::<i64>(seen, &[]) > 0);
    db.app().in_org(&globex, |tx| {
        assert_eq!(tx.one::<i64>(seen, &[]), 0);
    });
}

#[test]
fn users_see_themselves_and_their_fellow_members() {
    let (db, acme, globex) = two_organizations();
    let emails = "SELECT email FROM tenancy.users ORDER BY email";
    let mut app = db.app();
    assert_eq!(app.lines(emails), [] as [&str; 0]);
    let seen = app.in_org(&globex, |tx| tx.lines(emails));
    assert_eq!(
        seen,
        [
            format!("colleague@{globex}.example"),
            "owner@globex.example".to_owned()
        ]
    );
    let seen = app.in_org(&acme, |tx| tx.lines(emails));
    assert_eq!(
        seen,
        [
            format!("colleague@{acme}.example"),
            "owner@acme.example".to_owned()
        ]
    );
}

#[test]
fn credentials_are_their_users_own() {
    let (db, acme, _) = two_organizations();
    let colleague = colleague(&db, &acme);
    for table in [
        "user_credentials",
        "sessions",
        "refresh_tokens",
        "verification_codes",
        "password_resets",
    ] {
        let count = format!("SELECT count(*) FROM tenancy.{table}");
        let mut app = db.app();
        let own: i64 = app.in_org_as(&acme, acme.owner, |tx| tx.one(&count, &[]));
        assert!(own > 0, "{table}: the owner's");
        let others: i64 = app.in_org_as(&acme, colleague, |tx| tx.one(&count, &[]));
        assert_eq!(others, 0, "{table}: a colleague's");
        let nobodys: i64 = app.in_org(&acme, |tx| tx.one(&count, &[]));
        assert_eq!(nobodys, 0, "{table}: nobody's");
    }
}

#[test]
fn organizations_and_users_cannot_be_deleted_by_an_application() {
    let (db, acme, _) = two_organizations();
    for mut session in [db.app(), db.admin()] {
        session.in_org_as(&acme, acme.owner, |tx| {
            assert_eq!(tx.exec_with("DELETE FROM tenancy.organizations", &[]), 0);
            assert_eq!(tx.exec_with("DELETE FROM tenancy.users", &[]), 0);
        });
    }
}

#[track_caller]
fn colleague(db: &pg_crm_tests::Db, org: &Org) -> Uuid {
    db.superuser().one(
        "SELECT user_id FROM tenancy.organization_members WHERE organization_id = $1 AND user_id <> $2",
        &[&org.id, &org.owner],
    )
}
