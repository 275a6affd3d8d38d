//! States and their times, of messages and in the schemas voice and chat.

use pg_crm_tests::{Sql, shared};

/// Makes a row, then changes it one way after the other, as the application; after each change what
/// is asked must be what is expected.
#[track_caller]
fn states(table: &str, row: &str, asked: &str, changes: &[(&str, &str)]) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        tx.exec(&format!("INSERT INTO {table} {row}"));
    });
    for (change, expected) in changes {
        app.in_org(&acme, |tx| tx.exec(&format!("UPDATE {table} SET {change}")));
        let lines = db
            .superuser()
            .lines(&format!("SELECT {asked} FROM {table}"));
        assert_eq!(lines, [*expected], "{table}: {change}");
    }
}

#[test]
fn a_message_forgets_the_times_that_its_status_does_not_have() {
    let asked = "status, sent_at IS NOT NULL, delivered_at IS NOT NULL, read_at IS NOT NULL, failed_at IS NOT NULL";
    states(
        "inbox.messages",
        "(contact_id, channel, direction, status) SELECT id, 'sms', 'outbound', 'queued' FROM crm.contacts",
        asked,
        &[
            (
                "status = 'read', sent_at = now(), delivered_at = now(), read_at = now()",
                "read|t|t|t|f",
            ),
            ("status = 'delivered'", "delivered|t|t|f|f"),
            ("status = 'read'", "read|t|t|f|f"),
            ("status = 'sent'", "sent|t|f|f|f"),
            ("status = 'failed', failed_at = now()", "failed|t|f|f|t"),
            ("status = 'queued'", "queued|t|f|f|f"),
            ("status = 'draft'", "draft|f|f|f|f"),
        ],
    );
}

#[test]
fn an_assistant_knows_when_it_was_archived() {
    states(
        "voice.assistants",
        "(name) VALUES ('Ada')",
        "status, archived_at IS NOT NULL",
        &[
            ("status = 'archived'", "archived|t"),
            ("name = name", "archived|t"),
            ("status = 'active'", "active|f"),
        ],
    );
}

#[test]
fn a_phone_number_knows_when_it_was_released() {
    states(
        "voice.phone_numbers",
        "(phone) VALUES ('+493012345678')",
        "status, released_at IS NOT NULL",
        &[
            ("status = 'released', assistant_id = NULL", "released|t"),
            ("status = 'active'", "active|f"),
        ],
    );
}

#[test]
fn a_call_of_an_assistant_knows_when_it_began_and_ended() {
    states(
        "voice.vapi_calls",
        "(status, started_at, ended_at, duration_seconds, ended_reason) VALUES ('ended', now(), now(), 0, 'error')",
        "status, started_at IS NOT NULL, ended_at IS NOT NULL",
        &[
            (
                "status = 'queued', duration_seconds = NULL, ended_reason = NULL",
                "queued|f|f",
            ),
            ("status = 'ringing'", "ringing|f|f"),
            ("status = 'in_progress'", "in_progress|t|f"),
            ("status = 'forwarding'", "forwarding|t|f"),
            ("status = 'ended'", "ended|t|t"),
            (
                "status = 'scheduled', scheduled_at = now()",
                "scheduled|f|f",
            ),
            ("status = 'ended'", "ended|f|t"),
        ],
    );
}

#[test]
fn a_conversation_with_an_assistant_knows_when_it_was_archived() {
    states(
        "chat.conversations",
        "DEFAULT VALUES",
        "status, archived_at IS NOT NULL",
        &[
            ("status = 'archived'", "archived|t"),
            ("status = 'active'", "active|f"),
        ],
    );
}

#[test]
fn an_article_knows_when_it_was_published_and_archived() {
    states(
        "chat.knowledge_base",
        "(title, content, status, published_at) VALUES ('How to', 'So', 'published', '2026-01-01')",
        "status, published_at = '2026-01-01', published_at IS NOT NULL, archived_at IS NOT NULL",
        &[
            ("status = 'archived'", "archived|t|t|t"),
            ("status = 'published'", "published|t|t|f"),
            ("status = 'draft'", "draft||f|f"),
            ("status = 'published'", "published|f|t|f"),
        ],
    );
}

#[test]
fn a_new_row_in_an_end_state_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        for (table, columns, values, time) in [
            ("voice.assistants", "name, status", "'a', 'archived'", "archived_at"),
            ("voice.phone_numbers", "phone, status", "'+493012345678', 'released'", "released_at"),
            ("voice.vapi_calls", "status", "'ended'", "ended_at"),
            ("voice.vapi_calls", "status", "'in_progress'", "started_at"),
            ("chat.conversations", "status", "'archived'", "archived_at"),
            ("chat.knowledge_base", "title, content, status", "'a', 'a', 'published'", "published_at"),
        ] {
            let insert = format!("INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {time} = now()");
            assert_eq!(tx.one::<Option<bool>>(&insert, &[]), Some(true), "{insert}");
        }
        for (insert, constraint) in [
            ("INSERT INTO voice.assistants (name, archived_at) VALUES ('b', now())", "assistants_archived_at_check"),
            ("INSERT INTO voice.phone_numbers (phone, released_at) VALUES ('+493012345679', now())", "phone_numbers_released_at_check"),
            ("INSERT INTO voice.vapi_calls (started_at) VALUES (now())", "vapi_calls_started_at_check"),
            ("INSERT INTO chat.conversations (archived_at) VALUES (now())", "conversations_archived_at_check"),
            ("INSERT INTO chat.knowledge_base (title, published_at) VALUES ('b', now())", "knowledge_base_published_at_check"),
        ] {
            let error = tx.fails_with(insert, "23514");
            assert_eq!(error.constraint(), Some(constraint), "{insert}");
        }
    });
}
