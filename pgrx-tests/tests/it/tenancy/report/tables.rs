//! Tables whose row-level security, parents, owners or rules let rows through.

use super::Defect;

pub const TABLES: &[Defect] = &[
    Defect {
        name: "off",
        seed: "ALTER TABLE shop.customers DISABLE ROW LEVEL SECURITY",
        found: &[(
            "critical",
            "table shop.customers",
            "row-level security is off",
        )],
    },
    Defect {
        name: "off, of the model",
        seed: "ALTER TABLE crm.contacts DISABLE ROW LEVEL SECURITY",
        found: &[(
            "critical",
            "table crm.contacts",
            "row-level security is off",
        )],
    },
    Defect {
        name: "off, without an organization",
        seed: "ALTER TABLE tenancy.users DISABLE ROW LEVEL SECURITY",
        found: &[(
            "critical",
            "table tenancy.users",
            "row-level security is off",
        )],
    },
    Defect {
        name: "a new table",
        seed: "CREATE TABLE public.things (id integer, organization_id uuid)",
        found: &[(
            "critical",
            "table public.things",
            "row-level security is off",
        )],
    },
    Defect {
        name: "policies that bind nobody",
        seed: "CREATE TABLE public.things (id integer); CREATE POLICY p ON public.things USING (id > 0)",
        found: &[(
            "high",
            "table public.things",
            "row-level security is off, and there are policies",
        )],
    },
    Defect {
        name: "not forced",
        seed: "ALTER TABLE crm.deals NO FORCE ROW LEVEL SECURITY",
        found: &[(
            "high",
            "table crm.deals",
            "row-level security is not forced",
        )],
    },
    Defect {
        name: "no policy",
        seed: "DROP POLICY org_isolation ON crm.tags",
        found: &[(
            "low",
            "table crm.tags",
            "row-level security is on, and there is no permissive policy",
        )],
    },
    Defect {
        name: "a partition that is off",
        seed: "ALTER TABLE shop.visits_2020 DISABLE ROW LEVEL SECURITY",
        found: &[(
            "high",
            "partition shop.visits_2020",
            "not secured as its parent is",
        )],
    },
    Defect {
        name: "a partition without policies",
        seed: "DROP POLICY org_isolation ON analytics.events_default",
        found: &[(
            "high",
            "partition analytics.events_default",
            "not secured as its parent is",
        )],
    },
    Defect {
        name: "a policy that partitions lack",
        seed: "CREATE POLICY more ON shop.visits AS RESTRICTIVE USING (at > '2000-01-01')",
        found: &[(
            "high",
            "partition shop.visits_2020",
            "not secured as its parent is",
        )],
    },
    Defect {
        name: "a child that is not forced",
        seed: "ALTER TABLE shop.archive NO FORCE ROW LEVEL SECURITY",
        found: &[("high", "table shop.archive", "not secured as its parent is")],
    },
    Defect {
        name: "an open parent",
        seed: "CREATE TABLE public.base (email text); ALTER TABLE shop.customers INHERIT public.base",
        found: &[(
            "critical",
            "table shop.customers",
            "can be read through table public.base, whose row-level security is off",
        )],
    },
    Defect {
        name: "an owner among the application",
        seed: "ALTER TABLE shop.customers OWNER TO crm_app",
        found: &[(
            "high",
            "table shop.customers",
            "belongs to crm_app, a role of the application",
        )],
    },
    Defect {
        name: "a foreign table",
        seed: "CREATE FOREIGN DATA WRAPPER w;
             CREATE SERVER s FOREIGN DATA WRAPPER w;
             CREATE FOREIGN TABLE shop.remote (organization_id uuid) SERVER s;
             GRANT SELECT ON shop.remote TO crm_app",
        found: &[(
            "critical",
            "foreign table shop.remote",
            "no row-level security binds it, and crm_app has privileges on it",
        )],
    },
    Defect {
        name: "a rule",
        seed: "CREATE RULE r AS ON INSERT TO shop.customers DO ALSO NOTHING",
        found: &[(
            "high",
            "rule r on table shop.customers",
            "a rule rewrites statements on it",
        )],
    },
];
