//! Whose rows the expression of a policy lets through, as read from its tree.

use pg_crm_tests::{Sql, shared};

/// Expressions for the table below, and what they let through besides the organization's own rows.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("false", "{}"),
    ("NULL", "{}"),
    ("true", "{others}"),
    ("name = 'x'", "{others}"),
    // The organization, in every order and dress.
    ("organization_id = (SELECT tenancy.current_org_id())", "{}"),
    ("organization_id = tenancy.current_org_id()", "{}"),
    ("(SELECT tenancy.current_org_id()) = organization_id", "{}"),
    (
        "organization_id::text = tenancy.current_org_id()::text",
        "{}",
    ),
    ("(organization_id = tenancy.current_org_id()) IS TRUE", "{}"),
    (
        "organization_id IS NOT DISTINCT FROM tenancy.current_org_id()",
        "{}",
    ),
    (
        "(organization_id, name) = (tenancy.current_org_id(), 'x')",
        "{}",
    ),
    (
        "organization_id = current_setting('app.current_org_id')::uuid",
        "{}",
    ),
    (
        "organization_id = nullif((SELECT current_setting('APP.current_org_id', true)), '')::uuid",
        "{}",
    ),
    // What looks like it.
    (
        "organization_id = current_setting('app.current_organization')::uuid",
        "{others}",
    ),
    ("organization_id = mine.current_org_id()", "{others}"),
    ("organization_id <> tenancy.current_org_id()", "{others}"),
    ("id = tenancy.current_org_id()", "{others}"),
    ("organization_id = tenancy.current_user_id()", "{others}"),
    ("organization_id = organization_id", "{others}"),
    ("tenancy.current_org_id() IS NOT NULL", "{others}"),
    ("NOT organization_id = tenancy.current_org_id()", "{others}"),
    (
        "(organization_id = tenancy.current_org_id()) IS NOT FALSE",
        "{others}",
    ),
    (
        "coalesce(organization_id = tenancy.current_org_id(), true)",
        "{others}",
    ),
    (
        "CASE WHEN name IS NULL THEN organization_id = tenancy.current_org_id() ELSE true END",
        "{others}",
    ),
    (
        "organization_id = (SELECT tenancy.current_org_id() UNION ALL SELECT id LIMIT 1)",
        "{others}",
    ),
    (
        "organization_id = (SELECT o.id FROM tenancy.organizations AS o LIMIT 1)",
        "{others}",
    ),
    // And, or.
    (
        "organization_id = tenancy.current_org_id() AND (name = 'x' OR true)",
        "{}",
    ),
    (
        "organization_id = tenancy.current_org_id() OR name = 'x'",
        "{others}",
    ),
    ("organization_id = tenancy.current_org_id() OR false", "{}"),
    (
        "(organization_id = tenancy.current_org_id() AND name = 'x') OR (id = id AND organization_id = tenancy.current_org_id())",
        "{}",
    ),
    // Rows of no organization.
    ("organization_id IS NULL", "{shared}"),
    (
        "organization_id IS NULL OR organization_id = tenancy.current_org_id()",
        "{shared}",
    ),
    (
        "organization_id IS NULL AND (SELECT tenancy.current_org_id()) IS NULL",
        "{}",
    ),
    ("tenancy.current_org_id() IS NULL", "{others}"),
    (
        "organization_id IS NULL AND user_id = tenancy.current_user_id()",
        "{users}",
    ),
    ("name IS NULL", "{others}"),
    // A user's own.
    ("user_id = (SELECT tenancy.current_user_id())", "{users}"),
    (
        "user_id = tenancy.current_user_id() OR organization_id IS NULL",
        "{users,shared}",
    ),
    (
        "user_id = tenancy.current_user_id() AND organization_id = tenancy.current_org_id()",
        "{}",
    ),
    (
        "user_id IS NOT DISTINCT FROM tenancy.current_user_id()",
        "{others}",
    ),
    // By another table: only the organization's key tells whose a row is.
    (
        "organization_id IN (SELECT o.id FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id())",
        "{}",
    ),
    (
        "organization_id IN (SELECT m.organization_id FROM tenancy.organization_members AS m WHERE m.user_id = tenancy.current_user_id())",
        "{users}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organization_members AS m WHERE m.organization_id = t.organization_id AND m.organization_id = tenancy.current_org_id())",
        "{}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organization_members AS m WHERE m.user_id = t.user_id AND m.organization_id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "user_id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = t.organization_id)",
        "{others}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = t.organization_id AND o.id = tenancy.current_org_id() HAVING true)",
        "{others}",
    ),
    (
        "EXISTS (SELECT count(*) FROM tenancy.organizations AS o WHERE o.id = t.organization_id AND o.id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organizations AS o, tenancy.organizations AS p WHERE o.id = t.organization_id AND p.id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "NOT EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = t.organization_id AND o.id = tenancy.current_org_id())",
        "{others}",
    ),
    (
        "organization_id IN (SELECT o.id FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id() OR o.deleted_at IS NULL)",
        "{others}",
    ),
    (
        "organization_id IN (SELECT k.organization_id FROM crm.industries AS k WHERE k.organization_id IS NULL)",
        "{others}",
    ),
];

/// The same for a table whose rows are users'.
const OF_USERS: &[(&str, &str)] = &[
    ("id = tenancy.current_user_id()", "{users}"),
    (
        "id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = (SELECT tenancy.current_org_id()))",
        "{}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organization_members AS m WHERE m.user_id = users.id AND m.organization_id = tenancy.current_org_id())",
        "{}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organization_members AS m WHERE m.user_id = users.id)",
        "{others}",
    ),
    (
        "EXISTS (SELECT FROM tenancy.organization_members AS m WHERE m.role = users.name AND m.organization_id = tenancy.current_org_id())",
        "{others}",
    ),
    ("disabled_at IS NULL", "{others}"),
];

#[test]
fn an_expression_is_read_as_what_it_says() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE public.t (id uuid, organization_id uuid, user_id uuid, name text);
         CREATE SCHEMA mine;
         CREATE FUNCTION mine.current_org_id() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'",
    );
    for (table, expressions) in [("public.t", EXPRESSIONS), ("tenancy.users", OF_USERS)] {
        for (expression, reach) in expressions {
            let mut tx = dba.transaction().expect("a transaction begins");
            tx.exec(&format!(
                "CREATE POLICY p ON {table} USING ({expression}) WITH CHECK ({expression})"
            ));
            for column in ["polqual", "polwithcheck"] {
                let read: String = tx.one(
                    &format!(
                        "SELECT tenancy.policy_reach({column}, polrelid)::text FROM pg_policy WHERE polname = 'p'"
                    ),
                    &[],
                );
                assert_eq!(read, *reach, "{expression}");
            }
        }
    }
}

/// The organization's own rows are right, so a policy that reaches none besides is never reported.
#[test]
fn rows_are_what_the_reading_says() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec("CREATE TABLE public.t (id uuid, organization_id uuid, user_id uuid, name text)");
    dba.exec("GRANT SELECT ON public.t TO crm_app");
    dba.exec("ALTER TABLE public.t ENABLE ROW LEVEL SECURITY");
    for (organization, user) in [
        (Some(acme.id), None),
        (Some(globex.id), Some(acme.owner)),
        (Some(globex.id), Some(globex.owner)),
        (None, None),
    ] {
        dba.exec_with(
            "INSERT INTO public.t VALUES (gen_random_uuid(), $1, $2, 'x')",
            &[&organization, &user],
        );
    }
    for (expression, reach) in EXPRESSIONS {
        // Of another schema's function nothing is to be executed.
        if *reach == "{others}" {
            continue;
        }
        dba.exec(&format!("CREATE POLICY p ON public.t USING ({expression})"));
        let strangers: String = db.app().in_org_as(&acme, acme.owner, |tx| {
            tx.one(
                &format!(
                    "SELECT coalesce(array_agg(DISTINCT whose ORDER BY whose DESC), '{{}}')::text
                       FROM (SELECT CASE WHEN organization_id IS NULL THEN 'shared'
                                         WHEN user_id = '{}' THEN 'users' ELSE 'others' END AS whose
                               FROM public.t WHERE organization_id IS DISTINCT FROM tenancy.current_org_id()) AS t",
                    acme.owner
                ),
                &[],
            )
        });
        for whose in strangers.trim_matches(['{', '}']).split(',') {
            assert!(reach.contains(whose), "{expression}: {whose}, not {reach}");
        }
        dba.exec("DROP POLICY p ON public.t");
    }
}

#[test]
fn no_tree_comes_from_outside() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    for call in [
        "SELECT tenancy.policy_reach('{CONST :x}', 'crm.contacts')",
        "SELECT tenancy.policy_reach('{CONST :x}'::text::pg_node_tree, 'crm.contacts')",
        "CREATE FUNCTION public.tree() RETURNS pg_node_tree LANGUAGE plpgsql AS 'BEGIN RETURN ''{CONST :x}''; END'; SELECT tenancy.policy_reach(public.tree(), 'crm.contacts')",
    ] {
        let error = dba.attempt(call, &[]).expect_err(call);
        let error = error.as_db_error().expect("the server answers");
        assert!(["0A000", "42846"].contains(&error.code().code()), "{error}");
    }
    db.readonly().fails_with(
        "SELECT tenancy.policy_reach(polqual, polrelid) FROM pg_policy",
        "42501",
    );
}

#[test]
fn a_policys_text_names_the_table_that_it_is_for() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE public.t (organization_id uuid, name text);
         CREATE POLICY p ON public.t USING (EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.name = t.name))",
    );
    let statement: String = dba.one(
        "SELECT statement FROM tenancy.policy_definitions('public.t', 'public.\"Odd.one\"')",
        &[],
    );
    assert_eq!(
        statement,
        "CREATE POLICY p ON public.\"Odd.one\" AS PERMISSIVE FOR ALL TO PUBLIC USING ((EXISTS (SELECT FROM tenancy.organizations o WHERE ((o.name)::text = \"Odd.one\".name))))"
    );
}
