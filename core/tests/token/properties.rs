//! Properties of all tokens.

use pg_crm_core::token::{
    Algorithm, Claims, Key, Refusal, header_key_id, public_key, sign, verify,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::{NOW, header, key, signed};

/// What a parser treats in a way of its own.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "0",
    "-1",
    "1e9",
    "1e999",
    "1700000100",
    "9223372036854775807",
    "18446744073709551616",
    "\"exp\":",
    "\"exp\":1700000100",
    "\"nbf\":",
    "\"iat\":",
    "\"aud\":\"pg_crm\"",
    "\"aud\":[",
    "\"org_id\":",
    "\"0190a0a0-0000-7000-8000-000000000001\"",
    "\"sub\":",
    "\"iss\":",
    "\"alg\":\"HS256\"",
    "\"alg\":\"EdDSA\"",
    "\"alg\":\"none\"",
    "\"kid\":\"k1\"",
    "\"crit\":[\"exp\"]",
    "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
    "\"x5c\":[1]",
    " ",
    "\n",
    "\u{0}",
    "é",
];

fn algorithms() -> impl Strategy<Value = Algorithm> {
    select(&[Algorithm::Hs256, Algorithm::EdDsa][..])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn what_is_signed_is_verified(
        algorithm in algorithms(),
        organization: [u8; 16],
        user: Option<[u8; 16]>,
        issuer in proptest::option::of("\\PC{1,20}"),
        audience in "\\PC{1,20}",
        id in "\\PC{1,40}",
        leeway in 0..=300_u32,
        issued_at in 0..i64::MAX / 2,
        lifetime in 1..i64::MAX / 2,
        later in 0..i64::MAX / 2,
    ) {
        let key = Key { id, issuer, audience, leeway_seconds: leeway, ..key(algorithm) };
        let claims = Claims { organization, user };
        let token = sign(&key, &claims, issued_at, issued_at + lifetime).unwrap();
        prop_assert_eq!(header_key_id(&token), Ok(Some(key.id.clone())));
        let age = later % lifetime;
        prop_assert_eq!(verify(&token, &key, issued_at + age), Ok(claims));
        let end = issued_at + lifetime + i64::from(leeway);
        prop_assert_eq!(verify(&token, &key, end), Err(Refusal::Expired));
        let other = match algorithm {
            Algorithm::Hs256 => vec![9; 32],
            Algorithm::EdDsa => public_key(&[9; 32]).to_vec(),
        };
        let other = Key { verification_key: other, ..key };
        prop_assert_eq!(verify(&token, &other, issued_at), Err(Refusal::Signature));
    }

    #[test]
    fn any_text_is_refused(text in any::<String>(), algorithm in algorithms()) {
        prop_assert!(verify(&text, &key(algorithm), NOW).is_err());
    }

    #[test]
    fn any_three_parts_are_refused(text in "[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}") {
        prop_assert!(verify(&text, &key(Algorithm::EdDsa), NOW).is_err());
    }

    /// A right signature over anything: the readers of JSON see it.
    #[test]
    fn whatever_is_signed_is_answered(
        header_pieces in prop::collection::vec(select(PIECES), 0..12),
        pieces in prop::collection::vec(select(PIECES), 0..16),
        bytes: Vec<u8>,
        algorithm in algorithms(),
    ) {
        let key = key(algorithm);
        let header = header(algorithm);
        let odd = signed(header_pieces.concat().as_bytes(), pieces.concat().as_bytes(), &key);
        let _ = verify(&odd, &key, NOW).map_err(|refusal| refusal.to_string());
        let object = format!("{{{}}}", pieces.concat());
        for payload in [pieces.concat().as_bytes(), object.as_bytes(), &bytes] {
            let token = signed(header.as_bytes(), payload, &key);
            if let Err(refusal) = verify(&token, &key, NOW) {
                prop_assert!(!refusal.to_string().is_empty());
                prop_assert_ne!(refusal, Refusal::Signature);
            }
        }
    }

    /// Members in any order and number: accepted where each is there once, and right.
    #[test]
    fn claims_are_accepted_only_where_all_are_right(
        members in prop::collection::vec(select(&[
            "\"exp\":1700000100", "\"exp\":1", "\"aud\":\"pg_crm\"", "\"aud\":\"x\"", "\"sub\":\"x\"",
            "\"org_id\":\"0190a0a0-0000-7000-8000-000000000001\"", "\"nbf\":1800000000", "\"x\":1",
        ][..]), 0..6),
    ) {
        let key = key(Algorithm::Hs256);
        let payload = format!("{{{}}}", members.join(","));
        let token = signed(header(key.algorithm).as_bytes(), payload.as_bytes(), &key);
        let has = |member: &str| members.iter().filter(|m| m.starts_with(member)).count();
        let right = has("\"exp\":1700000100") == 1 && has("\"exp\"") == 1
            && has("\"aud\":\"pg_crm\"") == 1 && has("\"aud\"") == 1
            && has("\"org_id\"") == 1 && has("\"sub\"") == 0 && has("\"nbf\"") == 0 && has("\"x\"") <= 1;
        prop_assert_eq!(verify(&token, &key, NOW).is_ok(), right, "{}", payload);
    }
}
