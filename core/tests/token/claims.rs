//! What a token says, under a signature that is right.

use pg_crm_core::token::{Algorithm, Claims, Key, Refusal, sign, verify};

use super::{NOW, ORGANIZATION, USER, header, key, organization, payload, signed};

fn verdict(payload: &str) -> Result<Claims, Refusal> {
    let [first, second] = [Algorithm::Hs256, Algorithm::EdDsa].map(|algorithm| {
        let key = key(algorithm);
        let token = signed(header(algorithm).as_bytes(), payload.as_bytes(), &key);
        verify(&token, &key, NOW)
    });
    assert_eq!(first, second, "{payload}");
    first
}

#[test]
fn what_is_said_is_what_is_read() {
    let user = pg_crm_core::uuid::parse(USER.as_bytes());
    for (members, expected) in [
        (String::new(), None),
        (format!(r#","sub":"{USER}""#), user),
        // What else it says is its issuer's affair.
        (
            r#","iss":"x","jti":"1","scope":["a",{"b":null}],"email":"a@b.example""#.to_owned(),
            None,
        ),
        (r#","nbf":0,"iat":0"#.to_owned(), None),
    ] {
        let claims = verdict(&payload(&format!(r#""exp":1700000100{members}"#))).unwrap();
        assert_eq!(claims.user, expected, "{members}");
        assert_eq!(
            pg_crm_core::uuid::format(&claims.organization),
            ORGANIZATION
        );
    }
}

#[test]
fn claims_are_refused() {
    use Refusal::{
        Audience, Expired, NoClaim, NoOrganization, NotSeconds, NotUuid, NotYet, Unreadable,
    };
    let exp = r#""exp":1700000100"#;
    let others: Vec<(String, Refusal)> = [
        (r#""iat":1"#, NoClaim("exp")),
        (r#""exp":null"#, NotSeconds("exp")),
        (r#""exp":"1700000100""#, NotSeconds("exp")),
        (r#""exp":true"#, NotSeconds("exp")),
        // The crate reads exp and sub, too, and stumbles first.
        (r#""exp":[1700000100]"#, Unreadable),
        (r#""exp":1700000100.0"#, NotSeconds("exp")),
        (r#""exp":1700000100.5"#, NotSeconds("exp")),
        (r#""exp":1.7000001e9"#, NotSeconds("exp")),
        (r#""exp":1e300"#, NotSeconds("exp")),
        (r#""exp":-1"#, NotSeconds("exp")),
        (r#""exp":-0"#, NotSeconds("exp")),
        (r#""exp":9223372036854775808"#, NotSeconds("exp")),
        (r#""exp":18446744073709551616"#, NotSeconds("exp")),
        (r#""exp":99999999999999999999999999"#, NotSeconds("exp")),
        (r#""exp":0"#, Expired),
        (r#""exp":1699999970"#, Expired),
        (r#""exp":1e999"#, Unreadable),
        (r#""exp":01700000100"#, Unreadable),
        (r#""exp":NaN"#, Unreadable),
        (r#""exp":1700000100,"exp":1700000100"#, Unreadable),
        (r#""exp":1700000100,"\u0065xp":1"#, Unreadable),
        (r#""exp":1700000100,"x":1,"x":1"#, Unreadable),
        (r#""exp":1700000100,"aud":"pg_crm""#, Unreadable),
        (r#""exp":1700000100,"org_id":null"#, Unreadable),
        (r#""exp":1700000100,"nbf":1700000031"#, NotYet("nbf")),
        (r#""exp":1700000100,"nbf":"0""#, NotSeconds("nbf")),
        (r#""exp":1700000100,"nbf":null"#, NotSeconds("nbf")),
        (r#""exp":1700000100,"nbf":0.5"#, NotSeconds("nbf")),
        (r#""exp":1700000100,"iat":1700000031"#, NotYet("iat")),
        (
            r#""exp":9223372036854775807,"iat":9223372036854775807"#,
            NotYet("iat"),
        ),
        (r#""exp":1700000100,"iat":-1"#, NotSeconds("iat")),
        (r#""exp":1700000100,"sub":"""#, NotUuid("sub".to_owned())),
        (r#""exp":1700000100,"sub":"ann""#, NotUuid("sub".to_owned())),
        (r#""exp":1700000100,"sub":null"#, NotUuid("sub".to_owned())),
        (
            r#""exp":1700000100,"sub":["0190a0a0-0000-7000-8000-000000000002"]"#,
            Unreadable,
        ),
    ]
    .map(|(members, refusal)| (payload(members), refusal))
    .into();
    let organization = format!(r#""org_id":"{ORGANIZATION}""#);
    let wholes = [
        (format!("{{{exp},{organization}}}"), Audience),
        (
            format!(r#"{{{exp},{organization},"aud":"other"}}"#),
            Audience,
        ),
        (
            format!(r#"{{{exp},{organization},"aud":"PG_CRM"}}"#),
            Audience,
        ),
        (
            format!(r#"{{{exp},{organization},"aud":"pg_crm "}}"#),
            Audience,
        ),
        (format!(r#"{{{exp},{organization},"aud":""}}"#), Audience),
        (format!(r#"{{{exp},{organization},"aud":[]}}"#), Audience),
        (
            format!(r#"{{{exp},{organization},"aud":["a","b"]}}"#),
            Audience,
        ),
        (
            format!(r#"{{{exp},{organization},"aud":["pg_crm",1]}}"#),
            Audience,
        ),
        (
            format!(r#"{{{exp},{organization},"aud":[["pg_crm"]]}}"#),
            Audience,
        ),
        (
            format!(r#"{{{exp},{organization},"aud":{{"pg_crm":1}}}}"#),
            Audience,
        ),
        (format!(r#"{{{exp},{organization},"aud":null}}"#), Audience),
        (format!(r#"{{{exp},"aud":"pg_crm"}}"#), NoOrganization),
        (
            format!(r#"{{{exp},"aud":"pg_crm","ORG_ID":"{ORGANIZATION}"}}"#),
            NoOrganization,
        ),
        (
            format!(r#"{{{exp},"aud":"pg_crm","org_id":1}}"#),
            NotUuid("org_id".to_owned()),
        ),
        (
            format!(r#"{{{exp},"aud":"pg_crm","org_id":"{ORGANIZATION}x"}}"#),
            NotUuid("org_id".to_owned()),
        ),
        (
            format!(r#"{{{exp},"aud":"pg_crm","org_id":null}}"#),
            NotUuid("org_id".to_owned()),
        ),
        (String::new(), Unreadable),
        ("null".to_owned(), Unreadable),
        ("1".to_owned(), Unreadable),
        ("\"x\"".to_owned(), Unreadable),
        (format!("[{}]", payload(exp)), Unreadable),
        (payload(exp) + "{}", Unreadable),
        (payload(exp) + "\0", Unreadable),
        (format!("\u{feff}{}", payload(exp)), Unreadable),
        (payload(exp).replace('"', "'"), Unreadable),
        ("[".repeat(5000), Unreadable),
        (
            payload(&format!(r#"{exp},"x":{}"#, "[".repeat(5000))),
            Unreadable,
        ),
    ];
    for (payload, refusal) in others.into_iter().chain(wholes) {
        assert_eq!(verdict(&payload), Err(refusal), "{payload}");
    }
    let mut latin1 = payload(exp).into_bytes();
    latin1.splice(2..2, [0xe9]);
    let key = key(Algorithm::Hs256);
    let token = signed(header(key.algorithm).as_bytes(), &latin1, &key);
    assert_eq!(verify(&token, &key, NOW), Err(Unreadable));
}

#[test]
fn times_have_the_keys_leeway_and_no_more() {
    for (leeway, counted) in [(0, 0), (30, 30), (300, 300), (u32::MAX, 300)] {
        let key = Key {
            leeway_seconds: leeway,
            ..key(Algorithm::Hs256)
        };
        let at = |name: &str, at: i64| {
            let exp = if name == "exp" {
                ""
            } else {
                r#","exp":2000000000"#
            };
            let payload = payload(&format!(r#""{name}":{at}{exp}"#));
            let token = signed(header(key.algorithm).as_bytes(), payload.as_bytes(), &key);
            verify(&token, &key, NOW).map(|_| ())
        };
        assert_eq!(at("exp", NOW - counted + 1), Ok(()), "{leeway}");
        assert_eq!(at("exp", NOW - counted), Err(Refusal::Expired), "{leeway}");
        for name in ["nbf", "iat"] {
            assert_eq!(at(name, NOW + counted), Ok(()), "{leeway}");
            assert_eq!(
                at(name, NOW + counted + 1),
                Err(Refusal::NotYet(name)),
                "{leeway}"
            );
        }
    }
    // A clock at either end of time is no reason to panic.
    let key = key(Algorithm::Hs256);
    let payload = payload(r#""exp":1700000100"#);
    let token = signed(header(key.algorithm).as_bytes(), payload.as_bytes(), &key);
    assert_eq!(verify(&token, &key, i64::MAX), Err(Refusal::Expired));
    assert!(verify(&token, &key, i64::MIN).is_ok());
}

#[test]
fn an_issuer_that_the_key_names_must_be_there() {
    let key = Key {
        issuer: Some("https://id.example".to_owned()),
        ..key(Algorithm::Hs256)
    };
    for (issuer, accepted) in [
        (r#","iss":"https://id.example""#, true),
        (r#","iss":"https://id.example/""#, false),
        (r#","iss":"HTTPS://id.example""#, false),
        (r#","iss":["https://id.example"]"#, false),
        (r#","iss":null"#, false),
        ("", false),
    ] {
        let payload = payload(&format!(r#""exp":1700000100{issuer}"#));
        let token = signed(header(key.algorithm).as_bytes(), payload.as_bytes(), &key);
        let expected = if accepted {
            Ok(())
        } else {
            Err(Refusal::Issuer)
        };
        assert_eq!(verify(&token, &key, NOW).map(|_| ()), expected, "{issuer}");
    }
    let own = sign(&key, &organization(), NOW, NOW + 1).unwrap();
    assert!(verify(&own, &key, NOW).is_ok());
}

#[test]
fn an_audience_may_be_one_of_several() {
    for (aud, accepted) in [
        (r#"["pg_crm"]"#, true),
        (r#"["a","pg_crm","b"]"#, true),
        (r#"["a","b"]"#, false),
    ] {
        let payload = format!(r#"{{"aud":{aud},"exp":1700000100,"org_id":"{ORGANIZATION}"}}"#);
        assert_eq!(verdict(&payload).is_ok(), accepted, "{aud}");
    }
}
