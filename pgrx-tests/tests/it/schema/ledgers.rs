//! Ledgers: what they record has happened, so nobody changes or deletes it.

use pg_crm_tests::{Sql, shared};

/// Tables with a trigger of this name, partitions not.
pub const WITH_TRIGGER: &str = "
    SELECT g.tgrelid::regclass::text FROM pg_trigger AS g
    JOIN pg_class AS c ON c.oid = g.tgrelid
    WHERE g.tgname = $1 AND NOT c.relispartition
    ORDER BY 1";

#[test]
fn the_ledgers_of_the_model_are_known() {
    let db = shared().fresh_db();
    let ledgers: Vec<String> = db.superuser().column(WITH_TRIGGER, &[&"refuse_change"]);
    assert_eq!(
        ledgers,
        [
            "audit.audit_logs",
            "audit.record_versions",
            "audit.security_events",
            "billing.usage_record_keys",
            "billing.usage_records",
            "commerce.attribution_events",
            "compliance.consent_records",
            "compliance.rights_ledger_entries",
            "creator.creator_earnings",
            "crm.deal_stage_history",
            "runtime.queue_archive",
            "workflow.workflow_versions",
        ]
    );
}

#[test]
fn not_even_a_superuser_changes_or_deletes_what_a_ledger_holds() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let ledgers: Vec<String> = dba.column(WITH_TRIGGER, &[&"refuse_change"]);
    for ledger in ledgers {
        for statement in [
            format!("UPDATE {ledger} SET created_at = created_at"),
            format!("DELETE FROM {ledger}"),
        ] {
            let error = dba.fails_with(&statement, "55000");
            let name = ledger.split('.').next_back().expect("a name");
            assert_eq!(
                error.message(),
                format!("table \"{name}\" is append-only"),
                "{statement}"
            );
        }
    }
}

#[test]
fn the_application_has_no_right_to_change_a_ledger() {
    let db = shared().fresh_db();
    let mut app = db.app();
    let ledgers: Vec<String> = db.superuser().column(WITH_TRIGGER, &[&"refuse_change"]);
    for ledger in ledgers {
        app.fails_with(&format!("DELETE FROM {ledger}"), "42501");
    }
}
