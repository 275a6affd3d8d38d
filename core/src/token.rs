//! Signed tokens: JSON Web Tokens in compact form (RFC 7519, RFC 7515), by which an application
//! proves for which organization, and for whom of its members, it asks.
//!
//! Two algorithms exist, HS256 (RFC 7518) and EdDSA with Ed25519 (RFC 8037). There is no code for
//! another, `none` included, and a key has one algorithm only, which the token must name exactly.
//!
//! Format and signature are the crate jsonwebtoken's, with these algorithms. What it leaves to its
//! clock, to its user or to chance is decided here: the time is an argument, members of an object
//! are unique, times are whole seconds, `exp` and `aud` are required, and extensions (`crit`) are
//! refused. Nothing of a token is believed before its signature is verified, but its key's name.

mod members;
mod provider;
mod refusal;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value};

use crate::uuid;
use members::Members;
pub use provider::{MIN_SECRET_BYTES, public_key};
pub use refusal::{KeyId, Refusal};

/// The longest token that is looked at. Tokens travel in HTTP headers, which servers limit to 8 KiB.
pub const MAX_BYTES: usize = 8 * 1024;

/// The key of a token that names none.
pub const DEFAULT_KEY_ID: &str = "default";

/// Clocks that differ by more are wrong.
pub const MAX_LEEWAY_SECONDS: u32 = 300;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256: who verifies can also sign.
    Hs256,
    /// Ed25519: who signs keeps the seed, who verifies needs the public key alone.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm, in the order in which messages list them.
    pub const ALL: &[Algorithm] = &[Algorithm::Hs256, Algorithm::EdDsa];

    /// The name in a token's header.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Hs256 => "HS256",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    const fn in_header(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Finds the algorithm whose [`name`](Algorithm::name) is exactly `name`.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Algorithm::ALL
            .iter()
            .copied()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}

/// A name that is no [`Algorithm`]'s. Its text lists those that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Algorithm::ALL.iter().map(|a| a.name()).collect();
        write!(f, "Algorithms are {}.", names.join(" and "))
    }
}

/// A key, and what tokens under it must say.
#[derive(Clone)]
pub struct Key {
    /// The name by which tokens choose it.
    pub id: String,
    /// The only algorithm that it is for.
    pub algorithm: Algorithm,
    /// HS256: the shared secret. EdDSA: the public key, 32 bytes.
    pub verification_key: Vec<u8>,
    /// EdDSA: the seed, 32 bytes; `None` where others sign. HS256 signs by the secret.
    pub signing_key: Option<Vec<u8>>,
    /// What `iss` must be; `None`: anything.
    pub issuer: Option<String>,
    /// What `aud` must be or contain.
    pub audience: String,
    /// The claim that holds the organization.
    pub organization_claim: String,
    /// The claim that holds the user, where the token is one's.
    pub user_claim: String,
    /// By how much others' clocks may differ; at most [`MAX_LEEWAY_SECONDS`] count.
    pub leeway_seconds: u32,
}

impl Key {
    /// Whether tokens can be signed with what is here.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        self.algorithm == Algorithm::Hs256 || self.signing_key.is_some()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// What a token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The organization that it is for.
    pub organization: [u8; 16],
    /// The user on whose behalf; `None`: the organization's own.
    pub user: Option<[u8; 16]>,
}

/// The name of the key in a token's header, which nobody has verified yet; `None`: none.
pub fn header_key_id(token: &str) -> Result<Option<String>, Refusal> {
    let header = header(token)?;
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(id)) if !id.contains(char::is_control) => Ok(Some(id.clone())),
        Some(_) => Err(Refusal::KeyName),
    }
}

/// What a token proves at the time `now`, in seconds since 1970, or why it proves nothing.
pub fn verify(token: &str, key: &Key, now: i64) -> Result<Claims, Refusal> {
    let id = header_key_id(token)?;
    if id.as_deref().unwrap_or(DEFAULT_KEY_ID) != key.id {
        return Err(Refusal::OtherKey(KeyId::new(&key.id)));
    }
    let header = header(token)?;
    // Unencoded payloads (RFC 7797) must be announced by crit; who announces nothing is refused, too.
    if header.get("crit").is_some() || header.get("b64").is_some() {
        return Err(Refusal::Extension);
    }
    if header.get("alg").and_then(Value::as_str) != Some(key.algorithm.name()) {
        return Err(Refusal::Algorithm);
    }
    let members = signed_members(token, key)?;
    claims(&members, key, now)
}

/// The three parts of a token of an acceptable length; of the first, what it says.
fn header(token: &str) -> Result<Members, Refusal> {
    if token.len() > MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Parts);
    };
    let json = URL_SAFE_NO_PAD
        .decode(header)
        .map_err(|_| Refusal::Header)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::Header)
}

/// The claims of a token whose signature is its key's.
fn signed_members(token: &str, key: &Key) -> Result<Members, Refusal> {
    provider::install();
    let decoding_key = match key.algorithm {
        Algorithm::Hs256 => DecodingKey::from_secret(&key.verification_key),
        Algorithm::EdDsa => DecodingKey::from_ed_der(&key.verification_key),
    };
    let mut validation = Validation::new(key.algorithm.in_header());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match jsonwebtoken::decode(token, &decoding_key, &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(match error.into_kind() {
            ErrorKind::InvalidSignature => Refusal::Signature,
            ErrorKind::InvalidAlgorithm => Refusal::Algorithm,
            ErrorKind::InvalidKeyFormat => Refusal::BadKey(KeyId::new(&key.id)),
            _ => Refusal::Unreadable,
        }),
    }
}

fn claims(members: &Members, key: &Key, now: i64) -> Result<Claims, Refusal> {
    let leeway = i64::from(key.leeway_seconds.min(MAX_LEEWAY_SECONDS));
    let (earliest, latest) = (now.saturating_sub(leeway), now.saturating_add(leeway));
    let expires_at = members.seconds("exp")?.ok_or(Refusal::NoClaim("exp"))?;
    if expires_at <= earliest {
        return Err(Refusal::Expired);
    }
    for name in ["nbf", "iat"] {
        if members.seconds(name)?.is_some_and(|at| at > latest) {
            return Err(Refusal::NotYet(name));
        }
    }
    if let Some(issuer) = &key.issuer
        && members.get("iss").and_then(Value::as_str) != Some(issuer)
    {
        return Err(Refusal::Issuer);
    }
    if !members.has_audience(&key.audience) {
        return Err(Refusal::Audience);
    }
    Ok(Claims {
        organization: members
            .uuid(&key.organization_claim)?
            .ok_or(Refusal::NoOrganization)?,
        user: members.uuid(&key.user_claim)?,
    })
}

/// Why a key signs nothing. The text completes the sentence "The key ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotSign {
    /// Others sign with it.
    NoSigningKey,
    /// A key of the wrong length, or two that are not one pair: nobody could verify its tokens.
    NoPair,
    /// Its claims' names are taken.
    ClaimNames,
}

impl fmt::Display for CannotSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CannotSign::NoSigningKey => "has no signing key",
            CannotSign::NoPair => "has a signing key that does not belong to its verification key",
            CannotSign::ClaimNames => "has names of claims that mean something else",
        })
    }
}

/// A token that [`verify`] accepts under the same key from `issued_at` until `expires_at`, both in
/// seconds since 1970.
pub fn sign(
    key: &Key,
    claims: &Claims,
    issued_at: i64,
    expires_at: i64,
) -> Result<String, CannotSign> {
    provider::install();
    let encoding_key = match (key.algorithm, &key.signing_key) {
        (Algorithm::Hs256, _) => EncodingKey::from_secret(&key.verification_key),
        (Algorithm::EdDsa, None) => return Err(CannotSign::NoSigningKey),
        (Algorithm::EdDsa, Some(seed)) => {
            let public = <[u8; 32]>::try_from(seed.as_slice()).map(|seed| public_key(&seed));
            if public.is_ok_and(|public| public.as_slice() == key.verification_key) {
                EncodingKey::from_ed_der(seed)
            } else {
                return Err(CannotSign::NoPair);
            }
        }
    };
    let mut members = Map::new();
    members.insert("iat".to_owned(), issued_at.into());
    members.insert("exp".to_owned(), expires_at.into());
    members.insert("aud".to_owned(), key.audience.as_str().into());
    if let Some(issuer) = &key.issuer {
        members.insert("iss".to_owned(), issuer.as_str().into());
    }
    for (name, id) in [
        (&key.organization_claim, Some(&claims.organization)),
        (&key.user_claim, claims.user.as_ref()),
    ] {
        let Some(id) = id else { continue };
        if RESERVED_CLAIMS.contains(&name.as_str())
            || members
                .insert(name.clone(), uuid::format(id).into())
                .is_some()
        {
            return Err(CannotSign::ClaimNames);
        }
    }
    let mut header = Header::new(key.algorithm.in_header());
    header.kid = Some(key.id.clone());
    jsonwebtoken::encode(&header, &members, &encoding_key).map_err(|_| CannotSign::NoPair)
}

/// Claims that cannot hold an organization or a user (RFC 7519, section 4.1).
const RESERVED_CLAIMS: &[&str] = &["iss", "aud", "exp", "nbf", "iat"];

#[cfg(test)]
mod tests;
