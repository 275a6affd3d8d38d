//! Deletes that take messages along, and transactions that are undone.

use pg_crm_tests::{Sql, shared};

use super::{KEPT, assert_kept, say, start};

const SAID: &[&str] = &[
    "2024-03-01 10:00 inbound received",
    "2024-03-01 12:00 outbound sent",
];

#[test]
fn conversations_and_contacts_go_with_their_messages() {
    for delete in [
        "DELETE FROM inbox.conversations",
        "DELETE FROM crm.contacts",
    ] {
        let db = shared().fresh_db();
        let (mut app, acme, _) = start(&db);
        app.in_org(&acme, |tx| tx.exec(&say(SAID)));
        app.in_org(&acme, |tx| tx.exec(delete));
        assert_eq!(db.table("inbox.messages"), [""; 0], "{delete}");
        assert_eq!(db.table("inbox.conversations"), [""; 0], "{delete}");
    }
}

#[test]
fn an_organization_goes_with_all_of_them() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.in_org(&acme, |tx| tx.exec(&say(SAID)));
    db.superuser().exec(&format!(
        "DELETE FROM tenancy.organizations WHERE id = '{acme}'"
    ));
    assert_eq!(db.table("inbox.messages"), [""; 0]);
    assert_eq!(db.table("inbox.conversations"), [""; 0]);
}

/// A group: what one of its members said goes with the member.
#[test]
fn a_contact_takes_its_messages_out_of_anothers_conversation() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&say(SAID));
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Bob')");
        tx.exec(
            "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
             SELECT p.id, c.id, 'sms', 'inbound', 'received', '2024-03-01 14:00'
               FROM crm.contacts AS p, inbox.conversations AS c WHERE p.first_name = 'Bob'",
        );
    });
    assert_kept(&db, "before");
    app.in_org(&acme, |tx| {
        tx.exec("DELETE FROM crm.contacts WHERE first_name = 'Bob'")
    });
    let kept = db
        .superuser()
        .one::<i32>("SELECT message_count FROM inbox.conversations", &[]);
    assert_eq!(kept, 2);
    assert_kept(&db, "after");
}

#[test]
fn what_is_rolled_back_is_not_kept() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.exec("SET timezone = 'UTC'");
    app.in_org(&acme, |tx| {
        tx.exec(&say(SAID));
        let mut savepoint = tx.transaction().expect("a savepoint is set");
        savepoint.exec(&say(&["2024-03-01 14:00 inbound received", "2024-03-01 09:00 inbound received"]));
        savepoint.exec("DELETE FROM inbox.messages WHERE direction = 'outbound'");
        savepoint.rollback().expect("it is rolled back");
        tx.fails_with("INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status)
                       SELECT contact_id, id, 'sms', d, 'received' FROM inbox.conversations, unnest('{inbound,outbound}'::text[]) AS d", "23514");
    });
    assert_eq!(db.superuser().lines(KEPT), ["open|2|1|01 12|01 10|01 12|"]);
    assert_kept(&db, "after");
}

/// As a restore, or maintenance that moves rows, does it.
#[test]
fn rows_that_are_restored_fire_nothing() {
    let db = shared().fresh_db();
    let (_, _, _) = start(&db);
    let mut superuser = db.superuser();
    superuser.exec("SET session_replication_role = replica; SET timezone = 'UTC'");
    superuser.exec("UPDATE inbox.conversations SET message_count = 5, unread_count = 1, last_message_at = '2024-03-01'");
    superuser.exec("UPDATE inbox.conversations SET status = 'open'");
    assert_eq!(superuser.lines(KEPT), ["open|5|1|01 00|||"]);
}
