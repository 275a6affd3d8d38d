//! PyJWT as the second opinion: tokens of either are accepted by the other, and judged alike.

use pg_crm_tests::{Sql, Value, json, shared};

use super::forge::now;
use super::issued;
use crate::crm::oracle;

#[test]
fn the_reference_agrees_on_tokens() {
    let db = shared().fresh_db();
    let (acme, globex, deleted) = (db.org("Acme"), db.org("Globex"), db.org("Deleted"));
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO tenancy.organization_members (organization_id, user_id, role) VALUES ('{globex}', '{owner}', 'admin');
         UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{deleted}';
         SELECT tenancy.create_token_key('default', 'HS256'),
                tenancy.create_token_key('h2', 'HS256', issuer => 'https://id.example'),
                tenancy.create_token_key('ed', audience => 'shop'),
                tenancy.create_token_key('e2', issuer => 'https://id.example', audience => 'shop');
         UPDATE tenancy.token_keys
            SET leeway = '5 minutes', organization_claim = 'https://id.example/org', user_claim = 'uid'
          WHERE key_id = 'e2'",
        owner = acme.owner
    ));
    let keys: Value = dba.one(
        "SELECT jsonb_agg(to_jsonb(k) || jsonb_build_object(
                    'verification_key', encode(verification_key, 'hex'), 'signing_key', encode(signing_key, 'hex'),
                    'leeway', extract(epoch FROM leeway)::integer))
           FROM tenancy.token_keys AS k",
        &[],
    );
    let mut issued_tokens = Vec::new();
    for key in ["default", "h2", "ed", "e2"] {
        for arguments in [
            format!("'{acme}', key_id => '{key}'"),
            format!("'{globex}', '{}', '1 day', '{key}'", acme.owner),
        ] {
            issued_tokens.push(issued(&db, &arguments));
        }
    }
    let task = json!({
        "pyjwt": "2.15.1", "seed": 1, "count": 4000, "now": now(), "keys": keys,
        "organizations": [acme.to_string(), globex.to_string()], "members": [acme.owner.to_string()],
        "issued": issued_tokens,
    });
    let answers: Value = serde_json::from_str(&oracle::ask("signed_token.py", &task.to_string()))
        .expect("the oracle answers in JSON");
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE reference (token text, accepted boolean);
         CREATE FUNCTION pg_temp.accepts(token text) RETURNS boolean LANGUAGE plpgsql AS
         $$BEGIN
             PERFORM tenancy.authenticate(token);
             RETURN true;
         EXCEPTION WHEN invalid_authorization_specification THEN
             RETURN false;
         END$$",
    );
    app.exec_with(
        "INSERT INTO reference SELECT r.* FROM jsonb_to_recordset($1) AS r (token text, accepted boolean)",
        &[&answers],
    );
    let asked = app.lines(
        "SELECT count(DISTINCT token) >= 3500, count(*) FILTER (WHERE accepted) >= 900,
                count(*) FILTER (WHERE NOT accepted) >= 900
           FROM reference",
    );
    assert_eq!(asked, ["t|t|t"], "the tokens are no test");
    for token in &issued_tokens {
        let accepted: bool = app.one(
            "SELECT accepted FROM reference WHERE token = $1 LIMIT 1",
            &[token],
        );
        assert!(accepted, "the reference refuses {token}");
    }
    let differing = app.lines(
        "SELECT accepted, token
           FROM reference
          WHERE pg_temp.accepts(token) IS DISTINCT FROM accepted",
    );
    assert!(
        differing.is_empty(),
        "{} tokens (expected verdict, token) are judged differently:\n{}",
        differing.len(),
        differing[..differing.len().min(20)].join("\n")
    );
}
