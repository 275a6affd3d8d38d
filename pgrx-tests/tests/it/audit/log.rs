//! What an application may write, and as whom.

use pg_crm_tests::{Sql, shared};

use super::problems;

#[test]
fn an_entry_is_the_current_organizations_and_users() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org_as(&acme, acme.owner, |tx| {
        tx.exec("SELECT audit.log('contact.merged', 'contact', NULL, '{\"moved\": 3}')");
        tx.exec("SELECT audit.log('export.made', 'contact', NULL, NULL, 'access', 'denied', 'asked by mail')");
    });
    app.in_org(&acme, |tx| {
        tx.exec("SELECT audit.log('job.done', 'contact', NULL)")
    });
    let entries = db.superuser().lines(
        "SELECT action, category, outcome, actor_kind, actor_name, reason, detail, database_role,
                organization_id IS NOT NULL, user_id IS NOT NULL
         FROM audit.audit_logs ORDER BY created_at, seq, category DESC",
    );
    assert_eq!(
        entries,
        [
            "contact.merged|activity|success|user|owner@acme.example||{\"moved\": 3}|app_user|t|t",
            "export.made|access|denied|user|owner@acme.example|asked by mail|{}|app_user|t|t",
            "job.done|activity|success|program|||{}|app_user|t|f",
        ]
    );
    assert_eq!(problems(&mut db.superuser()), [] as [&str; 0]);
}

#[test]
fn the_id_of_the_entry_is_returned_and_the_organization_sees_it() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let id: pg_crm_tests::Uuid = db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.one("SELECT audit.log('a', 'b', $1)", &[&acme.owner])
    });
    let seen = "SELECT count(*) FROM audit.audit_logs WHERE id = $1";
    assert_eq!(db.app().in_org(&acme, |tx| tx.one::<i64>(seen, &[&id])), 1);
    assert_eq!(
        db.app().in_org(&globex, |tx| tx.one::<i64>(seen, &[&id])),
        0
    );
}

#[test]
fn what_makes_no_entry_is_refused() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app()
        .fails_with("SELECT audit.log('a', 'b', NULL)", "42501");
    db.readonly().in_org(&acme, |tx| {
        tx.fails_with("SELECT audit.log('a', 'b', NULL)", "42501");
    });
    db.app().in_org(&acme, |tx| {
        for (call, sqlstate) in [
            ("audit.log(' ', 'b', NULL)", "23514"),
            ("audit.log(NULL, 'b', NULL)", "23502"),
            ("audit.log('a', NULL, NULL)", "23502"),
            ("audit.log('a', 'b', NULL, '[]')", "23514"),
            ("audit.log('a', 'b', NULL, '{}', 'gossip')", "23514"),
            ("audit.log('a', 'b', NULL, '{}', 'activity', 'ok')", "23514"),
            ("audit.log_security('gossip')", "23514"),
            ("audit.log_security('other')", "23514"),
        ] {
            tx.fails_with(&format!("SELECT {call}"), sqlstate);
        }
        for ledger in [
            "audit_logs",
            "record_versions",
            "security_events",
            "chain_heads",
        ] {
            tx.fails_with(
                &format!("INSERT INTO audit.{ledger} DEFAULT VALUES"),
                "42501",
            );
        }
    });
    assert_eq!(db.table("audit.chain_heads"), [] as [&str; 0]);
}

#[test]
fn a_sign_in_that_failed_is_recorded_without_a_context() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().exec(
        "SELECT audit.log_security('login', 'failure', 'warning', 'ann@example.com', '192.0.2.1', 'curl', '{\"attempt\": 3}')",
    );
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec("SELECT audit.log_security('login')")
    });
    let events = db.superuser().lines(
        "SELECT organization_id IS NULL, user_id IS NULL, kind, outcome, severity, identifier, ip_address, detail
         FROM audit.security_events ORDER BY created_at",
    );
    assert_eq!(
        events,
        [
            "t|t|login|failure|warning|ann@example.com|192.0.2.1|{\"attempt\": 3}",
            "f|f|login|success|info|||{}",
        ]
    );
    assert_eq!(problems(&mut db.superuser()), [] as [&str; 0]);
}
