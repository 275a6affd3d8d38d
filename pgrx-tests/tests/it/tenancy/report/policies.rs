//! Policies that let rows through.

use super::Defect;

pub const POLICIES: &[Defect] = &[
    Defect {
        name: "everybody",
        seed: "CREATE POLICY p ON shop.customers USING (true)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read and written",
        )],
    },
    Defect {
        name: "or something else",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (organization_id = (SELECT tenancy.current_org_id()) OR is_public)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "to one role",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT TO crm_readonly USING (is_public)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "written",
        seed: "CREATE POLICY p ON shop.customers FOR INSERT WITH CHECK (email IS NOT NULL)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be written",
        )],
    },
    Defect {
        name: "moved",
        seed: "CREATE POLICY p ON shop.customers FOR UPDATE USING (organization_id = tenancy.current_org_id()) WITH CHECK (true)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be written",
        )],
    },
    Defect {
        name: "not the current",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (NOT organization_id = tenancy.current_org_id())",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "some organization",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (organization_id = owner_id)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "without a context",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (tenancy.current_org_id() IS NULL)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "a zero organization",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (organization_id = coalesce(tenancy.current_org_id(), '00000000-0000-0000-0000-000000000000'))",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "by a colleague",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (owner_id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = tenancy.current_org_id()))",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "any organization that exists",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id()))",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "an aggregate",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (organization_id = (SELECT tenancy.current_org_id()) OR EXISTS (SELECT count(*) FROM tenancy.organizations AS o WHERE o.id = shop.customers.organization_id AND o.id = tenancy.current_org_id()))",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "a partitioned table",
        seed: "CREATE POLICY p ON shop.visits FOR SELECT USING (at > '2000-01-01');
             CREATE POLICY p ON shop.visits_2020 FOR SELECT USING (at > '2000-01-01')",
        found: &[(
            "critical",
            "policy p on table shop.visits",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "users",
        seed: "CREATE POLICY p ON tenancy.users FOR SELECT USING (disabled_at IS NULL)",
        found: &[(
            "critical",
            "policy p on table tenancy.users",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "one's own rows",
        seed: "CREATE POLICY p ON shop.customers USING (owner_id = (SELECT tenancy.current_user_id()))",
        found: &[(
            "medium",
            "policy p on table shop.customers",
            "lets a user's own rows of other organizations through",
        )],
    },
    Defect {
        name: "all of one's organizations",
        seed: "CREATE POLICY p ON shop.customers FOR SELECT USING (organization_id IN (SELECT m.organization_id FROM tenancy.organization_members AS m WHERE m.user_id = tenancy.current_user_id()))",
        found: &[(
            "medium",
            "policy p on table shop.customers",
            "lets a user's own rows of other organizations through",
        )],
    },
    Defect {
        name: "shared rows written",
        seed: "CREATE POLICY p ON crm.industries USING (organization_id IS NULL OR organization_id = tenancy.current_org_id())",
        found: &[(
            "high",
            "policy p on table crm.industries",
            "lets rows be written that all organizations share",
        )],
    },
    Defect {
        name: "shared rows deleted",
        seed: "CREATE POLICY p ON crm.industries FOR DELETE USING (organization_id IS NULL)",
        found: &[(
            "high",
            "policy p on table crm.industries",
            "lets rows be written that all organizations share",
        )],
    },
    Defect {
        name: "the setting",
        seed: "ALTER POLICY org_isolation ON shop.customers USING (organization_id = current_setting('app.current_org_id')::uuid) WITH CHECK (organization_id = nullif(current_setting('app.current_org_id', true), '')::uuid)",
        found: &[(
            "medium",
            "policy org_isolation on table shop.customers",
            "reads the setting itself",
        )],
    },
    Defect {
        name: "the setting as text",
        seed: "ALTER POLICY org_isolation ON shop.customers USING (organization_id::text = (SELECT current_setting('app.Current_Org_Id', true)))",
        found: &[(
            "medium",
            "policy org_isolation on table shop.customers",
            "reads the setting itself",
        )],
    },
];
