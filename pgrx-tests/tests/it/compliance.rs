//! Schema `compliance`: what follows from the states of requests.

mod consents;

use pg_crm_tests::{Sql, shared};

use crate::workflow::walk;

#[test]
fn who_sets_only_the_status_of_a_request_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec("INSERT INTO compliance.data_export_requests (subject_email, requested_at, verified_at) VALUES ('ann@example.com', '2026-01-01', '2026-01-02')");
        tx.exec("UPDATE compliance.data_export_requests SET status = 'rejected', rejection_reason = 'not known here'");
        walk(
            tx,
            "compliance.data_export_requests",
            "status",
            &["completed_at", "rejected_at", "rejection_reason", "cancelled_at"],
            &[
                ("rejected", "rejected_at rejection_reason"),
                ("processing", ""),
                ("completed", "completed_at"),
                ("verifying", ""),
                ("cancelled", "cancelled_at"),
                ("received", ""),
            ],
        );
        for (change, check) in [
            ("status = 'rejected'", "data_export_requests_status_check"),
            ("status = 'completed', verified_at = NULL", "data_export_requests_completed_verified_check"),
            ("status = 'cancelled', completed_at = now()", "data_export_requests_status_check"),
            ("completed_at = now()", "data_export_requests_status_check"),
        ] {
            let error = tx.fails_with(&format!("UPDATE compliance.data_export_requests SET {change}"), "23514");
            assert_eq!(error.constraint(), Some(check), "{change}");
        }
    });
}

#[test]
fn the_latest_decision_holds_and_a_request_for_consent_is_none() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let person = "11111111-1111-4111-8111-111111111111";
        for (status, at, expected) in [
            ("requested", "2025-01-01", None),
            ("granted", "2025-01-02", Some("granted|t")),
            ("requested", "2025-01-03", Some("granted|t")),
            ("withdrawn", "2025-01-05", Some("withdrawn|f")),
            // Reported late.
            ("granted", "2025-01-04", Some("withdrawn|f")),
        ] {
            tx.exec(&format!(
                "INSERT INTO compliance.consent_records (contact_id, purpose, channel, status, occurred_at)
                 VALUES ('{person}', 'newsletter', 'email', '{status}', '{at}')"
            ));
            assert_eq!(
                tx.lines("SELECT status, is_effective FROM compliance.current_consents").first().map(String::as_str),
                expected,
                "{status} at {at}"
            );
        }
    });
}

/// What a ledger's entry speaks of cannot vanish from under it, but goes with the organization.
#[test]
fn a_contract_with_rights_stays_until_its_organization_goes() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    for org in [&acme, &globex] {
        db.app().in_org(org, |tx| {
            tx.exec("INSERT INTO crm.companies (name) VALUES ('Licensee')");
            tx.exec(
                "INSERT INTO compliance.rights_ledger_entries (type, asset_reference, right_type, licensee_company_id)
                 SELECT 'granted', 'film 1', 'organic', id FROM crm.companies",
            );
            tx.fails_with("DELETE FROM crm.companies", "23503");
        });
    }
    let mut dba = db.superuser();
    dba.exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&acme.id],
    );
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM compliance.rights_ledger_entries", &[]),
        1
    );
}
