//! The data model: which scripts make it, in which order, and what holds for its tables.

use std::sync::OnceLock;

use pg_crm_core::ddl::{self, Name, Object, Statement};

use crate::error::OrRaise;

/// A schema of the model.
pub struct Schema {
    pub name: &'static str,
    pub comment: &'static str,
}

/// All schemas, in the order in which they are made.
pub const SCHEMAS: &[Schema] = &[
    Schema {
        name: "tenancy",
        comment: "Organizations, users, memberships, credentials, and the current context.",
    },
    Schema {
        name: "crm",
        comment: "Contacts, companies, deals, activities, tags, scoring and validation.",
    },
    Schema {
        name: "inbox",
        comment: "Conversations, messages, calls and e-mails.",
    },
    Schema {
        name: "commerce",
        comment: "Orders.",
    },
    Schema {
        name: "analytics",
        comment: "Events.",
    },
    Schema {
        name: "maint",
        comment: "Installation, partitions, and the record of maintenance.",
    },
];

/// A file of `sql/`.
pub struct Script {
    path: &'static str,
    text: &'static str,
}

macro_rules! scripts {
    ($($path:literal),* $(,)?) => {
        &[$(Script { path: $path, text: include_str!(concat!("../../sql/", $path)) }),*]
    };
}

/// All scripts: by kind first, then by schema, so that a file may name whatever an earlier kind made.
pub const SCRIPTS: &[Script] = scripts![
    "tenancy/types.sql",
    "crm/types.sql",
    "inbox/types.sql",
    "commerce/types.sql",
    "analytics/types.sql",
    "maint/tables.sql",
    "tenancy/tables.sql",
    "crm/tables_reference.sql",
    "crm/tables_contacts.sql",
    "crm/tables_deals.sql",
    "crm/tables_activities.sql",
    "inbox/tables.sql",
    "commerce/tables.sql",
    "analytics/tables.sql",
    "tenancy/attachments.sql",
    "crm/attachments.sql",
    "inbox/attachments.sql",
    "commerce/attachments.sql",
    "maint/indexes.sql",
    "tenancy/indexes.sql",
    "crm/indexes.sql",
    "inbox/indexes.sql",
    "commerce/indexes.sql",
    "analytics/indexes.sql",
    "maint/triggers.sql",
    "crm/triggers.sql",
    "inbox/triggers.sql",
    "commerce/triggers.sql",
    "tenancy/policies.sql",
    "crm/policies.sql",
];

impl Script {
    /// Its statements.
    pub fn statements(&self) -> Vec<Statement<'static>> {
        ddl::parse(self.text)
            .map_err(|e| format!("sql/{}: {e}", self.path))
            .or_raise()
    }
}

/// A step that changed the model.
pub struct Migration {
    pub version: i32,
    pub name: &'static str,
}

/// Where steps are recorded.
pub const MIGRATIONS_TABLE: &str = "maint.schema_migrations";

/// All steps. The scripts are what they add up to.
pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "baseline",
}];

/// A table that is partitioned by range of time.
pub struct Partitioned {
    pub table: &'static str,
    pub period: &'static str,
    pub premake: i32,
    pub retention: &'static str,
}

/// All partitioned tables. Few partitions are made up front: every one of them, with its indexes, is
/// a lock for CREATE EXTENSION and for pg_dump.
pub const PARTITIONED: &[Partitioned] = &[Partitioned {
    table: "analytics.events",
    period: "1 month",
    premake: 3,
    retention: "12 months",
}];

/// Tables without row-level security, because no row in them is a tenant's.
pub const OPEN_TABLES: &[&str] = &[
    "crm.countries",
    "maint.schema_migrations",
    "maint.partition_config",
    "maint.maintenance_runs",
];

/// What the group roles may do with a table, where that is not the usual.
pub struct Access {
    pub table: &'static str,
    pub app: &'static str,
    pub readonly: &'static str,
    pub admin: &'static str,
}

const fn access(
    table: &'static str,
    app: &'static str,
    readonly: &'static str,
    admin: &'static str,
) -> Access {
    Access {
        table,
        app,
        readonly,
        admin,
    }
}

/// What every other table grants.
pub const USUAL: Access = access(
    "",
    "SELECT, INSERT, UPDATE, DELETE",
    "SELECT",
    "SELECT, INSERT, UPDATE, DELETE",
);

/// The exceptions. An empty list grants nothing.
pub const ACCESS: &[Access] = &[
    // Hashes of secrets are for the application's sign-in alone.
    access(
        "tenancy.user_credentials",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access("tenancy.sessions", "SELECT, INSERT, UPDATE, DELETE", "", ""),
    access(
        "tenancy.refresh_tokens",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.verification_codes",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.password_resets",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.api_keys",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    // The same for all tenants: nobody's to change.
    access("crm.countries", "SELECT", "SELECT", "SELECT"),
    // Kept by triggers.
    access("crm.contact_engagement", "SELECT", "SELECT", "SELECT"),
    // A ledger.
    access(
        "crm.deal_stage_history",
        "SELECT, INSERT",
        "SELECT",
        "SELECT, INSERT",
    ),
    access("maint.schema_migrations", "", "", "SELECT"),
    access(
        "maint.partition_config",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.maintenance_runs",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
];

/// The tables of the model, in the order of their making.
pub fn tables() -> Vec<Name> {
    static TABLES: OnceLock<Vec<Name>> = OnceLock::new();
    if let Some(tables) = TABLES.get() {
        return tables.clone();
    }
    let mut tables = Vec::new();
    for script in SCRIPTS {
        for statement in script.statements() {
            if let Object::Table(name) = statement.object {
                tables.push(name);
            }
        }
    }
    TABLES.get_or_init(|| tables).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_understood() {
        for script in SCRIPTS {
            assert!(ddl::parse(script.text).is_ok(), "{}", script.path);
        }
    }
}
