//! Conversations that are resolved, put off, and opened again by hand or by the contact.

use pg_crm_tests::{Sql, shared};

use super::{assert_kept, leads_to, say, start};

const ASKED: &str = "2024-03-01 10:00 inbound received";
const RESOLVE: &str =
    "UPDATE inbox.conversations SET status = 'resolved', resolved_at = '2024-03-01 12:00'";

#[test]
fn nobody_waits_in_a_resolved_conversation() {
    leads_to(&[&say(&[ASKED]), RESOLVE], "resolved|1|1|01 10|01 10||");
}

#[test]
fn who_opens_it_again_learns_since_when_the_contact_waits() {
    leads_to(
        &[
            &say(&[ASKED]),
            RESOLVE,
            "UPDATE inbox.conversations SET status = 'pending'",
        ],
        "pending|1|1|01 10|01 10||01 10",
    );
}

#[test]
fn a_message_after_it_was_resolved_opens_it_again() {
    leads_to(
        &[
            &say(&[ASKED, "2024-03-01 11:00 outbound sent"]),
            RESOLVE,
            &say(&["2024-03-01 13:00 inbound received"]),
        ],
        "open|3|2|01 13|01 13|01 11|01 13",
    );
}

#[test]
fn a_message_from_before_it_was_resolved_leaves_it_resolved() {
    for at in ["2024-03-01 12:00", "2024-03-01 11:00", "2024-03-01 09:00"] {
        let last = at.replace("2024-03-", "").replace(":00", "");
        let expected = format!(
            "resolved|2|2|{}|{}||",
            last.clone().max("01 10".into()),
            last.max("01 10".into())
        );
        leads_to(
            &[
                &say(&[ASKED]),
                RESOLVE,
                &say(&[&format!("{at} inbound received")]),
            ],
            &expected,
        );
    }
}

#[test]
fn only_what_the_contact_writes_opens_it_again() {
    for (statement, expected) in [
        (
            say(&["2024-03-01 13:00 outbound sent"]),
            "resolved|2|1|01 13|01 10|01 13|",
        ),
        (
            "UPDATE inbox.messages SET sent_at = '2024-03-01 13:00'".into(),
            "resolved|1|1|01 13|01 13||",
        ),
    ] {
        leads_to(&[&say(&[ASKED]), RESOLVE, &statement], expected);
    }
    leads_to(
        &[
            &say(&[ASKED, "2024-03-01 13:00 inbound received"]),
            "UPDATE inbox.messages SET deleted_at = now() WHERE sent_at = '2024-03-01 13:00'",
            RESOLVE,
            "UPDATE inbox.messages SET deleted_at = NULL",
        ],
        "resolved|2|2|01 13|01 13||",
    );
}

/// The state after a statement of the application, and whether the other columns agree with it.
#[track_caller]
fn state_after(statements: &[&str], expected: &str) {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    for statement in statements {
        app.in_org(&acme, |tx| tx.exec(statement));
    }
    let state = "SELECT status, resolved_at IS NOT NULL, snoozed_until IS NOT NULL, waiting_since IS NOT NULL FROM inbox.conversations";
    assert_eq!(db.superuser().lines(state), [expected], "{statements:#?}");
    assert_kept(&db, expected);
}

const NOW: &str =
    "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status)
    SELECT contact_id, id, 'sms', 'inbound', 'received' FROM inbox.conversations";
const SNOOZE: &str =
    "UPDATE inbox.conversations SET status = 'snoozed', snoozed_until = now() + interval '1 day'";

#[test]
fn a_message_opens_a_snoozed_or_pending_conversation() {
    state_after(&[SNOOZE, NOW], "open|f|f|t");
    state_after(
        &["UPDATE inbox.conversations SET status = 'snoozed'", NOW],
        "open|f|f|t",
    );
    state_after(
        &["UPDATE inbox.conversations SET status = 'pending'", NOW],
        "open|f|f|t",
    );
}

#[test]
fn an_old_message_that_is_imported_leaves_it_snoozed() {
    state_after(&[SNOOZE, &say(&[ASKED])], "snoozed|f|t|t");
    state_after(
        &[
            "UPDATE inbox.conversations SET status = 'pending'",
            &say(&[ASKED]),
        ],
        "pending|f|f|t",
    );
}

#[test]
fn a_state_brings_and_takes_its_times() {
    state_after(
        &["UPDATE inbox.conversations SET status = 'resolved'"],
        "resolved|t|f|f",
    );
    state_after(
        &[SNOOZE, "UPDATE inbox.conversations SET status = 'resolved'"],
        "resolved|t|f|f",
    );
    state_after(
        &["UPDATE inbox.conversations SET status = 'resolved'", SNOOZE],
        "snoozed|f|t|f",
    );
    state_after(
        &[
            NOW,
            SNOOZE,
            "UPDATE inbox.conversations SET status = 'open'",
        ],
        "open|f|f|t",
    );
    state_after(
        &[
            "DELETE FROM inbox.conversations",
            "INSERT INTO inbox.conversations (contact_id, status) SELECT id, 'resolved' FROM crm.contacts",
        ],
        "resolved|t|f|f",
    );
}

#[test]
fn a_state_and_a_time_that_contradict_each_other_are_refused() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.in_org(&acme, |tx| {
        for (statement, constraint) in [
            ("UPDATE inbox.conversations SET resolved_at = now()", "conversations_resolved_at_check"),
            ("UPDATE inbox.conversations SET snoozed_until = now()", "conversations_snoozed_until_check"),
            ("UPDATE inbox.conversations SET status = 'resolved', snoozed_until = now()", "conversations_snoozed_until_check"),
            ("UPDATE inbox.conversations SET status = 'resolved', waiting_since = now()", "conversations_waiting_since_check"),
            ("INSERT INTO inbox.conversations (contact_id, resolved_at) SELECT id, now() FROM crm.contacts", "conversations_resolved_at_check"),
        ] {
            let error = tx.fails_with(statement, "23514");
            assert_eq!(error.constraint(), Some(constraint), "{statement}");
        }
    });
}
