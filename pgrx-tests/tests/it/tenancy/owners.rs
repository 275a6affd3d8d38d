//! The last owner of an organization stays.

use std::thread;

use pg_crm_tests::{Db, Org, Sql, Uuid, eventually, shared};

use super::roles::staff;

/// What takes an owner away, `{}` being the user.
const WAYS: &[&str] = &[
    "UPDATE tenancy.organization_members SET role = 'admin' WHERE user_id = '{}'",
    "UPDATE tenancy.organization_members SET role = 'viewer' WHERE user_id = '{}'",
    "UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = '{}'",
    "UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{}'",
    "DELETE FROM tenancy.organization_members WHERE user_id = '{}'",
];

/// What only a superuser can, or the user.
const MORE_WAYS: &[&str] = &[
    "UPDATE tenancy.users SET deleted_at = now() WHERE id = '{}'",
    "DELETE FROM tenancy.users WHERE id = '{}'",
    "DELETE FROM tenancy.organization_members",
    "UPDATE tenancy.organization_members SET role = 'member'",
];

fn of(way: &str, user: Uuid) -> String {
    way.replace("{}", &user.to_string())
}

#[track_caller]
fn refused(client: &mut impl Sql, statement: &str, org: &Org) {
    let error = client.fails_with(statement, "55000");
    assert!(error.message().contains("last owner"), "{statement}");
    assert!(
        error.detail().is_some_and(|d| d.contains(&org.to_string())),
        "{statement}"
    );
    assert!(error.hint().is_some(), "{statement}");
}

#[test]
fn the_last_owner_cannot_be_taken_away_by_anybody() {
    let (db, acme, _) = staff();
    for way in WAYS {
        let statement = of(way, acme.owner);
        refused(&mut db.superuser(), &statement, &acme);
        for mut session in [db.app(), db.admin()] {
            session.in_org(&acme, |tx| refused(tx, &statement, &acme));
            session.in_org_as(&acme, acme.owner, |tx| refused(tx, &statement, &acme));
        }
    }
    for way in MORE_WAYS {
        refused(&mut db.superuser(), &of(way, acme.owner), &acme);
    }
    db.app().in_org_as(&acme, acme.owner, |tx| {
        refused(tx, &of(MORE_WAYS[0], acme.owner), &acme);
    });
    let left: String = db.superuser().one(
        "SELECT role || ' ' || status FROM tenancy.organization_members WHERE user_id = $1",
        &[&acme.owner],
    );
    assert_eq!(left, "owner active");
}

/// An owner who cannot act is none; one who can is enough.
#[test]
fn an_owner_may_go_where_another_one_can_act() {
    let (db, acme, _) = staff();
    let other = db.member(&acme, "other@acme.example", "owner");
    db.org("Globex"); // whose owner does not count
    let mut dba = db.superuser();
    for (state, can_act) in [
        ("SELECT", true),
        (
            "UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = '{}'",
            false,
        ),
        (
            "UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{}'",
            false,
        ),
        (
            "UPDATE tenancy.organization_members SET status = 'invited' WHERE user_id = '{}'",
            false,
        ),
        (
            "UPDATE tenancy.organization_members SET role = 'admin' WHERE user_id = '{}'",
            false,
        ),
        (
            "UPDATE tenancy.users SET disabled_at = now() WHERE id = '{}'",
            false,
        ),
        (
            "UPDATE tenancy.users SET deleted_at = now() WHERE id = '{}'",
            false,
        ),
    ] {
        for way in WAYS.iter().chain(&MORE_WAYS[..2]) {
            let mut tx = dba.transaction().expect("a transaction begins");
            tx.exec(&of(state, other));
            let statement = of(way, acme.owner);
            if can_act {
                tx.exec(&statement);
            } else {
                refused(&mut tx, &statement, &acme);
            }
            tx.rollback().expect("it is undone");
        }
    }
}

#[test]
fn what_takes_no_owner_away_is_not_refused() {
    let (db, acme, [viewer, _, _, admin, owner]) = staff();
    let mut dba = db.superuser();
    for statement in [
        format!("UPDATE tenancy.organization_members SET title = 'Founder' WHERE user_id = '{owner}'"),
        // One for another, in one statement and in one transaction.
        format!(
            "UPDATE tenancy.organization_members
                SET role = CASE role WHEN 'owner' THEN 'admin' ELSE 'owner' END
              WHERE user_id IN ('{owner}', '{admin}')"
        ),
        format!(
            "BEGIN; UPDATE tenancy.organization_members SET role = 'owner' WHERE user_id = '{viewer}';
             UPDATE tenancy.organization_members SET role = 'viewer' WHERE user_id = '{admin}'; COMMIT"
        ),
        format!("UPDATE tenancy.users SET disabled_at = now() WHERE id = '{viewer}'"),
    ] {
        dba.exec(&statement);
    }
    // The only owner is disabled, as an operator must be able to do: the others go on.
    for statement in [
        format!("UPDATE tenancy.organization_members SET title = 'x' WHERE user_id = '{viewer}'"),
        format!(
            "UPDATE tenancy.organization_members SET role = 'member' WHERE user_id = '{admin}'"
        ),
        format!("DELETE FROM tenancy.organization_members WHERE user_id = '{admin}'"),
        format!("UPDATE tenancy.organization_members SET role = 'owner' WHERE user_id = '{owner}'"),
    ] {
        dba.exec(&statement);
    }
    assert!(!acme.id.is_nil());
}

#[test]
fn an_organization_that_is_deleted_takes_its_owners_along() {
    for (statement, as_owner) in [
        ("DELETE FROM tenancy.organizations WHERE id = '{}'", false),
        ("SELECT tenancy.delete_organization('{}')", false),
        ("SELECT tenancy.delete_organization('{}')", true),
    ] {
        let (db, acme, _) = staff();
        let globex = db.org("Globex");
        let statement = statement.replace("{}", &acme.to_string());
        if as_owner {
            db.app()
                .in_org_as(&acme, acme.owner, |tx| tx.exec(&statement));
        } else {
            db.superuser().exec(&statement);
        }
        let left: Vec<Uuid> = db
            .superuser()
            .column("SELECT user_id FROM tenancy.organization_members", &[]);
        assert_eq!(left, [globex.owner], "{statement}");
    }
    // One that is given up has no owner to keep.
    let (db, acme, _) = staff();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{acme}'"
    ));
    dba.exec(&of(MORE_WAYS[1], acme.owner));
}

/// Two owners who each remove the other: whoever comes second is refused.
#[test]
fn two_owners_who_remove_each_other_do_not_both_succeed() {
    for (isolation, codes) in [
        ("READ COMMITTED", ["55000"].as_slice()),
        ("REPEATABLE READ", &["55000"]),
        // The server's own test may come first.
        ("SERIALIZABLE", &["55000", "40001"]),
    ] {
        for way in WAYS {
            let (db, acme, _) = staff();
            let other = db.member(&acme, "other@acme.example", "owner");
            let code = race(
                &db,
                &acme,
                isolation,
                &of(way, other),
                (other, &of(way, acme.owner)),
            );
            assert!(codes.contains(&code.as_str()), "{isolation}: {way}: {code}");
            let owners: Vec<Uuid> = db.superuser().column(
                "SELECT user_id FROM tenancy.organization_members WHERE role = 'owner' AND status = 'active'",
                &[],
            );
            assert_eq!(owners, [acme.owner], "{isolation}: {way}");
        }
    }
}

/// The owner's statement, and another's that begins before the first one commits: its SQLSTATE.
#[track_caller]
fn race(db: &Db, org: &Org, isolation: &str, first: &str, second: (Uuid, &str)) -> String {
    let (user, second) = second;
    let begin = |user| {
        format!("BEGIN ISOLATION LEVEL {isolation}; SELECT tenancy.set_context('{org}', '{user}')")
    };
    let (mut a, mut b) = (db.app(), db.app());
    a.exec(&begin(org.owner));
    b.exec(&begin(user)); // its snapshot, where the isolation level keeps one
    a.exec(first);
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    thread::scope(|scope| {
        let late = scope.spawn(move || {
            let result = b.batch_execute(&format!("{second}; COMMIT"));
            let error = result.expect_err("the second is refused");
            error
                .code()
                .map_or(String::new(), |code| code.code().to_owned())
        });
        let mut dba = db.superuser();
        eventually("the second waits for the first", || {
            dba.one::<i64>(waiting, &[]) == 1
        });
        a.exec("COMMIT");
        late.join().expect("the thread ends")
    })
}

#[test]
fn the_second_may_go_where_the_first_one_did_not() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let other = db.member(&acme, "other@acme.example", "owner");
    let (mut a, mut b) = (db.superuser(), db.superuser());
    a.exec("BEGIN");
    a.exec(&of(WAYS[0], acme.owner));
    let mut dba = db.superuser();
    thread::scope(|scope| {
        let late = scope.spawn(move || b.exec(&of(WAYS[0], other)));
        eventually("the second waits for the first", || {
            dba.one::<i64>(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
                &[],
            ) == 1
        });
        a.exec("ROLLBACK");
        late.join().expect("it succeeds");
    });
}
