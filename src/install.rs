//! `maint.install_schema()`: makes the data model beside the extension, not inside it.
//!
//! Tables that are members of an extension break backups (a user's column, index or policy is not
//! dumped, triggers fire again during a restore) and go with DROP EXTENSION. So the model is made by
//! the extension's script but with `creating_extension` switched off: ordinary objects.
//!
//! The installer is declarative: see [`pg_crm_core::ddl`] and `docs/ARCHITECTURE.md`.

mod access;
mod catalog;
mod conventions;
mod drift;
mod minimum_roles;
mod model;
mod report;
mod roles;

use std::cell::Cell;
use std::collections::BTreeSet;

use pg_crm_core::ddl::{Name, Object, Statement};
use pgrx::prelude::*;
use pgrx::spi::SpiClient;

use crate::error::{self, OrRaise};
use crate::guc::{self, Install};
use catalog::Catalog;
use report::Report;

/// Makes what is missing of the data model, and says what that was.
///
/// Called by the extension's script; by hand after `pg_crm.install = never`.
#[pg_extern(schema = "maint", volatile, parallel_unsafe)]
fn install_schema() -> String {
    if restoring() {
        return "nothing made: the data model comes with the dump (pg_crm.install)".to_owned();
    }
    let report =
        outside_of_the_extension(|| Spi::connect_mut(|client| Installer::new(client).run()));
    report.announce();
    report.to_string()
}

/// pg_dump's scripts and pg_restore switch row security off before anything else; nobody else does
/// so in a session that creates an extension.
fn restoring() -> bool {
    match guc::install() {
        Install::Always => false,
        Install::Never => true,
        // SAFETY: a plain reading of a setting's variable.
        Install::Auto => unsafe { !pg_sys::row_security },
    }
}

thread_local! {
    static INSTALLING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the statements of this moment are the installer's: event triggers leave them alone, since
/// a table is not finished before its run ends.
#[pg_extern(schema = "maint", stable, parallel_restricted)]
fn is_installing() -> bool {
    INSTALLING.get()
}

/// Runs `work` with the server's `creating_extension` switched off, so that what it makes is no
/// member of the extension, and puts it back on every way out.
fn outside_of_the_extension<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the backend has one thread; the variable keeps the value it had before.
            unsafe { pg_sys::creating_extension = self.0 };
            INSTALLING.set(false);
        }
    }
    // SAFETY: as above. An ERROR unwinds through this frame as a panic, so the drop runs then too.
    let _restore = unsafe { Restore(pg_sys::creating_extension) };
    INSTALLING.set(true);
    // SAFETY: as above.
    unsafe { pg_sys::creating_extension = false };
    work()
}

/// One run of the installer.
pub struct Installer<'a, 'c> {
    client: &'a mut SpiClient<'c>,
    catalog: Catalog,
    report: Report,
    /// Tables, views and domains of this run: their comments are ours to write.
    made: BTreeSet<Name>,
    made_columns: BTreeSet<(Name, String)>,
}

impl<'a, 'c> Installer<'a, 'c> {
    fn new(client: &'a mut SpiClient<'c>) -> Self {
        let catalog = Catalog::load(client);
        Self {
            client,
            catalog,
            report: Report::default(),
            made: BTreeSet::new(),
            made_columns: BTreeSet::new(),
        }
    }

    fn run(mut self) -> Report {
        let caller_path = self.enter_search_path();
        catalog::check_schema_owners(self.client);
        self.refuse_strangers();
        self.report.existing = self.catalog.has_model();
        self.make_schemas();
        let (last, first): (Vec<_>, Vec<_>) = model::statements()
            .iter()
            .partition(|s| matches!(s.object, Object::EventTrigger(_)));
        for statement in first {
            self.ensure(statement);
        }
        // What the scripts made inside their CREATE TABLEs is known only now.
        self.catalog = Catalog::load(self.client);
        conventions::apply(&mut self);
        roles::grant(&mut self);
        self.partitions();
        // They would fire for all that was made above.
        for statement in last {
            self.ensure(statement);
        }
        self.seed();
        self.record();
        self.record_schema();
        self.execute(&set_path(&caller_path));
        self.report
    }

    /// Fixes the search_path to the system's names and those of the required extensions (whose
    /// operator classes the indexes name), and returns the caller's.
    fn enter_search_path(&mut self) -> String {
        let caller = self
            .text("SELECT pg_catalog.current_setting('search_path')")
            .unwrap_or_default();
        let required = self
            .text(
                "SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(n.nspname), ', ')
                   FROM pg_catalog.pg_extension AS e
                   JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                  WHERE e.extname OPERATOR(pg_catalog.=) ANY ('{pg_trgm,btree_gin}')",
            )
            .unwrap_or_default();
        let path = format!("pg_catalog, {required}, pg_temp");
        self.execute(&set_path(&path));
        caller
    }

    fn make_schemas(&mut self) {
        for schema in model::SCHEMAS {
            if !self.catalog.has_schema(schema.name) {
                self.execute(&format!("CREATE SCHEMA {}", schema.name));
            }
            if !self.report.existing {
                self.execute(&format!(
                    "COMMENT ON SCHEMA {} IS {}",
                    schema.name,
                    pgrx::spi::quote_literal(schema.comment)
                ));
            }
        }
    }

    /// An existing relation that no earlier run of ours accounts for is somebody else's: nothing is
    /// made, and all of them are named.
    fn refuse_strangers(&mut self) {
        let accounted = self.catalog.accounted(self.client);
        let mut strangers = Vec::new();
        for name in model::statements()
            .iter()
            .filter_map(|s| s.object.relation())
        {
            if self.catalog.has_relation(&name) && !accounted.contains(&name.to_string()) {
                strangers.push(name.to_string());
            }
        }
        let Some(first) = strangers.first() else {
            return;
        };
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_DUPLICATE_TABLE,
                format!("relation \"{first}\" already exists and was not made by pg_crm"),
            )
            .set_detail(format!(
                "These relations are not accounted for by maint.schema_migrations: {}.",
                strangers.join(", ")
            ))
            .set_hint("Rename them or move them to another schema, then try again."),
        )
    }

    /// Executes a statement whose object is missing.
    pub fn ensure(&mut self, statement: &Statement<'_>) {
        let object = &statement.object;
        match object {
            Object::Comment(name) if !self.made.contains(name) => return,
            Object::ColumnComment { column, table }
                if !self.made.contains(table)
                    && !self.made_columns.contains(&(table.clone(), column.clone())) =>
            {
                return;
            }
            Object::Comment(_) | Object::ColumnComment { .. } => {
                return self.execute(statement.text);
            }
            _ => {}
        }
        if self.catalog.has(object) {
            return;
        }
        match object {
            Object::Constraint { name, table } if !self.made.contains(table) => {
                self.add_to_existing("TABLE", table, name, statement.text);
            }
            Object::DomainConstraint { name, domain } if !self.made.contains(domain) => {
                self.add_to_existing("DOMAIN", domain, name, statement.text);
            }
            _ => self.execute(statement.text),
        }
        match object {
            Object::Table(name) | Object::View(name) | Object::Domain(name) => {
                self.made.insert(name.clone());
            }
            Object::Column { name, table } => {
                self.made_columns.insert((table.clone(), name.clone()));
            }
            _ => {}
        }
        self.catalog.add(object);
        self.report.made(object);
    }

    /// Rows may have come while a check was away. A row that breaks it must not stand in the way of
    /// everything else: the check then holds for new rows and says which is not validated.
    fn add_to_existing(&mut self, kind: &str, target: &Name, constraint: &str, statement: &str) {
        self.execute(&format!("{statement} NOT VALID"));
        let constraint = pgrx::spi::quote_identifier(constraint);
        let target = pgrx::spi::quote_qualified_identifier(&target.schema, &target.name);
        self.execute(&format!(
            "DO $validate$
             BEGIN
               ALTER {kind} {target} VALIDATE CONSTRAINT {constraint};
             EXCEPTION WHEN check_violation THEN
               RAISE WARNING USING
                 MESSAGE = 'constraint {constraint} on {target} is not validated: ' || SQLERRM,
                 HINT = 'Correct the rows, then run ALTER {kind} {target} VALIDATE CONSTRAINT {constraint}.';
             END
             $validate$"
        ))
    }

    /// The default partition and the first months of every partitioned table of the model.
    fn partitions(&mut self) {
        for parent in model::PARTITIONED {
            let table = pgrx::spi::quote_literal(parent.table);
            let retention = parent
                .retention
                .map_or_else(|| "NULL".to_owned(), pgrx::spi::quote_literal);
            self.execute(&format!(
                "SELECT maint.manage_partitions({table}, '1 month', {premake}, {retention})
                  WHERE NOT EXISTS (SELECT FROM maint.partition_config AS c WHERE c.parent = {table}::pg_catalog.regclass)",
                premake = model::PREMAKE,
            ));
            self.execute(&format!("SELECT maint.extend_partitions({table})"));
        }
    }

    /// The rows that new tables of `maint` begin with. Later they are the user's, to change and delete.
    fn seed(&mut self) {
        for (table, seed) in [
            ("metric_thresholds", "SELECT maint.seed_monitoring()"),
            ("task_schedule", "SELECT maint.seed_schedule()"),
        ] {
            let name = Name {
                schema: "maint".to_owned(),
                name: table.to_owned(),
            };
            if self.made.contains(&name) {
                self.execute(seed);
            }
        }
    }

    /// Keeps what this run made as `maint.schema_drift()` will compare it: by construction it is as
    /// the installed version makes it. Of the first run that is everything.
    fn record_schema(&mut self) {
        let made = self.report.existing.then(|| self.report.objects().to_vec());
        self.client
            .update("SELECT maint.record_schema($1)", None, &[made.into()])
            .or_raise();
    }

    /// Accounts for the relations of the model in `maint.schema_migrations`.
    fn record(&mut self) {
        let relations: BTreeSet<String> = model::statements()
            .iter()
            .filter_map(|s| s.object.relation())
            .map(|name| name.to_string())
            .collect();
        let relations: Vec<String> = relations.into_iter().collect();
        for migration in model::MIGRATIONS {
            self.client
                .update(
                    "INSERT INTO maint.schema_migrations (version, name, extension_version, relations)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (version) DO NOTHING",
                    None,
                    &[
                        migration.version.into(),
                        migration.name.into(),
                        env!("CARGO_PKG_VERSION").into(),
                        relations.clone().into(),
                    ],
                )
                .or_raise();
        }
    }

    /// Executes one statement that returns nothing of interest.
    pub fn execute(&mut self, sql: &str) {
        self.client.update(sql, None, &[]).or_raise();
    }

    /// The first column of a query.
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let rows = self.client.update(sql, None, &[]).or_raise();
        rows.filter_map(|row| row.get::<String>(1).or_raise())
            .collect()
    }

    /// The single text value of a query.
    pub fn text(&mut self, sql: &str) -> Option<String> {
        let rows = self.client.update(sql, Some(1), &[]).or_raise();
        if rows.is_empty() {
            return None;
        }
        rows.first().get_one::<String>().or_raise()
    }
}

fn set_path(path: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config('search_path', {}, true)",
        pgrx::spi::quote_literal(path)
    )
}
