//! Roles of the application that get round the policies, and settings of a whole cluster.

use super::Defect;

pub const ROLES: &[Defect] = &[
    Defect {
        name: "superuser",
        seed: "CREATE ROLE r SUPERUSER IN ROLE crm_admin",
        found: &[(
            "critical",
            "role r",
            "is a superuser, and a role of the application",
        )],
    },
    Defect {
        name: "bypassrls",
        seed: "CREATE ROLE r BYPASSRLS IN ROLE crm_readonly",
        found: &[(
            "critical",
            "role r",
            "has BYPASSRLS, and is a role of the application",
        )],
    },
    Defect {
        name: "group bypassrls",
        seed: "ALTER ROLE crm_readonly BYPASSRLS",
        found: &[(
            "critical",
            "role crm_readonly",
            "has BYPASSRLS, and is a role of the application",
        )],
    },
    Defect {
        name: "replication of a member of a member",
        seed: r#"CREATE ROLE "Odd one" IN ROLE crm_app; CREATE ROLE r REPLICATION IN ROLE "Odd one""#,
        found: &[(
            "high",
            "role r",
            "has REPLICATION, and is a role of the application",
        )],
    },
    Defect {
        name: "createrole",
        seed: "CREATE ROLE r CREATEROLE IN ROLE crm_app",
        found: &[(
            "high",
            "role r",
            "has CREATEROLE, and is a role of the application",
        )],
    },
    Defect {
        name: "files",
        seed: "GRANT pg_read_server_files TO crm_admin",
        found: &[(
            "high",
            "role crm_admin",
            "is a role of the application and a member of pg_read_server_files, which reaches the server's files",
        )],
    },
    Defect {
        name: "program through",
        seed: "CREATE ROLE r IN ROLE crm_app;
             CREATE ROLE s IN ROLE pg_execute_server_program;
             GRANT s TO r",
        found: &[(
            "high",
            "role r",
            "is a role of the application and a member of s, which reaches the server's files",
        )],
    },
    Defect {
        name: "all data",
        seed: "CREATE ROLE r IN ROLE crm_app, pg_read_all_data",
        found: &[(
            "high",
            "role r",
            "is a role of the application and a member of pg_read_all_data, which reaches all tables",
        )],
    },
    Defect {
        name: "becomes superuser",
        seed: "CREATE ROLE r IN ROLE crm_app; GRANT postgres TO r",
        found: &[(
            "critical",
            "role r",
            "is a role of the application and a member of postgres, a superuser",
        )],
    },
    Defect {
        name: "owner",
        seed: "CREATE ROLE s; ALTER TABLE shop.customers OWNER TO s; CREATE ROLE r IN ROLE crm_app, s",
        found: &[(
            "high",
            "role r",
            "is a role of the application and a member of s, an owner of tables with rows of organizations",
        )],
    },
    Defect {
        name: "grants through",
        seed: "CREATE ROLE s; CREATE ROLE r IN ROLE crm_app, s; GRANT TRUNCATE ON shop.customers TO s",
        found: &[(
            "critical",
            "table shop.customers",
            "TRUNCATE is granted to s",
        )],
    },
    Defect {
        name: "policy through",
        seed: "CREATE ROLE s;
             CREATE ROLE r IN ROLE crm_app, s;
             CREATE POLICY p ON shop.customers FOR SELECT TO s USING (true)",
        found: &[(
            "critical",
            "policy p on table shop.customers",
            "permissive, and lets other organizations' rows be read",
        )],
    },
    Defect {
        name: "parameter",
        seed: "GRANT SET, ALTER SYSTEM ON PARAMETER session_replication_role TO crm_app",
        found: &[(
            "high",
            "setting session_replication_role",
            "crm_app may set it",
        )],
    },
    Defect {
        name: "parameter of ours",
        seed: "GRANT SET ON PARAMETER pg_crm.install TO PUBLIC",
        found: &[("high", "setting pg_crm.install", "PUBLIC may set it")],
    },
    Defect {
        name: "all roles",
        seed: "ALTER ROLE ALL SET app.current_org_id = '0190a0a0-0000-7000-8000-000000000001'",
        found: &[("high", "all databases", "sets app.current_org_id")],
    },
    Defect {
        name: "a role anywhere",
        seed: "CREATE ROLE r;
             ALTER ROLE r SET app.current_org_id = '0190a0a0-0000-7000-8000-000000000001'",
        found: &[("high", "role r", "sets app.current_org_id")],
    },
];
