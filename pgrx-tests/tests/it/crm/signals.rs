//! What counts as a signal, and how much.

use pg_crm_tests::{Sql, shared};

use super::history::assert_kept;
use super::{AT, contact, start};

/// Rows of the contact `$1` at `$2`, and the signals of which `explain` must tell.
const ROWS: &[(&str, &str)] = &[
    (
        "inbox.messages (contact_id, channel, direction, status, sent_at) VALUES (:c, 'sms', 'inbound', 'received', :at)",
        "message_inbound 4",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:c, 'sms', 'inbound', 'read', :at)",
        "message_inbound 4",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, sent_at) VALUES (:c, 'sms', 'outbound', 'sent', :at)",
        "message_outbound 0.5",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, sent_at) VALUES (:c, 'sms', 'outbound', 'delivered', :at)",
        "message_outbound 0.5",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, sent_at) VALUES (:c, 'sms', 'outbound', 'read', :at)",
        "message_outbound 0.5",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:c, 'sms', 'outbound', 'queued', :at)",
        "",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:c, 'sms', 'outbound', 'draft', :at)",
        "",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:c, 'sms', 'outbound', 'failed', :at)",
        "",
    ),
    (
        "inbox.messages (contact_id, channel, direction, status, sent_at, deleted_at) VALUES (:c, 'sms', 'inbound', 'received', :at, now())",
        "",
    ),
    (
        "inbox.calls (contact_id, direction, status, started_at) VALUES (:c, 'inbound', 'completed', :at)",
        "call_inbound 6",
    ),
    (
        "inbox.calls (contact_id, direction, status, created_at) VALUES (:c, 'inbound', 'missed', :at)",
        "call_inbound 6",
    ),
    (
        "inbox.calls (contact_id, direction, status, started_at) VALUES (:c, 'outbound', 'completed', :at)",
        "call_outbound 2",
    ),
    (
        "inbox.calls (contact_id, direction, status, started_at) VALUES (:c, 'outbound', 'busy', :at)",
        "",
    ),
    (
        "inbox.calls (contact_id, direction, started_at, deleted_at) VALUES (:c, 'inbound', :at, now())",
        "",
    ),
    (
        "inbox.emails (contact_id, direction, sent_at) VALUES (:c, 'outbound', :at)",
        "email_sent 0.2",
    ),
    (
        "inbox.emails (contact_id, direction, created_at) VALUES (:c, 'outbound', :at)",
        "",
    ),
    (
        "inbox.emails (contact_id, direction, created_at) VALUES (:c, 'inbound', :at)",
        "email_received 3",
    ),
    (
        "inbox.emails (contact_id, direction, opened_at) VALUES (:c, 'outbound', :at)",
        "email_opened 1",
    ),
    (
        "inbox.emails (contact_id, direction, clicked_at) VALUES (:c, 'outbound', :at)",
        "email_clicked 3",
    ),
    (
        "inbox.emails (contact_id, direction, replied_at) VALUES (:c, 'outbound', :at)",
        "email_replied 5",
    ),
    (
        "inbox.emails (contact_id, direction, bounced_at) VALUES (:c, 'outbound', :at)",
        "email_bounced -5",
    ),
    (
        "inbox.emails (contact_id, direction, sent_at, opened_at, clicked_at) VALUES (:c, 'outbound', :at, :at, :at)",
        "email_clicked 3, email_opened 1, email_sent 0.2",
    ),
    (
        "inbox.emails (contact_id, direction, opened_at, deleted_at) VALUES (:c, 'outbound', :at, now())",
        "",
    ),
    (
        "crm.activities (contact_id, kind, status, completed_at) VALUES (:c, 'meeting', 'completed', :at)",
        "meeting_completed 8",
    ),
    (
        "crm.activities (contact_id, kind, status, completed_at) VALUES (:c, 'call', 'completed', :at)",
        "call_completed 3",
    ),
    (
        "crm.activities (contact_id, kind, status, completed_at) VALUES (:c, 'follow_up', 'completed', :at)",
        "follow_up_completed 2",
    ),
    (
        "crm.activities (contact_id, kind, status, completed_at) VALUES (:c, 'task', 'completed', :at)",
        "task_completed 1",
    ),
    (
        "crm.activities (contact_id, kind, status, due_at) VALUES (:c, 'meeting', 'pending', :at)",
        "",
    ),
    (
        "crm.activities (contact_id, kind, status, completed_at, deleted_at) VALUES (:c, 'task', 'completed', :at, now())",
        "",
    ),
    (
        "crm.deals (contact_id, name, created_at) VALUES (:c, 'deal', :at)",
        "deal_created 8",
    ),
    (
        "crm.deals (contact_id, name, created_at, status, closed_at) VALUES (:c, 'deal', :at, 'won', :at)",
        "deal_created 8, deal_won 15",
    ),
    (
        "crm.deals (contact_id, name, created_at, status, closed_at) VALUES (:c, 'deal', :at, 'lost', :at)",
        "deal_created 8, deal_lost -6",
    ),
    (
        "crm.deals (contact_id, name, created_at, deleted_at) VALUES (:c, 'deal', :at, now())",
        "",
    ),
    (
        "commerce.orders (contact_id, placed_at) VALUES (:c, :at)",
        "order_placed 10",
    ),
    (
        "commerce.orders (contact_id, status, placed_at) VALUES (:c, 'completed', :at)",
        "order_placed 10",
    ),
    (
        "commerce.orders (contact_id, status, placed_at) VALUES (:c, 'draft', :at)",
        "",
    ),
    (
        "commerce.orders (contact_id, status, placed_at) VALUES (:c, 'cancelled', :at)",
        "",
    ),
    (
        "commerce.orders (contact_id, status, placed_at) VALUES (:c, 'refunded', :at)",
        "",
    ),
    ("commerce.orders (placed_at) VALUES (:at)", ""),
];

#[test]
fn every_signal_counts_its_weight() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    for (row, signals) in ROWS {
        let (explained, kept) = app.in_org(&acme, |tx| {
            let id = contact(tx, "Ben");
            let row = row.replace(":at", AT).replace(":c", &format!("'{id}'"));
            tx.exec(&format!("INSERT INTO {row}"));
            let explained: String = tx.one(
                &format!(
                    "SELECT coalesce(string_agg(signal || ' ' || points, ', ' ORDER BY signal), '')
                       FROM crm.explain_contact_score('{id}', {AT}) WHERE component = 'engagement'"
                ),
                &[],
            );
            // A state that was made in vain would slow every reader.
            let kept = tx.lines(&format!(
                "SELECT (SELECT sum(sum) FROM unnest(kept.sums[2:]) AS sum) FROM crm.contact_engagement AS kept WHERE contact_id = '{id}' AND sums <> '{{}}'"
            ));
            (explained, kept)
        });
        assert_eq!(explained, *signals, "{row}");
        let weights: f64 = signals
            .split(", ")
            .filter_map(|signal| signal.split_once(' '))
            .map(|(_, weight)| weight.parse::<f64>().expect("a number"))
            .sum();
        let expected = if signals.is_empty() {
            vec![]
        } else {
            vec![weights.to_string()]
        };
        assert_eq!(kept, expected, "kept after {row}");
    }
}

#[test]
fn a_call_or_an_email_of_a_thread_counts_once_as_its_message() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "WITH m AS (INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
                        VALUES ('{ann}', 'voice', 'inbound', 'received', {AT}), ('{ann}', 'email', 'inbound', 'received', {AT})
                        RETURNING id, channel),
                  c AS (INSERT INTO inbox.calls (contact_id, direction, started_at, message_id)
                        SELECT '{ann}', 'inbound', {AT}, id FROM m WHERE channel = 'voice')
             INSERT INTO inbox.emails (contact_id, direction, sent_at, opened_at, message_id)
             SELECT '{ann}', 'inbound', {AT}, {AT}, id FROM m WHERE channel = 'email'"
        ));
        let points = format!("SELECT crm.contact_engagement_at('{ann}', {AT})");
        assert_eq!(tx.one::<f64>(&points, &[]), 4.0 + 4.0 + 1.0);
        // Without the messages they stand for themselves.
        tx.exec("DELETE FROM inbox.messages");
        assert_eq!(tx.one::<f64>(&points, &[]), 6.0 + 3.0 + 1.0);
    });
    assert_kept(&mut app, &acme, "after the messages were deleted");
}
