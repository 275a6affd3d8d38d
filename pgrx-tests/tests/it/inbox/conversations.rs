//! What a conversation keeps of the messages that come one after the other.

use pg_crm_tests::{Sql, shared};

use super::{KEPT, assert_kept, leads_to, say, start};

const ASKED: &str = "2024-03-01 10:00 inbound received";
const ASKED_AGAIN: &str = "2024-03-01 11:00 inbound received";
const ANSWERED: &str = "2024-03-01 12:00 outbound sent";

#[test]
fn a_conversation_without_messages_keeps_nothing() {
    leads_to(&[], "open|0|0||||");
}

#[test]
fn a_contact_who_writes_waits_since_the_first_message() {
    leads_to(
        &[&say(&[ASKED]), &say(&[ASKED_AGAIN])],
        "open|2|2|01 11|01 11||01 10",
    );
}

#[test]
fn an_answer_ends_the_waiting() {
    leads_to(
        &[&say(&[ASKED]), &say(&[ASKED_AGAIN]), &say(&[ANSWERED])],
        "open|3|2|01 12|01 11|01 12|",
    );
}

#[test]
fn one_statement_with_all_messages_leads_to_the_same() {
    leads_to(
        &[&say(&[ANSWERED, ASKED_AGAIN, ASKED])],
        "open|3|2|01 12|01 11|01 12|",
    );
}

#[test]
fn the_contact_waits_again_after_the_last_answer() {
    leads_to(
        &[
            &say(&[ASKED, ANSWERED]),
            &say(&[
                "2024-03-02 08:00 outbound delivered",
                "2024-03-02 09:00 inbound received",
                "2024-03-02 10:00 inbound received",
            ]),
        ],
        "open|5|3|02 10|02 10|01 12|02 09",
    );
}

#[test]
fn what_the_organization_says_first_is_no_reply() {
    leads_to(
        &[&say(&["2024-03-01 09:00 outbound sent"]), &say(&[ASKED])],
        "open|2|1|01 10|01 10||01 10",
    );
}

#[test]
fn an_answer_at_the_time_of_the_question_is_a_reply() {
    let answer = "2024-03-01 10:00 outbound sent";
    for statements in [
        vec![say(&[ASKED]), say(&[answer])],
        vec![say(&[answer]), say(&[ASKED])],
        vec![say(&[ASKED, answer])],
    ] {
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        leads_to(&statements, "open|2|1|01 10|01 10|01 10|");
    }
}

/// They are live messages and count, but nothing passed yet.
#[test]
fn messages_that_were_not_sent_count_and_answer_nothing() {
    leads_to(
        &[
            &say(&[ASKED]),
            &say(&[
                "- outbound draft",
                "- outbound scheduled",
                "- outbound cancelled",
                "2024-03-01 13:00 outbound queued",
                "2024-03-01 13:00 outbound failed",
            ]),
        ],
        "open|6|1|01 10|01 10||01 10",
    );
}

#[test]
fn a_queued_message_answers_when_it_is_sent() {
    leads_to(
        &[
            &say(&[ASKED]),
            &say(&["- outbound queued"]),
            "UPDATE inbox.messages SET status = 'sent', sent_at = '2024-03-01 12:00' WHERE status = 'queued'",
        ],
        "open|2|1|01 12|01 10|01 12|",
    );
}

/// `created_at` stands for the time of a message whose sender says none.
#[test]
fn a_message_without_a_time_of_sending_has_that_of_its_row() {
    leads_to(
        &[&say(&["- inbound received"])],
        "open|1|1|01 00|01 00||01 00",
    );
}

#[test]
fn a_message_that_is_read_is_unread_no_longer() {
    leads_to(
        &[
            &say(&[ASKED, ASKED_AGAIN]),
            "UPDATE inbox.messages SET status = 'read' WHERE sent_at = '2024-03-01 10:00'",
        ],
        "open|2|1|01 11|01 11||01 10",
    );
    leads_to(
        &[
            &say(&["2024-03-01 10:00 inbound read"]),
            "UPDATE inbox.messages SET status = 'received'",
        ],
        "open|1|1|01 10|01 10||01 10",
    );
}

/// A whole row as an application had read it before, and a row that it makes up.
#[test]
fn what_an_application_writes_into_the_kept_columns_is_taken_back() {
    let overwrite = "UPDATE inbox.conversations
        SET message_count = 40, unread_count = 2, last_message_at = '2030-01-01', last_inbound_at = NULL,
            first_reply_at = NULL, waiting_since = NULL, subject = 'saved'";
    leads_to(
        &[
            &say(&[ASKED, ANSWERED, "2024-03-02 00:00 inbound received"]),
            overwrite,
        ],
        "open|3|2|02 00|02 00|01 12|02 00",
    );
    // In one statement with a message, as an application counts that knows of no trigger.
    leads_to(
        &[
            &say(&[ASKED]),
            &format!("WITH said AS ({} RETURNING conversation_id)
                      UPDATE inbox.conversations SET message_count = message_count + 1, last_message_at = now()", say(&[ANSWERED])),
        ],
        "open|2|1|01 12|01 10|01 12|",
    );
}

#[test]
fn a_new_conversation_has_no_messages_whatever_is_said() {
    leads_to(
        &[
            "DELETE FROM inbox.conversations",
            "INSERT INTO inbox.conversations (contact_id, message_count, unread_count, last_message_at, last_inbound_at, first_reply_at, waiting_since)
             SELECT id, 7, 3, now(), now(), now(), now() FROM crm.contacts",
        ],
        "open|0|0||||",
    );
}

/// Not even a version of the row as it was.
#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&say(&[ASKED, ANSWERED, "- outbound draft"]))
    });
    let place = "SELECT ctid, xmin FROM inbox.conversations";
    let before = db.superuser().lines(place);
    for update in [
        "content = content",
        "content = 'edited', metadata = '{\"a\": 1}'",
        "status = 'delivered', delivered_at = now() WHERE status = 'sent'",
        "contact_id = contact_id, conversation_id = conversation_id",
        "created_at = now() WHERE sent_at IS NOT NULL",
        "status = 'scheduled' WHERE status = 'draft'",
    ] {
        app.in_org(&acme, |tx| {
            tx.exec(&format!("UPDATE inbox.messages SET {update}"))
        });
        assert_eq!(db.superuser().lines(place), before, "{update}");
    }
    app.in_org(&acme, |tx| tx.exec("UPDATE inbox.messages SET status = 'read' WHERE false; DELETE FROM inbox.messages WHERE false"));
    assert_eq!(db.superuser().lines(place), before);
}

#[test]
fn messages_without_a_conversation_are_nobodys() {
    leads_to(
        &[
            "INSERT INTO inbox.messages (contact_id, channel, direction, status) SELECT id, 'sms', 'inbound', 'received' FROM crm.contacts",
            "UPDATE inbox.messages SET status = 'read'",
            "DELETE FROM inbox.messages",
        ],
        "open|0|0||||",
    );
}

#[test]
fn a_message_that_moves_changes_both_conversations() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.exec("SET timezone = 'UTC'");
    app.in_org(&acme, |tx| {
        tx.exec(&say(&[ASKED, ANSWERED]));
        tx.exec("INSERT INTO inbox.conversations (contact_id, subject) SELECT id, 'other' FROM crm.contacts");
    });
    let kept = format!("{KEPT} ORDER BY subject NULLS FIRST");
    let into = |target: &str, which: &str| {
        format!("UPDATE inbox.messages SET conversation_id = {target} WHERE direction = '{which}'")
    };
    let other = "(SELECT id FROM inbox.conversations WHERE subject = 'other')";
    for (statement, expected) in [
        (
            into(other, "inbound"),
            ["open|1|0|01 12|||", "open|1|1|01 10|01 10||01 10"],
        ),
        (
            into(other, "outbound"),
            ["open|0|0||||", "open|2|1|01 12|01 10|01 12|"],
        ),
        (
            into("NULL", "outbound"),
            ["open|0|0||||", "open|1|1|01 10|01 10||01 10"],
        ),
    ] {
        app.in_org(&acme, |tx| tx.exec(&statement));
        assert_eq!(db.superuser().lines(&kept), expected, "{statement}");
        assert_kept(&db, &statement);
    }
}

#[test]
fn one_statement_may_concern_several_organizations() {
    let db = shared().fresh_db();
    let (mut one, two) = (db.superuser(), db.org("Globex"));
    let (mut app, acme, _) = start(&db);
    app.in_org(&two, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Bob')");
        // A key that another organization has as well.
        tx.exec_with(
            "INSERT INTO inbox.conversations (id, contact_id) SELECT $1, id FROM crm.contacts",
            &[&acme.id],
        );
    });
    app.in_org(&acme, |tx| {
        tx.exec_with(
            "INSERT INTO inbox.conversations (id, contact_id) SELECT $1, id FROM crm.contacts",
            &[&acme.id],
        )
    });
    let insert = say(&[ASKED, ANSWERED])
        .replace("messages (", "messages (organization_id, ")
        .replace(
            "SELECT c.contact_id",
            "SELECT c.organization_id, c.contact_id",
        );
    one.exec(&insert);
    let counts = "SELECT organization_id, sum(message_count) FROM inbox.conversations GROUP BY 1";
    let expected = |a: u32, g: u32| {
        let mut lines = [format!("{acme}|{a}"), format!("{two}|{g}")];
        lines.sort();
        lines
    };
    let mut sums = one.lines(counts);
    sums.sort();
    assert_eq!(sums, expected(4, 2));
    one.exec("UPDATE inbox.messages SET deleted_at = now() WHERE direction = 'outbound'");
    let mut sums = one.lines(counts);
    sums.sort();
    assert_eq!(sums, expected(2, 1));
    one.exec("DELETE FROM inbox.messages");
    let mut sums = one.lines(counts);
    sums.sort();
    assert_eq!(sums, expected(0, 0));
}

#[test]
fn nobody_else_may_call_what_keeps_them() {
    let db = shared().fresh_db();
    let open = db.superuser().lines(
        "SELECT p.proname FROM pg_proc AS p, unnest('{public,crm_app,crm_admin,crm_readonly}'::text[]) AS r
          WHERE p.pronamespace = 'inbox'::regnamespace AND p.prosecdef AND has_function_privilege(r, p.oid, 'EXECUTE')",
    );
    assert_eq!(open, [""; 0]);
}

#[test]
fn statistics_of_another_tenants_conversation_are_empty() {
    let db = shared().fresh_db();
    let (mut app, acme, conversation) = start(&db);
    let globex = db.org("Globex");
    app.in_org(&acme, |tx| tx.exec(&say(&[ASKED])));
    let ask = "SELECT message_count FROM inbox.conversation_statistics($1, $2)";
    let mut asked = |org| app.in_org(org, |tx| tx.one::<i32>(ask, &[&acme.id, &conversation]));
    assert_eq!((asked(&acme), asked(&globex)), (1, 0));
}

#[test]
fn statistics_of_null_are_empty() {
    let db = shared().fresh_db();
    assert_eq!(
        db.app()
            .lines("SELECT * FROM inbox.conversation_statistics(NULL, NULL)"),
        ["0|0||||"]
    );
}
