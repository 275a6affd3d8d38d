//! Private notes: their author's; admins may read and delete them.

use pg_crm_tests::{Sql, Uuid};

use super::roles::{ROLES, staff_of};
use super::two_organizations;

const PRIVATE: &str = "SELECT count(*) FROM crm.notes WHERE type = 'private'";

#[track_caller]
fn seen(client: &mut impl Sql) -> i64 {
    client.one(PRIVATE, &[])
}

#[test]
fn a_private_note_is_its_authors_and_the_admins() {
    let (db, acme, globex) = two_organizations();
    let users = staff_of(&db, &acme);
    let author = db.member(&acme, "author@acme.example", "member");
    let mut app = db.app();
    app.in_org_as(&acme, author, |tx| {
        tx.exec(
            "INSERT INTO crm.notes (contact_id, type, content)
             SELECT id, 'private', 'For my eyes only' FROM crm.contacts",
        );
        assert_eq!(seen(tx), 1, "the author");
    });
    for (role, user) in ROLES.into_iter().zip(users) {
        let expected = i64::from(["admin", "owner"].contains(&role));
        for mut session in [db.app(), db.readonly(), db.admin()] {
            session.in_org_as(&acme, user, |tx| assert_eq!(seen(tx), expected, "{role}"));
        }
    }
    let nobodys = app.in_org(&acme, |tx| seen(tx));
    assert_eq!(nobodys, 0, "nobody in particular");
    let others = app.in_org_as(&globex, globex.owner, |tx| seen(tx));
    assert_eq!(others, 0, "another organization");
    assert_eq!(seen(&mut app), 0, "without a context");

    // Being an admin ends with the membership.
    let admin = users[3];
    app.exec("BEGIN");
    app.exec(&format!(
        "SET LOCAL app.current_org_id = '{acme}'; SET LOCAL app.current_user_id = '{admin}'"
    ));
    assert_eq!(seen(&mut app), 1);
    db.superuser().exec_with(
        "UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = $1",
        &[&admin],
    );
    assert_eq!(seen(&mut app), 0, "a suspended admin");
    app.exec("ROLLBACK");
}

#[test]
fn nobody_changes_or_forges_anothers_private_note() {
    let (db, acme, _) = two_organizations();
    let users = staff_of(&db, &acme);
    let author = db.member(&acme, "author@acme.example", "member");
    let mut app = db.app();
    let note: Uuid = app.in_org_as(&acme, author, |tx| {
        tx.one(
            "INSERT INTO crm.notes (contact_id, type, content)
             SELECT id, 'private', 'For my eyes only' FROM crm.contacts RETURNING id",
            &[],
        )
    });
    for (role, user) in ROLES.into_iter().zip(users).skip(1) {
        app.in_org_as(&acme, user, |tx| {
            for assignment in [
                "content = 'Rewritten'".to_owned(),
                "type = 'public'".to_owned(),
                "type = 'public', content = 'Rewritten'".to_owned(),
                format!("author_id = '{user}'"),
            ] {
                let update = format!("UPDATE crm.notes SET {assignment} WHERE id = $1");
                assert_eq!(tx.exec_with(&update, &[&note]), 0, "{role}: {update}");
            }
            for forgery in [
                format!(
                    "INSERT INTO crm.notes (contact_id, author_id, type, content)
                     SELECT id, '{author}', 'private', 'Forged' FROM crm.contacts"
                ),
                format!("UPDATE crm.notes SET type = 'private', author_id = '{author}'"),
            ] {
                tx.fails_with(&forgery, "42501");
            }
            let pinned = tx.exec_with("UPDATE crm.notes SET is_pinned = true", &[]);
            assert_eq!(pinned, 3, "{role}: the public notes only");
        });
    }
    app.in_org_as(&acme, author, |tx| {
        let text: String = tx.one(
            "UPDATE crm.notes SET content = content || '!' WHERE id = $1 RETURNING content",
            &[&note],
        );
        assert_eq!(text, "For my eyes only!");
    });
    let delete = "DELETE FROM crm.notes WHERE type = 'private'";
    for (role, user) in ROLES.into_iter().zip(users) {
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec(&format!("SELECT tenancy.set_context('{acme}', '{user}')"));
        let expected = u64::from(["admin", "owner"].contains(&role));
        assert_eq!(tx.exec_with(delete, &[]), expected, "{role}");
        tx.rollback().expect("it is undone");
    }
}
