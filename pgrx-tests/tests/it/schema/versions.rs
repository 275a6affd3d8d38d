//! Optimistic locking: a version is raised by every update, and a stale update is refused.

use pg_crm_tests::{Sql, shared};

use super::ledgers::WITH_TRIGGER;
use crate::tenancy::populate;

#[test]
fn every_update_raises_the_version_and_a_stale_one_is_refused() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    populate(&db, &acme);
    let mut app = db.app();
    let tables: Vec<String> = db.superuser().column(WITH_TRIGGER, &[&"raise_version"]);
    assert!(tables.len() >= 16, "{tables:?}");
    let mut tested = 0;
    for table in tables {
        // Most of them raise it at any change, these where somebody edits them.
        let column = match table.as_str() {
            "workflow.workflows" | "analytics.reports" => "name",
            _ => "updated_at",
        };
        let versions = format!("SELECT min(version) FROM {table}");
        app.in_org_as(&acme, acme.owner, |tx| {
            let Some(before) = tx.one::<Option<i32>>(&versions, &[]) else {
                return;
            };
            tested += 1;
            tx.exec(&format!("UPDATE {table} SET {column} = {column}"));
            assert_eq!(tx.one::<i32>(&versions, &[]), before + 1, "{table}");
            tx.exec(&format!("UPDATE {table} SET version = version + 1"));
            assert_eq!(tx.one::<i32>(&versions, &[]), before + 2, "{table}");
            for stale in ["version - 1", "version + 2", "0"] {
                let error =
                    tx.fails_with(&format!("UPDATE {table} SET version = {stale}"), "40001");
                assert!(error.hint().is_some(), "{table}");
            }
        });
    }
    assert!(tested >= 4, "only {tested} tables have rows");
}
