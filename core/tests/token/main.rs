//! Tokens of every kind, made by hand: what is refused, why, and that nothing else happens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod claims;
mod format;
mod keys;
mod properties;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use pg_crm_core::token::{Algorithm, Claims, Key, public_key};
use sha2::Sha256;

const NOW: i64 = 1_700_000_000;
const ORGANIZATION: &str = "0190a0a0-0000-7000-8000-000000000001";
const USER: &str = "0190a0a0-0000-7000-8000-000000000002";
const SEED: [u8; 32] = [7; 32];
const SECRET: &[u8; 32] = b"a secret that is 32 bytes long..";

fn key(algorithm: Algorithm) -> Key {
    let (verification_key, signing_key) = match algorithm {
        Algorithm::Hs256 => (SECRET.to_vec(), None),
        Algorithm::EdDsa => (public_key(&SEED).to_vec(), Some(SEED.to_vec())),
    };
    Key {
        id: "k1".to_owned(),
        algorithm,
        verification_key,
        signing_key,
        issuer: None,
        audience: "pg_crm".to_owned(),
        organization_claim: "org_id".to_owned(),
        user_claim: "sub".to_owned(),
        leeway_seconds: 30,
    }
}

/// For the organization as such.
fn organization() -> Claims {
    Claims {
        organization: pg_crm_core::uuid::parse(ORGANIZATION.as_bytes()).unwrap(),
        user: None,
    }
}

fn mac(message: &str, secret: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

/// A token with the key's own signature, whatever it says.
fn signed(header: &[u8], payload: &[u8], key: &Key) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let signature = match key.algorithm {
        Algorithm::Hs256 => mac(&message, &key.verification_key),
        Algorithm::EdDsa => SigningKey::from_bytes(&SEED)
            .sign(message.as_bytes())
            .to_bytes()
            .to_vec(),
    };
    format!("{message}.{}", BASE64.encode(signature))
}

fn header(algorithm: Algorithm) -> String {
    format!(r#"{{"alg":"{algorithm}","kid":"k1"}}"#)
}

/// Claims that are accepted, with more members or others.
fn payload(members: &str) -> String {
    format!(r#"{{"aud":"pg_crm","org_id":"{ORGANIZATION}",{members}}}"#)
}
