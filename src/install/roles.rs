//! What the group roles may do. Grants are the database's (a dump carries them, a DBA changes
//! them), so they are given once: to the tables and schemas that this run made.

use super::{Installer, access, model};

/// Grants schemas, tables, and what will be made in the schemas later.
pub fn grant(installer: &mut Installer<'_, '_>) {
    if !installer.report.existing {
        for schema in model::SCHEMAS {
            schema_defaults(installer, schema.name);
        }
    }
    for view in model::views() {
        if installer.made.contains(view) {
            // What is seen of the server itself is for who looks after it.
            let readers = match view.schema.as_str() {
                "maint" => "crm_admin",
                _ => "crm_app, crm_readonly, crm_admin",
            };
            installer.execute(&format!("GRANT SELECT ON {view} TO {readers}"));
        }
    }
    for table in model::tables() {
        if !installer.made.contains(table) {
            continue;
        }
        let access = access::of(table);
        for (role, privileges) in [
            ("crm_app", access.app),
            ("crm_readonly", access.readonly),
            ("crm_admin", access.admin),
        ] {
            // The default privileges of the schema may have granted more than this table allows.
            installer.execute(&format!("REVOKE ALL ON {table} FROM {role}"));
            if !privileges.is_empty() {
                installer.execute(&format!("GRANT {privileges} ON {table} TO {role}"));
            }
        }
    }
}

fn schema_defaults(installer: &mut Installer<'_, '_>, schema: &str) {
    installer.execute(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO crm_app, crm_readonly, crm_admin"
    ));
    if schema == "maint" {
        return;
    }
    for (privileges, role) in [
        ("SELECT, INSERT, UPDATE, DELETE", "crm_app"),
        ("SELECT", "crm_readonly"),
        ("SELECT, INSERT, UPDATE, DELETE", "crm_admin"),
    ] {
        installer.execute(&format!(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {privileges} ON TABLES TO {role}"
        ));
    }
    installer.execute(&format!(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO crm_app, crm_admin"
    ))
}
