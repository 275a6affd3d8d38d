//! Messages that come later than they were said, that go, and that come back.

use super::{leads_to, say};

/// What is there before something late arrives: asked at 10, answered at 12, asked again at 14 and 16.
const BEFORE: &[&str] = &[
    "2024-03-01 10:00 inbound received",
    "2024-03-01 12:00 outbound sent",
    "2024-03-01 14:00 inbound received",
    "2024-03-01 16:00 inbound received",
];

#[test]
fn a_late_arrival_changes_what_it_would_have_changed_in_time() {
    for (late, expected) in [
        (
            "2024-03-01 17:00 inbound received",
            "open|5|4|01 17|01 17|01 12|01 14",
        ),
        (
            "2024-03-01 15:00 inbound received",
            "open|5|4|01 16|01 16|01 12|01 14",
        ),
        (
            "2024-03-01 13:00 inbound received",
            "open|5|4|01 16|01 16|01 12|01 13",
        ),
        (
            "2024-03-01 11:00 inbound received",
            "open|5|4|01 16|01 16|01 12|01 14",
        ),
        (
            "2024-03-01 09:00 inbound received",
            "open|5|4|01 16|01 16|01 12|01 14",
        ),
        (
            "2024-03-01 17:00 outbound sent",
            "open|5|3|01 17|01 16|01 12|",
        ),
        (
            "2024-03-01 16:00 outbound sent",
            "open|5|3|01 16|01 16|01 12|",
        ),
        (
            "2024-03-01 15:00 outbound sent",
            "open|5|3|01 16|01 16|01 12|01 16",
        ),
        (
            "2024-03-01 13:00 outbound sent",
            "open|5|3|01 16|01 16|01 12|01 14",
        ),
        (
            "2024-03-01 11:00 outbound sent",
            "open|5|3|01 16|01 16|01 11|01 14",
        ),
        (
            "2024-03-01 09:00 outbound sent",
            "open|5|3|01 16|01 16|01 12|01 14",
        ),
    ] {
        leads_to(&[&say(BEFORE), &say(&[late])], expected);
    }
}

#[test]
fn a_late_question_makes_a_reply_of_what_was_said_before() {
    leads_to(
        &[
            &say(&["2024-03-01 12:00 outbound sent"]),
            &say(&["2024-03-01 10:00 inbound received"]),
        ],
        "open|2|1|01 12|01 10|01 12|",
    );
    // Nor is it one where the first question turns out to be an earlier one.
    leads_to(
        &[
            &say(&[
                "2024-03-01 11:00 outbound sent",
                "2024-03-01 12:00 inbound received",
            ]),
            &say(&["2024-03-01 10:00 inbound received"]),
        ],
        "open|3|2|01 12|01 12|01 11|01 12",
    );
}

#[test]
fn messages_that_go_take_their_times_along() {
    for (at, expected) in [
        ("10:00", "open|3|2|01 16|01 16||01 14"),
        ("12:00", "open|3|3|01 16|01 16||01 10"),
        ("14:00", "open|3|2|01 16|01 16|01 12|01 16"),
        ("16:00", "open|3|2|01 14|01 14|01 12|01 14"),
    ] {
        let at = format!("WHERE sent_at = '2024-03-01 {at}'");
        let soft = format!("UPDATE inbox.messages SET deleted_at = now() {at}");
        leads_to(
            &[&say(BEFORE), &format!("DELETE FROM inbox.messages {at}")],
            expected,
        );
        leads_to(&[&say(BEFORE), &soft], expected);
        let back = "UPDATE inbox.messages SET deleted_at = NULL WHERE deleted_at IS NOT NULL";
        leads_to(
            &[&say(BEFORE), &soft, back],
            "open|4|3|01 16|01 16|01 12|01 14",
        );
    }
    leads_to(
        &[&say(BEFORE), "DELETE FROM inbox.messages"],
        "open|0|0||||",
    );
}

#[test]
fn times_that_are_corrected_are_followed() {
    let correct = |from: &str, to: &str| {
        format!(
            "UPDATE inbox.messages SET sent_at = '2024-03-01 {to}' WHERE sent_at = '2024-03-01 {from}'"
        )
    };
    leads_to(
        &[&say(BEFORE), &correct("16:00", "13:00")],
        "open|4|3|01 14|01 14|01 12|01 13",
    );
    leads_to(
        &[&say(BEFORE), &correct("12:00", "15:00")],
        "open|4|3|01 16|01 16|01 15|01 16",
    );
}

#[test]
fn a_message_that_failed_after_all_answered_nothing() {
    leads_to(
        &[
            &say(BEFORE),
            "UPDATE inbox.messages SET status = 'failed' WHERE direction = 'outbound'",
        ],
        "open|4|3|01 16|01 16||01 10",
    );
}

/// Both kinds of triggers fire at the end of one statement: what one reckons anew the other may
/// not count again.
#[test]
fn a_statement_that_inserts_updates_and_deletes_counts_each_once() {
    leads_to(
        &[
            &say(BEFORE),
            &format!(
                "WITH gone AS (DELETE FROM inbox.messages WHERE sent_at = '2024-03-01 16:00'),
                      read AS (UPDATE inbox.messages SET status = 'read' WHERE sent_at = '2024-03-01 14:00')
                 {}",
                say(&["2024-03-01 09:00 inbound received", "2024-03-01 13:00 outbound sent"])
            ),
        ],
        "open|5|2|01 14|01 14|01 12|01 14",
    );
    leads_to(
        &[
            "INSERT INTO inbox.messages (id, contact_id, conversation_id, channel, direction, status, sent_at)
             SELECT c.contact_id, c.contact_id, c.id, 'sms', 'inbound', 'received', '2024-03-01 10:00' FROM inbox.conversations AS c",
            "INSERT INTO inbox.messages (id, contact_id, conversation_id, channel, direction, status, sent_at)
             SELECT CASE at WHEN 8 THEN c.contact_id ELSE c.id END, c.contact_id, c.id, 'sms', 'inbound', 'received', '2024-03-01'::timestamptz + at * interval '1 hour'
               FROM inbox.conversations AS c, unnest('{9,8}'::int[]) AS at
             ON CONFLICT (id, organization_id) DO UPDATE SET status = 'read', sent_at = excluded.sent_at",
        ],
        "open|2|1|01 09|01 09||01 08",
    );
}
