//! Tags of contacts.

use pg_crm_tests::{Client, Org, Sql, Uuid, shared};

use super::contact;

/// Makes tags and puts them on the contact.
fn tag(client: &mut Client, org: &Org, contact: Uuid, names: &[&str]) {
    client.in_org(org, |tx| {
        for name in names {
            tx.exec_with(
                "WITH tag AS (INSERT INTO crm.tags (name) VALUES ($1::text) RETURNING id)
                 INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT $2, id FROM tag",
                &[name, &contact],
            );
        }
    });
}

fn tags(client: &mut Client, org: &Org, contact: Option<Uuid>) -> Option<Vec<String>> {
    client.in_org(org, |tx| {
        tx.one("SELECT crm.get_contact_tags($1)", &[&contact])
    })
}

#[test]
fn tags_of_a_contact_are_sorted() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    let ann = app.in_org(&acme, |tx| contact(tx, "Ann"));
    tag(
        &mut app,
        &acme,
        ann,
        &["vip", "a b", "Zürich", "älter", "10", "9"],
    );
    let mut expected = ["vip", "a b", "Zürich", "älter", "10", "9"];
    expected.sort_unstable();
    // Servers of the harness sort by bytes, as Rust does.
    assert_eq!(
        tags(&mut app, &acme, Some(ann)).expect("she is visible"),
        expected
    );
    assert_eq!(
        tags(&mut db.readonly(), &acme, Some(ann)).map(|tags| tags.len()),
        Some(6)
    );
}

#[test]
fn a_contact_without_tags_has_an_empty_list() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    let ann = app.in_org(&acme, |tx| contact(tx, "Ann"));
    assert_eq!(tags(&mut app, &acme, Some(ann)), Some(vec![]));
}

#[test]
fn a_contact_that_is_not_visible_has_no_tags() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    let ann = app.in_org(&acme, |tx| contact(tx, "Ann"));
    tag(&mut app, &acme, ann, &["vip"]);
    for (who, org, contact) in [
        ("NULL", &acme, None),
        ("absent", &acme, Some(Uuid::nil())),
        ("another organization's", &globex, Some(ann)),
    ] {
        assert_eq!(tags(&mut app, org, contact), None, "{who}");
    }
    let without_context: Option<Vec<String>> = app.one("SELECT crm.get_contact_tags($1)", &[&ann]);
    assert_eq!(without_context, None);
}

#[test]
fn tags_are_read_in_a_read_only_transaction() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    let ann = app.in_org(&acme, |tx| contact(tx, "Ann"));
    tag(&mut app, &acme, ann, &["vip"]);
    app.exec("SET default_transaction_read_only = on");
    assert_eq!(tags(&mut app, &acme, Some(ann)), Some(vec!["vip".into()]));
}
