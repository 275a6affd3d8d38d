//! Databases: fresh ones, roles, organizations, snapshots.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use pg_crm_tests::{Client, Cluster, Sql};

use super::{stand_in, start};

fn databases(client: &mut Client) -> Vec<String> {
    client.column("SELECT datname::text FROM pg_catalog.pg_database", &[])
}

#[test]
fn databases_are_fresh_named_after_the_test_and_dropped() {
    let cluster = start(&[]);
    let (one, two) = (cluster.fresh_db(), cluster.fresh_db());
    assert!(one.name().contains("databases_are_fresh"), "{}", one.name());
    one.org("Acme");
    assert_eq!(two.table("tenancy.organizations"), [""; 0]);
    two.superuser()
        .fails_with("SELECT * FROM pg_no_such_table", "42P01");
    cluster
        .empty_db()
        .superuser()
        .fails_with("SELECT * FROM tenancy.organizations", "42P01");

    let _still_connected = one.app();
    drop((one, two));
    let mut left = databases(&mut cluster.connect("postgres", "postgres"));
    left.sort();
    assert_eq!(left, ["crm_template", "postgres", "template0", "template1"]);
}

#[test]
fn databases_are_cloned_by_many_threads() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let db = stand_in().fresh_db();
                    db.org("Acme");
                    assert_eq!(db.table("tenancy.organizations").len(), 1);
                }
            });
        }
    });
}

#[test]
fn a_setup_that_fails_tells_every_test_why() {
    let cluster = Cluster::with_setup(&[], "SELECT 1/0").expect("the server starts");
    for _ in 0..2 {
        let failed = catch_unwind(AssertUnwindSafe(|| cluster.fresh_db()))
            .err()
            .expect("no database");
        let message = failed.downcast_ref::<String>().expect("a message");
        assert!(message.contains("division by zero"), "{message}");
    }
    cluster.empty_db();
}

#[test]
fn roles_are_who_they_say() {
    let db = stand_in().fresh_db();
    let sql =
        "SELECT current_user::text || ' ' || rolsuper FROM pg_roles WHERE rolname = current_user";
    let who = |mut client: Client| client.one::<String>(sql, &[]);
    assert_eq!(who(db.superuser()), "postgres true");
    assert_eq!(who(db.app()), "app_user false");
    assert_eq!(who(db.readonly()), "readonly_user false");
    assert_eq!(who(db.admin()), "admin_user false");
    for _ in 0..2 {
        stand_in().require_role("stranger", "LOGIN");
    }
    assert_eq!(who(db.connect_as("stranger")), "stranger false");
    db.connect_as("stranger")
        .fails_with("SELECT * FROM tenancy.notes", "42501");
    db.readonly()
        .fails_with("DELETE FROM tenancy.notes", "42501");
}

#[test]
fn organizations_have_owners_and_contexts_end_with_their_transaction() {
    let db = stand_in().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex Inc."));
    let member = db.member(&acme, "ann@acme.example", "member");
    let members = db.superuser().lines(
        "SELECT o.slug, m.role FROM tenancy.organization_members m
        JOIN tenancy.organizations o ON o.id = m.organization_id ORDER BY 1, 2",
    );
    assert_eq!(members, ["acme|member", "acme|owner", "globex-inc-|owner"]);

    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO tenancy.notes (body) VALUES ('hello')")
    });
    let notes = "SELECT body FROM tenancy.notes";
    assert_eq!(app.in_org(&acme, |tx| tx.lines(notes)), ["hello"]);
    assert_eq!(app.in_org(&globex, |tx| tx.lines(notes)), [""; 0]);
    assert_eq!(app.lines(notes), [""; 0]);
    let user: String = app.in_org_as(&acme, member, |tx| {
        tx.one("SELECT current_setting('app.current_user_id')", &[])
    });
    assert_eq!(user, member.to_string());
    assert_eq!(db.table("tenancy.notes"), [format!("({acme},hello)")]);
}

#[test]
fn a_physical_snapshot_sees_a_row_that_was_rewritten_as_it_was() {
    let db = stand_in().fresh_db();
    db.org("Acme");
    let (logical, physical) = (db.snapshot(), db.physical_snapshot());
    assert_eq!(logical["tenancy.organizations"].len(), 1);
    assert_eq!(physical, db.physical_snapshot());
    db.superuser()
        .exec("UPDATE tenancy.organizations SET name = name");
    assert_eq!(logical, db.snapshot());
    assert_ne!(physical, db.physical_snapshot());
}
