//! The kept engagement: which statements change it, and who may write it.

use pg_crm_tests::{Sql, shared};

use super::history::assert_kept;
use super::{AT, contact, start};

/// Statements, run one after the other, and the contact's engagement at [`AT`] after each.
const STATEMENTS: &[(&str, f64)] = &[
    ("INSERT INTO commerce.orders (contact_id, placed_at) SELECT :c, :at FROM generate_series(1, 3)", 30.0),
    (
        "INSERT INTO commerce.orders (contact_id, external_id, status, placed_at)
         VALUES (:c, 'a', 'paid', :at), (:c, 'b', 'refunded', :at)",
        40.0,
    ),
    (
        "INSERT INTO commerce.orders (contact_id, external_id, status, placed_at)
         VALUES (:c, 'a', 'refunded', :at), (:c, 'b', 'paid', :at), (:c, 'c', 'paid', :at)
         ON CONFLICT (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL
         DO UPDATE SET status = excluded.status",
        50.0,
    ),
    (
        "INSERT INTO commerce.orders (contact_id, external_id, status, placed_at) VALUES (:c, 'a', 'paid', :at)
         ON CONFLICT (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL DO NOTHING",
        50.0,
    ),
    (
        "MERGE INTO commerce.orders AS o
         USING (VALUES ('a', 'paid'), ('b', 'refunded'), ('c', NULL), ('d', 'paid')) AS n (external_id, status)
            ON o.external_id = n.external_id
         WHEN MATCHED AND n.status IS NULL THEN DELETE
         WHEN MATCHED THEN UPDATE SET status = n.status
         WHEN NOT MATCHED THEN INSERT (contact_id, external_id, status, placed_at) VALUES (:c, n.external_id, n.status, :at)",
        50.0,
    ),
    ("UPDATE commerce.orders SET placed_at = :at - interval '60 days' WHERE external_id = 'd'", 45.0),
    ("DELETE FROM commerce.orders WHERE external_id IS NULL", 15.0),
    ("UPDATE commerce.orders SET contact_id = NULL", 0.0),
];

#[test]
fn every_kind_of_statement_is_seen() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    for (statement, expected) in STATEMENTS {
        let statement = statement
            .replace(":at", AT)
            .replace(":c", &format!("'{ann}'"));
        let points: f64 = app.in_org(&acme, |tx| {
            tx.exec(&statement);
            tx.one(
                &format!("SELECT crm.contact_engagement_at('{ann}', {AT})"),
                &[],
            )
        });
        assert!(
            (points - expected).abs() < 1e-9,
            "{points} and not {expected} after\n{statement}"
        );
    }
    assert_kept(&mut app, &acme, "after all statements");
}

#[test]
fn rows_that_a_superuser_copies_in_are_seen() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let copy = format!(
        "COPY commerce.orders (organization_id, contact_id, placed_at) FROM STDIN (FORMAT csv);\n{}\\.\n",
        format!("{acme},{ann},2024-03-01 00:00+00\n").repeat(1000)
    );
    pg_crm_tests::psql(&db, &["-q"], copy).ok();
    let points: f64 = app.in_org(&acme, |tx| {
        tx.one(
            &format!("SELECT crm.contact_engagement_at('{ann}', {AT})"),
            &[],
        )
    });
    assert_eq!(points, 10_000.0);
}

/// Changes of rows that change no signal.
const IDLE: &[&str] = &[
    "UPDATE inbox.messages SET content = 'other'",
    "UPDATE inbox.messages SET contact_id = contact_id, sent_at = sent_at",
    "UPDATE inbox.messages SET status = 'read' WHERE status = 'received'",
    "UPDATE inbox.messages SET created_at = now() WHERE sent_at IS NOT NULL",
    "UPDATE inbox.messages SET status = 'failed' WHERE status = 'draft'",
    "UPDATE inbox.messages SET content = 'other' WHERE false",
    "INSERT INTO inbox.messages (contact_id, channel, direction, status) SELECT id, 'sms', 'outbound', 'queued' FROM crm.contacts",
    "DELETE FROM inbox.messages WHERE status IN ('queued', 'failed')",
    "UPDATE crm.deals SET amount = 5, name = 'other'",
    "UPDATE commerce.orders SET status = 'paid'",
    "UPDATE crm.contacts SET address_line1 = 'Main Street 1'",
];

#[test]
fn changes_of_no_signal_write_no_state() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
             VALUES ('{ann}', 'sms', 'inbound', 'received', {AT}), ('{ann}', 'sms', 'outbound', 'draft', NULL);
             INSERT INTO crm.deals (contact_id, name) VALUES ('{ann}', 'deal');
             INSERT INTO commerce.orders (contact_id) VALUES ('{ann}')"
        ));
    });
    let mut dba = db.superuser();
    let states = "SELECT ctid, xmin FROM crm.contact_engagement";
    let before = dba.lines(states);
    assert_eq!(before.len(), 1);
    for statement in IDLE {
        app.in_org(&acme, |tx| tx.exec(statement));
        assert_eq!(dba.lines(states), before, "after {statement}");
    }
    app.in_org(&acme, |tx| tx.exec("DELETE FROM commerce.orders"));
    assert_ne!(dba.lines(states), before, "after a change of a signal");
}

#[test]
fn signals_of_one_organization_are_not_another_ones() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    app.in_org(&globex, |tx| {
        tx.fails_with(
            &format!("INSERT INTO commerce.orders (contact_id) VALUES ('{ann}')"),
            "23503",
        );
        let ben = contact(tx, "Ben");
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id) VALUES ('{ben}')"
        ));
    });
    let states = "SELECT organization_id, sums <> '{}' FROM crm.contact_engagement";
    for (org, gave) in [(&acme, 'f'), (&globex, 't')] {
        let kept = app.in_org(org, |tx| tx.lines(states));
        assert_eq!(kept, [format!("{org}|{gave}")]);
    }
}

#[test]
fn the_state_is_written_by_nobody_but_its_triggers() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id) VALUES ('{ann}')"
        ))
    });
    for (role, mut client) in [
        ("app", db.app()),
        ("readonly", db.readonly()),
        ("admin", db.admin()),
    ] {
        client.in_org(&acme, |tx| {
            for statement in [
                &format!("INSERT INTO crm.contact_engagement (contact_id, as_of, rank, sums) VALUES ('{ann}', now(), 99, '{{0,99}}')"),
                "UPDATE crm.contact_engagement SET rank = 99",
                "DELETE FROM crm.contact_engagement",
                "TRUNCATE crm.contact_engagement",
            ] {
                let error = tx.fails_with(statement, "42501");
                assert!(error.message().contains("permission denied"), "{role}: {error}");
            }
        });
    }
}

#[test]
fn the_trigger_cannot_be_attached_to_a_table_of_the_application() {
    let db = shared().fresh_db();
    let (mut app, ..) = start(&db);
    app.exec("CREATE TEMPORARY TABLE messages (contact_id uuid)");
    app.fails_with(
        "CREATE TRIGGER forge AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows
         FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement()",
        "42501",
    );
    app.fails_with("SELECT crm.keep_engagement()", "42501");
}

/// A clock that is wrong by decades is corrected; what had been kept must be there again.
#[test]
fn a_signal_of_the_far_future_leaves_no_trace_once_it_is_corrected() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!("INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', {AT})"));
        tx.exec(&format!("INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', '2099-01-01')"));
        tx.exec(&format!("UPDATE commerce.orders SET placed_at = {AT} WHERE placed_at > {AT}"));
        let lost: Vec<String> = tx.lines(&format!(
            "SELECT as_of, engagement, explained
               FROM (VALUES ({AT}), ({AT} + interval '1 year'), ({AT} + interval '90 years')) AS v (as_of),
                    LATERAL (SELECT crm.contact_engagement_at('{ann}', as_of) AS engagement,
                                    (SELECT sum(points) FROM crm.explain_contact_score('{ann}', as_of)) AS explained) AS a
              WHERE abs(engagement - explained) > 1e-9"
        ));
        assert_eq!(lost, [""; 0], "as of, kept, by the rows");
    });
}
