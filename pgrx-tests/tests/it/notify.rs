//! Schema `notify`: what follows from the states of notifications.

use pg_crm_tests::{Sql, shared};

use crate::workflow::walk;

#[test]
fn who_sets_only_the_status_of_a_notification_gets_its_times() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec_with(
            "INSERT INTO notify.notifications (user_id, topic, title) VALUES ($1, 'deal.won', 'x')",
            &[&acme.owner],
        );
        walk(
            tx,
            "notify.notifications",
            "status",
            &["sent_at", "delivered_at", "failed_at"],
            &[
                ("sent", "sent_at"),
                ("delivered", "sent_at delivered_at"),
                ("failed", "sent_at failed_at"),
                ("pending", ""),
                ("failed", "failed_at"),
                ("skipped", ""),
                ("delivered", "delivered_at"),
                ("sent", "sent_at"),
                ("skipped", ""),
            ],
        );
    });
}

#[test]
fn a_time_that_is_written_with_the_wrong_status_is_refused() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        for (status, time) in [("pending", "sent_at"), ("skipped", "sent_at"), ("sent", "delivered_at"), ("delivered", "failed_at")] {
            let error = tx.fails_with_params(
                &format!(
                    "INSERT INTO notify.notifications (user_id, topic, title, status, {time})
                     VALUES ($1, 'deal.won', 'x', '{status}', now())"
                ),
                &[&acme.owner],
                "23514",
            );
            assert_eq!(error.constraint(), Some("notifications_status_check"), "{status} with {time}");
        }
        let times = tx.exec_with(
            "INSERT INTO notify.notifications (user_id, topic, title, status)
             SELECT $1, 'deal.won', 'x', status FROM unnest('{pending,sent,delivered,failed,skipped}'::text[]) AS status",
            &[&acme.owner],
        );
        assert_eq!(times, 5);
        tx.exec("UPDATE notify.notifications SET status = 'sent', sent_at = '2025-01-01' WHERE status = 'pending'");
        tx.exec("UPDATE notify.notifications SET status = status");
        assert_eq!(
            tx.lines("SELECT status, sent_at = now() FROM notify.notifications WHERE status = 'sent' ORDER BY 2"),
            ["sent|f", "sent|t"],
            "a time that is given stays"
        );
    });
}
