//! What a caller's own operators and functions can do to ours: nothing.

use pg_crm_tests::{Client, Org, Sql, Uuid, shared};

/// Shadows every operator and function of pg_catalog that takes and returns ordinary types by one
/// that raises an error, and the tables' names by empty tables.
const HOSTILE: &str = r#"
DO $do$
DECLARE
    usual CONSTANT regtype[] = '{uuid,text,varchar,name,bool,int2,int4,int8,float8,numeric,oid,regclass,timestamptz,date,interval,jsonb,bytea,text[]}';
    item record;
BEGIN
    FOR item IN
        SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS result
        FROM pg_operator AS o
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0
            AND o.oprleft = ANY (usual) AND o.oprright = ANY (usual) AND o.oprresult = ANY (usual)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION hostile.%I(%s, %s) RETURNS %s LANGUAGE plpgsql
                        AS ''BEGIN RAISE EXCEPTION ''''hijacked operator''''; END''',
                       'trap_' || item.result, item.l, item.r, item.result);
        EXECUTE format('CREATE OPERATOR hostile.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = hostile.%I)',
                       item.oprname, item.l, item.r, 'trap_' || item.result);
    END LOOP;
    FOR item IN
        SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset
            AND p.provariadic = 0 AND p.proallargtypes IS NULL
            AND p.proargtypes::oid[] <@ usual::oid[] AND p.prorettype = ANY (usual)
    LOOP
        EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql
                        AS ''BEGIN RAISE EXCEPTION ''''hijacked function''''; END''',
                       item.proname, item.arguments, item.result);
    END LOOP;
END
$do$;
CREATE TABLE hostile.organizations (id uuid);
CREATE TABLE hostile.contacts (id uuid);
CREATE TEMPORARY TABLE organizations (id uuid);
CREATE TEMPORARY TABLE organization_members (id uuid);
CREATE TEMPORARY TABLE contacts (id uuid);
"#;

const CONTACT: &str = "0190c0c0-0000-7000-8000-000000000001";
const TAG: &str = "0190c0c0-0000-7000-8000-000000000002";
const DEAL: &str = "0190c0c0-0000-7000-8000-000000000003";
const INDUSTRY: &str = "0190c0c0-0000-7000-8000-000000000004";

/// An ordinary day's work that touches every trigger and every kind of function. No operator and no
/// unqualified function of its own: those would be the caller's, as they should.
fn work() -> Vec<String> {
    let contact = CONTACT;
    [
        "SELECT tenancy.current_org_id() IS NULL, tenancy.current_user_id() IS NULL".to_owned(),
        format!("INSERT INTO crm.industries (id, organization_id, code, name) VALUES ('{INDUSTRY}', tenancy.current_org_id(), 'own', 'Own')"),
        format!("INSERT INTO crm.companies (name, industry_id) VALUES ('Initech', '{INDUSTRY}')"),
        format!("INSERT INTO crm.contacts (id, first_name, email, phone, phone_region) VALUES ('{contact}', 'Ann', 'Ann@Example.COM', '030 12345678', 'DE')"),
        format!("INSERT INTO crm.tags (id, name) VALUES ('{TAG}', 'Customer')"),
        format!("INSERT INTO crm.contact_tags (contact_id, tag_id) VALUES ('{contact}', '{TAG}')"),
        format!("INSERT INTO inbox.messages (contact_id, channel, direction, status) VALUES ('{contact}', 'sms', 'inbound', 'received')"),
        format!("INSERT INTO inbox.calls (contact_id, direction) VALUES ('{contact}', 'outbound')"),
        format!("INSERT INTO inbox.emails (contact_id, direction, sent_at, opened_at) VALUES ('{contact}', 'outbound', '2020-01-01', '2020-01-02')"),
        format!("INSERT INTO commerce.orders (contact_id, total_amount, placed_at) VALUES ('{contact}', 10, '2020-01-01')"),
        format!("INSERT INTO crm.deals (id, contact_id, name) VALUES ('{DEAL}', '{contact}', 'Deal')"),
        "UPDATE crm.deals SET status = 'won'".to_owned(),
        format!("INSERT INTO crm.activities (contact_id, kind, status) VALUES ('{contact}', 'call', 'completed')"),
        "UPDATE crm.contacts SET title = 'Buyer'".to_owned(),
        "INSERT INTO analytics.events (name) VALUES ('page_viewed')".to_owned(),
        format!("SELECT crm.get_contact_tags('{contact}')"),
        format!("SELECT crm.calculate_contact_score('{contact}')"),
        format!("SELECT crm.calculate_contact_score('{contact}', '2020-01-03')"),
        format!("SELECT component, signal, raw, points FROM crm.explain_contact_score('{contact}', '2020-01-03')"),
        format!("SELECT crm.contact_engagement_at('{contact}', '2020-01-03')"),
        "SELECT contact_id, score FROM crm.hottest_contacts(10)".to_owned(),
        "SELECT email_norm, phone_e164, display_name, search_vector FROM crm.contacts".to_owned(),
        "SELECT crm.normalize_email('A@B.example'), crm.is_valid_email('x'), crm.is_possible_phone('+493012345678')".to_owned(),
        "SELECT closed_at IS NOT NULL FROM crm.deals".to_owned(),
        "SELECT contact_id, sums[2] FROM crm.contact_engagement".to_owned(),
    ]
    .to_vec()
}

#[track_caller]
fn answers(mut app: Client, org: &Org) -> Vec<(String, Vec<String>)> {
    let mut transcript = Vec::new();
    app.exec(&format!(
        "BEGIN; SELECT tenancy.set_context('{org}', '{}')",
        org.owner
    ));
    for statement in work() {
        let lines = app.lines(&statement);
        transcript.push((statement, lines));
    }
    app.exec("ROLLBACK");
    transcript
}

#[test]
fn operators_and_functions_of_the_caller_change_nothing() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let expected = answers(db.app(), &acme);

    db.superuser()
        .exec("CREATE SCHEMA hostile AUTHORIZATION app_user");
    let mut app = db.app();
    app.exec(HOSTILE);
    app.exec("SET search_path = pg_temp, hostile, pg_catalog");
    app.fails_with("SELECT 1 WHERE 1 = 1", "P0001");
    app.fails_with("SELECT lower('A'::text)", "P0001");
    assert_eq!(answers(app, &acme), expected);
}

#[test]
fn set_context_verifies_with_the_right_tables_and_operators() {
    let db = shared().fresh_db();
    let (acme, deleted) = (db.org("Acme"), db.org("Deleted"));
    let stranger = db.org("Globex").owner;
    db.superuser().exec(&format!(
        "CREATE SCHEMA hostile AUTHORIZATION app_user;
         UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{deleted}'"
    ));
    let mut app = db.app();
    // One operator that says yes to everything, and a table that holds what the caller likes.
    app.exec(&format!(
        "CREATE FUNCTION hostile.yes(uuid, uuid) RETURNS boolean LANGUAGE sql RETURN true;
         CREATE FUNCTION hostile.yes(text, text) RETURNS boolean LANGUAGE sql RETURN true;
         CREATE OPERATOR hostile.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = hostile.yes);
         CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.yes);
         CREATE TEMPORARY TABLE organizations AS SELECT '{deleted}'::uuid AS id, NULL::timestamptz AS deleted_at;
         SET search_path = pg_temp, hostile, pg_catalog"
    ));
    app.exec(&format!("BEGIN; SELECT tenancy.set_context('{acme}')"));
    let seen: Vec<Uuid> = app.column("SELECT id FROM tenancy.organizations", &[]);
    assert_eq!(
        seen,
        [acme.id],
        "the policy uses the operator that it was made with"
    );
    app.exec("COMMIT");
    for refused in [
        format!("SELECT tenancy.set_context('{deleted}')"),
        format!("SELECT tenancy.set_context('{acme}', '{stranger}')"),
        format!("SELECT tenancy.set_context('{}')", Uuid::nil()),
    ] {
        app.fails_with(&refused, "42501");
    }
}

#[test]
fn every_security_definer_function_has_a_fixed_search_path_and_is_closed_to_public() {
    let db = shared().fresh_db();
    let functions = "
        SELECT p.oid::regprocedure::text,
            (SELECT coalesce(string_agg(s, ';'), '') FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%'),
            has_function_privilege('public', p.oid, 'EXECUTE')
        FROM pg_proc AS p
        WHERE p.prosecdef
            AND (p.pronamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
                OR EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
                    WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass
                        AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'pg_crm'))
        ORDER BY 1";
    let found = db.superuser().lines(functions);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("tenancy.set_context(")),
        "{found:?}"
    );
    let wrong: Vec<_> = found
        .iter()
        .filter(|line| !line.ends_with("|search_path=pg_catalog, pg_temp|f"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
