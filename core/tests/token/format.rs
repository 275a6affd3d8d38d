//! Headers, and texts that are no tokens.

use pg_crm_core::token::{Algorithm, Key, KeyId, MAX_BYTES, Refusal, header_key_id, sign, verify};

use super::{NOW, key, organization, payload, signed};

#[test]
fn headers_are_refused() {
    use Refusal::{Extension, Header, KeyName, OtherKey};
    let key = key(Algorithm::Hs256);
    let payload = payload(r#""exp":1700000100"#);
    let refused = |header: &str| {
        verify(
            &signed(header.as_bytes(), payload.as_bytes(), &key),
            &key,
            NOW,
        )
    };
    assert!(refused(r#"{"kid":"k1","typ":"JWT","cty":"x","alg":"HS256","x":[1]}"#).is_ok());
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""""#,
        "null",
        "1",
        "[]",
        r#"["HS256"]"#,
        r#"{"HS256":null}"#,
        r#""hs256""#,
        r#""Hs256""#,
        r#""HS256 ""#,
        r#""HS256\u0000""#,
        r#""HS384""#,
        r#""HS512""#,
        r#""RS256""#,
        r#""PS256""#,
        r#""ES256""#,
        r#""EdDSA""#,
        r#""Ed25519""#,
        r#""dir""#,
    ] {
        assert_eq!(
            refused(&format!(r#"{{"kid":"k1","alg":{alg}}}"#)),
            Err(Refusal::Algorithm),
            "{alg}"
        );
    }
    let other = || OtherKey(KeyId::new("k1"));
    for (header, refusal) in [
        (r#"{"kid":"k1"}"#, Refusal::Algorithm),
        (r#"{"kid":"k1","alg":"HS256","crit":[]}"#, Extension),
        (r#"{"kid":"k1","alg":"HS256","crit":null}"#, Extension),
        (
            r#"{"kid":"k1","alg":"HS256","crit":["exp"],"exp":1}"#,
            Extension,
        ),
        (
            r#"{"kid":"k1","alg":"HS256","crit":["b64"],"b64":false}"#,
            Extension,
        ),
        (r#"{"kid":"k1","alg":"HS256","b64":false}"#, Extension),
        (r#"{"alg":"HS256"}"#, other()),
        (r#"{"kid":"","alg":"HS256"}"#, other()),
        (r#"{"kid":"K1","alg":"HS256"}"#, other()),
        (r#"{"kid":"default","alg":"HS256"}"#, other()),
        (r#"{"kid":null,"alg":"HS256"}"#, KeyName),
        (r#"{"kid":1,"alg":"HS256"}"#, KeyName),
        (r#"{"kid":["k1"],"alg":"HS256"}"#, KeyName),
        (r#"{"kid":"k1\u0000","alg":"HS256"}"#, KeyName),
        (r#"{"kid":"k1\n","alg":"HS256"}"#, KeyName),
        (r#"{"kid":"k1","alg":"none","alg":"HS256"}"#, Header),
        (r#"{"kid":"k1","alg":"HS256","alg":"HS256"}"#, Header),
        (r#"{"kid":"k2","kid":"k1","alg":"HS256"}"#, Header),
        (r#"{"kid":"k1","alg":"HS256","x":1,"x":1}"#, Header),
        (r#"{"kid":"k1","alg":"HS256"}}"#, Header),
        (r#"{"kid":"k1","alg":"HS256""#, Header),
        (r#"["HS256"]"#, Header),
        ("null", Header),
        ("", Header),
    ] {
        assert_eq!(refused(header), Err(refusal), "{header}");
    }
}

#[test]
fn texts_that_are_no_tokens_are_refused() {
    use Refusal::{Header, Parts, Signature, TooLong, Unreadable};
    let key = key(Algorithm::Hs256);
    let token = sign(&key, &organization(), NOW, NOW + 100).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = message.split_once('.').unwrap();
    let long = format!("{head}.{body}.{}", "A".repeat(MAX_BYTES));
    for (text, refusal) in [
        ("", Parts),
        (".", Parts),
        ("...", Parts),
        ("x", Parts),
        (message, Parts),
        (&format!("{token}."), Parts),
        (&format!(".{token}"), Parts),
        (&format!("{token}.{signature}"), Parts),
        ("..", Header),
        (&format!(" {token}"), Header),
        (&format!("Bearer {token}"), Header),
        (&format!("{head}=.{body}.{signature}"), Header),
        (&format!("\u{e9}.{body}.{signature}"), Header),
        (&format!("{message}."), Signature),
        (&format!("{head}..{signature}"), Signature),
        (&format!("{message}.{signature}="), Unreadable),
        (&format!("{message}.{signature}\n"), Unreadable),
        (&format!("{message}.{signature} "), Unreadable),
        (&format!("{message}.{}+", &signature[1..]), Unreadable),
        (&format!("{message}.{}", &signature[..40]), Signature),
        (&format!("{message}.{signature}AAAA"), Signature),
        (&long, TooLong),
        (&"x".repeat(1 << 20), TooLong),
        (&".".repeat(MAX_BYTES), Parts),
    ] {
        assert_eq!(verify(text, &key, NOW), Err(refusal), "{text:.200}");
    }
    assert!(verify(&token, &key, NOW).is_ok());
}

#[test]
fn the_default_key_needs_no_name() {
    let key = Key {
        id: "default".to_owned(),
        ..key(Algorithm::Hs256)
    };
    let payload = payload(r#""exp":1700000100"#);
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"default"}"#] {
        let token = signed(header.as_bytes(), payload.as_bytes(), &key);
        assert!(verify(&token, &key, NOW).is_ok(), "{header}");
    }
    let named = sign(&key, &organization(), NOW, NOW + 1).unwrap();
    assert_eq!(header_key_id(&named), Ok(Some("default".to_owned())));
}
