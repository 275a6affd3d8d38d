//! Tokens that must be refused: all with one answer, and each for its reason in the server's log.

use pg_crm_tests::{Db, DbError, Org, Sql, Uuid, Value, json, psql};

use super::forge::{Hs256, encoded, now, with_bit_turned, with_part};
use super::{
    NONE, acme, authenticate, claims, claims_with, context, issued, logged_reasons, refused,
};
use crate::tenancy::sessions;

/// All that a client is told of an error.
fn told(error: &DbError) -> Vec<Option<String>> {
    let fields = [
        Some(error.severity()),
        Some(error.code().code()),
        Some(error.message()),
        error.detail(),
        error.hint(),
        error.where_(),
        error.schema(),
        error.table(),
        error.column(),
        error.datatype(),
        error.constraint(),
        error.file(),
        error.routine(),
    ];
    let mut told: Vec<_> = fields.iter().map(|text| text.map(str::to_owned)).collect();
    told.push(error.line().map(|line| line.to_string()));
    told.push(error.position().map(|position| format!("{position:?}")));
    told
}

/// A token and the reason why it is refused.
type Forgery = (String, String);

/// Presents the tokens as an application, as text in statements, and asserts that the answers are one
/// and the reasons those. Of no token is anything in the log.
#[track_caller]
fn assert_refused_alike(db: &Db, forgeries: &[Forgery]) {
    let mut app = db.app();
    app.exec("SET client_min_messages = debug5");
    let mut first = None;
    for (token, reason) in forgeries {
        let literal = token.replace('\'', "''");
        let call = format!("SELECT tenancy.authenticate('{literal}')");
        let error = app.fails_with(&call, "28000");
        assert_eq!(error.message(), "token is not accepted", "{reason}");
        assert_eq!((error.detail(), error.hint()), (None, None), "{reason}");
        let told = told(&error);
        assert_eq!(&told, first.get_or_insert(told.clone()), "{reason}");
        assert_eq!(context(&mut app), NONE, "{reason}");
    }
    let reasons: Vec<_> = forgeries.iter().map(|(_, reason)| reason.clone()).collect();
    assert_eq!(logged_reasons(db, &mut app), reasons);
    let log = db.cluster().log();
    for (token, reason) in forgeries {
        // Other tests log long runs of one letter.
        let tells = |part: &&str| part.len() > 40 && part.chars().any(|c| !part.starts_with(c));
        for part in token.split('.').filter(tells) {
            assert!(!log.contains(part), "{reason}: the log has the token");
        }
    }
}

fn forgery(token: impl Into<String>, reason: &str) -> Forgery {
    (token.into(), reason.to_owned())
}

#[test]
fn tampered_tokens() {
    let (db, acme, key) = acme();
    let globex = db.org("Globex");
    let other = Hs256::new("other");
    other.install(&db, "");
    db.superuser()
        .exec("SELECT tenancy.create_token_key('ed'), tenancy.create_token_key('ed2')");
    let good = key.token(&claims(&acme));
    let eddsa = issued(&db, &format!("'{acme}', key_id => 'ed'"));
    let mut app = db.app();
    assert_eq!(authenticate(&mut app, &good), acme.id);
    assert_eq!(authenticate(&mut app, &eddsa), acme.id);

    let signature = "has a signature that is not its key's";
    let unreadable = "has a signature or claims that cannot be read";
    let mut forgeries = Vec::new();
    for (token, algorithm, own, another) in [
        (&good, "HS256", "default", "other"),
        (&eddsa, "EdDSA", "ed", "ed2"),
    ] {
        let header = |header: Value| with_part(token, 0, &encoded(&header));
        let theirs = with_part(token, 1, &encoded(&claims(&globex)));
        let longer = with_part(
            token,
            1,
            &encoded(&claims_with(&acme, "exp", json!(1_i64 << 40))),
        );
        let mine = token.rsplit('.').next().expect("a signature");
        forgeries.extend([
            forgery(with_bit_turned(token, 2), signature),
            forgery(theirs, signature),
            forgery(longer, signature),
            forgery(header(json!({"alg": algorithm, "kid": another})), signature),
            forgery(
                header(json!({"alg": algorithm, "kid": own, "x": 1})),
                signature,
            ),
            forgery(with_part(token, 2, ""), signature),
            forgery(with_part(token, 2, &mine[..40]), signature),
            forgery(with_part(token, 2, &format!("{mine}=")), unreadable),
            forgery(with_part(token, 2, "!"), unreadable),
        ]);
    }
    assert_refused_alike(&db, &forgeries);
}

#[test]
fn other_algorithms() {
    let (db, acme, key) = acme();
    let public: Vec<u8> = db
        .superuser()
        .one("SELECT tenancy.create_token_key('ed')", &[]);
    let payload = claims(&acme).to_string();
    let with_public_key = Hs256::with_secret("ed", public.clone());
    let hex: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
    let with_public_text = Hs256::with_secret("ed", hex.into_bytes());
    let another = "is of another algorithm than its key";
    let mut forgeries = vec![
        forgery(with_public_key.token(&claims(&acme)), another),
        forgery(with_public_text.token(&claims(&acme)), another),
        forgery(
            with_public_key.signed(&json!({"alg": "EdDSA", "kid": "ed"}), &payload),
            "has a signature that is not its key's",
        ),
        forgery(key.signed(&json!({"kid": "default"}), &payload), another),
        forgery(
            key.signed(&json!({"alg": {"HS256": null}, "kid": "default"}), &payload),
            another,
        ),
    ];
    for alg in [
        "none", "None", "NONE", "nOnE", "none ", "", "hs256", "Hs256", "HS256 ", "HS384", "HS512",
        "RS256", "ES256", "EdDSA", "Ed25519",
    ] {
        let header = json!({"alg": alg, "kid": "default"});
        let signed = key.signed(&header, &payload);
        forgeries.push(forgery(with_part(&signed, 2, ""), another));
        forgeries.push(forgery(signed, another));
    }
    assert_refused_alike(&db, &forgeries);
}

#[test]
fn keys_that_do_not_count() {
    let (db, acme, key) = acme();
    for (id, column) in [
        ("revoked", "revoked_at = now()"),
        ("to be revoked", "revoked_at = now() + interval '1 day'"),
        ("early", "valid_from = now() + interval '1 hour'"),
        (
            "late",
            "valid_from = '2000-01-01', valid_until = now() - interval '1 second'",
        ),
    ] {
        Hs256::new(id).install(&db, column);
    }
    let under = |id: &'static str| Hs256::new(id).token(&claims(&acme));
    let named = |id: &str| {
        key.signed(
            &json!({"alg": "HS256", "kid": id}),
            &claims(&acme).to_string(),
        )
    };
    let long = "k".repeat(5000);
    assert_refused_alike(
        &db,
        &[
            forgery(
                under("revoked"),
                r#"names the key "revoked", which was revoked"#,
            ),
            forgery(
                under("to be revoked"),
                r#"names the key "to be revoked", which was revoked"#,
            ),
            forgery(
                under("early"),
                r#"names the key "early", which is not valid yet"#,
            ),
            forgery(
                under("late"),
                r#"names the key "late", which is no longer valid"#,
            ),
            forgery(
                under("unknown"),
                r#"names the key "unknown", which does not exist"#,
            ),
            forgery(
                named("Default"),
                r#"names the key "Default", which does not exist"#,
            ),
            forgery(named(""), r#"names the key "", which does not exist"#),
            forgery(
                named("' OR true --"),
                r#"names the key "\' OR true --", which does not exist"#,
            ),
            forgery(
                named("\u{202e}é"),
                r#"names the key "\u{202e}\u{e9}", which does not exist"#,
            ),
            forgery(
                named(&long),
                &format!("names the key \"{}\", which does not exist", &long[..64]),
            ),
            forgery(
                named("a\nLOG:  all is well"),
                "has a key id that is no plain text",
            ),
            forgery(named("a\0"), "has a key id that is no plain text"),
            forgery(
                key.signed(
                    &json!({"alg": "HS256", "kid": 1}),
                    &claims(&acme).to_string(),
                ),
                "has a key id that is no plain text",
            ),
        ],
    );
}

#[test]
fn claims_that_are_wrong() {
    let (db, acme, key) = acme();
    db.superuser()
        .exec("UPDATE tenancy.token_keys SET issuer = 'https://id.example', leeway = '0'");
    let with = |name: &str, value: Value| {
        let mut claims = claims_with(&acme, "iss", json!("https://id.example"));
        claims
            .as_object_mut()
            .expect("an object")
            .insert(name.to_owned(), value);
        key.token(&claims)
    };
    let without = |name: &str| {
        let mut claims = claims_with(&acme, "iss", json!("https://id.example"));
        claims.as_object_mut().expect("an object").remove(name);
        key.token(&claims)
    };
    assert_eq!(authenticate(&mut db.app(), &with("x", json!(1))), acme.id);
    let audience = "is for another audience";
    let issuer = "is of another issuer than its key";
    let exp = "has a claim exp that is no whole number of seconds";
    let org_id = "has a claim org_id that is no UUID";
    let sub = "has a claim sub that is no UUID";
    let unreadable = "has a signature or claims that cannot be read";
    let raw = |payload: String| key.signed(&json!({"alg": "HS256"}), &payload);
    let right = format!(
        r#""aud":"pg_crm","iss":"https://id.example","org_id":"{acme}","exp":{}"#,
        now() + 600
    );
    assert_refused_alike(
        &db,
        &[
            forgery(with("exp", json!(now() - 1)), "has expired"),
            forgery(with("exp", json!(0)), "has expired"),
            forgery(
                with("nbf", json!(now() + 60)),
                "has a claim nbf in the future",
            ),
            forgery(
                with("iat", json!(now() + 60)),
                "has a claim iat in the future",
            ),
            forgery(without("exp"), "has no claim exp"),
            forgery(with("exp", json!("2000000000")), exp),
            forgery(with("exp", json!(2e9)), exp),
            forgery(with("exp", json!(-1)), exp),
            forgery(with("exp", json!(u64::MAX)), exp),
            forgery(with("exp", Value::Null), exp),
            forgery(without("aud"), audience),
            forgery(with("aud", json!("other")), audience),
            forgery(with("aud", json!(["other"])), audience),
            forgery(with("aud", json!([])), audience),
            forgery(without("iss"), issuer),
            forgery(with("iss", json!("https://id.example/")), issuer),
            forgery(without("org_id"), "is for no organization"),
            forgery(with("org_id", Value::Null), org_id),
            forgery(with("org_id", json!("acme")), org_id),
            forgery(with("org_id", json!([acme.to_string()])), org_id),
            forgery(with("sub", json!("ann")), sub),
            forgery(with("sub", Value::Null), sub),
            forgery(raw(format!("{{{right},\"exp\":0}}")), unreadable),
            forgery(raw(format!("{{{right},\"exp\":1e999}}")), unreadable),
            forgery(raw(format!("[{{{right}}}]")), unreadable),
            forgery(raw("null".to_owned()), unreadable),
            forgery(raw("[".repeat(3000)), unreadable),
            forgery(
                key.signed(
                    &json!({"alg": "HS256", "crit": ["x"], "x": 1}),
                    &format!("{{{right}}}"),
                ),
                "asks for an extension of the format",
            ),
        ],
    );
    assert_eq!(
        authenticate(&mut db.app(), &raw(format!("{{{right}}}"))),
        acme.id
    );
}

/// One answer for all, or it would tell which organizations and members there are.
#[test]
fn organizations_and_users_that_may_not_act() {
    let (db, acme, key) = acme();
    let (globex, deleted) = (db.org("Globex"), db.org("Deleted"));
    let member = |name: &str| db.member(&acme, &format!("{name}@acme.example"), "member");
    let (suspended, removed, gone, disabled) = (
        member("suspended"),
        member("removed"),
        member("gone"),
        member("disabled"),
    );
    db.superuser().exec(&format!(
        "UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{deleted}';
         UPDATE tenancy.users SET deleted_at = now() WHERE id = '{gone}';
         UPDATE tenancy.users SET disabled_at = now() WHERE id = '{disabled}';
         UPDATE tenancy.organization_members SET status = 'suspended' WHERE user_id = '{suspended}';
         UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = '{removed}'"
    ));
    let nobody = Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0001);
    let absent = Org {
        id: nobody,
        owner: nobody,
    };
    let user = |org: &Org, user: Uuid| claims_with(org, "sub", json!(user.to_string()));
    let forgeries: Vec<_> = [
        claims(&absent),
        claims(&deleted),
        user(&absent, acme.owner),
        user(&deleted, deleted.owner),
        user(&acme, globex.owner),
        user(&globex, acme.owner),
        user(&acme, nobody),
        user(&acme, acme.id),
        user(&acme, suspended),
        user(&acme, removed),
        user(&acme, gone),
        user(&acme, disabled),
    ]
    .iter()
    .map(|claims| {
        forgery(
            key.token(claims),
            "is for an organization or a user that may not act there",
        )
    })
    .collect();
    assert_refused_alike(&db, &forgeries);
    let good = key.token(&user(&acme, acme.owner));
    assert_eq!(authenticate(&mut db.app(), &good), acme.id);
}

#[test]
fn texts_that_are_no_tokens() {
    let (db, acme, key) = acme();
    let good = key.token(&claims(&acme));
    let (parts, header) = (
        "does not have three parts",
        "has a header that cannot be read",
    );
    let long = "is longer than 8192 bytes";
    assert_refused_alike(
        &db,
        &[
            forgery("", parts),
            forgery(" ", parts),
            forgery(".", parts),
            forgery("..", header),
            forgery("....", parts),
            forgery("null", parts),
            forgery("'; DROP TABLE tenancy.token_keys; --", parts),
            forgery("{\"org_id\": \"x\"}", parts),
            forgery("a.b.c", header),
            forgery("é.ü.\u{1f600}", header),
            forgery(format!("Bearer {good}"), header),
            forgery(format!(" {good}"), header),
            forgery(format!("{good}.{good}"), parts),
            forgery(&good[..good.len() / 2], parts),
            forgery(
                format!("{good}\n"),
                "has a signature or claims that cannot be read",
            ),
            forgery("e30.e30.", "is of another algorithm than its key"),
            forgery("x".repeat(8193), long),
            forgery(format!("{good}{}", "A".repeat(8192)), long),
            forgery("x".repeat(1 << 20), long),
            forgery(".".repeat(1 << 20), long),
        ],
    );
}

#[test]
fn null_is_refused_like_any_other() {
    let (db, ..) = acme();
    for (role, mut session) in sessions(&db) {
        let null = session.fails_with("SELECT tenancy.authenticate(NULL)", "28000");
        let text = session.fails_with("SELECT tenancy.authenticate('x')", "28000");
        assert_eq!(told(&null), told(&text), "{role}");
        assert_eq!(
            logged_reasons(&db, &mut session),
            ["is NULL", "does not have three parts"],
            "{role}"
        );
    }
}

/// Not even a client that asks for every message.
#[test]
fn a_client_is_not_told_the_reason_at_any_level() {
    let (db, acme, key) = acme();
    let expired = key.token(&claims_with(&acme, "exp", json!(1)));
    for token in ["x", "a.b.c", &expired] {
        for level in ["debug5", "log", "notice"] {
            let script = format!(
                "\\set VERBOSITY verbose\nSET client_min_messages = {level};\nSELECT tenancy.authenticate('{token}');"
            );
            let said = psql(&db, &["-U", "app_user"], script).stderr;
            let about: Vec<_> = said
                .lines()
                .filter(|line| line.contains("token") && !line.contains("DEBUG"))
                .collect();
            assert_eq!(about.len(), 1, "{said}");
            assert!(
                about[0].ends_with("ERROR:  28000: token is not accepted"),
                "{said}"
            );
            for word in ["refused", "expired", "three parts", "header"] {
                assert!(!said.contains(word), "{level}: {word}: {said}");
            }
        }
    }
}

/// A statement with the token in it is not logged, and neither are those after it kept silent.
#[test]
fn the_next_statement_is_logged_as_ever() {
    let (db, ..) = acme();
    let mut app = db.app();
    refused(&mut app, "x.y.z");
    app.fails_with("SELECT 1 / 0 AS after_a_refused_token", "22012");
    app.exec(
        "DO $$BEGIN
             PERFORM tenancy.authenticate('x');
         EXCEPTION WHEN invalid_authorization_specification THEN NULL;
         END$$",
    );
    app.fails_with("SELECT 1 / 0 AS after_a_caught_refusal", "22012");
    let log = db.cluster().log();
    for statement in ["after_a_refused_token", "after_a_caught_refusal"] {
        assert!(log.contains(&format!("STATEMENT:  SELECT 1 / 0 AS {statement}")));
    }
}
