//! Views, functions and settings by which rows get out.

use super::Defect;

pub const VIEWS: &[Defect] = &[
    Defect {
        name: "a view",
        seed: "CREATE VIEW crm.everybody AS SELECT * FROM crm.contacts",
        found: &[(
            "critical",
            "view crm.everybody",
            "reads crm.contacts with the rights of its owner",
        )],
    },
    Defect {
        name: "a view of views",
        seed: "CREATE VIEW shop.a WITH (security_invoker) AS SELECT * FROM shop.names;
             CREATE VIEW shop.b AS SELECT * FROM shop.customers;
             CREATE VIEW shop.c WITH (security_invoker = off) AS SELECT b.* FROM shop.b, shop.a;
             GRANT SELECT ON shop.c TO crm_app",
        found: &[
            (
                "low",
                "view shop.b",
                "reads shop.customers with the rights of its owner",
            ),
            (
                "critical",
                "view shop.c",
                "reads shop.customers with the rights of its owner",
            ),
        ],
    },
    Defect {
        name: "a materialized view",
        seed: "CREATE MATERIALIZED VIEW crm.totals AS SELECT organization_id, count(*) FROM crm.contacts GROUP BY 1",
        found: &[(
            "critical",
            "materialized view crm.totals",
            "holds rows of crm.contacts, and crm_admin, crm_app, crm_readonly may read it",
        )],
    },
    Defect {
        name: "a materialized view for nobody",
        seed: "CREATE MATERIALIZED VIEW shop.totals AS SELECT * FROM shop.names",
        found: &[(
            "low",
            "materialized view shop.totals",
            "holds rows of shop.customers",
        )],
    },
];

pub const FUNCTIONS: &[Defect] = &[
    Defect {
        name: "no search_path",
        seed: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
             REVOKE ALL ON FUNCTION public.f() FROM PUBLIC",
        found: &[("high", "function public.f()", "SECURITY DEFINER without a fixed search_path")],
    },
    Defect {
        name: "a search_path of the user",
        seed: r#"CREATE PROCEDURE public.f(a integer) LANGUAGE sql SECURITY DEFINER SET search_path = "$user", pg_temp AS '';
             REVOKE ALL ON PROCEDURE public.f FROM PUBLIC"#,
        found: &[("high", "function public.f(integer)", "SECURITY DEFINER without a fixed search_path")],
    },
    Defect {
        name: "temporary tables first",
        seed: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, pg_catalog, public AS '';
             REVOKE ALL ON FUNCTION public.f() FROM PUBLIC",
        found: &[("medium", "function public.f()", "SECURITY DEFINER with a search_path that does not end in pg_temp")],
    },
    Defect {
        name: "an empty search_path",
        seed: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS '';
             REVOKE ALL ON FUNCTION public.f() FROM PUBLIC",
        found: &[("low", "function public.f()", "SECURITY DEFINER with a search_path that does not end in pg_temp")],
    },
    Defect {
        name: "a schema of the application",
        seed: "GRANT CREATE ON SCHEMA shop TO crm_app;
             CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, shop, pg_temp AS '';
             REVOKE ALL ON FUNCTION public.f() FROM PUBLIC",
        found: &[("high", "function public.f()", "SECURITY DEFINER with schema shop in its search_path, where crm_app may put functions")],
    },
    Defect {
        name: "PUBLIC",
        seed: "GRANT EXECUTE ON FUNCTION tenancy.export_organization(uuid) TO PUBLIC",
        found: &[("high", "function tenancy.export_organization(uuid)", "SECURITY DEFINER, and executable by PUBLIC")],
    },
    Defect {
        name: "leakproof",
        seed: "CREATE FUNCTION public.f(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'",
        found: &[("medium", "function public.f(text)", "LEAKPROOF")],
    },
];

pub const SETTINGS: &[Defect] = &[
    Defect {
        name: "a database's organization",
        seed: "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.current_org_id = ''0190a0a0-0000-7000-8000-000000000001''', current_database()); END $$",
        found: &[("high", "database {db}", "sets app.current_org_id")],
    },
    Defect {
        name: "a role's user",
        seed: "DO $$ BEGIN EXECUTE format('ALTER ROLE crm_app IN DATABASE %I SET app.current_user_id = ''0190a0a0-0000-7000-8000-000000000001''', current_database()); END $$",
        found: &[(
            "high",
            "role crm_app in database {db}",
            "sets app.current_user_id",
        )],
    },
    Defect {
        name: "a function's organization",
        seed: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SET app.current_org_id = '0190a0a0-0000-7000-8000-000000000001' AS ''",
        found: &[("high", "function public.f()", "sets app.current_org_id")],
    },
];
