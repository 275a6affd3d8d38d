//! `tenancy.token_keys`: who reaches it, how keys are made, and how one follows another.

use pg_crm_tests::{Sql, pg_dump, psql, shared};

use super::forge::{Hs256, now};
use super::{acme, authenticate, claims, claims_with, issued, refused};
use crate::tenancy::sessions;

#[test]
fn the_groups_neither_read_nor_write_keys() {
    let (db, acme, _) = acme();
    db.superuser().exec("ANALYZE tenancy.token_keys");
    for (role, mut session) in sessions(&db) {
        for (statement, object) in [
            ("SELECT FROM tenancy.token_keys", "table token_keys"),
            (
                "SELECT count(verification_key) FROM tenancy.token_keys",
                "table token_keys",
            ),
            ("TABLE tenancy.token_keys", "table token_keys"),
            ("COPY tenancy.token_keys TO STDOUT", "table token_keys"),
            (
                "INSERT INTO tenancy.token_keys DEFAULT VALUES",
                "table token_keys",
            ),
            (
                "UPDATE tenancy.token_keys SET revoked_at = NULL",
                "table token_keys",
            ),
            ("DELETE FROM tenancy.token_keys", "table token_keys"),
            ("TRUNCATE tenancy.token_keys", "table token_keys"),
            (
                "SELECT tenancy.create_token_key('mine')",
                "function create_token_key",
            ),
            (
                &format!("SELECT tenancy.issue_token('{acme}')"),
                "function issue_token",
            ),
        ] {
            let error = session.fails_with(statement, "42501");
            assert_eq!(
                error.message(),
                format!("permission denied for {object}"),
                "{role}: {statement}"
            );
        }
        let sampled: i64 = session.one(
            "SELECT count(*) FROM pg_stats WHERE tablename = 'token_keys'",
            &[],
        );
        assert_eq!(sampled, 0, "{role}");
    }
}

/// FORCE and no policy: who is granted the table sees no row of it, unless superuser.
#[test]
fn a_grant_by_mistake_shows_no_key() {
    let (db, ..) = acme();
    db.superuser()
        .exec("GRANT ALL ON tenancy.token_keys TO crm_admin");
    let mut admin = db.admin();
    let seen: i64 = admin.one("SELECT count(*) FROM tenancy.token_keys", &[]);
    assert_eq!(seen, 0);
    admin.fails_with(
        "INSERT INTO tenancy.token_keys (key_id, algorithm, verification_key) VALUES ('mine', 'HS256', sha256('x'))",
        "42501",
    );
}

#[test]
fn a_stranger_may_not_authenticate() {
    let (db, acme, key) = acme();
    db.cluster().require_role("token_stranger", "LOGIN");
    db.superuser()
        .exec("GRANT USAGE ON SCHEMA tenancy TO token_stranger");
    let mut stranger = db.connect_as("token_stranger");
    let token = key.token(&claims(&acme));
    stranger.fails_with_params("SELECT tenancy.authenticate($1)", &[&token], "42501");
    db.superuser()
        .exec("REVOKE USAGE ON SCHEMA tenancy FROM token_stranger");
}

#[test]
fn keys_are_made_of_random_bytes() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let made = dba.lines(
        "SELECT tenancy.create_token_key('a') IS NOT NULL, tenancy.create_token_key('b', 'EdDSA') IS NOT NULL,
                tenancy.create_token_key('c', 'HS256') IS NULL, tenancy.create_token_key('d', 'HS256') IS NULL",
    );
    assert_eq!(made, ["t|t|t|t"]);
    let stored = dba.lines(
        "SELECT key_id, algorithm, octet_length(verification_key), octet_length(signing_key), issuer, audience,
                organization_claim, user_claim, leeway, valid_from = created_at, valid_until, revoked_at
           FROM tenancy.token_keys ORDER BY key_id",
    );
    assert_eq!(
        stored,
        [
            "a|EdDSA|32|32||pg_crm|org_id|sub|00:00:30|t||",
            "b|EdDSA|32|32||pg_crm|org_id|sub|00:00:30|t||",
            "c|HS256|32|||pg_crm|org_id|sub|00:00:30|t||",
            "d|HS256|32|||pg_crm|org_id|sub|00:00:30|t||",
        ]
    );
    let different: i64 = dba.one(
        "SELECT count(DISTINCT k) FROM tenancy.token_keys, unnest(ARRAY[verification_key, signing_key]) AS k",
        &[],
    );
    assert_eq!(different, 6);
    let returned: Vec<u8> = dba.one(
        "SELECT tenancy.create_token_key('e', 'EdDSA', 'https://id.example', 'shop', '2040-01-01')",
        &[],
    );
    let public: Vec<u8> = dba.one(
        "SELECT verification_key FROM tenancy.token_keys WHERE key_id = 'e'",
        &[],
    );
    assert_eq!(returned, public);
    let stored = dba.lines(
        "SELECT issuer, audience, valid_until = '2040-01-01' FROM tenancy.token_keys WHERE key_id = 'e'",
    );
    assert_eq!(stored, ["https://id.example|shop|t"]);
}

#[test]
fn keys_that_cannot_be_made() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.create_token_key('a')");
    for (arguments, sqlstate) in [
        ("'b', 'hs256'", "22023"),
        ("'b', 'none'", "22023"),
        ("'b', ''", "22023"),
        ("'b', NULL", "22023"),
        ("'a'", "23505"),
        ("'a', 'HS256'", "23505"),
        ("NULL", "23502"),
        ("'b', audience => NULL", "23502"),
        ("' '", "23514"),
        ("repeat('b', 256)", "23514"),
        ("'b', issuer => ''", "23514"),
        ("'b', audience => ' '", "23514"),
        ("'b', valid_until => '2000-01-01'", "23514"),
    ] {
        let error = dba.fails_with(
            &format!("SELECT tenancy.create_token_key({arguments})"),
            sqlstate,
        );
        if sqlstate == "22023" {
            assert_eq!(
                error.hint(),
                Some("Algorithms are HS256 and EdDSA."),
                "{arguments}"
            );
        }
    }
    let keys: i64 = dba.one("SELECT count(*) FROM tenancy.token_keys", &[]);
    assert_eq!(keys, 1);
}

/// It runs with the caller's rights, so that EXECUTE alone opens nothing.
#[test]
fn who_may_only_execute_makes_no_key() {
    let (db, ..) = acme();
    db.cluster()
        .require_role("key_maker", "LOGIN IN ROLE crm_admin");
    db.superuser()
        .exec("GRANT EXECUTE ON FUNCTION tenancy.create_token_key TO key_maker");
    let error = db
        .connect_as("key_maker")
        .fails_with("SELECT tenancy.create_token_key('mine')", "42501");
    assert_eq!(error.message(), "permission denied for table token_keys");
}

#[test]
fn one_key_follows_another() {
    let (db, acme, old) = acme();
    let mut app = db.app();
    let by_old = old.token(&claims(&acme));
    db.superuser()
        .exec("SELECT tenancy.create_token_key('2026-12')");
    let by_new = issued(&db, &format!("'{acme}'"));
    for token in [&by_old, &by_new] {
        assert_eq!(authenticate(&mut app, token), acme.id);
    }
    db.superuser()
        .exec("UPDATE tenancy.token_keys SET revoked_at = now() WHERE key_id = 'default'");
    refused(&mut app, &by_old);
    assert_eq!(authenticate(&mut app, &by_new), acme.id);
    // Gone is as good as revoked.
    db.superuser()
        .exec("DELETE FROM tenancy.token_keys WHERE key_id = '2026-12'");
    refused(&mut app, &by_new);
}

#[test]
fn a_key_has_its_own_leeway() {
    let (db, acme, _) = acme();
    let (strict, lenient) = (Hs256::new("strict"), Hs256::new("lenient"));
    strict.install(&db, "leeway = '0'");
    lenient.install(&db, "leeway = '5 minutes'");
    let mut app = db.app();
    let token = |key: &Hs256, name: &str, seconds: i64| {
        key.token(&claims_with(&acme, name, (now() + seconds).into()))
    };
    // A minute is for the time that the test takes.
    assert_eq!(
        authenticate(&mut app, &token(&lenient, "exp", -240)),
        acme.id
    );
    refused(&mut app, &token(&lenient, "exp", -300));
    refused(&mut app, &token(&strict, "exp", 0));
    for name in ["nbf", "iat"] {
        assert_eq!(authenticate(&mut app, &token(&lenient, name, 300)), acme.id);
        refused(&mut app, &token(&lenient, name, 360));
        assert_eq!(authenticate(&mut app, &token(&strict, name, 0)), acme.id);
        refused(&mut app, &token(&strict, name, 60));
    }
}

#[test]
fn a_dump_carries_the_keys() {
    let (db, acme, key) = acme();
    db.superuser()
        .exec("SELECT tenancy.create_token_key('ed', audience => 'shop')");
    let tokens = [
        key.token(&claims(&acme)),
        issued(&db, &format!("'{acme}', '{}', key_id => 'ed'", acme.owner)),
    ];
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    assert_eq!(
        copy.table("tenancy.token_keys"),
        db.table("tenancy.token_keys")
    );
    let mut app = copy.app();
    for token in &tokens {
        assert_eq!(authenticate(&mut app, token), acme.id);
    }
    let again = issued(&copy, &format!("'{acme}'"));
    assert_eq!(authenticate(&mut db.app(), &again), acme.id);
    app.fails_with("SELECT FROM tenancy.token_keys", "42501");
}
