//! Random histories: what conversations keep equals what a plain query reckons from the messages.

use pg_crm_tests::{Client, Db, Org, Sql, Transaction, shared};

use super::assert_kept;

/// Times are full hours of two days, so that many are equal.
const DICE: &str = "
    CREATE FUNCTION pg_temp.moment() RETURNS timestamptz VOLATILE LANGUAGE sql
        AS $$ SELECT timestamptz '2024-01-01 00:00+00' + floor(random() * 48) * interval '1 hour' $$;
    CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text VOLATILE LANGUAGE sql
        AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
    CREATE FUNCTION pg_temp.thread() RETURNS uuid VOLATILE LANGUAGE sql
        AS $$ SELECT (array_agg(id ORDER BY subject) || NULL::uuid)[1 + floor(random() * (count(*) + 1))::integer] FROM inbox.conversations $$;
";

const INSERT: &str = "
    INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, scheduled_at, sent_at, created_at, deleted_at)
    SELECT (SELECT id FROM crm.contacts LIMIT 1), pg_temp.thread(), 'sms', split_part(s, ' ', 1), split_part(s, ' ', 2), now(),
           CASE WHEN s !~ 'draft|scheduled|cancelled' AND random() < 0.8 THEN pg_temp.moment() END, pg_temp.moment(),
           CASE WHEN random() < 0.1 THEN now() END
      FROM (SELECT pg_temp.pick('inbound received', 'inbound received', 'inbound queued', 'inbound read', 'inbound failed', 'outbound sent',
                                'outbound delivered', 'outbound read', 'outbound draft', 'outbound queued', 'outbound failed') AS s
              FROM generate_series(1, {n})) AS dice";

const CHANGES: &[&str] = &[
    "UPDATE inbox.messages SET conversation_id = pg_temp.thread() WHERE random() < 0.1",
    "UPDATE inbox.messages SET sent_at = pg_temp.moment() WHERE status IN ('sent', 'read', 'received') AND random() < 0.1",
    "UPDATE inbox.messages SET created_at = pg_temp.moment() WHERE random() < 0.1",
    "UPDATE inbox.messages SET status = 'read' WHERE direction = 'inbound' AND random() < 0.2",
    "UPDATE inbox.messages SET status = 'received' WHERE direction = 'inbound' AND random() < 0.1",
    "UPDATE inbox.messages SET status = pg_temp.pick('sent', 'delivered', 'read', 'failed', 'queued', 'draft') WHERE direction = 'outbound' AND random() < 0.2",
    "UPDATE inbox.messages SET direction = 'inbound', status = 'received' WHERE random() < 0.05",
    "UPDATE inbox.messages SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE random() < 0.15",
    "UPDATE inbox.conversations SET status = pg_temp.pick('open', 'pending', 'resolved', 'snoozed') WHERE random() < 0.3",
    "UPDATE inbox.conversations SET resolved_at = pg_temp.moment() WHERE status = 'resolved'",
    "UPDATE inbox.conversations SET message_count = 20, unread_count = 1, last_message_at = now() WHERE random() < 0.2",
    "UPDATE inbox.messages SET content = 'edited'",
    "DELETE FROM inbox.messages WHERE random() < 0.1",
    "WITH gone AS (DELETE FROM inbox.messages WHERE random() < 0.1),
          read AS (UPDATE inbox.messages SET status = 'read' WHERE direction = 'inbound' AND status = 'received' AND random() < 0.1)
     INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
     SELECT (SELECT id FROM crm.contacts LIMIT 1), pg_temp.thread(), 'sms', d, CASE d WHEN 'inbound' THEN 'received' ELSE 'sent' END, pg_temp.moment()
       FROM unnest('{inbound,outbound,inbound}'::text[]) AS d",
    "INSERT INTO inbox.messages (id, contact_id, conversation_id, channel, direction, status, sent_at)
     SELECT CASE WHEN random() < 0.5 THEN id ELSE crm.uuid_v7() END, contact_id, pg_temp.thread(), 'sms', direction, status, sent_at
       FROM inbox.messages WHERE random() < 0.2
     ON CONFLICT (id, organization_id) DO UPDATE SET conversation_id = excluded.conversation_id",
];

/// Batches of many sizes, then changes in any order.
fn chapter(tx: &mut Transaction<'_>) {
    for n in [1, 1, 1, 4, 12, 40] {
        tx.exec(&INSERT.replace("{n}", &n.to_string()));
    }
    for _ in 0..CHANGES.len() {
        let dice: f64 = tx.one("SELECT random()", &[]);
        tx.exec(CHANGES[(dice * CHANGES.len() as f64) as usize]);
    }
}

/// An organization with eight conversations.
fn people(db: &Db, client: &mut Client) -> Org {
    let org = db.org("Acme");
    client.exec(DICE);
    client.in_org(&org, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name) VALUES ('Ann');
             INSERT INTO inbox.conversations (contact_id, subject)
             SELECT id, 'thread ' || i FROM crm.contacts, generate_series(1, 8) AS i",
        )
    });
    org
}

fn history_is_kept(seed: f64) {
    let db = shared().fresh_db();
    let mut app = db.app();
    let org = people(&db, &mut app);
    app.exec(&format!("SELECT setseed({seed})"));
    for i in 1..=12 {
        app.in_org(&org, chapter);
        assert_kept(&db, &format!("chapter {i}"));
    }

    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&org.id]);
    chapter(&mut tx);
    tx.rollback().expect("it is rolled back");
    assert_kept(&db, "a rollback");

    app.in_org(&org, |tx| {
        chapter(tx);
        let mut savepoint = tx.transaction().expect("a savepoint is set");
        chapter(&mut savepoint);
        savepoint.rollback().expect("it is rolled back");
        chapter(tx);
    });
    assert_kept(&db, "a rollback to a savepoint");

    let changed = "SELECT count(*) FROM inbox.conversations
        WHERE message_count > 0 AND unread_count > 0 AND first_reply_at IS NOT NULL";
    assert!(
        db.superuser().one::<i64>(changed, &[]) > 3,
        "the history is too poor"
    );
}

#[test]
fn a_random_history_is_kept() {
    history_is_kept(0.3);
}

#[test]
fn another_random_history_is_kept() {
    history_is_kept(-0.4);
}

#[test]
fn a_third_random_history_is_kept() {
    history_is_kept(0.9);
}
