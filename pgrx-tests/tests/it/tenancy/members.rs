//! Members: who changes whose membership, and how one begins and ends.

use pg_crm_tests::{Db, Org, Sql, Uuid, shared};

use super::roles::{ROLES, staff};

const DIGEST: &str = "sha256('x')";

/// A user who is a member of another organization only.
#[track_caller]
fn outsider(db: &Db) -> Uuid {
    let globex = db.org("Globex");
    db.member(&globex, "outsider@globex.example", "member")
}

#[track_caller]
fn sees(client: &mut impl Sql, user: Uuid) -> bool {
    client.one(
        "SELECT EXISTS (SELECT FROM tenancy.users WHERE id = $1)",
        &[&user],
    )
}

fn rank(role: &str) -> Option<usize> {
    ROLES.iter().position(|r| *r == role)
}

fn set_role(user: Uuid, role: &str) -> String {
    format!("UPDATE tenancy.organization_members SET role = '{role}' WHERE user_id = '{user}'")
}

#[test]
fn nobody_raises_their_own_role() {
    let (db, acme, users) = staff();
    db.member(&acme, "other@acme.example", "owner"); // so that the owner is not the last one
    for (role, user) in ROLES.into_iter().zip(users) {
        for new in ROLES {
            let mut app = db.app();
            let mut tx = app.transaction().expect("a transaction begins");
            tx.exec(&format!("SELECT tenancy.set_context('{acme}', '{user}')"));
            if rank(new) > rank(role) {
                let error = tx.fails_with(&set_role(user, new), "42501");
                assert_eq!(error.message(), "members cannot raise their own role");
            } else {
                assert_eq!(
                    tx.exec_with(&set_role(user, new), &[]),
                    1,
                    "{role} becomes {new}"
                );
            }
            tx.rollback().expect("it is undone");
        }
    }
}

/// Every actor's role, every other member's role before and after.
#[test]
fn roles_are_given_by_admins_up_to_their_own() {
    let (db, acme, users) = staff();
    for (actor, user) in ROLES.into_iter().zip(users) {
        for old in ROLES {
            let other = db.member(&acme, &format!("{actor}-{old}@acme.example"), old);
            for new in ROLES {
                let allowed = rank(actor) >= rank("admin")
                    && rank(actor) >= rank(old)
                    && rank(actor) >= rank(new);
                let mut app = db.app();
                let mut tx = app.transaction().expect("a transaction begins");
                tx.exec(&format!("SELECT tenancy.set_context('{acme}', '{user}')"));
                let what = format!("{actor} makes a {old} a {new}");
                for change in [
                    set_role(other, new),
                    format!(
                        "UPDATE tenancy.organization_members SET role = '{new}', status = 'suspended' WHERE user_id = '{other}'"
                    ),
                ] {
                    if allowed {
                        let mut savepoint = tx.transaction().expect("a savepoint");
                        assert_eq!(savepoint.exec_with(&change, &[]), 1, "{what}");
                        savepoint.rollback().expect("it is undone");
                    } else {
                        tx.fails_with(&change, "42501");
                    }
                }
            }
            let deleted = db.app().in_org_as(&acme, user, |tx| {
                tx.exec_with(
                    "DELETE FROM tenancy.organization_members WHERE user_id = $1",
                    &[&other],
                )
            });
            let allowed = rank(actor) >= rank("admin") && rank(actor) >= rank(old);
            assert_eq!(deleted, u64::from(allowed), "{actor} deletes a {old}");
        }
    }
}

/// Also where the statement has changed the acting member's own row first.
#[test]
fn a_statement_is_judged_by_the_roles_before_it() {
    let (db, acme, _) = staff();
    let others = ["b", "c"].map(|name| db.member(&acme, &format!("{name}@acme.example"), "owner"));
    db.app().in_org_as(&acme, acme.owner, |tx| {
        let demoted = tx.exec_with(
            "UPDATE tenancy.organization_members SET role = 'viewer' WHERE role = 'owner' AND user_id <> $1",
            &[&others[1]],
        );
        assert_eq!(demoted, 2);
        let first: Uuid = tx.one(
            "SELECT user_id FROM tenancy.organization_members WHERE role = 'viewer' ORDER BY ctid OFFSET 1 LIMIT 1",
            &[],
        );
        assert_eq!(first, acme.owner, "whose row was changed before the other owner's");
    });
}

#[test]
fn a_member_leaves_and_changes_the_title_and_nothing_else() {
    let (db, acme, users) = staff();
    let leave = "UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = tenancy.current_user_id()";
    for (role, user) in ROLES.into_iter().zip(users).take(4) {
        let mut app = db.app();
        app.in_org_as(&acme, user, |tx| {
            tx.exec("UPDATE tenancy.organization_members SET title = 'Expert' WHERE user_id = tenancy.current_user_id()");
            tx.fails_with("UPDATE tenancy.organization_members SET user_id = gen_random_uuid() WHERE user_id = tenancy.current_user_id()", "42501");
            if role != "admin" {
                for assignment in [
                    "status = 'suspended'".to_owned(),
                    "joined_at = '2000-01-01'".to_owned(),
                    "created_at = '2000-01-01'".to_owned(),
                    format!("invited_by = '{}'", acme.owner),
                ] {
                    tx.fails_with(
                        &format!("UPDATE tenancy.organization_members SET {assignment} WHERE user_id = tenancy.current_user_id()"),
                        "42501",
                    );
                }
                tx.fails_with(
                    &format!("UPDATE tenancy.organization_members SET title = 'Clown' WHERE user_id = '{}'", acme.owner),
                    "42501",
                );
            }
            assert_eq!(tx.exec_with(leave, &[]), 1, "{role}");
            // And does not come back.
            tx.fails_with(
                "UPDATE tenancy.organization_members SET status = 'active' WHERE user_id = tenancy.current_user_id()",
                "42501",
            );
        });
        app.fails_with(
            &format!("BEGIN; SELECT tenancy.set_context('{acme}', '{user}')"),
            "42501",
        );
    }
    let removed: i64 = db.superuser().one(
        "SELECT count(*) FROM tenancy.organization_members
         WHERE status = 'removed' AND removed_at IS NOT NULL AND title = 'Expert'",
        &[],
    );
    assert_eq!(removed, 4, "what they wrote keeps its author");
}

#[test]
fn a_context_without_a_user_changes_roles_but_makes_no_members() {
    let (db, acme, [viewer, member, ..]) = staff();
    let outsider = outsider(&db);
    db.app().in_org(&acme, |tx| {
        for role in ROLES {
            assert_eq!(tx.exec_with(&set_role(viewer, role), &[]), 1, "{role}");
        }
        refuses_members(tx, outsider, viewer);
        tx.exec(&format!("UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = '{viewer}'"));
        tx.exec(&format!("UPDATE tenancy.organization_members SET status = 'active' WHERE user_id = '{viewer}'"));
        tx.exec(&format!("DELETE FROM tenancy.organization_members WHERE user_id = '{member}'"));
    });
    db.app().in_org_as(&acme, acme.owner, |tx| {
        refuses_members(tx, outsider, viewer)
    });
}

/// All that would make the outsider a member without consent, and what would make a member no more one.
#[track_caller]
fn refuses_members(client: &mut impl Sql, outsider: Uuid, member: Uuid) {
    for status in ["active", "suspended", "removed"] {
        let error = client.fails_with(
            &format!("INSERT INTO tenancy.organization_members (user_id, status) VALUES ('{outsider}', '{status}')"),
            "42501",
        );
        assert!(
            error.message().contains("by_invitation"),
            "{}",
            error.message()
        );
    }
    client.fails_with(
        &format!("INSERT INTO tenancy.organization_members (user_id) VALUES ('{outsider}')"),
        "42501",
    );
    client.exec(&format!(
        "INSERT INTO tenancy.organization_members (user_id, status) VALUES ('{outsider}', 'invited')"
    ));
    for status in ["active", "suspended", "removed"] {
        client.fails_with(
            &format!("UPDATE tenancy.organization_members SET status = '{status}' WHERE user_id = '{outsider}'"),
            "42501",
        );
        client.fails_with(
            &format!(
                "INSERT INTO tenancy.organization_members (user_id, status) VALUES ('{outsider}', 'invited')
                 ON CONFLICT (organization_id, user_id) DO UPDATE SET status = '{status}'"
            ),
            "42501",
        );
    }
    assert!(
        !sees(client, outsider),
        "an invited user's row is not shown"
    );
    client.exec(&format!(
        "DELETE FROM tenancy.organization_members WHERE user_id = '{outsider}'"
    ));
    for assignment in [
        format!("user_id = '{outsider}'"),
        "status = 'invited'".to_owned(),
    ] {
        client.fails_with(
            &format!(
                "UPDATE tenancy.organization_members SET {assignment} WHERE user_id = '{member}'"
            ),
            "42501",
        );
    }
    assert!(!sees(client, outsider));
}

/// Below an admin nobody invites, and nobody invites above their own role.
#[test]
fn members_are_invited_by_admins_up_to_their_own_role() {
    let (db, acme, users) = staff();
    let outsider = outsider(&db);
    for (actor, user) in ROLES.into_iter().zip(users) {
        for role in ROLES {
            let allowed = rank(actor) >= rank("admin") && rank(actor) >= rank(role);
            let mut app = db.app();
            let mut tx = app.transaction().expect("a transaction begins");
            tx.exec(&format!("SELECT tenancy.set_context('{acme}', '{user}')"));
            for statement in [
                format!(
                    "INSERT INTO tenancy.organization_members (user_id, status, role) VALUES ('{outsider}', 'invited', '{role}')"
                ),
                format!(
                    "INSERT INTO tenancy.invitations (email, role, token_hash) VALUES ('new@example.com', '{role}', {DIGEST})"
                ),
            ] {
                if allowed {
                    tx.exec(&statement);
                } else {
                    tx.fails_with(&statement, "42501");
                }
            }
            tx.rollback().expect("it is undone");
        }
    }
}

#[test]
fn an_invitation_above_one_s_own_role_cannot_be_turned() {
    let (db, acme, [.., admin, owner]) = staff();
    let mut app = db.app();
    app.in_org_as(&acme, owner, |tx| {
        tx.exec(&format!(
            "INSERT INTO tenancy.invitations (email, role, token_hash) VALUES ('heir@example.com', 'owner', {DIGEST})"
        ));
    });
    app.in_org_as(&acme, admin, |tx| {
        for assignment in [
            "email = 'admin@acme.example'",
            "token_hash = sha256('mine')",
            "expires_at = now() + interval '1 year'",
        ] {
            tx.fails_with(
                &format!("UPDATE tenancy.invitations SET {assignment}"),
                "42501",
            );
        }
        assert_eq!(
            tx.exec_with(
                "UPDATE tenancy.invitations SET role = 'admin', email = 'a@example.com'",
                &[]
            ),
            1
        );
        tx.fails_with("UPDATE tenancy.invitations SET role = 'owner'", "42501");
    });
}

#[test]
fn an_operator_puts_memberships_right() {
    let (db, acme, users) = staff();
    let outsider = outsider(&db);
    db.admin().in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO tenancy.organization_members (user_id, role) VALUES ('{outsider}', 'owner');
             UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{outsider}';
             UPDATE tenancy.organization_members SET status = 'active' WHERE user_id = '{outsider}'"
        ));
    });
    // As a user, an operator is one.
    let [viewer, ..] = users;
    db.admin().in_org_as(&acme, viewer, |tx| {
        tx.fails_with(&set_role(viewer, "owner"), "42501");
        tx.fails_with(
            "INSERT INTO crm.contacts (first_name) VALUES ('Ann')",
            "42501",
        );
    });
}

#[test]
fn an_organization_is_made_with_its_owner() {
    let db = shared().fresh_db();
    let globex = db.org("Globex");
    let make = "SELECT tenancy.create_organization('Acme', 'acme'";
    for mut session in [db.app(), db.admin()] {
        session.exec("BEGIN");
        let made: Uuid = session.one(&format!("{make}, '{}')", globex.owner), &[]);
        let acme = Org {
            id: made,
            owner: globex.owner,
        };
        session.exec(&format!(
            "SELECT tenancy.set_context('{acme}', '{}')",
            acme.owner
        ));
        assert_eq!(
            session.lines(
                "SELECT o.name, o.slug, m.role, m.status, m.joined_at IS NOT NULL, tenancy.has_role('owner')
                 FROM tenancy.organizations AS o, tenancy.organization_members AS m"
            ),
            ["Acme|acme|owner|active|t|t"]
        );
        session.exec("ROLLBACK");
    }
    // As a user, by default for oneself.
    db.app().in_org_as(&globex, globex.owner, |tx| {
        let made: Uuid = tx.one(&format!("{make})"), &[]);
        assert_ne!(made, globex.id);
    });
    let error = db
        .app()
        .fails_with(&format!("{make}, '{}')", globex.owner), "23505");
    assert_eq!(error.constraint(), Some("organizations_slug_key"));
}

#[test]
fn an_organization_is_made_for_nobody_else() {
    let (db, acme, [viewer, member, ..]) = staff();
    db.superuser().exec(&format!(
        "UPDATE tenancy.users SET disabled_at = now() WHERE id = '{viewer}';
         UPDATE tenancy.users SET deleted_at = now() WHERE id = '{member}'"
    ));
    let make = |owner: &str| format!("SELECT tenancy.create_organization('New', 'new', {owner})");
    let mut told = Vec::new();
    for owner in [
        "NULL".to_owned(),
        format!("'{}'", Uuid::nil()),
        format!("'{viewer}'"),
        format!("'{member}'"),
    ] {
        told.push(db.app().fails_with(&make(&owner), "42501"));
    }
    let globex = db.org("Globex");
    told.push(db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.fails_with(&make(&format!("'{}'", globex.owner)), "42501")
    }));
    db.readonly()
        .fails_with(&make(&format!("'{}'", globex.owner)), "42501");
    told.dedup_by(|a, b| (a.message(), a.detail()) == (b.message(), b.detail()));
    assert_eq!(told.len(), 1, "one answer for all: {told:?}");
    let made: i64 = db.superuser().one(
        "SELECT count(*) FROM tenancy.organizations WHERE slug = 'new'",
        &[],
    );
    assert_eq!(made, 0);
}
