//! The sections of tables and views.

use std::collections::BTreeSet;

use super::catalog::{Reference, Table};
use super::markdown::{self, cell, code, prose};
use super::page::Page;
use super::parts::{default, grants, list, named, of};
use super::usual;

/// A section that the index explains, as the pages link to it.
const SHARED: &str = "README.md#what-all-tables-share";

impl Page<'_> {
    pub fn table(&self, text: &mut String, table: &Table) {
        *text += &format!("\n### {}\n\n{}\n\n", table.name, prose(&table.comment));
        self.columns(text, table);
        list(text, "Keys", &table.keys, |key| named(key, " "));
        self.references(text, table);
        self.referrers(text, table);
        list(text, "Checks", &table.checks, |check| named(check, ": "));
        list(text, "Indexes", &table.indexes, |index| named(index, " "));
        let triggers = of(&table.triggers, |t| !self.usual.has_trigger(t));
        list(text, "Triggers", &triggers, |trigger| named(trigger, ": "));
        if usual::lacks_touch(table) {
            *text += "\n`updated_at` is kept by no trigger.\n";
        }
        self.row_security(text, table);
        if table.grants != self.usual.grants {
            *text += &format!("\n**Grants**: {}\n", grants(&table.grants));
        }
        partitions(text, table);
    }

    /// The columns that are this table's own, then the names of the usual ones.
    fn columns(&self, text: &mut String, relation: &Table) {
        let rows: Vec<Vec<String>> = relation
            .columns
            .iter()
            .filter(|column| !self.usual.has_column(column))
            .map(|column| {
                vec![
                    code(&column.name),
                    self.type_cell(&column.kind),
                    if column.not_null { "no" } else { "yes" }.to_owned(),
                    cell(&default(column)),
                    cell(&prose(&column.comment)),
                ]
            })
            .collect();
        if !rows.is_empty() {
            let header = ["Column", "Type", "Null", "Default", "Meaning"];
            *text += &markdown::table(&header, &rows);
        }
        let usual = of(&relation.columns, |column| self.usual.has_column(column));
        if !usual.is_empty() {
            if !rows.is_empty() {
                *text += "\nAnd, ";
            }
            let names: Vec<String> = usual.iter().map(|column| code(&column.name)).collect();
            *text += &format!("[as everywhere]({SHARED}): {}.\n", names.join(", "));
        }
        let generated = of(&relation.columns, |column| column.generated);
        list(text, "Generated columns", &generated, |column| {
            let expression = column.default.as_deref().unwrap_or_default();
            format!("{} = {}", code(&column.name), code(expression))
        });
    }

    fn references(&self, text: &mut String, table: &Table) {
        let references = of(&table.references, |r| !usual::is_ownership(r));
        list(text, "References", &references, |reference| {
            let other = reference
                .other_columns
                .as_ref()
                .map_or_else(String::new, |columns| format!(" ({})", columns.join(", ")));
            let actions = match &*reference.actions {
                "" => String::new(),
                actions => format!(" {actions}"),
            };
            format!(
                "{}: ({}) to {}{other}{actions}",
                code(&reference.name),
                reference.columns.join(", "),
                self.link(&reference.schema, &reference.table),
            )
        });
        let has_organization = table.columns.iter().any(|c| c.name == "organization_id");
        let is_owned = |reference: &Reference| {
            usual::is_ownership(reference) || reference.columns == ["organization_id"]
        };
        if has_organization && !table.references.iter().any(is_owned) {
            *text += "\n`organization_id` refers to no table by itself.\n";
        }
    }

    fn referrers(&self, text: &mut String, table: &Table) {
        let refers = |reference: &Reference| {
            !usual::is_ownership(reference)
                && (&reference.schema, &reference.table) == (&table.schema, &table.name)
        };
        let referrers: BTreeSet<(&str, &str)> = self
            .catalog
            .tables
            .iter()
            .filter(|other| other.references.iter().any(refers))
            .map(|other| (&*other.schema, &*other.name))
            .collect();
        if !referrers.is_empty() {
            let links: Vec<String> = referrers
                .iter()
                .map(|(schema, name)| self.link(schema, name))
                .collect();
            *text += &format!("\n**Referred to by** {}\n", links.join(", "));
        }
    }

    fn row_security(&self, text: &mut String, table: &Table) {
        if self.usual.isolates(table) {
            return;
        }
        if !table.row_security {
            *text += "\n**Row-level security**: none, the rows are everybody's who may read the table.\n";
        } else if table.policies.is_empty() {
            *text +=
                "\n**Row-level security**: on, with no policy: functions alone read the table.\n";
        }
        list(text, "Policies", &table.policies, |policy| {
            if self.usual.policy.as_ref() == Some(policy) {
                format!("{}, [as everywhere]({SHARED})", code(&policy.name))
            } else {
                named(policy, ": ")
            }
        });
        if table.row_security && !table.forced {
            *text += "\nThe table's owner is not bound by them.\n";
        }
    }

    pub fn view(&self, text: &mut String, view: &Table) {
        *text += &format!("\n### {}\n\n{}\n\n", view.name, prose(&view.comment));
        let rows: Vec<Vec<String>> = view
            .columns
            .iter()
            .map(|column| {
                vec![
                    code(&column.name),
                    self.type_cell(&column.kind),
                    cell(&prose(&column.comment)),
                ]
            })
            .collect();
        *text += &markdown::table(&["Column", "Type", "Meaning"], &rows);
        if view.options != ["security_invoker=true"] {
            let options = match view.options.is_empty() {
                true => "none".to_owned(),
                false => code(&view.options.join(", ")),
            };
            *text += &format!("\n**Options**: {options}\n");
        }
        if view.grants != self.usual.view_grants {
            *text += &format!("\n**Grants**: {}\n", grants(&view.grants));
        }
    }
}

fn partitions(text: &mut String, table: &Table) {
    let Some(key) = &table.partitioned_by else {
        return;
    };
    *text += &format!("\n**Partitions**: by {key}");
    if let Some(maintenance) = &table.maintenance {
        *text += &format!(
            ", one for each {}, {} made ahead, ",
            maintenance.period.trim_start_matches("1 "),
            maintenance.premake
        );
        *text += &match (&maintenance.retention, &*maintenance.action) {
            (None, _) => "kept for ever".to_owned(),
            (Some(retention), "drop") => format!("dropped after {retention}"),
            (Some(retention), action) => format!("after {retention}: {action}"),
        };
    }
    *text += ", and a default partition.\n";
}
