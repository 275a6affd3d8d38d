//! What cannot be isolated, and by whom.

use pg_crm_tests::{Sql, shared};

#[test]
fn only_tables_can_be_isolated() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE public.items (organization_id uuid PRIMARY KEY, number serial);
         CREATE VIEW public.a_view AS SELECT * FROM public.items;
         CREATE MATERIALIZED VIEW public.a_copy AS SELECT * FROM public.items;
         CREATE TYPE public.a_type AS (organization_id uuid);
         CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE FOREIGN TABLE public.remote (organization_id uuid) SERVER s;
         CREATE TABLE public.without (id uuid);
         CREATE TABLE public.numbered (organization_id integer);
         CREATE TABLE public.texts (organization_id text)",
    );
    for (target, sqlstate, message, hint) in [
        (
            "'public.a_view'",
            "42809",
            "\"a_view\" is not a table",
            "ALTER VIEW public.a_view SET (security_invoker = true)",
        ),
        (
            "'public.a_copy'",
            "42809",
            "\"a_copy\" is not a table",
            "filters by tenancy.current_org_id()",
        ),
        (
            "'public.remote'",
            "42809",
            "\"remote\" is not a table",
            "filters by tenancy.current_org_id()",
        ),
        (
            "'public.a_type'",
            "42809",
            "\"a_type\" is not a table",
            "Name an ordinary or a partitioned table",
        ),
        (
            "'public.items_pkey'",
            "42809",
            "\"items_pkey\" is not a table",
            "Name an ordinary",
        ),
        (
            "'public.items_number_seq'",
            "42809",
            "\"items_number_seq\" is not a table",
            "Name an ordinary",
        ),
        (
            "'pg_catalog.pg_class'",
            "42501",
            "permission denied: \"pg_class\" is a system catalog",
            "",
        ),
        (
            "'public.without'",
            "42703",
            "column \"organization_id\" of relation \"without\" does not exist",
            "ALTER TABLE public.without ADD COLUMN organization_id uuid",
        ),
        (
            "'public.numbered'",
            "42804",
            "column \"organization_id\" of relation \"numbered\" is of type integer, not uuid",
            "",
        ),
        (
            "'public.texts'",
            "42804",
            "column \"organization_id\" of relation \"texts\" is of type text, not uuid",
            "",
        ),
        ("NULL", "22004", "target must not be null", ""),
        (
            "1::oid::regclass",
            "42P01",
            "relation with OID 1 does not exist",
            "",
        ),
    ] {
        let error = dba.fails_with(
            &format!("SELECT tenancy.enable_org_isolation({target})"),
            sqlstate,
        );
        assert_eq!(error.message(), message);
        assert!(
            error.hint().unwrap_or("").contains(hint),
            "{target}: {error:?}"
        );
        if ["42809", "22004", "42P01"].contains(&sqlstate) {
            dba.fails_with(
                &format!("SELECT tenancy.disable_org_isolation({target})"),
                sqlstate,
            );
        }
    }
}

#[test]
fn nobody_but_its_owner_isolates_a_table_or_opens_it() {
    let db = shared().fresh_db();
    db.superuser().exec(
        "CREATE TABLE public.items (organization_id uuid);
         GRANT ALL ON public.items TO PUBLIC",
    );
    for table in ["public.items", "crm.contacts"] {
        for mut session in [db.app(), db.admin()] {
            for function in ["enable_org_isolation", "disable_org_isolation"] {
                let error =
                    session.fails_with(&format!("SELECT tenancy.{function}('{table}')"), "42501");
                let name = table.split('.').next_back().expect("a name");
                assert_eq!(error.message(), format!("must be owner of table {name}"));
            }
        }
        for function in ["enable_org_isolation", "disable_org_isolation"] {
            let error = db
                .readonly()
                .fails_with(&format!("SELECT tenancy.{function}('{table}')"), "42501");
            assert!(error.message().contains(function), "{error}");
        }
    }
}
