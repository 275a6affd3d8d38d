//! The kept state made anew, and the contacts that it answers for.

use pg_crm_tests::{Sql, shared};

use super::history::assert_kept;
use super::{AT, contact, start};

/// The states without what a rebuild may change: which signals a time in the future hides.
const STATES: &str = "SELECT contact_id, fit, live, as_of, rank, sums FROM crm.contact_engagement ORDER BY contact_id";

#[test]
fn what_was_spoilt_is_put_right() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    for org in [&acme, &globex] {
        app.in_org(org, |tx| {
            let ben = contact(tx, "Ben");
            contact(tx, "Nobody");
            tx.exec(&format!(
                "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ben}', {AT});
                 INSERT INTO inbox.emails (contact_id, direction, sent_at, bounced_at) VALUES ('{ben}', 'outbound', {AT}, {AT})"
            ));
        });
    }
    let right = db.superuser().lines(STATES);
    assert_eq!(right.len(), 5);
    let spoil = format!(
        "UPDATE crm.contact_engagement SET rank = 0, sums = '{{9,9}}', as_of = now(), fit = 99;
         UPDATE crm.contact_engagement SET fit = NULL, live = false WHERE contact_id = '{ann}';
         INSERT INTO crm.contact_engagement (organization_id, contact_id, model_id)
         VALUES ('{acme}', '{ann}', '{acme}')"
    );
    for spoil in [&spoil, "TRUNCATE crm.contact_engagement"] {
        db.superuser().exec(spoil);
        db.admin().exec("CALL crm.rebuild_engagement()");
        assert_eq!(db.superuser().lines(STATES), right, "after {spoil}");
    }
    // One organization alone.
    db.superuser().exec(&spoil);
    db.admin()
        .exec(&format!("CALL crm.rebuild_engagement('{acme}')"));
    assert_kept(&mut app, &acme, "the organization that was rebuilt");
    let spoilt = db
        .superuser()
        .lines("SELECT DISTINCT organization_id FROM crm.contact_engagement WHERE rank = 0");
    assert_eq!(spoilt, [globex.to_string()], "the other one waits");
    assert_eq!(
        db.superuser().lines(
            "SELECT task, status, detail FROM maint.maintenance_runs WHERE task = 'scoring.rebuild_engagement' ORDER BY id"
        ),
        [
            "scoring.rebuild_engagement|succeeded|5 contacts",
            "scoring.rebuild_engagement|succeeded|5 contacts",
            "scoring.rebuild_engagement|succeeded|3 contacts"
        ]
    );
}

#[test]
fn a_state_that_is_right_is_not_written() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', {AT})"
        ));
    });
    let versions = "SELECT ctid, xmin FROM crm.contact_engagement";
    let before = db.superuser().lines(versions);
    db.admin().exec("CALL crm.rebuild_engagement()");
    assert_eq!(db.superuser().lines(versions), before);
}

#[test]
fn only_administrators_rebuild_and_not_within_a_transaction() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    for call in [
        "CALL crm.rebuild_engagement()".to_owned(),
        "CALL crm.refresh_contact_scores()".to_owned(),
        format!("SELECT crm.rebuild_engagement_of('{acme}', ARRAY['{ann}'::uuid], true)"),
        format!("SELECT crm.refresh_scores_of('{acme}', ARRAY['{ann}'::uuid])"),
        format!("CALL crm.activate_score_model('{acme}')"),
        format!("SELECT crm.drop_states_of('{acme}', ARRAY['{ann}'::uuid])"),
        "SELECT * FROM crm.contact_batches(NULL, 10)".to_owned(),
    ] {
        app.fails_with(&call, "42501");
        db.readonly().fails_with(&call, "42501");
    }
    for call in [
        "rebuild_engagement()",
        "refresh_contact_scores()",
        "activate_score_model(NULL)",
    ] {
        let mut admin = db.admin();
        let mut tx = admin.transaction().expect("a transaction begins");
        tx.fails_with(&format!("CALL crm.{call}"), "2D000");
    }
}

#[test]
fn a_state_of_the_future_comes_first_until_it_is_past() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        let ben = contact(tx, "Ben");
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', now() + interval '1 day'), ('{ben}', now())"
        ));
        let ranks = tx.lines("SELECT contact_id, rank = 'Infinity' FROM crm.contact_engagement ORDER BY 2");
        assert_eq!(ranks, [format!("{ben}|f"), format!("{ann}|t")]);
        // Only what has happened counts.
        assert_eq!(
            tx.lines("SELECT contact_id, engagement FROM crm.hottest_contacts(1)"),
            [format!("{ben}|10")]
        );
        assert_eq!(
            tx.lines("SELECT contact_id FROM crm.hottest_contacts(1, now() + interval '2 days')"),
            [ann.to_string()]
        );
    });
}
