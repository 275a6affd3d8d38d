//! What is there already, read once per run.

use std::collections::HashSet;

use pg_crm_core::ddl::{Name, Object};
use pgrx::prelude::*;
use pgrx::spi::SpiClient;

use super::model;
use crate::error::{self, OrRaise};

/// The objects in the model's schemas, and event triggers, each as [`Object::describe`] words it.
pub struct Catalog {
    objects: HashSet<String>,
    relations: HashSet<String>,
    schemas: HashSet<String>,
}

/// Every query returns one text column; `$1` is the list of schemas.
const OBJECTS: &str = "
SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || n.nspname || '.' || c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'S')
UNION ALL
SELECT 'index ' || n.nspname || '.' || c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1) AND c.relkind IN ('i', 'I')
UNION ALL
SELECT 'domain ' || n.nspname || '.' || t.typname
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE n.nspname = ANY ($1) AND t.typtype = 'd'
UNION ALL
SELECT 'trigger ' || g.tgname || ' on ' || n.nspname || '.' || c.relname
  FROM pg_catalog.pg_trigger AS g
  JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1) AND NOT g.tgisinternal
UNION ALL
SELECT 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1)
UNION ALL
SELECT 'event trigger ' || evtname
  FROM pg_catalog.pg_event_trigger
UNION ALL
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'default of ' || n.nspname || '.' || c.relname || '.' || a.attname
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND a.atthasdef AND NOT a.attisdropped
UNION ALL
SELECT 'constraint ' || k.conname || ' on ' || n.nspname || '.' || coalesce(c.relname, t.typname)
  FROM pg_catalog.pg_constraint AS k
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
 WHERE n.nspname = ANY ($1)";

impl Catalog {
    /// Reads the model's schemas.
    pub fn load(client: &mut SpiClient<'_>) -> Self {
        let names: Vec<String> = model::SCHEMAS.iter().map(|s| s.name.to_owned()).collect();
        let schemas = texts(
            client,
            "SELECT nspname::pg_catalog.text FROM pg_catalog.pg_namespace
              WHERE nspname OPERATOR(pg_catalog.=) ANY ($1)",
            &names,
        );
        let objects = texts(client, OBJECTS, &names);
        let relations = objects
            .iter()
            .filter_map(|o| {
                let (kind, name) = o.split_once(' ')?;
                matches!(kind, "table" | "view" | "sequence" | "index").then(|| name.to_owned())
            })
            .collect();
        Self {
            objects,
            relations,
            schemas,
        }
    }

    /// Whether the schema exists.
    pub fn has_schema(&self, name: &str) -> bool {
        self.schemas.contains(name)
    }

    /// Whether the object exists.
    pub fn has(&self, object: &Object) -> bool {
        self.objects.contains(&object.describe())
    }

    /// Whether a relation of any kind has this name.
    pub fn has_relation(&self, name: &Name) -> bool {
        self.relations.contains(&name.to_string())
    }

    /// Whether an earlier run made the model here.
    pub fn has_model(&self) -> bool {
        self.relations.contains(model::MIGRATIONS_TABLE)
    }

    /// Notes an object as made.
    pub fn add(&mut self, object: &Object) {
        self.objects.insert(object.describe());
    }

    /// The relations that earlier runs recorded; empty before the first. A table of that name that
    /// lacks our columns is a stranger's and accounts for nothing.
    pub fn accounted(&self, client: &mut SpiClient<'_>) -> HashSet<String> {
        let ours = ["version", "relations"].iter().all(|column| {
            self.objects
                .contains(&format!("column {}.{column}", model::MIGRATIONS_TABLE))
        });
        if !ours {
            return HashSet::new();
        }
        texts(
            client,
            "SELECT DISTINCT r FROM maint.schema_migrations AS m, pg_catalog.unnest(m.relations) AS r
              WHERE $1::pg_catalog.text[] IS NOT NULL",
            &[],
        )
    }
}

/// The first column of a query as a set; `$1` is `argument`.
fn texts(client: &mut SpiClient<'_>, sql: &str, argument: &[String]) -> HashSet<String> {
    let rows = client
        .update(sql, None, &[argument.to_vec().into()])
        .or_raise();
    let mut set = HashSet::with_capacity(rows.len());
    for row in rows {
        set.extend(row.get::<String>(1).or_raise());
    }
    set
}

/// Whoever owns a schema can put functions and operators into it that our code would meet. So a
/// schema of the model's that exists must belong to the installing role or to a superuser.
pub fn check_schema_owners(client: &mut SpiClient<'_>) {
    let names: Vec<String> = model::SCHEMAS.iter().map(|s| s.name.to_owned()).collect();
    let foreign = texts(
        client,
        "SELECT pg_catalog.format('schema \"%s\" belongs to role \"%s\"', n.nspname, r.rolname)
           FROM pg_catalog.pg_namespace AS n
           JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
          WHERE n.nspname OPERATOR(pg_catalog.=) ANY ($1)
            AND NOT r.rolsuper
            AND r.rolname OPERATOR(pg_catalog.<>) CURRENT_USER",
        &names,
    );
    let Some(first) = foreign.iter().min() else {
        return;
    };
    error::raise(error::report(
        PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        first.clone(),
    )
    .set_detail("pg_crm puts code into this schema, so it must belong to the installing role or to a superuser.")
    .set_hint("Rename the schema, or give it to the installing role with ALTER SCHEMA ... OWNER TO."))
}
