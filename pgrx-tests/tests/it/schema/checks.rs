//! CHECK constraints of the tables: a row or more that each refuses, and rows that all take.

use std::collections::BTreeSet;

use pg_crm_tests::{Client, Db, Org, Sql, shared};

use crate::tenancy::populate;

const FILES: &[&str] = &[
    include_str!("rows.txt"),
    include_str!("rows_commerce.txt"),
    include_str!("rows_teamwork.txt"),
    include_str!("rows_chat.txt"),
    include_str!("rows_marketing.txt"),
    include_str!("rows_voice.txt"),
    include_str!("rows_sales.txt"),
    include_str!("rows_catalog.txt"),
    include_str!("rows_creator.txt"),
    include_str!("rows_marketplace.txt"),
    include_str!("rows_billing.txt"),
    include_str!("rows_workflow.txt"),
    include_str!("rows_analytics.txt"),
    include_str!("rows_audit.txt"),
    include_str!("rows_notify.txt"),
    include_str!("rows_integration.txt"),
    include_str!("rows_compliance.txt"),
    include_str!("rows_runtime.txt"),
    include_str!("rows_maint.txt"),
];

/// A line of these files.
#[derive(Clone, Copy)]
struct Case {
    table: &'static str,
    outcome: &'static str,
    assignments: &'static str,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for file in FILES {
        let mut table = "";
        for line in file.lines() {
            if let Some(heading) = line.strip_prefix('[') {
                table = heading.trim_end_matches(']');
            } else if let Some((outcome, assignments)) =
                line.split_once(' ').filter(|_| !table.is_empty())
            {
                let assignments = assignments.trim_start();
                cases.push(Case {
                    table,
                    outcome,
                    assignments,
                });
            }
        }
    }
    assert!(cases.len() > 250, "the files hold {} cases", cases.len());
    cases
}

struct Tables {
    db: Db,
    acme: Org,
    app: Client,
    superuser: Client,
}

impl Tables {
    fn new() -> Self {
        let db = shared().fresh_db();
        let acme = db.org("Acme");
        let (app, mut superuser) = (db.app(), db.superuser());
        superuser.exec(include_str!("before_rows.sql"));
        // All rows of a table are changed alike: those of the installation would be the same then.
        superuser.exec("DELETE FROM maint.retention_policies");
        populate(&db, &acme);
        superuser.exec(include_str!("after_rows.sql"));
        // The trigger of partition_config has errors of its own.
        superuser.exec("SET session_replication_role = replica");
        Self {
            db,
            acme,
            app,
            superuser,
        }
    }

    /// Makes the change within a transaction that is undone, as the application where that may
    /// change the table at all; the SQLSTATE and the constraint of the error, if any.
    #[track_caller]
    fn change(&mut self, case: Case) -> Result<u64, (String, Option<String>, String)> {
        let Case {
            table, assignments, ..
        } = case;
        let may: bool = self
            .app
            .one("SELECT has_table_privilege($1::text, 'UPDATE')", &[&table]);
        // A version that is no successor is refused before any check is asked, and so is a membership
        // that becomes an invitation again.
        let earlier = ["_version_check", "organization_members_joined_at_check"];
        let client = if may && !earlier.iter().any(|check| case.outcome.ends_with(check)) {
            &mut self.app
        } else {
            &mut self.superuser
        };
        let mut tx = client.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&self.acme.id, &self.acme.owner],
        );
        tx.execute(&format!("UPDATE {table} SET {assignments}"), &[])
            .map_err(|error| {
                let error = error.as_db_error().expect("the server answers");
                (
                    error.code().code().to_owned(),
                    error.constraint().map(str::to_owned),
                    error.message().to_owned(),
                )
            })
    }
}

fn is_sqlstate(outcome: &str) -> bool {
    outcome.len() == 5 && outcome != "taken"
}

#[test]
fn good_rows_are_taken() {
    let mut tables = Tables::new();
    for case in cases().into_iter().filter(|case| case.outcome == "taken") {
        match tables.change(case) {
            Ok(rows) => assert!(rows > 0, "{} has no row to change", case.table),
            Err(error) => panic!("{}: {} is refused: {error:?}", case.table, case.assignments),
        }
    }
}

#[test]
fn bad_rows_are_refused_by_the_check_that_is_meant() {
    let mut tables = Tables::new();
    let is_check = |case: &Case| case.outcome != "taken" && !is_sqlstate(case.outcome);
    for case in cases().into_iter().filter(is_check) {
        let what = format!("{}: {}", case.table, case.assignments);
        let (sqlstate, constraint, message) = tables
            .change(case)
            .expect_err(&format!("{what}: should be refused by {}", case.outcome));
        assert_eq!(
            (sqlstate.as_str(), constraint.as_deref()),
            ("23514", Some(case.outcome)),
            "{what}: {message}"
        );
    }
}

#[test]
fn values_that_a_column_cannot_hold_are_refused() {
    let mut tables = Tables::new();
    for case in cases().into_iter().filter(|case| is_sqlstate(case.outcome)) {
        let what = format!("{}: {}", case.table, case.assignments);
        let (sqlstate, _, message) = tables.change(case).expect_err(&what);
        assert_eq!(sqlstate, case.outcome, "{what}: {message}");
    }
}

/// A check that no case provokes may as well not exist.
#[test]
fn every_check_of_a_table_refuses_some_row() {
    let tables = Tables::new();
    let provoked: BTreeSet<_> = cases().into_iter().map(|case| case.outcome).collect();
    let rows = tables
        .db
        .superuser()
        .query(
            "SELECT DISTINCT k.conname::text
             FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
             WHERE k.contype = 'c' AND NOT c.relispartition
                AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
             ORDER BY 1",
            &[],
        )
        .expect("the catalog answers");
    let quiet: Vec<String> = rows
        .into_iter()
        .filter_map(|row| {
            let check: String = row.get(0);
            (!provoked.contains(check.as_str())).then_some(check)
        })
        .collect();
    assert_eq!(
        quiet,
        // A domain refuses first, as long as its list has no longer word.
        [
            "content_rights_platform_check",
            "content_rights_right_type_check"
        ]
    );
}
