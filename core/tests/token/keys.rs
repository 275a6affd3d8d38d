//! Keys that are none, keys of another algorithm, and signatures that are not quite right.

use base64::Engine;
use pg_crm_core::token::{Algorithm, CannotSign, Claims, Key, KeyId, Refusal, sign, verify};

use super::{BASE64, NOW, header, key, organization, payload, signed};

#[test]
fn algorithms_are_not_confused() {
    let (hs256, eddsa) = (key(Algorithm::Hs256), key(Algorithm::EdDsa));
    let payload = payload(r#""exp":1700000100"#);
    // Who knows the public key, as everybody may, has a secret for HMAC.
    let public = Key {
        verification_key: eddsa.verification_key.clone(),
        ..key(Algorithm::Hs256)
    };
    let forged = signed(
        header(Algorithm::Hs256).as_bytes(),
        payload.as_bytes(),
        &public,
    );
    assert_eq!(verify(&forged, &eddsa, NOW), Err(Refusal::Algorithm));
    let renamed = signed(
        header(Algorithm::EdDsa).as_bytes(),
        payload.as_bytes(),
        &public,
    );
    assert_eq!(verify(&renamed, &eddsa, NOW), Err(Refusal::Signature));
    let other = signed(
        header(Algorithm::EdDsa).as_bytes(),
        payload.as_bytes(),
        &eddsa,
    );
    assert_eq!(verify(&other, &hs256, NOW), Err(Refusal::Algorithm));
    for alg in ["none", "None", "NONE", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"k1"}}"#);
        let unsigned = format!("{}.{}.", BASE64.encode(header), BASE64.encode(&payload));
        for key in [&hs256, &eddsa] {
            assert_eq!(
                verify(&unsigned, key, NOW),
                Err(Refusal::Algorithm),
                "{alg}"
            );
        }
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let bad = || Err(Refusal::BadKey(KeyId::new("k1")));
    for (algorithm, keys) in [
        (Algorithm::Hs256, vec![vec![], vec![0; 31]]),
        (
            Algorithm::EdDsa,
            vec![
                vec![],
                vec![1; 31],
                vec![1; 33],
                // No point of the curve.
                [vec![2], vec![0; 31]].concat(),
                // Points of small order (0, 1), (0, -1) and one of order 8.
                [vec![1], vec![0; 31]].concat(),
                [vec![0xec], vec![0xff; 30], vec![0x7f]].concat(),
                vec![
                    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d,
                    0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7,
                    0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
                ],
            ],
        ),
    ] {
        for verification_key in keys {
            let good = key(algorithm);
            let payload = payload(r#""exp":1700000100"#);
            let token = signed(header(algorithm).as_bytes(), payload.as_bytes(), &good);
            let key = Key {
                verification_key,
                ..good
            };
            assert_eq!(
                verify(&token, &key, NOW),
                bad(),
                "{:x?}",
                key.verification_key
            );
            assert_eq!(
                sign(&key, &organization(), NOW, NOW + 1),
                Err(CannotSign::NoPair)
            );
        }
    }
}

/// S + L verifies by the equation, so that one signature would have two forms.
#[test]
fn a_signature_has_one_form() {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = key(Algorithm::EdDsa);
    let token = sign(&key, &organization(), NOW, NOW + 100).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut signature = BASE64.decode(signature).unwrap();
    let mut carry = 0;
    for (s, l) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*s) + u16::from(l) + carry;
        (*s, carry) = (sum as u8, sum >> 8);
    }
    let other = format!("{message}.{}", BASE64.encode(signature));
    assert_eq!(verify(&other, &key, NOW), Err(Refusal::Signature));
}

#[test]
fn keys_sign_what_they_verify_and_nothing_else() {
    type Change = fn(&mut Key);
    let user = Claims {
        user: Some([1; 16]),
        ..organization()
    };
    let cases: [(Change, CannotSign); 6] = [
        (|key| key.signing_key = None, CannotSign::NoSigningKey),
        (
            |key| key.signing_key = Some(vec![8; 32]),
            CannotSign::NoPair,
        ),
        (
            |key| key.signing_key = Some(vec![7; 31]),
            CannotSign::NoPair,
        ),
        (
            |key| key.organization_claim = "exp".to_owned(),
            CannotSign::ClaimNames,
        ),
        (
            |key| key.user_claim = "nbf".to_owned(),
            CannotSign::ClaimNames,
        ),
        (
            |key| key.user_claim = "org_id".to_owned(),
            CannotSign::ClaimNames,
        ),
    ];
    for (change, expected) in cases {
        let mut key = key(Algorithm::EdDsa);
        assert!(sign(&key, &user, NOW, NOW + 1).is_ok());
        change(&mut key);
        assert_eq!(sign(&key, &user, NOW, NOW + 1), Err(expected));
        assert!(expected.to_string().starts_with("has "));
    }
}

/// Each bit of the text, and each bit of what it encodes.
#[test]
fn every_flipped_bit_is_noticed() {
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let key = key(algorithm);
        let token = sign(&key, &organization(), NOW, NOW + 100).unwrap();
        assert!(verify(&token, &key, NOW).is_ok());
        for bit in 0..token.len() * 8 {
            let mut bytes = token.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // PostgreSQL has no other text than UTF-8.
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(
                    verify(&text, &key, NOW).is_err(),
                    "{algorithm} {bit}: {text}"
                );
            }
        }
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .map(|p| BASE64.decode(p).unwrap())
            .collect();
        for part in 0..3 {
            for bit in 0..parts[part].len() * 8 {
                let mut changed = parts.clone();
                changed[part][bit / 8] ^= 1 << (bit % 8);
                let changed: Vec<_> = changed.iter().map(|p| BASE64.encode(p)).collect();
                let text = changed.join(".");
                assert!(
                    verify(&text, &key, NOW).is_err(),
                    "{algorithm} {part} {bit}"
                );
            }
        }
    }
}
