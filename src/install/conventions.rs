//! What every table of the model gets, written once: keys' defaults, row-level security with the
//! policies `org_isolation` and `minimum_role_*`, `updated_at`.

use pg_crm_core::ddl::{self, Name, Object, Statement};
use pg_crm_core::role::Role;

use super::minimum_roles::{self, Minimum};
use super::{Installer, access, model};
use crate::error::OrRaise;

/// The condition of `org_isolation`. The sub-select makes the planner evaluate the getter once per
/// query instead of once per row.
pub const ISOLATION: &str = "organization_id = (SELECT tenancy.current_org_id())";

/// Applies the conventions to all tables of the model and to their partitions.
pub fn apply(installer: &mut Installer<'_, '_>) {
    for table in model::tables() {
        let column = |column: &str| Object::Column {
            name: column.to_owned(),
            table: table.clone(),
        };
        if has_typed_column(installer, table, "id", "uuid") {
            default(installer, table, "id", "crm.uuid_v7()");
        }
        if has_typed_column(installer, table, "organization_id", "uuid")
            && not_null(installer, table, "organization_id")
        {
            default(
                installer,
                table,
                "organization_id",
                "tenancy.current_org_id()",
            );
            isolation(installer, table);
        }
        minimum_role(installer, table);
        if installer.catalog.has(&column("updated_at")) {
            let text = format!(
                "CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table}
                 FOR EACH ROW EXECUTE FUNCTION crm.touch_updated_at({})",
                model::kept_columns(table)
            );
            ensure(
                installer,
                &text,
                Object::Trigger {
                    name: "touch_updated_at".to_owned(),
                    table: table.clone(),
                },
            );
        }
        if installer.catalog.has(&column("display_id")) {
            display_numbers(installer, table);
        }
        enable_row_security(installer, table);
    }
    for (parent, partition) in partitions(installer) {
        for text in installer.texts(&format!(
            "SELECT maint.policy_statements('{parent}', '{partition}')"
        )) {
            // The server's own words, which ddl reads like any script.
            for statement in ddl::parse(&format!("{text};")).or_raise() {
                installer.ensure(&statement);
            }
        }
        enable_row_security(installer, &partition);
    }
    comment_common_columns(installer)
}

fn ensure(installer: &mut Installer<'_, '_>, text: &str, object: Object) {
    installer.ensure(&Statement {
        text,
        line: 0,
        object,
    })
}

fn default(installer: &mut Installer<'_, '_>, table: &Name, column: &str, expression: &str) {
    let text = format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {expression}");
    ensure(
        installer,
        &text,
        Object::Default {
            column: column.to_owned(),
            table: table.clone(),
        },
    )
}

fn isolation(installer: &mut Installer<'_, '_>, table: &Name) {
    policy(
        installer,
        table,
        "org_isolation",
        &format!("USING ({ISOLATION}) WITH CHECK ({ISOLATION})"),
    )
}

/// Who may not write gets an error that names the policy. Not so for DELETE, to which PostgreSQL
/// applies no check: there the rows are out of reach. An UPDATE's rows are not, where no column says
/// whose they are, so that SELECT FOR UPDATE finds them for everybody.
fn minimum_role(installer: &mut Installer<'_, '_>, table: &Name) {
    let role = |role: Role| format!("(SELECT tenancy.may_act_as('{}'))", role.name());
    let (condition, own) = match minimum_roles::minimum(table) {
        Minimum::Nothing => return,
        Minimum::Role(minimum) => (role(minimum), false),
        Minimum::OwnOr(column, minimum) => (
            format!(
                "{column} = (SELECT tenancy.current_user_id()) OR {}",
                role(minimum)
            ),
            true,
        ),
    };
    let granted = access::of(table).app;
    for (name, command, using, check) in [
        ("minimum_role_insert", "INSERT", false, true),
        ("minimum_role_update", "UPDATE", own, true),
        ("minimum_role_delete", "DELETE", true, false),
    ] {
        if !granted.contains(command) {
            continue;
        }
        let clause = |word: &str, wanted: bool| {
            if wanted {
                format!(" {word} ({condition})")
            } else {
                String::new()
            }
        };
        policy(
            installer,
            table,
            name,
            &format!(
                "AS RESTRICTIVE FOR {command}{}{}",
                clause("USING", using),
                clause("WITH CHECK", check)
            ),
        )
    }
}

fn policy(installer: &mut Installer<'_, '_>, table: &Name, name: &str, rest: &str) {
    let text = format!("CREATE POLICY {name} ON {table} {rest}");
    ensure(
        installer,
        &text,
        Object::Policy {
            name: name.to_owned(),
            table: table.clone(),
        },
    )
}

/// One function, three moments: see `crm::display_id`.
fn display_numbers(installer: &mut Installer<'_, '_>, table: &Name) {
    for (name, moment, level) in [
        ("assign_display_id_start", "BEFORE", "STATEMENT"),
        ("assign_display_id", "BEFORE", "ROW"),
        ("assign_display_id_end", "AFTER", "STATEMENT"),
    ] {
        let text = format!(
            "CREATE TRIGGER {name} {moment} INSERT ON {table}
             FOR EACH {level} EXECUTE FUNCTION crm.assign_display_id()"
        );
        ensure(
            installer,
            &text,
            Object::Trigger {
                name: name.to_owned(),
                table: table.clone(),
            },
        );
    }
}

/// Row-level security without a policy shows nothing: right for tables that only functions read.
/// Tables for everybody are listed as such in the model.
fn enable_row_security(installer: &mut Installer<'_, '_>, table: &Name) {
    if model::OPEN_TABLES.contains(&table.to_string().as_str()) {
        return;
    }
    let missing = installer.text(&format!(
        "SELECT 'x' FROM pg_catalog.pg_class
          WHERE oid = '{table}'::pg_catalog.regclass
            AND NOT (relrowsecurity AND relforcerowsecurity)"
    ));
    if missing.is_some() {
        installer.execute(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        ));
    }
}

fn has_typed_column(
    installer: &mut Installer<'_, '_>,
    table: &Name,
    column: &str,
    typed: &str,
) -> bool {
    let found = installer.text(&format!(
        "SELECT 'x' FROM pg_catalog.pg_attribute
          WHERE attrelid = '{table}'::pg_catalog.regclass AND attname = '{column}'
            AND atttypid = 'pg_catalog.{typed}'::pg_catalog.regtype AND NOT attisdropped"
    ));
    found.is_some()
}

fn not_null(installer: &mut Installer<'_, '_>, table: &Name, column: &str) -> bool {
    let found = installer.text(&format!(
        "SELECT 'x' FROM pg_catalog.pg_attribute
          WHERE attrelid = '{table}'::pg_catalog.regclass AND attname = '{column}' AND attnotnull"
    ));
    found.is_some()
}

/// Parents and partitions that exist: a dump or an earlier installation brought them.
fn partitions(installer: &mut Installer<'_, '_>) -> Vec<(Name, Name)> {
    let mut found = Vec::new();
    for parent in model::PARTITIONED {
        let Some((schema, table)) = parent.table.split_once('.') else {
            continue;
        };
        // Partitions are made in their parent's schema.
        found.extend(
            installer
                .texts(&format!(
                    "SELECT c.relname::pg_catalog.text
                       FROM pg_catalog.pg_inherits AS i
                       JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
                      WHERE i.inhparent = '{}'::pg_catalog.regclass
                        AND c.relnamespace = '{schema}'::pg_catalog.regnamespace
                      ORDER BY 1",
                    parent.table
                ))
                .into_iter()
                .map(|partition| {
                    let name = |name: &str| Name {
                        schema: schema.to_owned(),
                        name: name.to_owned(),
                    };
                    (name(table), name(&partition))
                }),
        );
    }
    found
}

/// The columns that mean the same everywhere are described here, not in every table's script.
const COMMON_COLUMNS: &[(&str, &str)] = &[
    (
        "id",
        "Key, unique across organizations; time-ordered (UUID version 7) by default.",
    ),
    (
        "organization_id",
        "The organization (tenant) that the row belongs to; the current one by default.",
    ),
    ("created_at", "When the row was made."),
    (
        "updated_at",
        "When the row was last changed; kept by a trigger.",
    ),
    (
        "deleted_at",
        "When the row was soft-deleted; NULL while it is live.",
    ),
];

fn comment_common_columns(installer: &mut Installer<'_, '_>) {
    for table in installer.made.clone() {
        for (column, comment) in COMMON_COLUMNS {
            let exists = installer.catalog_has_column(&table, column);
            if exists {
                installer.execute(&format!(
                    "COMMENT ON COLUMN {table}.{column} IS {}",
                    pgrx::spi::quote_literal(comment)
                ));
            }
        }
    }
}

impl Installer<'_, '_> {
    /// Whether a column exists and has no comment yet.
    fn catalog_has_column(&mut self, table: &Name, column: &str) -> bool {
        let found = self.text(&format!(
            "SELECT 'x' FROM pg_catalog.pg_attribute AS a
              JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
             WHERE a.attrelid = pg_catalog.to_regclass('{table}') AND a.attname = '{column}' AND NOT a.attisdropped
               AND pg_catalog.col_description(a.attrelid, a.attnum) IS NULL"
        ));
        found.is_some()
    }
}
