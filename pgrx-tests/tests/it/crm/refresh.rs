//! Scores that are stored with the contacts, their history, and grades.

use pg_crm_tests::{Sql, shared};

use super::{contact, start};

const STORED: &str = "SELECT first_name, score, scored_at IS NOT NULL FROM crm.contacts ORDER BY 1";
const HISTORY: &str = "SELECT previous_score, score, fit, engagement > 0, grade, reason FROM crm.score_history ORDER BY scored_at, score";

#[test]
fn stored_scores_follow_and_their_history_says_why() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        let ben = contact(tx, "Ben");
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id, placed_at) SELECT '{ben}', now() FROM generate_series(1, 3);
             UPDATE crm.contacts SET title = 'Director', email = 'ben@example.org' WHERE id = '{ben}'"
        ));
    });
    let mut admin = db.admin();
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(STORED)),
        ["Ann|0|f", "Ben|40|t"]
    );
    let first = ["|40|10|t|B1|refresh"];
    assert_eq!(app.in_org(&acme, |tx| tx.lines(HISTORY)), first);

    // Nothing changed: nothing is written.
    let versions = "SELECT id, xmin FROM crm.contacts ORDER BY 1";
    let before = db.superuser().lines(versions);
    admin.exec(&format!("CALL crm.refresh_contact_scores('{acme}')"));
    assert_eq!(db.superuser().lines(versions), before);
    assert_eq!(app.in_org(&acme, |tx| tx.lines(HISTORY)), first);

    let updated = db
        .superuser()
        .lines("SELECT updated_at FROM crm.contacts ORDER BY id");
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', now())"
        ));
    });
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(STORED)),
        ["Ann|10|t", "Ben|40|t"]
    );
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(HISTORY)),
        ["|40|10|t|B1|refresh", "|10|0|t|C2|refresh"]
    );
    assert_eq!(
        db.superuser()
            .lines("SELECT updated_at FROM crm.contacts ORDER BY id"),
        updated,
        "a refresh is no work on a contact"
    );
}

#[test]
fn one_organization_is_refreshed_alone() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    let globex = db.org("Globex");
    for org in [&acme, &globex] {
        app.in_org(org, |tx| {
            let id = contact(tx, "Ben");
            tx.exec(&format!(
                "INSERT INTO commerce.orders (contact_id) VALUES ('{id}')"
            ));
        });
    }
    db.admin()
        .exec(&format!("CALL crm.refresh_contact_scores('{acme}')"));
    assert_eq!(
        db.superuser()
            .lines("SELECT organization_id FROM crm.contacts WHERE scored_at IS NOT NULL"),
        [acme.to_string()]
    );
    assert_eq!(
        db.superuser()
            .lines("SELECT task, target, status, detail FROM maint.maintenance_runs"),
        [format!(
            "scoring.refresh_contact_scores|organization {acme}|succeeded|1 of 2 due scores changed"
        )]
    );
}

#[test]
fn who_holds_a_contact_is_not_waited_for() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id) VALUES ('{ann}')"
        ));
    });
    let mut holder = db.superuser();
    let mut tx = holder.transaction().expect("a transaction begins");
    tx.exec("SELECT FROM crm.contacts FOR UPDATE");
    let mut admin = db.admin();
    admin.exec("SET lock_timeout = '5s'");
    admin.exec("CALL crm.refresh_contact_scores()");
    tx.rollback().expect("it ends");
    assert_eq!(app.in_org(&acme, |tx| tx.lines(STORED)), ["Ann|0|f"]);
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(app.in_org(&acme, |tx| tx.lines(STORED)), ["Ann|10|t"]);
}

#[test]
fn grades_say_fit_and_engagement() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let grade = |client: &mut pg_crm_tests::Client| -> Option<String> {
        client.in_org(&acme, |tx| tx.one("SELECT crm.contact_grade($1)", &[&ann]))
    };
    assert_eq!(grade(&mut app).as_deref(), Some("C3"));
    for (statement, expected) in [
        (
            "UPDATE crm.contacts SET title = 'Director', company_name = 'Globex'",
            "B3",
        ),
        (
            "INSERT INTO inbox.messages (contact_id, channel, direction, status) SELECT id, 'sms', 'inbound', 'received' FROM crm.contacts",
            "B2",
        ),
        (
            "INSERT INTO commerce.orders (contact_id) SELECT id FROM crm.contacts, generate_series(1, 3)",
            "B1",
        ),
        (
            "UPDATE crm.contacts SET email = 'a@b.example', phone = '+16502530000', lifecycle_stage_id = (SELECT id FROM crm.lifecycle_stages WHERE code = 'mql')",
            "A1",
        ),
    ] {
        app.in_org(&acme, |tx| {
            tx.exec("INSERT INTO crm.lifecycle_stages (organization_id, code, name) VALUES (tenancy.current_org_id(), 'mql', 'mql') ON CONFLICT DO NOTHING");
            tx.exec(statement);
        });
        assert_eq!(grade(&mut app).as_deref(), Some(expected), "{statement}");
    }
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET deleted_at = now()")
    });
    assert_eq!(grade(&mut app), None);
    let rated = app.in_org(&acme, |tx| {
        tx.lines(&format!(
            "SELECT * FROM crm.rate_contacts(ARRAY['{ann}'::uuid])"
        ))
    });
    assert_eq!(rated, [""; 0]);
}
