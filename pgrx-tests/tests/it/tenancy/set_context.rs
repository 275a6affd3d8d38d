//! `tenancy.set_context` and `tenancy.clear_context`.

use pg_crm_tests::{Db, Org, Sql, Uuid, shared};

use super::sessions;

type Context = (Option<Uuid>, Option<Uuid>);

#[track_caller]
fn context(client: &mut impl Sql) -> Context {
    (
        client.one("SELECT tenancy.current_org_id()", &[]),
        client.one("SELECT tenancy.current_user_id()", &[]),
    )
}

const NONE: Context = (None, None);

fn acme() -> (Db, Org) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    (db, acme)
}

#[test]
fn an_organization_that_may_not_be_entered_is_refused_and_the_context_stays() {
    let (db, acme) = acme();
    let (globex, deleted) = (db.org("Globex"), db.org("Deleted"));
    let member = |name: &str| db.member(&acme, &format!("{name}@acme.example"), "member");
    let (suspended, removed, invited) = (member("suspended"), member("removed"), member("invited"));
    let (gone, disabled) = (member("gone"), member("disabled"));
    db.superuser().exec(&format!(
        "UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{deleted}';
         UPDATE tenancy.users SET deleted_at = now() WHERE id = '{gone}';
         UPDATE tenancy.users SET disabled_at = now() WHERE id = '{disabled}';
         UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = '{suspended}';
         UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{removed}';
         UPDATE tenancy.organization_members SET status = 'invited' WHERE user_id = '{invited}'"
    ));
    let nobody = Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0001);
    let cases: &[(&str, Option<Uuid>, Option<Uuid>)] = &[
        ("no organization", None, None),
        ("no organization, but a user", None, Some(acme.owner)),
        ("an unknown organization", Some(nobody), None),
        (
            "an unknown organization and a user",
            Some(nobody),
            Some(acme.owner),
        ),
        ("the nil UUID", Some(Uuid::nil()), None),
        ("a user's id", Some(acme.owner), None),
        ("a deleted organization", Some(deleted.id), None),
        (
            "a deleted organization's owner",
            Some(deleted.id),
            Some(deleted.owner),
        ),
        ("an unknown user", Some(acme.id), Some(nobody)),
        (
            "another organization's owner",
            Some(acme.id),
            Some(globex.owner),
        ),
        ("another organization", Some(globex.id), Some(acme.owner)),
        ("a suspended member", Some(acme.id), Some(suspended)),
        ("a removed member", Some(acme.id), Some(removed)),
        ("an invited member", Some(acme.id), Some(invited)),
        ("a deleted user", Some(acme.id), Some(gone)),
        ("a disabled user", Some(acme.id), Some(disabled)),
    ];
    let mut app = db.app();
    app.exec(&format!(
        "SET app.current_org_id = '{acme}'; SET app.current_user_id = '{}'",
        acme.owner
    ));
    for (case, organization, user) in cases {
        let error = app.fails_with_params(
            "SELECT tenancy.set_context($1, $2)",
            &[organization, user],
            "42501",
        );
        // One wording for all, or it would tell which organizations and members there are.
        assert_eq!(error.message(), "organization is not accessible", "{case}");
        assert_eq!(
            error.detail(),
            Some(
                "The organization does not exist, is deleted, or the user is no active member of it."
            ),
            "{case}"
        );
        assert_eq!(
            context(&mut app),
            (Some(acme.id), Some(acme.owner)),
            "after {case}"
        );
    }
}

#[test]
fn every_active_member_may_enter() {
    let (db, acme) = acme();
    let mut users = vec![acme.owner];
    for role in ["admin", "manager", "member", "viewer"] {
        users.push(db.member(&acme, &format!("{role}@acme.example"), role));
    }
    for (role, mut session) in sessions(&db) {
        for &user in &users {
            let mut tx = session.transaction().expect("a transaction begins");
            tx.exec_with("SELECT tenancy.set_context($1, $2)", &[&acme.id, &user]);
            assert_eq!(context(&mut tx), (Some(acme.id), Some(user)), "{role}");
        }
    }
}

#[test]
fn an_organization_alone_clears_the_user() {
    let (db, acme) = acme();
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec(&format!("SELECT tenancy.set_context('{acme}')"));
        assert_eq!(context(tx), (Some(acme.id), None));
    });
}

#[test]
fn the_context_ends_with_the_transaction() {
    let (db, acme) = acme();
    let enter = format!("SELECT tenancy.set_context('{acme}', '{}')", acme.owner);
    let inside = (Some(acme.id), Some(acme.owner));
    let mut app = db.app();
    for end in ["COMMIT", "ROLLBACK", "COMMIT AND CHAIN"] {
        app.exec(&format!("BEGIN; {enter}"));
        assert_eq!(context(&mut app), inside, "before {end}");
        app.exec(end);
        assert_eq!(context(&mut app), NONE, "after {end}");
        app.exec("ROLLBACK");
    }
    app.exec(&enter);
    assert_eq!(context(&mut app), NONE, "after a statement alone");

    app.exec(&format!("BEGIN; {enter}"));
    app.fails_with("SELECT 1/0", "22012");
    app.exec("ROLLBACK");
    assert_eq!(context(&mut app), NONE, "after an error");
}

#[test]
fn the_context_follows_savepoints() {
    let (db, acme) = acme();
    let globex = db.org("Globex");
    let mut app = db.app();
    let steps = [
        (
            format!("SELECT tenancy.set_context('{acme}')"),
            Some(acme.id),
        ),
        ("SAVEPOINT s".to_owned(), Some(acme.id)),
        (
            format!("SELECT tenancy.set_context('{globex}')"),
            Some(globex.id),
        ),
        ("ROLLBACK TO s".to_owned(), Some(acme.id)),
        (
            format!("SELECT tenancy.set_context('{globex}')"),
            Some(globex.id),
        ),
        ("RELEASE s".to_owned(), Some(globex.id)),
        ("SAVEPOINT t".to_owned(), Some(globex.id)),
        ("SELECT tenancy.clear_context()".to_owned(), None),
        ("ROLLBACK TO t".to_owned(), Some(globex.id)),
    ];
    app.exec("BEGIN");
    for (statement, expected) in steps {
        app.exec(&statement);
        assert_eq!(context(&mut app).0, expected, "after {statement}");
    }
}

#[test]
fn clear_context_forgets_both_for_the_rest_of_the_transaction() {
    let (db, acme) = acme();
    let mut app = db.app();
    app.exec(&format!("SET app.current_org_id = '{acme}'"));
    app.in_org_as(&acme, acme.owner, |tx| {
        tx.exec("SELECT tenancy.clear_context()");
        assert_eq!(context(tx), NONE);
        assert_eq!(
            tx.one::<i64>("SELECT count(*) FROM tenancy.organizations", &[]),
            0
        );
    });
    assert_eq!(
        context(&mut app),
        (Some(acme.id), None),
        "the session's own is back"
    );
    app.exec("RESET app.current_org_id; SELECT tenancy.clear_context()");
    assert_eq!(context(&mut app), NONE, "clearing nothing is no error");
}

#[test]
fn it_works_in_a_read_only_transaction() {
    let (db, acme) = acme();
    for (role, mut session) in sessions(&db) {
        session.exec("SET default_transaction_read_only = on");
        let seen: Vec<Uuid> = session.in_org_as(&acme, acme.owner, |tx| {
            tx.column("SELECT id FROM tenancy.organizations", &[])
        });
        assert_eq!(seen, [acme.id], "{role}");
    }
}

#[test]
fn a_role_outside_the_groups_may_not_call_it() {
    let (db, acme) = acme();
    db.cluster().require_role("set_context_stranger", "LOGIN");
    let mut stranger = db.connect_as("set_context_stranger");
    let call = format!("SELECT tenancy.set_context('{acme}')");
    stranger.fails_with(&call, "42501");
    // The schema is closed to it; so is the function where somebody opens the schema.
    db.superuser()
        .exec("GRANT USAGE ON SCHEMA tenancy TO set_context_stranger");
    let error = stranger.fails_with(&call, "42501");
    assert_eq!(
        error.message(),
        "permission denied for function set_context"
    );
    db.superuser()
        .exec("REVOKE USAGE ON SCHEMA tenancy FROM set_context_stranger");
}

#[test]
fn a_session_value_does_not_spare_the_verification() {
    let (db, acme) = acme();
    db.superuser()
        .exec("UPDATE tenancy.organizations SET deleted_at = now()");
    let mut app = db.app();
    app.exec(&format!("SET app.current_org_id = '{acme}'"));
    app.fails_with(&format!("SELECT tenancy.set_context('{acme}')"), "42501");
}
