//! When something last passed between a contact and the organization.

use std::thread;

use pg_crm_tests::{Sql, shared};

use super::contact;

fn last(tx: &mut impl Sql) -> Option<String> {
    tx.one(
        "SELECT to_char(last_activity_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM crm.contacts WHERE first_name = 'Ann'",
        &[],
    )
}

/// Statements, each with the contact's last day afterwards.
const STEPS: &[(&str, Option<&str>)] = &[
    ("SELECT", None),
    (
        "INSERT INTO inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:ann, 'sms', 'outbound', 'queued', '2024-01-01')",
        None,
    ),
    (
        "INSERT INTO inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:ann, 'sms', 'inbound', 'received', '2024-02-02')",
        Some("2024-02-02"),
    ),
    (
        "INSERT INTO inbox.messages (contact_id, channel, direction, status, created_at) VALUES (:ann, 'sms', 'inbound', 'received', '2024-01-05')",
        Some("2024-02-02"),
    ),
    (
        "INSERT INTO inbox.calls (contact_id, direction, started_at) VALUES (:ann, 'inbound', '2024-03-03')",
        Some("2024-03-03"),
    ),
    (
        "UPDATE inbox.calls SET started_at = '2024-02-20'",
        Some("2024-02-20"),
    ),
    (
        "INSERT INTO crm.activities (contact_id, kind, status, completed_at) VALUES (:ann, 'meeting', 'completed', '2024-04-04')",
        Some("2024-04-04"),
    ),
    (
        "UPDATE crm.activities SET status = 'cancelled'",
        Some("2024-02-20"),
    ),
    (
        "INSERT INTO inbox.emails (contact_id, direction, sent_at) VALUES (:ann, 'outbound', '2024-05-05')",
        Some("2024-05-05"),
    ),
    (
        "UPDATE inbox.emails SET opened_at = '2024-05-06'",
        Some("2024-05-06"),
    ),
    ("DELETE FROM inbox.emails", Some("2024-02-20")),
    (
        "INSERT INTO commerce.orders (contact_id, status, placed_at) VALUES (:ann, 'paid', '2024-06-06')",
        Some("2024-06-06"),
    ),
    (
        "UPDATE commerce.orders SET deleted_at = now()",
        Some("2024-02-20"),
    ),
    (
        "UPDATE inbox.messages SET content = 'x'",
        Some("2024-02-20"),
    ),
    ("DELETE FROM inbox.calls", Some("2024-02-02")),
    ("DELETE FROM inbox.messages", None),
];

#[test]
fn it_follows_every_kind_of_signal_back_and_forth() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("SET LOCAL TIME ZONE 'UTC'");
        contact(tx, "Ann");
        let key = "(SELECT id FROM crm.contacts WHERE first_name = 'Ann')";
        for (statement, expected) in STEPS {
            tx.exec(&statement.replace(":ann", key));
            assert_eq!(last(tx).as_deref(), *expected, "after {statement}");
        }
    });
}

#[test]
fn a_message_is_no_edit_of_the_contact() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name, updated_at) VALUES ('Ann', '2001-01-01')");
        tx.exec(
            "INSERT INTO inbox.messages (contact_id, channel, direction, status)
             SELECT id, 'sms', 'inbound', 'received' FROM crm.contacts",
        );
        let edited = "SELECT updated_at > '2002-01-01' FROM crm.contacts";
        assert!(last(tx).is_some());
        assert!(!tx.one::<bool>(edited, &[]));
        tx.exec("UPDATE crm.contacts SET title = 'Analyst', last_activity_at = last_activity_at + interval '1 day'");
        assert!(tx.one::<bool>(edited, &[]));
    });
}

#[test]
fn many_contacts_and_organizations_of_one_statement_have_their_own() {
    let db = shared().fresh_db();
    for name in ["Acme", "Globex"] {
        let org = db.org(name);
        db.app().in_org(&org, |tx| {
            tx.exec("INSERT INTO crm.contacts (first_name) SELECT 'C' || i FROM generate_series(1, 50) AS i")
        });
    }
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO inbox.messages (organization_id, contact_id, channel, direction, status, created_at)
         SELECT c.organization_id, c.id, 'sms', 'inbound', 'received',
                timestamptz '2024-01-01' + n * interval '1 hour' * (hashtext(c.id::text) % 50 + 51)
           FROM crm.contacts AS c, generate_series(1, 4) AS n",
    );
    let wrong: i64 = dba.one(
        "SELECT count(*) FROM crm.contacts AS c
          WHERE last_activity_at IS DISTINCT FROM (SELECT max(created_at) FROM inbox.messages AS m WHERE m.contact_id = c.id)",
        &[],
    );
    assert_eq!(wrong, 0);
}

#[test]
fn sessions_that_write_and_delete_at_once_agree_in_the_end() {
    const SESSIONS: u32 = 8;
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) SELECT 'C' || i FROM generate_series(1, 12) AS i")
    });
    thread::scope(|scope| {
        for session in 0..SESSIONS {
            let (db, acme) = (&db, &acme);
            scope.spawn(move || {
                let mut app = db.app();
                for round in 0..15 {
                    app.in_org(acme, |tx| {
                        tx.exec(&format!(
                            "INSERT INTO inbox.messages (contact_id, channel, direction, status, created_at, content)
                             SELECT id, 'sms', 'inbound', 'received', timestamptz '2024-01-01' + random() * interval '90 days', '{session}'
                               FROM crm.contacts ORDER BY random() LIMIT 6"
                        ))
                    });
                    if round % 3 == 2 {
                        app.in_org(acme, |tx| {
                            tx.exec(&format!("DELETE FROM inbox.messages WHERE content = '{session}' AND random() < 0.5"))
                        });
                    }
                }
            });
        }
    });
    let wrong: i64 = db.superuser().one(
        "SELECT count(*) FROM crm.contacts AS c
          WHERE last_activity_at IS DISTINCT FROM (SELECT max(created_at) FROM inbox.messages AS m WHERE m.contact_id = c.id)",
        &[],
    );
    assert_eq!(wrong, 0);
}
