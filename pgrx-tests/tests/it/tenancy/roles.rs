//! Roles inside an organization: `tenancy.has_role`, and `tenancy.may_act_as`, which policies ask.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

use super::sessions;

/// Least first.
pub const ROLES: [&str; 5] = ["viewer", "member", "manager", "admin", "owner"];

/// An organization with a user in each role, in the order of [`ROLES`].
#[track_caller]
pub fn staff() -> (Db, Org, [Uuid; 5]) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let users = staff_of(&db, &acme);
    (db, acme, users)
}

/// As [`staff`], of an organization that is there.
#[track_caller]
pub fn staff_of(db: &Db, org: &Org) -> [Uuid; 5] {
    ROLES.map(|role| match role {
        "owner" => org.owner,
        role => db.member(org, &format!("{role}@{org}.example"), role),
    })
}

/// Sets the context as a setting, which nothing verifies.
#[track_caller]
fn claim(client: &mut impl Sql, organization: &str, user: &str) {
    client.exec(&format!(
        "SET LOCAL app.current_org_id = '{organization}'; SET LOCAL app.current_user_id = '{user}'"
    ));
}

/// The answers for all minima, as `t` and `f`.
#[track_caller]
fn answers(client: &mut impl Sql, function: &str) -> String {
    client
        .lines(&format!(
            "SELECT {function}('viewer'), {function}('member'), {function}('manager'), {function}('admin'), {function}('owner')"
        ))
        .remove(0)
}

#[test]
fn a_role_includes_those_below_it() {
    let (db, acme, users) = staff();
    for (session_role, mut session) in sessions(&db) {
        for ((role, user), expected) in ROLES.into_iter().zip(users).zip([
            "t|f|f|f|f",
            "t|t|f|f|f",
            "t|t|t|f|f",
            "t|t|t|t|f",
            "t|t|t|t|t",
        ]) {
            session.in_org_as(&acme, user, |tx| {
                for function in ["tenancy.has_role", "tenancy.may_act_as"] {
                    assert_eq!(
                        answers(tx, function),
                        expected,
                        "{session_role}: {function} of {role}"
                    );
                }
            });
        }
    }
}

#[test]
fn who_does_not_act_for_a_live_organization_has_no_role() {
    let (db, acme, users) = staff();
    let (globex, gone) = (db.org("Globex"), db.org("Gone"));
    let [_, _, _, admin, owner] = users;
    let nobody = Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0001);
    let text = |id: Uuid| id.to_string();
    let (nowhere, acme_id) = (String::new(), text(acme.id));
    let set = |sql: &str| format!("{sql} WHERE user_id = '{admin}'");
    let user = |sql: &str| format!("{sql} WHERE id = '{admin}'");
    let nothing = "SELECT".to_owned();
    let cases = [
        (
            "neither organization nor user",
            &nowhere,
            nowhere.clone(),
            nothing.clone(),
        ),
        ("no organization", &nowhere, text(owner), nothing.clone()),
        (
            "an absent organization",
            &text(nobody),
            text(owner),
            nothing.clone(),
        ),
        ("an absent user", &acme_id, text(nobody), nothing.clone()),
        (
            "another's owner",
            &acme_id,
            text(globex.owner),
            nothing.clone(),
        ),
        (
            "another organization",
            &text(globex.id),
            text(owner),
            nothing,
        ),
        (
            "a suspended member",
            &acme_id,
            text(admin),
            set("UPDATE tenancy.organization_members SET status = 'suspended'"),
        ),
        (
            "a removed member",
            &acme_id,
            text(admin),
            set("UPDATE tenancy.organization_members SET status = 'removed'"),
        ),
        (
            "an invited one",
            &acme_id,
            text(admin),
            set("UPDATE tenancy.organization_members SET status = 'invited'"),
        ),
        (
            "a deleted membership",
            &acme_id,
            text(admin),
            set("DELETE FROM tenancy.organization_members"),
        ),
        (
            "a disabled user",
            &acme_id,
            text(admin),
            user("UPDATE tenancy.users SET disabled_at = now()"),
        ),
        (
            "a deleted user",
            &acme_id,
            text(admin),
            user("UPDATE tenancy.users SET deleted_at = now()"),
        ),
        (
            "a deleted organization",
            &text(gone.id),
            text(gone.owner),
            format!("UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{gone}'"),
        ),
    ];
    let mut dba = db.superuser();
    for (what, organization, user, preparation) in cases {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&preparation);
        claim(&mut tx, organization, &user);
        assert_eq!(answers(&mut tx, "tenancy.has_role"), "f|f|f|f|f", "{what}");
        let expected = if user.is_empty() {
            "t|t|t|t|t"
        } else {
            "f|f|f|f|f"
        };
        assert_eq!(answers(&mut tx, "tenancy.may_act_as"), expected, "{what}");
        tx.rollback().expect("it is undone");
    }
}

#[test]
fn a_context_without_a_user_has_no_role_and_may_all() {
    let (db, acme, _) = staff();
    db.app().in_org(&acme, |tx| {
        assert_eq!(answers(tx, "tenancy.has_role"), "f|f|f|f|f");
        assert_eq!(answers(tx, "tenancy.may_act_as"), "t|t|t|t|t");
    });
}

#[test]
fn a_name_that_is_no_role_is_an_error_that_names_them() {
    let (db, acme, users) = staff();
    let mut app = db.app();
    for function in ["tenancy.has_role", "tenancy.may_act_as"] {
        let unknown = |client: &mut dyn FnMut(&str) -> pg_crm_tests::DbError| {
            for name in ["", "Owner", "editor", "owner "] {
                let error = client(&format!("SELECT {function}('{name}')"));
                let detail = error.detail().expect("a detail");
                for role in ROLES {
                    assert!(detail.contains(role), "{detail}");
                }
            }
        };
        unknown(&mut |sql| app.fails_with(sql, "22023"));
        for user in users {
            app.in_org_as(&acme, user, |tx| {
                unknown(&mut |sql| tx.fails_with(sql, "22023"));
                let null: Option<bool> = tx.one(&format!("SELECT {function}(NULL)"), &[]);
                assert_eq!(null, None);
            });
        }
    }
}

#[test]
fn a_value_of_the_domain_is_taken_too() {
    let (db, acme, _) = staff();
    db.app().in_org_as(&acme, acme.owner, |tx| {
        assert!(tx.one::<bool>(
            "SELECT bool_and(tenancy.has_role(role)) FROM tenancy.organization_members",
            &[]
        ));
    });
}

#[test]
fn a_new_role_counts_from_the_next_statement_on_and_not_after_a_rollback() {
    let (db, acme, [viewer, ..]) = staff();
    let mut dba = db.superuser();
    let mut tx = dba.transaction().expect("a transaction begins");
    claim(&mut tx, &acme.to_string(), &viewer.to_string());
    let set = |role: &str| {
        format!(
            "UPDATE tenancy.organization_members SET role = '{role}' WHERE user_id = '{viewer}'"
        )
    };
    assert_eq!(answers(&mut tx, "tenancy.has_role"), "t|f|f|f|f");
    // The statement that changes it still sees the old one.
    let within: bool = tx.one(
        &format!("{} RETURNING tenancy.has_role('manager')", set("manager")),
        &[],
    );
    assert!(!within);
    assert_eq!(answers(&mut tx, "tenancy.has_role"), "t|t|t|f|f");
    let mut savepoint = tx.transaction().expect("a savepoint");
    savepoint.exec(&set("owner"));
    assert_eq!(answers(&mut savepoint, "tenancy.has_role"), "t|t|t|t|t");
    savepoint.rollback().expect("it is undone");
    assert_eq!(answers(&mut tx, "tenancy.has_role"), "t|t|t|f|f");
}

#[test]
fn a_role_that_another_session_changes_counts_from_the_next_statement_on() {
    let (db, acme, [viewer, ..]) = staff();
    let mut app = db.app();
    for (isolation, after) in [
        ("READ COMMITTED", "t|t|f|f|f"),
        ("REPEATABLE READ", "t|f|f|f|f"),
    ] {
        db.superuser().exec_with(
            "UPDATE tenancy.organization_members SET role = 'viewer' WHERE user_id = $1",
            &[&viewer],
        );
        app.exec(&format!(
            "BEGIN ISOLATION LEVEL {isolation}; SELECT tenancy.set_context('{acme}', '{viewer}')"
        ));
        assert_eq!(answers(&mut app, "tenancy.has_role"), "t|f|f|f|f");
        db.superuser().exec_with(
            "UPDATE tenancy.organization_members SET role = 'member' WHERE user_id = $1",
            &[&viewer],
        );
        assert_eq!(answers(&mut app, "tenancy.has_role"), after, "{isolation}");
        app.exec("COMMIT");
    }
}

#[test]
fn it_is_answered_in_parallel_workers_and_read_only_transactions() {
    let (db, acme, [_, member, ..]) = staff();
    db.app().in_org_as(&acme, member, |tx| {
        tx.exec("SET TRANSACTION READ ONLY; SET LOCAL force_parallel_mode = on");
        let plan = tx.lines("EXPLAIN (COSTS OFF) SELECT tenancy.has_role('member')");
        assert!(plan[0].contains("Gather"), "{plan:?}");
        assert_eq!(answers(tx, "tenancy.has_role"), "t|t|f|f|f");
        assert_eq!(answers(tx, "tenancy.may_act_as"), "t|t|f|f|f");
        let id: Option<String> = tx.one("SELECT pg_current_xact_id_if_assigned()::text", &[]);
        assert_eq!(id, None);
    });
}

#[test]
fn neither_grants_nor_policies_stand_in_its_way() {
    let (db, acme, [viewer, ..]) = staff();
    db.superuser().exec(
        "REVOKE ALL ON tenancy.organization_members, tenancy.users, tenancy.organizations FROM crm_readonly",
    );
    let mut readonly: Client = db.readonly();
    readonly.in_org_as(&acme, viewer, |tx| {
        assert_eq!(answers(tx, "tenancy.has_role"), "t|f|f|f|f");
    });
}

#[test]
fn it_is_not_for_everybody() {
    let db = shared().fresh_db();
    db.cluster().require_role("stranger", "LOGIN");
    let mut stranger = db.connect_as("stranger");
    for call in ["has_role('viewer')", "may_act_as('viewer')"] {
        stranger.fails_with(&format!("SELECT tenancy.{call}"), "42501");
    }
}
