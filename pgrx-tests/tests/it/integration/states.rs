//! States, their times, and when to try again.

use pg_crm_tests::{Sql, Transaction, shared};

use crate::workflow::walk;

#[track_caller]
fn webhook(tx: &mut Transaction<'_>) {
    tx.exec("INSERT INTO integration.webhooks (name, url, max_attempts) VALUES ('a', 'https://example.com', 3)");
}

#[test]
fn who_sets_only_the_status_gets_the_times() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO integration.integrations (kind, provider) VALUES ('crm', 'hubspot')");
        walk(
            tx,
            "integration.integrations",
            "status",
            &["connected_at", "disconnected_at", "last_error_at"],
            &[
                ("active", "connected_at"),
                ("error", "connected_at last_error_at"),
                ("paused", "connected_at last_error_at"),
                ("disconnected", "connected_at disconnected_at last_error_at"),
                ("active", "connected_at last_error_at"),
                ("pending", "last_error_at"),
                ("disconnected", "disconnected_at last_error_at"),
            ],
        );
        tx.exec("INSERT INTO integration.sync_logs (integration_id) SELECT id FROM integration.integrations");
        walk(
            tx,
            "integration.sync_logs",
            "status",
            &["started_at", "completed_at", "duration_ms"],
            &[
                ("running", "started_at"),
                ("completed", "started_at completed_at duration_ms"),
                ("pending", ""),
                ("cancelled", "completed_at"),
                ("failed", "started_at completed_at duration_ms"),
            ],
        );
        webhook(tx);
        tx.exec(
            "INSERT INTO integration.webhook_logs (webhook_id, delivery_id, event_name) SELECT id, crm.uuid_v7(), 'deal.won' FROM integration.webhooks",
        );
        walk(
            tx,
            "integration.webhook_logs",
            "status",
            &["next_attempt_at", "started_at", "completed_at", "duration_ms"],
            &[
                ("pending", "next_attempt_at"),
                ("running", "next_attempt_at started_at"),
                ("succeeded", "started_at completed_at duration_ms"),
                ("pending", "next_attempt_at"),
                ("cancelled", "completed_at"),
                ("failed", "next_attempt_at started_at completed_at duration_ms"),
            ],
        );
    });
}

#[test]
fn an_integration_that_is_connected_again_is_connected_now() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO integration.integrations (kind, provider, status, connected_at) VALUES ('crm', 'hubspot', 'active', '2025-01-01')");
        for (status, now) in [("paused", false), ("disconnected", false), ("active", true)] {
            tx.exec(&format!("UPDATE integration.integrations SET status = '{status}'"));
            assert_eq!(tx.one::<bool>("SELECT connected_at = now() FROM integration.integrations", &[]), now, "{status}");
        }
    });
}

#[test]
fn a_webhook_that_is_used_again_starts_afresh() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        webhook(tx);
        let error = tx.fails_with("UPDATE integration.webhooks SET status = 'disabled'", "23514");
        assert_eq!(error.constraint(), Some("webhooks_disabled_check"), "a reason is wanted");
        tx.exec(
            "UPDATE integration.webhooks
                SET status = 'disabled', disabled_reason = 'failures', consecutive_failures = 3, first_failure_at = '2025-01-01', last_failure_at = '2025-01-09'",
        );
        let state = "SELECT status, disabled_at = now(), disabled_reason, consecutive_failures, first_failure_at IS NULL, last_failure_at IS NULL FROM integration.webhooks";
        assert_eq!(tx.lines(state), ["disabled|t|failures|3|f|f"]);
        tx.exec("UPDATE integration.webhooks SET status = 'active'");
        assert_eq!(tx.lines(state), ["active|||0|t|f"]);
    });
}

#[test]
fn a_failed_attempt_is_followed_by_another_after_the_webhooks_backoff() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        webhook(tx);
        tx.exec("UPDATE integration.webhooks SET max_attempts = 100, backoff = '5 seconds', backoff_factor = 6, max_backoff = '10 hours'");
        for (attempt, change, expected) in [
            (1, "status = 'failed'", Some("00:00:05")),
            (2, "status = 'failed'", Some("00:00:30")),
            (3, "status = 'failed', completed_at = now()", Some("00:03:00")),
            (6, "status = 'failed'", Some("10:00:00")),
            (99, "status = 'failed'", Some("10:00:00")),
            (100, "status = 'failed'", None),
            (1, "status = 'failed', next_attempt_at = NULL", None),
            (1, "status = 'failed', next_attempt_at = now() + interval '1 hour'", Some("01:00:00")),
            (1, "status = 'succeeded'", None),
            (1, "status = 'cancelled'", None),
        ] {
            tx.exec(&format!(
                "DELETE FROM integration.webhook_logs;
                 INSERT INTO integration.webhook_logs (webhook_id, delivery_id, event_name, attempt_number, status, next_attempt_at, locked_by)
                 SELECT id, crm.uuid_v7(), 'deal.won', {attempt}, 'running', now() + interval '30 s', 'w' FROM integration.webhooks;
                 UPDATE integration.webhook_logs SET {change}"
            ));
            let waits: Option<String> = tx.one("SELECT (next_attempt_at - completed_at)::text FROM integration.webhook_logs WHERE locked_by IS NULL", &[]);
            assert_eq!(waits.as_deref(), expected, "attempt {attempt}: {change}");
        }
    });
}
