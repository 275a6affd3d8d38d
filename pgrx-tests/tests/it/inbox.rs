//! Schema `inbox`: what conversations keep of their messages, states and their times, templates.

mod cascades;
mod concurrency;
mod conversations;
mod histories;
mod late;
mod reopening;
mod states;
mod templates;

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

/// The kept columns of all conversations, and what a plain query over the messages says instead,
/// where the two differ.
const DIFFERENCES: &str = "
    WITH m AS (
        SELECT m.*, s.occurred_at AS at
          FROM inbox.messages AS m
          LEFT JOIN LATERAL crm.message_signals(m.direction, m.status, coalesce(m.sent_at, m.created_at)) AS s ON true
         WHERE m.deleted_at IS NULL
    ), reckoned AS (
        SELECT c.id, c.organization_id,
               (SELECT count(*) FROM m WHERE m.conversation_id = c.id) AS message_count,
               (SELECT count(*) FROM m WHERE m.conversation_id = c.id AND m.direction = 'inbound' AND m.status <> 'read') AS unread_count,
               (SELECT max(m.at) FROM m WHERE m.conversation_id = c.id) AS last_message_at,
               (SELECT max(m.at) FROM m WHERE m.conversation_id = c.id AND m.direction = 'inbound') AS last_inbound_at,
               (SELECT min(o.at) FROM m AS o WHERE o.conversation_id = c.id AND o.direction = 'outbound'
                   AND EXISTS (SELECT FROM m AS i WHERE i.conversation_id = c.id AND i.direction = 'inbound' AND i.at <= o.at)) AS first_reply_at,
               (SELECT min(i.at) FROM m AS i WHERE i.conversation_id = c.id AND i.direction = 'inbound' AND c.status <> 'resolved'
                   AND NOT EXISTS (SELECT FROM m AS o WHERE o.conversation_id = c.id AND o.direction = 'outbound' AND o.at >= i.at)) AS waiting_since
          FROM inbox.conversations AS c
    ), pairs AS (
        SELECT (c.message_count, c.unread_count, c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since)::text AS kept,
               (r.message_count, r.unread_count, r.last_message_at, r.last_inbound_at, r.first_reply_at, r.waiting_since)::text AS reckoned,
               (s.message_count, s.unread_count, s.last_message_at, s.last_inbound_at, s.first_reply_at,
                CASE WHEN c.status <> 'resolved' THEN s.waiting_since END)::text AS told,
               c.id
          FROM inbox.conversations AS c
          JOIN reckoned AS r USING (id, organization_id)
         CROSS JOIN LATERAL inbox.conversation_statistics(c.organization_id, c.id) AS s
    )
    SELECT id, kept, reckoned, told FROM pairs WHERE kept <> reckoned OR told <> reckoned";

/// Asserts that every conversation of every organization keeps what its messages say.
#[track_caller]
fn assert_kept(db: &Db, what: &str) {
    let differences = db.superuser().lines(DIFFERENCES);
    assert!(
        differences.is_empty(),
        "{what}: conversation, kept, reckoned, told by conversation_statistics\n{}",
        differences.join("\n")
    );
}

/// An organization with a contact and an empty conversation, and a session of its application.
#[track_caller]
fn start(db: &Db) -> (Client, Org, Uuid) {
    let org = db.org("Acme");
    let mut app = db.app();
    let conversation = app.in_org(&org, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        tx.one(
            "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts RETURNING id",
            &[],
        )
    });
    (app, org, conversation)
}

/// A statement that inserts messages into all conversations that the session sees, each written as
/// `at direction status`, e.g. `2024-03-01 12:00 inbound received`; `-` is no time.
fn say(messages: &[&str]) -> String {
    let list = messages.join("','");
    format!(
        "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, scheduled_at, sent_at, created_at)
         SELECT c.contact_id, c.id, 'sms', said[2], said[3], now(),
                CASE WHEN said[3] NOT IN ('draft', 'scheduled', 'cancelled') THEN nullif(said[1], '-')::timestamptz END,
                '2024-01-01'
           FROM inbox.conversations AS c,
                (SELECT regexp_match(line, '^(.*) (\\w+) (\\w+)$') FROM unnest(ARRAY['{list}']) AS line) AS message (said)"
    )
}

/// What the only conversation keeps, times as day and hour.
const KEPT: &str = "
    SELECT status, message_count, unread_count,
           to_char(last_message_at AT TIME ZONE 'UTC', 'DD HH24'), to_char(last_inbound_at AT TIME ZONE 'UTC', 'DD HH24'),
           to_char(first_reply_at AT TIME ZONE 'UTC', 'DD HH24'), to_char(waiting_since AT TIME ZONE 'UTC', 'DD HH24')
      FROM inbox.conversations";

/// Runs the statements, each in its own transaction, in the only conversation of an organization;
/// what it keeps afterwards must be what is expected, and what the messages say.
#[track_caller]
fn leads_to(statements: &[&str], expected: &str) {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.exec("SET timezone = 'UTC'");
    for statement in statements {
        app.in_org(&acme, |tx| tx.exec(statement));
    }
    assert_eq!(
        db.superuser().lines(KEPT),
        [expected],
        "after {statements:#?}"
    );
    assert_kept(&db, expected);
}
