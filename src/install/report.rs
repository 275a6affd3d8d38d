//! What a run of the installer did.

use std::collections::BTreeMap;
use std::fmt;

use pg_crm_core::ddl::Object;
use pgrx::prelude::*;

/// The made objects, and their counts by kind.
#[derive(Default)]
pub struct Report {
    /// Whether the tables were there before the run.
    pub existing: bool,
    counts: BTreeMap<&'static str, usize>,
    objects: Vec<String>,
}

impl Report {
    /// Counts an object.
    pub fn made(&mut self, object: &Object) {
        let kind = match object {
            Object::Domain(_) => "domains",
            Object::Table(_) => "tables",
            Object::Sequence(_) => "sequences",
            Object::View(_) => "views",
            Object::Index { .. } => "indexes",
            Object::Trigger { .. } => "triggers",
            Object::Policy { .. } => "policies",
            Object::EventTrigger(_) => "event triggers",
            Object::Column { .. } => "columns",
            Object::Constraint { .. } | Object::DomainConstraint { .. } => "constraints",
            Object::Default { .. } => "defaults",
            Object::Comment(_) | Object::ColumnComment { .. } => return,
        };
        *self.counts.entry(kind).or_default() += 1;
        self.objects.push(object.describe());
    }

    /// The made objects, each as [`Object::describe`] words it.
    pub fn objects(&self) -> &[String] {
        &self.objects
    }

    /// Tells the client what was put back to tables that were there. CREATE EXTENSION silences
    /// notices, so this is an INFO; a first installation needs no words.
    pub fn announce(&self) {
        if self.existing && !self.counts.is_empty() {
            ereport!(
                PgLogLevel::INFO,
                PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
                format!("pg_crm: {self}"),
                "No row of the existing tables was changed."
            );
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counts.is_empty() {
            return f.write_str("the data model is complete, nothing was made");
        }
        f.write_str(if self.existing {
            "re-attached to the existing tables: "
        } else {
            "made the data model: "
        })?;
        for (i, (kind, count)) in self.counts.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            // "policies" ends in "ies", all other kinds in a plain "s".
            let kind = match (count, *kind) {
                (1, "policies") => "policy",
                (1, "indexes") => "index",
                (1, kind) => kind.trim_end_matches('s'),
                (_, kind) => kind,
            };
            write!(f, "{comma}{count} {kind}")?;
        }
        Ok(())
    }
}
