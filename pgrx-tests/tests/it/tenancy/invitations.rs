//! Invitations, and the memberships that come of them.

use pg_crm_tests::{Db, Org, Sql, Uuid, shared};

/// An organization that invited `ann@example.com`, who is a user and no member, by a token.
struct Invited {
    db: Db,
    acme: Org,
    ann: Uuid,
}

const TOKEN: &str = "kEuj3-a9Yw";

const MEMBERSHIP: &str = "
    SELECT m.role, m.status, m.joined_at IS NOT NULL, m.removed_at IS NULL
    FROM tenancy.organization_members AS m JOIN tenancy.users AS u ON u.id = m.user_id
    WHERE u.email = 'Ann@Example.com'";

#[track_caller]
fn invited() -> Invited {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let ann = db.superuser().one(
        "INSERT INTO tenancy.users (email) VALUES ('Ann@Example.com') RETURNING id",
        &[],
    );
    invite(&db, &acme, TOKEN, "manager");
    Invited { db, acme, ann }
}

#[track_caller]
fn invite(db: &Db, org: &Org, token: &str, role: &str) {
    db.app().in_org_as(org, org.owner, |tx| {
        tx.exec(&format!(
            "INSERT INTO tenancy.invitations (email, role, token_hash) VALUES ('ann@example.com', '{role}', sha256('{token}'))"
        ));
    });
}

fn accept(token: &str, user: Uuid) -> String {
    format!("SELECT tenancy.accept_invitation('{token}', '{user}')")
}

#[test]
fn an_invitation_that_is_accepted_makes_a_member() {
    let Invited { db, acme, ann } = invited();
    let mut app = db.app();
    app.in_org_as(&acme, acme.owner, |tx| {
        let seen: i64 = tx.one("SELECT count(*) FROM tenancy.users WHERE id = $1", &[&ann]);
        assert_eq!(seen, 0, "before");
    });
    assert_eq!(app.one::<Uuid>(&accept(TOKEN, ann), &[]), acme.id);
    app.in_org_as(&acme, ann, |tx| {
        assert!(tx.one::<bool>("SELECT tenancy.has_role('manager')", &[]));
        assert_eq!(tx.lines(MEMBERSHIP), ["manager|active|t|t"]);
        assert_eq!(
            tx.lines(&format!(
                "SELECT i.accepted_by = '{ann}', i.accepted_at IS NOT NULL, m.invited_by = '{}'
                 FROM tenancy.invitations AS i, tenancy.organization_members AS m WHERE m.user_id = '{ann}'",
                acme.owner
            )),
            ["t|t|t"]
        );
    });
    app.in_org_as(&acme, acme.owner, |tx| {
        let seen: i64 = tx.one("SELECT count(*) FROM tenancy.users WHERE id = $1", &[&ann]);
        assert_eq!(seen, 1, "after");
    });
}

#[test]
fn the_user_of_the_context_is_meant_by_default_and_no_other_may_be() {
    let Invited { db, acme, ann } = invited();
    let globex = db.org("Globex");
    db.superuser().exec(&format!(
        "INSERT INTO tenancy.organization_members (organization_id, user_id) VALUES ('{globex}', '{ann}')"
    ));
    let call = format!("SELECT tenancy.accept_invitation('{TOKEN}')");
    let mut app = db.app();
    app.fails_with(&call, "28000");
    app.in_org_as(&globex, globex.owner, |tx| {
        tx.fails_with(&call, "28000");
        tx.fails_with(&accept(TOKEN, ann), "28000");
    });
    let joined: Uuid = app.in_org_as(&globex, ann, |tx| tx.one(&call, &[]));
    assert_eq!(joined, acme.id);
}

#[test]
fn it_is_accepted_once_and_the_same_user_may_say_so_again() {
    let Invited { db, acme, ann } = invited();
    let mut app = db.app();
    app.exec(&accept(TOKEN, ann));
    let before = db.superuser().lines("SELECT i, m FROM tenancy.invitations AS i, tenancy.organization_members AS m ORDER BY m.user_id");
    assert_eq!(app.one::<Uuid>(&accept(TOKEN, ann), &[]), acme.id);
    let after = db.superuser().lines("SELECT i, m FROM tenancy.invitations AS i, tenancy.organization_members AS m ORDER BY m.user_id");
    assert_eq!(after, before);
    // Nobody else, and not after having been removed.
    app.fails_with(&accept(TOKEN, acme.owner), "28000");
    db.superuser().exec(&format!(
        "UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{ann}'"
    ));
    app.fails_with(&accept(TOKEN, ann), "28000");
    assert_eq!(db.superuser().lines(MEMBERSHIP), ["manager|removed|t|f"]);
}

#[test]
fn what_cannot_be_accepted_gives_one_error() {
    let Invited { db, acme, ann } = invited();
    let mut dba = db.superuser();
    let invitations = "UPDATE tenancy.invitations SET";
    let users = format!("UPDATE tenancy.users SET {{}} WHERE id = '{ann}'");
    let cases = [
        ("another token", String::new(), accept("other", ann)),
        ("no token", String::new(), format!("SELECT tenancy.accept_invitation(NULL, '{ann}')")),
        ("no user", String::new(), format!("SELECT tenancy.accept_invitation('{TOKEN}', NULL)")),
        ("another user", String::new(), accept(TOKEN, acme.owner)),
        ("an absent user", String::new(), accept(TOKEN, Uuid::nil())),
        (
            "expired",
            format!("{invitations} created_at = now() - interval '8 days', expires_at = now() - interval '1 day'"),
            accept(TOKEN, ann),
        ),
        ("declined", format!("{invitations} declined_at = now()"), accept(TOKEN, ann)),
        ("revoked", format!("{invitations} revoked_at = now()"), accept(TOKEN, ann)),
        (
            "accepted by another",
            format!("{invitations} accepted_at = now(), accepted_by = '{}'", acme.owner),
            accept(TOKEN, ann),
        ),
        ("another address", format!("{invitations} email = 'ann@example.org'"), accept(TOKEN, ann)),
        ("a disabled user", users.replace("{}", "disabled_at = now()"), accept(TOKEN, ann)),
        ("a deleted user", users.replace("{}", "deleted_at = now()"), accept(TOKEN, ann)),
        (
            "a deleted organization",
            "UPDATE tenancy.organizations SET deleted_at = now()".to_owned(),
            accept(TOKEN, ann),
        ),
        (
            "a suspended member",
            format!(
                "INSERT INTO tenancy.organization_members (organization_id, user_id, status) VALUES ('{acme}', '{ann}', 'suspended')"
            ),
            accept(TOKEN, ann),
        ),
        (
            "a member who was removed since",
            format!(
                "INSERT INTO tenancy.organization_members (organization_id, user_id, status, removed_at)
                 VALUES ('{acme}', '{ann}', 'removed', now() + interval '1 minute')"
            ),
            accept(TOKEN, ann),
        ),
    ];
    for (what, preparation, call) in cases {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&preparation);
        let before = tx.lines("SELECT m FROM tenancy.organization_members AS m");
        tx.exec("SET LOCAL ROLE crm_app");
        let error = tx.fails_with(&call, "28000");
        assert_eq!(
            (error.message(), error.detail(), error.hint()),
            (
                "invitation cannot be accepted",
                Some("There is none with this token for this user, or it is not open any more."),
                None
            ),
            "{what}"
        );
        tx.exec("RESET ROLE");
        let after = tx.lines("SELECT m FROM tenancy.organization_members AS m");
        assert_eq!(after, before, "{what}");
        tx.rollback().expect("it is undone");
    }
    db.readonly().fails_with(&accept(TOKEN, ann), "42501");
}

#[test]
fn a_membership_that_was_invited_or_removed_is_revived() {
    for (status, removed_at) in [
        ("invited", "NULL"),
        ("removed", "now() - interval '1 hour'"),
    ] {
        let Invited { db, acme, ann } = invited();
        db.superuser().exec(&format!(
            "INSERT INTO tenancy.organization_members (organization_id, user_id, role, status, removed_at)
             VALUES ('{acme}', '{ann}', 'owner', '{status}', {removed_at})"
        ));
        db.app().exec(&accept(TOKEN, ann));
        assert_eq!(
            db.superuser().lines(MEMBERSHIP),
            ["manager|active|t|t"],
            "{status}"
        );
    }
}

#[test]
fn a_member_keeps_the_role() {
    let Invited { db, acme, ann } = invited();
    db.superuser().exec(&format!(
        "INSERT INTO tenancy.organization_members (organization_id, user_id, role) VALUES ('{acme}', '{ann}', 'admin')"
    ));
    db.app().exec(&accept(TOKEN, ann));
    assert_eq!(db.superuser().lines(MEMBERSHIP), ["admin|active|f|t"]);
}

#[test]
fn two_acceptances_at_the_same_time_make_one_member() {
    let Invited { db, acme, ann } = invited();
    let (mut a, mut b) = (db.app(), db.app());
    a.exec("BEGIN");
    a.exec(&accept(TOKEN, ann));
    let mut dba = db.superuser();
    std::thread::scope(|scope| {
        let late = scope.spawn(move || b.one::<Uuid>(&accept(TOKEN, ann), &[]));
        pg_crm_tests::eventually("the second waits for the first", || {
            dba.one::<i64>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
                &[],
            ) == 1
        });
        a.exec("COMMIT");
        assert_eq!(late.join().expect("it succeeds"), acme.id);
    });
    assert_eq!(db.superuser().lines(MEMBERSHIP), ["manager|active|t|t"]);
}
