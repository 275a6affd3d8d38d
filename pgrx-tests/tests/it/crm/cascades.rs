//! Deletes that delete or change other rows: the kept engagement follows.

use pg_crm_tests::{Sql, Transaction, shared};

use super::history::assert_kept;
use super::{AT, start};

/// Deletes that end other rows, and the state rows that are left.
fn cascade(delete: &str, left: &[&str]) {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx: &mut Transaction<'_>| {
        tx.exec(&format!(
            "INSERT INTO crm.companies (name) VALUES ('Globex');
             INSERT INTO inbox.conversations (contact_id) VALUES ('{ann}');
             INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
             SELECT '{ann}', id, 'sms', 'inbound', 'received', {AT} FROM inbox.conversations;
             INSERT INTO inbox.emails (contact_id, direction, opened_at) VALUES ('{ann}', 'outbound', {AT});
             INSERT INTO inbox.calls (contact_id, direction, started_at) VALUES ('{ann}', 'inbound', {AT});
             INSERT INTO crm.deals (contact_id, company_id, name, created_at) SELECT '{ann}', id, 'deal', {AT} FROM crm.companies;
             INSERT INTO crm.activities (contact_id, deal_id, status, completed_at) SELECT '{ann}', id, 'completed', {AT} FROM crm.deals;
             INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{ann}', {AT})"
        ));
    });
    app.in_org(&acme, |tx| tx.exec(delete));
    let states = "SELECT g.signal_group, kept.sums[g.place + 1]
           FROM crm.contact_engagement AS kept,
                crm.signal_groups() WITH ORDINALITY AS g (signal_group, half_life, cap, place)
          WHERE abs(kept.sums[g.place + 1]) > 1e-9
          ORDER BY 1";
    assert_eq!(db.superuser().lines(states), left);
    assert_kept(&mut app, &acme, delete);
}

#[test]
fn a_deleted_conversation_takes_its_messages_points() {
    cascade(
        "DELETE FROM inbox.conversations",
        &[
            "activity|1",
            "conversation|6",
            "deal|8",
            "email|1",
            "purchase|10",
        ],
    );
}

#[test]
fn a_deleted_deal_takes_its_activities_points() {
    cascade(
        "DELETE FROM crm.deals",
        &["conversation|10", "email|1", "purchase|10"],
    );
}

#[test]
fn a_contact_with_signals_is_deleted_with_its_state() {
    cascade("DELETE FROM crm.contacts", &[]);
}

#[test]
fn an_organization_with_signals_is_deleted_with_its_states() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO commerce.orders (contact_id) VALUES ('{ann}')"
        ))
    });
    db.superuser().exec(&format!(
        "DELETE FROM tenancy.organizations WHERE id = '{acme}'"
    ));
    assert_eq!(db.table("crm.contact_engagement"), [""; 0]);
}
