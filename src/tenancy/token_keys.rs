//! The keys of signed tokens, in `tenancy.token_keys`.

use pg_crm_core::token::{Algorithm, Key, KeyId, Refusal, public_key};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

use crate::error;
use crate::random;
use crate::spi::{Plan, Row};

/// A moment by the server's clock, whenever the transaction began.
#[derive(Clone, Copy)]
pub struct Now(pg_sys::TimestampTz);

impl Now {
    pub fn by_the_clock() -> Self {
        // SAFETY: a plain question to the clock.
        Self(unsafe { pg_sys::GetCurrentTimestamp() })
    }

    /// Whole seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        /// From 1970 to 2000, where PostgreSQL's time begins.
        const SECONDS: i64 = 10_957 * 86_400;
        self.0.div_euclid(1_000_000) + SECONDS
    }

    pub fn into_datum(self) -> Option<pg_sys::Datum> {
        self.0.into_datum()
    }
}

/// The key with this name, or why no token under it is accepted.
pub fn valid(id: &str, now: Now) -> Result<Key, Refusal> {
    thread_local! {
        static PLAN: Plan = const {
            Plan::new(
                c"SELECT k.revoked_at IS NOT NULL, k.valid_from > $2, k.valid_until <= $2,
                         k.algorithm, k.verification_key, k.signing_key, k.issuer, k.audience,
                         k.organization_claim, k.user_claim, extract('epoch' FROM k.leeway)::integer
                    FROM tenancy.token_keys k
                   WHERE k.key_id = $1",
                &[pg_sys::BuiltinOid::TEXTOID, pg_sys::BuiltinOid::TIMESTAMPTZOID],
            )
        };
    }
    let shown = || KeyId::new(id);
    PLAN.with(|plan| {
        plan.read(&[id.into_datum(), now.into_datum()], |rows| {
            let row = rows.first().ok_or_else(|| Refusal::UnknownKey(shown()))?;
            let is = |ordinal| row.get(ordinal) == Some(true);
            if is(1) {
                Err(Refusal::RevokedKey(shown()))
            } else if is(2) {
                Err(Refusal::EarlyKey(shown()))
            } else if is(3) {
                Err(Refusal::LateKey(shown()))
            } else {
                key(id, &row).ok_or_else(|| Refusal::BadKey(shown()))
            }
        })
    })
}

/// `None` where the row does not keep to the table's constraints.
fn key(id: &str, row: &Row) -> Option<Key> {
    Some(Key {
        id: id.to_owned(),
        algorithm: row.get::<String>(4)?.parse().ok()?,
        verification_key: row.get(5)?,
        signing_key: row.get(6),
        issuer: row.get(7),
        audience: row.get(8)?,
        organization_claim: row.get(9)?,
        user_claim: row.get(10)?,
        leeway_seconds: row.get::<i32>(11)?.try_into().ok()?,
    })
}

/// The key with this name, or the newest, if it is valid and can sign.
pub fn signing(id: Option<&str>, now: Now) -> Option<Key> {
    let newest = || newest_that_signs(now);
    let id = id.map(str::to_owned).or_else(newest)?;
    valid(&id, now).ok().filter(Key::can_sign)
}

fn newest_that_signs(now: Now) -> Option<String> {
    thread_local! {
        static PLAN: Plan = const {
            Plan::new(
                c"SELECT k.key_id
                    FROM tenancy.token_keys k
                   WHERE (k.algorithm = 'HS256' OR k.signing_key IS NOT NULL)
                     AND k.revoked_at IS NULL
                     AND k.valid_from <= $1
                     AND (k.valid_until IS NULL OR k.valid_until > $1)
                   ORDER BY k.valid_from DESC, k.created_at DESC, k.key_id
                   LIMIT 1",
                &[pg_sys::BuiltinOid::TIMESTAMPTZOID],
            )
        };
    }
    PLAN.with(|plan| {
        plan.read(&[now.into_datum()], |rows| {
            rows.first().and_then(|row| row.get(1))
        })
    })
}

/// Makes a key, with the caller's rights; returns what others may know of it.
#[pg_extern(schema = "tenancy", volatile, parallel_unsafe)]
#[search_path(pg_catalog, pg_temp)]
fn create_token_key(
    key_id: Option<&str>,
    algorithm: default!(Option<&str>, "'EdDSA'"),
    issuer: default!(Option<&str>, "NULL"),
    audience: default!(Option<&str>, "'pg_crm'"),
    valid_until: default!(Option<TimestampWithTimeZone>, "NULL"),
) -> Option<Vec<u8>> {
    thread_local! {
        static PLAN: Plan = const {
            Plan::new(
                c"INSERT INTO tenancy.token_keys
                         (key_id, algorithm, verification_key, signing_key, issuer, audience, valid_until)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    pg_sys::BuiltinOid::TEXTOID,
                    pg_sys::BuiltinOid::TEXTOID,
                    pg_sys::BuiltinOid::BYTEAOID,
                    pg_sys::BuiltinOid::BYTEAOID,
                    pg_sys::BuiltinOid::TEXTOID,
                    pg_sys::BuiltinOid::TEXTOID,
                    pg_sys::BuiltinOid::TIMESTAMPTZOID,
                ],
            )
        };
    }
    let name = algorithm.unwrap_or_default();
    let algorithm: Algorithm = name.parse().unwrap_or_else(|unknown| {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                format!("unknown algorithm \"{name}\""),
            )
            .set_hint(format!("{unknown}")),
        )
    });
    let secret: [u8; 32] = random::bytes();
    let (verification_key, signing_key) = match algorithm {
        Algorithm::Hs256 => (secret.to_vec(), None),
        Algorithm::EdDsa => (public_key(&secret).to_vec(), Some(secret.to_vec())),
    };
    let returned = signing_key.is_some().then(|| verification_key.clone());
    PLAN.with(|plan| {
        plan.run(
            &[
                key_id.into_datum(),
                algorithm.name().into_datum(),
                verification_key.into_datum(),
                signing_key.into_datum(),
                issuer.into_datum(),
                audience.into_datum(),
                valid_until.into_datum(),
            ],
            |_| (),
        )
    });
    returned
}
