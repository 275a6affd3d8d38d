//! What most tables have alike. It is described once, and a table's own section says only where the
//! table differs.

use std::collections::BTreeMap;

use super::catalog::{Catalog, Column, Named, Reference, Table};

/// Columns that mean the same in all tables, in the order of the tables.
const COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "created_at",
    "updated_at",
    "deleted_at",
];

const TRIGGER: &str = "touch_updated_at";
const POLICY: &str = "org_isolation";

/// The most frequent form of each.
pub(super) struct Usual {
    pub columns: Vec<Column>,
    pub trigger: Option<Named>,
    pub policy: Option<Named>,
    pub grants: Vec<(String, String)>,
    pub view_grants: Vec<(String, String)>,
}

impl Usual {
    pub fn of(catalog: &Catalog) -> Self {
        let tables = || catalog.tables.iter();
        let column = |name: &&str| {
            let all = tables().flat_map(|table| &table.columns);
            most_frequent(all.filter(|column| column.name == *name))
        };
        Self {
            columns: COLUMNS.iter().filter_map(column).collect(),
            trigger: most_frequent(
                tables()
                    .flat_map(|t| &t.triggers)
                    .filter(|t| t.name == TRIGGER),
            ),
            policy: most_frequent(
                tables()
                    .flat_map(|t| &t.policies)
                    .filter(|p| p.name == POLICY),
            ),
            grants: most_frequent(tables().map(|t| &t.grants)).unwrap_or_default(),
            view_grants: most_frequent(catalog.views.iter().map(|v| &v.grants)).unwrap_or_default(),
        }
    }

    pub fn has_column(&self, column: &Column) -> bool {
        self.columns.contains(column)
    }

    pub fn has_trigger(&self, trigger: &Named) -> bool {
        self.trigger.as_ref() == Some(trigger)
    }

    /// Whether the table's rows are kept apart by the usual policy and by nothing else.
    pub fn isolates(&self, table: &Table) -> bool {
        let policies = self.policy.as_slice();
        table.row_security && table.forced && !policies.is_empty() && table.policies == policies
    }
}

/// Whether it says that a row goes with its organization.
pub(super) fn is_ownership(reference: &Reference) -> bool {
    reference.columns == ["organization_id"]
        && (&*reference.schema, &*reference.table) == ("tenancy", "organizations")
        && reference.actions == "ON DELETE CASCADE"
}

/// Whether `updated_at` is left to programs.
pub(super) fn lacks_touch(table: &Table) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.name == "updated_at")
        && !table.triggers.iter().any(|trigger| trigger.name == TRIGGER)
}

fn most_frequent<'a, T: Clone + Ord + 'a>(values: impl Iterator<Item = &'a T>) -> Option<T> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(value, _)| value.clone())
}
