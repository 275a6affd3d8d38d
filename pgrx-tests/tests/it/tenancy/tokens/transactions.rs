//! What a token proves lasts as long as the transaction, and is judged by the present.

use pg_crm_tests::{Cluster, Sql, Uuid, eventually, json};

use super::forge::Hs256;
use super::{NONE, acme, authenticate, claims, claims_with, context, issued, refused};
use crate::crm::standby::Standby;
use crate::tenancy::sessions;

#[test]
fn a_token_opens_its_organizations_rows_and_no_others() {
    let (db, acme, key) = acme();
    let globex = db.org("Globex");
    for org in [&acme, &globex] {
        db.app().in_org(org, |tx| {
            tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        });
    }
    let user = claims_with(&acme, "sub", json!(acme.owner.to_string()));
    for (claims, user) in [(claims(&acme), None), (user, Some(acme.owner))] {
        for (role, mut session) in sessions(&db) {
            let mut tx = session.transaction().expect("a transaction begins");
            assert_eq!(
                authenticate(&mut tx, &key.token(&claims)),
                acme.id,
                "{role}"
            );
            assert_eq!(context(&mut tx), (Some(acme.id), user), "{role}");
            let seen: Vec<Uuid> = tx.column("SELECT organization_id FROM crm.contacts", &[]);
            assert_eq!(seen, [acme.id], "{role}");
        }
    }
}

#[test]
fn it_ends_with_the_transaction() {
    let (db, acme, key) = acme();
    let token = key.token(&claims(&acme));
    let mut app = db.app();
    for end in ["COMMIT", "ROLLBACK", "COMMIT AND CHAIN"] {
        app.exec("BEGIN");
        authenticate(&mut app, &token);
        assert_eq!(context(&mut app), (Some(acme.id), None), "before {end}");
        app.exec(end);
        assert_eq!(context(&mut app), NONE, "after {end}");
        app.exec("ROLLBACK");
    }
    authenticate(&mut app, &token);
    assert_eq!(context(&mut app), NONE, "after a statement alone");
    app.exec("BEGIN");
    authenticate(&mut app, &token);
    app.fails_with("SELECT 1 / 0", "22012");
    app.exec("ROLLBACK");
    assert_eq!(context(&mut app), NONE, "after an error");
}

#[test]
fn a_token_without_a_user_clears_the_user() {
    let (db, acme, key) = acme();
    db.app().in_org_as(&acme, acme.owner, |tx| {
        authenticate(tx, &key.token(&claims(&acme)));
        assert_eq!(context(tx), (Some(acme.id), None));
    });
}

#[test]
fn it_follows_savepoints_and_a_refusal_changes_nothing() {
    let (db, acme, key) = acme();
    let globex = db.org("Globex");
    let (token, theirs) = (key.token(&claims(&acme)), key.token(&claims(&globex)));
    let mut app = db.app();
    app.exec("BEGIN");
    authenticate(&mut app, &token);
    app.exec("SAVEPOINT s");
    authenticate(&mut app, &theirs);
    assert_eq!(context(&mut app).0, Some(globex.id));
    app.exec("ROLLBACK TO s");
    assert_eq!(context(&mut app).0, Some(acme.id));
    refused(&mut app, "x");
    app.exec("ROLLBACK TO s");
    assert_eq!(context(&mut app).0, Some(acme.id));
    app.exec(
        "DO $$BEGIN
             PERFORM tenancy.authenticate('x');
         EXCEPTION WHEN invalid_authorization_specification THEN NULL;
         END$$",
    );
    assert_eq!(context(&mut app).0, Some(acme.id));
    authenticate(&mut app, &theirs);
    app.exec("RELEASE s");
    assert_eq!(context(&mut app).0, Some(globex.id));
    app.exec("ROLLBACK");

    app.exec("BEGIN");
    refused(&mut app, "x");
    app.exec("COMMIT");
    assert_eq!(context(&mut app), NONE);
}

#[test]
fn it_works_in_a_read_only_transaction() {
    let (db, acme, key) = acme();
    for (role, mut session) in sessions(&db) {
        session.exec("BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY");
        authenticate(&mut session, &key.token(&claims(&acme)));
        let seen: Vec<Uuid> = session.column("SELECT id FROM tenancy.organizations", &[]);
        assert_eq!(seen, [acme.id], "{role}");
    }
}

/// Statements that see the past do not make it the present.
#[test]
fn what_was_undone_meanwhile_does_not_count_in_an_older_transaction() {
    let (db, acme, key) = acme();
    let user = claims_with(&acme, "sub", json!(acme.owner.to_string()));
    let (token, owners) = (key.token(&claims(&acme)), key.token(&user));
    let mut dba = db.superuser();
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        for (undo, redo, presented) in [
            (
                "UPDATE tenancy.token_keys SET revoked_at = now()",
                "UPDATE tenancy.token_keys SET revoked_at = NULL",
                &token,
            ),
            (
                "UPDATE tenancy.users SET disabled_at = now()",
                "UPDATE tenancy.users SET disabled_at = NULL",
                &owners,
            ),
            (
                "UPDATE tenancy.organizations SET deleted_at = now()",
                "UPDATE tenancy.organizations SET deleted_at = NULL",
                &token,
            ),
        ] {
            let mut app = db.app();
            app.exec(&format!("BEGIN ISOLATION LEVEL {level}"));
            authenticate(&mut app, presented);
            app.exec("SAVEPOINT s");
            dba.exec(undo);
            refused(&mut app, presented);
            app.exec("ROLLBACK TO s");
            dba.exec(redo);
            authenticate(&mut app, presented);
        }
    }
}

#[test]
fn an_older_transaction_does_not_keep_a_token_from_expiring() {
    let (db, acme, key) = acme();
    db.superuser()
        .exec("UPDATE tenancy.token_keys SET leeway = '0'");
    let mut app = db.app();
    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec("SELECT now()");
    let token = issued(&db, &format!("'{acme}', lifetime => '1 second'"));
    eventually("the token expires", || {
        let mut savepoint = tx.transaction().expect("a savepoint");
        savepoint
            .query_one("SELECT tenancy.authenticate($1)", &[&token])
            .is_err()
    });
    authenticate(&mut tx, &key.token(&claims(&acme)));
}

#[test]
fn a_key_made_in_the_same_transaction_counts() {
    let (db, acme, _) = acme();
    let mut dba = db.superuser();
    let mut tx = dba.transaction().expect("a transaction begins");
    tx.exec("SELECT tenancy.create_token_key('fresh')");
    let token: String = tx.one(
        &format!("SELECT tenancy.issue_token('{acme}', key_id => 'fresh')"),
        &[],
    );
    authenticate(&mut tx, &token);
    tx.rollback().expect("it is undone");
    refused(&mut dba, &token);
}

#[test]
fn it_works_on_a_standby() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    let acme = db.org("Acme");
    let key = Hs256::new("default");
    key.install(&db, "");
    db.superuser().exec("SELECT tenancy.create_token_key('ed')");
    let tokens = [
        key.token(&claims(&acme)),
        issued(&db, &format!("'{acme}', key_id => 'ed'")),
    ];
    let standby = Standby::of(&db);
    for role in ["app_user", "readonly_user"] {
        let mut client = standby.connect(role);
        assert!(client.one::<bool>("SELECT pg_is_in_recovery()", &[]));
        for token in &tokens {
            let mut tx = client.transaction().expect("a transaction begins");
            authenticate(&mut tx, token);
            let seen: Vec<Uuid> = tx.column("SELECT id FROM tenancy.organizations", &[]);
            assert_eq!(seen, [acme.id], "{role}");
        }
        refused(&mut client, "x");
    }
}
