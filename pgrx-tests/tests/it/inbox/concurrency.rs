//! Many sessions that write messages of the same conversations and contacts at the same time.

use pg_crm_tests::{Pgbench, Sql, shared};

use super::assert_kept;

const CLIENTS: u32 = 8;
const TRANSACTIONS: u32 = 40;

/// Asserts that the sessions, which run each statement in its own transaction, neither fail nor lose a
/// message.
#[track_caller]
fn nothing_is_lost(statements: &[&str]) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name) SELECT 'Contact ' || i FROM generate_series(1, 6) AS i;
             INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts, generate_series(1, 2);
             INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
             SELECT c.contact_id, c.id, 'sms', d, CASE d WHEN 'inbound' THEN 'received' ELSE 'sent' END, '2024-01-01'
               FROM inbox.conversations AS c, unnest('{inbound,outbound,inbound}'::text[]) AS d",
        );
    });
    let script: String = statements
        .iter()
        .map(|sql| format!("BEGIN; SELECT tenancy.set_context('{acme}'); {sql}; COMMIT;\n"))
        .collect();
    let result = Pgbench::new(&db, &script)
        .role("app_user")
        .clients(CLIENTS)
        .jobs(2)
        .transactions(TRANSACTIONS)
        .run();
    assert_eq!(
        (result.transactions, result.failed),
        (u64::from(CLIENTS * TRANSACTIONS), 0),
        "transactions, and those that failed"
    );
    assert_kept(&db, "after all sessions ended");
}

/// Messages for five conversations in any order, from before and after what is there.
const BATCH: &str = "
    INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
    SELECT contact_id, id, 'sms', d, CASE d WHEN 'inbound' THEN 'received' ELSE 'sent' END,
           timestamptz '2024-01-01' + random() * interval '300 days'
      FROM (SELECT c.contact_id, c.id, (ARRAY['inbound', 'outbound'])[1 + round(random())::integer] AS d
              FROM inbox.conversations AS c, generate_series(1, 3) ORDER BY random() LIMIT 12) AS picked";

#[test]
fn concurrent_inserts_lose_nothing() {
    nothing_is_lost(&[BATCH]);
}

#[test]
fn conversations_that_are_changed_meanwhile_lose_nothing() {
    nothing_is_lost(&[
        "UPDATE inbox.conversations
            SET subject = random()::text, status = (ARRAY['open', 'pending', 'resolved', 'snoozed'])[1 + floor(random() * 4)::integer]
          WHERE id = (SELECT id FROM inbox.conversations ORDER BY random() LIMIT 1)",
        BATCH,
    ]);
}

/// A statement of each kind by itself: one that deletes and updates locks conversations twice, and
/// contacts in between.
#[test]
fn concurrent_updates_and_deletes_lose_nothing() {
    let picked = "WITH picked AS (SELECT id FROM inbox.messages ORDER BY random() LIMIT 3 FOR UPDATE SKIP LOCKED)";
    nothing_is_lost(&[
        &format!(
            "{picked} UPDATE inbox.messages AS m
                SET sent_at = timestamptz '2024-01-01' + random() * interval '300 days',
                    status = CASE m.direction WHEN 'inbound' THEN 'read' ELSE 'delivered' END,
                    conversation_id = (SELECT id FROM inbox.conversations ORDER BY random() LIMIT 1)
               FROM picked WHERE m.id = picked.id"
        ),
        &format!(
            "{picked} DELETE FROM inbox.messages AS m USING picked WHERE m.id = picked.id AND random() < 0.1"
        ),
    ]);
}
