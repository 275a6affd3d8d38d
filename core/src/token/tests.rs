//! The algorithms, by the examples of the RFCs.

use jsonwebtoken::crypto;

use super::*;

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// RFC 7515, appendix A.1: header and claims, secret, signature.
const A1: (&str, &str, &str) = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
);

/// RFC 8037, appendices A.1, A.2, A.4: header and payload, seed, public key, signature.
const A4: (&str, &str, &str, &str) = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
);

fn key(algorithm: Algorithm, verification_key: Vec<u8>) -> Key {
    Key {
        id: DEFAULT_KEY_ID.to_owned(),
        algorithm,
        verification_key,
        signing_key: None,
        issuer: Some("joe".to_owned()),
        audience: "pg_crm".to_owned(),
        organization_claim: "org_id".to_owned(),
        user_claim: "sub".to_owned(),
        leeway_seconds: 0,
    }
}

#[test]
fn hs256_signs_as_in_rfc_7515() {
    let (message, secret, signature) = A1;
    provider::install();
    let signed = crypto::sign(
        message.as_bytes(),
        &EncodingKey::from_secret(&decoded(secret)),
        jsonwebtoken::Algorithm::HS256,
    );
    assert_eq!(signed.unwrap(), signature);

    // The signature is right, and the token lacks an audience, or has expired.
    let key = key(Algorithm::Hs256, decoded(secret));
    let token = format!("{message}.{signature}");
    assert_eq!(verify(&token, &key, 1_300_819_379), Err(Refusal::Audience));
    assert_eq!(verify(&token, &key, 1_300_819_380), Err(Refusal::Expired));
    let other = format!("{message}.{}", signature.replace('d', "e"));
    assert_eq!(verify(&other, &key, 1_300_819_379), Err(Refusal::Signature));
}

#[test]
fn eddsa_signs_as_in_rfc_8037() {
    let (message, seed, public, signature) = A4;
    let seed: [u8; 32] = decoded(seed).try_into().unwrap();
    assert_eq!(public_key(&seed).as_slice(), decoded(public));
    provider::install();
    let signed = crypto::sign(
        message.as_bytes(),
        &EncodingKey::from_ed_der(&seed),
        jsonwebtoken::Algorithm::EdDSA,
    );
    assert_eq!(signed.unwrap(), signature);

    // The signature is right, and the payload is no object.
    let key = key(Algorithm::EdDsa, decoded(public));
    let token = format!("{message}.{signature}");
    assert_eq!(verify(&token, &key, 0), Err(Refusal::Unreadable));
    let other = format!("{message}.{}", signature.replace('h', "i"));
    assert_eq!(verify(&other, &key, 0), Err(Refusal::Signature));
}

#[test]
fn other_algorithms_do_not_exist() {
    use jsonwebtoken::Algorithm::*;
    provider::install();
    let secret = [1; 64];
    for algorithm in [
        HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
    ] {
        for (signing, verifying) in [
            (
                EncodingKey::from_secret(&secret),
                DecodingKey::from_secret(&secret),
            ),
            (
                EncodingKey::from_rsa_der(&secret),
                DecodingKey::from_rsa_der(&secret),
            ),
            (
                EncodingKey::from_ec_der(&secret),
                DecodingKey::from_ec_der(&secret),
            ),
        ] {
            for error in [
                crypto::sign(b"x", &signing, algorithm).err(),
                crypto::verify("", b"x", &verifying, algorithm).err(),
            ] {
                assert!(
                    matches!(error.unwrap().kind(), ErrorKind::UnsupportedAlgorithm),
                    "{algorithm:?}"
                );
            }
        }
    }
}

#[test]
fn names_are_exact() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.name().parse(), Ok(*algorithm));
        for name in [
            algorithm.name().to_lowercase(),
            format!("{algorithm} "),
            String::new(),
        ] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name:?}");
        }
    }
    assert_eq!(
        UnknownAlgorithm.to_string(),
        "Algorithms are HS256 and EdDSA."
    );
}

#[test]
fn a_keys_secrets_are_not_printed() {
    let mut key = key(Algorithm::Hs256, vec![211; 32]);
    key.signing_key = Some(vec![212; 32]);
    let printed = format!("{key:?}");
    assert_eq!(printed, r#"Key { id: "default", algorithm: Hs256, .. }"#);
}

#[test]
fn names_of_keys_are_shown_in_ascii_and_cut() {
    for (name, shown) in [
        ("a-1", r#""a-1""#),
        ("", r#""""#),
        ("a\"\n\u{1b}[31m", r#""a\"\n\u{1b}[31m""#),
        ("ü\u{202e}", r#""\u{fc}\u{202e}""#),
    ] {
        assert_eq!(KeyId::new(name).to_string(), shown);
    }
    assert_eq!(KeyId::new(&"ü".repeat(9000)).to_string().len(), 66);
}
