//! `tenancy.issue_token`.

use pg_crm_tests::{Sql, json, shared};

use super::forge::{Hs256, decoded, now};
use super::{acme, authenticate, context, issued, refused};

#[test]
fn a_token_says_what_its_arguments_say() {
    let (db, acme, _) = acme();
    db.superuser().exec(
        "DELETE FROM tenancy.token_keys;
         SELECT tenancy.create_token_key('ed', issuer => 'https://id.example', audience => 'shop')",
    );
    let before = now();
    let token = issued(&db, &format!("'{acme}', '{}', '2 hours'", acme.owner));
    let after = now();
    assert_eq!(
        decoded(&token, 0),
        json!({"typ": "JWT", "alg": "EdDSA", "kid": "ed"})
    );
    let claims = decoded(&token, 1);
    let issued_at = claims["iat"].as_i64().expect("a number");
    assert!((before..=after).contains(&issued_at), "{claims}");
    assert_eq!(
        claims,
        json!({
            "iss": "https://id.example", "aud": "shop", "iat": issued_at, "exp": issued_at + 7200,
            "org_id": acme.to_string(), "sub": acme.owner.to_string(),
        })
    );
    let mut app = db.app();
    let mut tx = app.transaction().expect("a transaction begins");
    assert_eq!(authenticate(&mut tx, &token), acme.id);
    assert_eq!(context(&mut tx), (Some(acme.id), Some(acme.owner)));
}

#[test]
fn a_token_lives_for_an_hour_and_acts_for_no_user_unless_told() {
    let (db, acme, _) = acme();
    let claims = decoded(&issued(&db, &format!("'{acme}'")), 1);
    let lifetime = claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("one");
    assert_eq!(lifetime, 3600);
    assert!(claims.get("sub").is_none(), "{claims}");
}

#[test]
fn names_of_claims_are_the_keys() {
    let (db, acme, _) = acme();
    db.superuser().exec(
        "UPDATE tenancy.token_keys SET organization_claim = 'https://x.example/org', user_claim = 'uid'",
    );
    let token = issued(&db, &format!("'{acme}', '{}'", acme.owner));
    let claims = decoded(&token, 1);
    assert_eq!(claims["https://x.example/org"], json!(acme.to_string()));
    assert_eq!(claims["uid"], json!(acme.owner.to_string()));
    assert_eq!(authenticate(&mut db.app(), &token), acme.id);
    // What was signed under other names says nothing now.
    db.superuser()
        .exec("UPDATE tenancy.token_keys SET organization_claim = 'org_id'");
    refused(&mut db.app(), &token);
}

#[test]
fn the_newest_key_signs_unless_one_is_named() {
    let (db, acme, _) = acme();
    let signer = |arguments: &str| decoded(&issued(&db, arguments), 0)["kid"].clone();
    let all = format!("'{acme}'");
    assert_eq!(signer(&all), "default");
    for (id, more) in [
        ("new", "valid_from = now() - interval '1 minute'"),
        ("older", "valid_from = now() - interval '1 day'"),
        ("early", "valid_from = now() + interval '1 day'"),
        (
            "late",
            "valid_from = '2000-01-01', valid_until = '2001-01-01'",
        ),
        ("revoked", "revoked_at = now()"),
    ] {
        Hs256::new(id).install(&db, more);
    }
    let mut dba = db.superuser();
    dba.exec("UPDATE tenancy.token_keys SET valid_from = now() - interval '1 hour' WHERE key_id = 'default'");
    assert_eq!(signer(&all), "new");
    // Who only verifies does not sign, however new.
    dba.exec(
        "SELECT tenancy.create_token_key('public');
         UPDATE tenancy.token_keys SET signing_key = NULL WHERE key_id = 'public'",
    );
    assert_eq!(signer(&all), "new");
    assert_eq!(signer(&format!("'{acme}', key_id => 'older'")), "older");
    for id in ["early", "late", "revoked", "public", "unknown"] {
        let error = dba.fails_with(
            &format!("SELECT tenancy.issue_token('{acme}', key_id => '{id}')"),
            "42704",
        );
        assert_eq!(error.message(), format!("there is no signing key \"{id}\""));
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("tenancy.create_token_key()"))
        );
    }
    dba.exec("UPDATE tenancy.token_keys SET revoked_at = now() WHERE revoked_at IS NULL");
    let error = dba.fails_with(&format!("SELECT tenancy.issue_token('{acme}')"), "42704");
    assert_eq!(error.message(), "there is no signing key");
}

#[test]
fn a_lifetime_must_have_an_end_and_not_be_over() {
    let (db, acme, _) = acme();
    let mut dba = db.superuser();
    for lifetime in [
        "'0'",
        "'-1 hour'",
        "'0.9 seconds'",
        "'1 month -31 days'",
        "'-1 month 30 days 0.5 seconds'",
        "NULL",
    ] {
        let call = format!("SELECT tenancy.issue_token('{acme}', lifetime => {lifetime})");
        let error = dba.fails_with(&call, "22023");
        assert!(error.hint().is_some(), "{lifetime}");
    }
    for lifetime in ["1 second", "1.9 seconds", "100 years"] {
        let token = issued(&db, &format!("'{acme}', lifetime => '{lifetime}'"));
        let claims = decoded(&token, 1);
        assert!(claims["exp"].as_i64() > claims["iat"].as_i64(), "{claims}");
    }
    dba.fails_with(
        &format!("SELECT tenancy.issue_token('{acme}', lifetime => '300000 years')"),
        "22008",
    );
}

#[test]
fn tokens_are_made_only_for_whom_may_act() {
    let (db, acme, _) = acme();
    let globex = db.org("Globex");
    let disabled = db.member(&acme, "disabled@acme.example", "member");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "UPDATE tenancy.users SET disabled_at = now() WHERE id = '{disabled}';
         UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{globex}'"
    ));
    for arguments in [
        "NULL".to_owned(),
        format!("'{globex}'"),
        "'0190dead-0000-7000-8000-000000000001'".to_owned(),
        format!("'{acme}', '{}'", globex.owner),
        format!("'{acme}', '{disabled}'"),
    ] {
        let error = dba.fails_with(&format!("SELECT tenancy.issue_token({arguments})"), "42501");
        assert_eq!(
            error.message(),
            "organization is not accessible",
            "{arguments}"
        );
    }
}

#[test]
fn two_halves_of_different_keys_sign_nothing() {
    let (db, acme, _) = acme();
    let mut dba = db.superuser();
    dba.exec(
        "SELECT tenancy.create_token_key('a'), tenancy.create_token_key('b');
         UPDATE tenancy.token_keys SET signing_key = (SELECT k.signing_key FROM tenancy.token_keys AS k WHERE k.key_id = 'b')
          WHERE key_id = 'a'",
    );
    let error = dba.fails_with(
        &format!("SELECT tenancy.issue_token('{acme}', key_id => 'a')"),
        "55000",
    );
    assert_eq!(error.message(), "key \"a\" cannot sign");
}

#[test]
fn a_service_that_is_granted_it_issues_tokens_and_sees_no_key() {
    let (db, acme, _) = acme();
    db.cluster()
        .require_role("token_service", "LOGIN IN ROLE crm_app");
    let mut service = db.connect_as("token_service");
    let call = format!("SELECT tenancy.issue_token('{acme}')");
    service.fails_with(&call, "42501");
    db.superuser()
        .exec("GRANT EXECUTE ON FUNCTION tenancy.issue_token TO token_service");
    let token: String = service.one(&call, &[]);
    assert_eq!(authenticate(&mut service, &token), acme.id);
    service.fails_with("SELECT FROM tenancy.token_keys", "42501");
}

#[test]
fn tokens_are_issued_in_a_read_only_transaction() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.create_token_key('ed')");
    dba.exec("SET default_transaction_read_only = on");
    let token: String = dba.one(&format!("SELECT tenancy.issue_token('{acme}')"), &[]);
    assert_eq!(authenticate(&mut dba, &token), acme.id);
}
