//! Tokens made by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use pg_crm_tests::{Db, Sql, Value, json};
use sha2::{Digest, Sha256};

/// A key whose secret the test knows.
pub struct Hs256 {
    pub id: &'static str,
    secret: Vec<u8>,
}

impl Hs256 {
    pub fn new(id: &'static str) -> Self {
        Self::with_secret(id, Sha256::digest(id).to_vec())
    }

    pub fn with_secret(id: &'static str, secret: Vec<u8>) -> Self {
        Self { id, secret }
    }

    /// Puts it into the table; `more` sets other columns, as in an UPDATE.
    #[track_caller]
    pub fn install(&self, db: &Db, more: &str) {
        let mut dba = db.superuser();
        dba.exec_with(
            "INSERT INTO tenancy.token_keys (key_id, algorithm, verification_key) VALUES ($1, 'HS256', $2)",
            &[&self.id, &self.secret],
        );
        if !more.is_empty() {
            dba.exec_with(
                &format!("UPDATE tenancy.token_keys SET {more} WHERE key_id = $1"),
                &[&self.id],
            );
        }
    }

    /// A token that names this key.
    pub fn token(&self, claims: &Value) -> String {
        self.signed(
            &json!({"alg": "HS256", "kid": self.id}),
            &claims.to_string(),
        )
    }

    /// A token with this header, whatever it says.
    pub fn signed(&self, header: &Value, payload: &str) -> String {
        let message = format!("{}.{}", encoded(header), BASE64.encode(payload));
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes any secret");
        let signature = mac.chain_update(&message).finalize().into_bytes();
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    i64::try_from(elapsed.as_secs()).expect("before the end of time")
}

pub fn encoded(part: &Value) -> String {
    BASE64.encode(part.to_string())
}

/// What a part of a token says.
#[track_caller]
pub fn decoded(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).expect("a part");
    let json = BASE64.decode(text).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

/// The token with another part.
#[track_caller]
pub fn with_part(token: &str, part: usize, text: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[part] = text;
    parts.join(".")
}

/// The token with one bit of a part's content turned.
#[track_caller]
pub fn with_bit_turned(token: &str, part: usize) -> String {
    let text = token.split('.').nth(part).expect("a part");
    let mut bytes = BASE64.decode(text).expect("base64url");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    with_part(token, part, &BASE64.encode(bytes))
}
