//! Schema `runtime`: what follows from the states of messages and members.

use pg_crm_tests::{Sql, shared};

#[test]
fn who_sets_only_the_status_of_a_message_gets_its_times() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO runtime.queues (name) VALUES ('mail')");
        tx.exec("INSERT INTO runtime.queue_messages (queue) VALUES ('mail')");
        for (change, expected) in [
            (
                "status = 'in_flight', visible_at = '2040-01-01', receive_count = 1, received_at = now(), locked_by = 'w', heartbeat_at = now()",
                "in_flight|t|f|f|w|t",
            ),
            ("status = 'ready', visible_at = now()", "ready|t|f|f||f"),
            ("status = 'in_flight', locked_by = 'w', heartbeat_at = now()", "in_flight|t|f|f|w|t"),
            ("status = 'dead'", "dead|f|t|t||f"),
            ("status = 'dead', last_error = 'x', last_failed_at = now()", "dead|f|t|t||f"),
            ("status = 'ready'", "ready|t|f|f||f"),
            ("status = 'dead', dead_at = '2025-01-01', visible_at = 'infinity'", "dead|f|t|t||f"),
            ("status = 'ready', dead_at = NULL, visible_at = '2040-01-01'", "ready|t|f|f||f"),
        ] {
            tx.exec(&format!("UPDATE runtime.queue_messages SET {change}"));
            assert_eq!(
                tx.lines(
                    "SELECT status, visible_at < 'infinity', dead_at IS NOT NULL, visible_at = 'infinity', locked_by, heartbeat_at IS NOT NULL
                       FROM runtime.queue_messages"
                ),
                [expected],
                "{change}"
            );
        }
        for change in ["status = 'dead', visible_at = '2040-01-02'", "dead_at = now()", "status = 'ready', locked_by = 'w'"] {
            tx.fails_with(&format!("UPDATE runtime.queue_messages SET {change}"), "23514");
        }
    });
}

#[test]
fn presence_tells_since_when_the_status_is_what_it_is() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec("INSERT INTO runtime.presence (status, status_changed_at) VALUES ('online', '2025-01-01')");
        let mut changed = |change: &str, expected: &str| {
            tx.exec(&format!("UPDATE runtime.presence SET {change}"));
            assert_eq!(
                tx.lines("SELECT CASE WHEN status_changed_at = now() THEN 'now' ELSE (status_changed_at AT TIME ZONE 'UTC')::date::text END FROM runtime.presence"),
                [expected],
                "{change}"
            );
        };
        changed("status = 'online', last_seen_at = now()", "2025-01-01");
        changed("status = 'away'", "now");
        changed("status = 'offline', status_changed_at = '2025-02-01 00:00+00'", "2025-02-01");
        changed("last_seen_at = now()", "2025-02-01");
    });
}
