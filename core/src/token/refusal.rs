//! Why a token is refused, for the server's log: a client is told nothing but that it is.

use std::fmt;

use super::MAX_BYTES;

/// A key's name as it may be shown: whoever made the token chose it, so that it could contain line
/// ends, colours or a megabyte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

/// As many characters of a name are shown.
const SHOWN: usize = 64;

impl KeyId {
    /// The name in ASCII, cut.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.escape_default().take(SHOWN).collect())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// The first thing that is wrong with a token. The text completes the sentence "The token ..." and
/// repeats nothing of it but its key's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Null,
    /// More than [`MAX_BYTES`].
    TooLong,
    /// Not three parts with dots between.
    Parts,
    /// A header that is not base64url without padding, JSON, an object, or unambiguous.
    Header,
    /// A key id that is no text, or has control characters.
    KeyName,
    /// A key id that nobody knows.
    UnknownKey(KeyId),
    /// A key that was revoked.
    RevokedKey(KeyId),
    /// A key before its time.
    EarlyKey(KeyId),
    /// A key after its time.
    LateKey(KeyId),
    /// Not the key that it is verified with.
    OtherKey(KeyId),
    /// A key that is none of its algorithm: too short, or no point of the curve, or a weak one.
    BadKey(KeyId),
    /// `crit` or `b64`: what it wants to be understood is not.
    Extension,
    /// Another algorithm than its key's.
    Algorithm,
    /// A signature that is not the key's.
    Signature,
    /// Signature or claims that are not base64url without padding; claims that are no object of
    /// unique members.
    Unreadable,
    /// A claim that must be there is not.
    NoClaim(&'static str),
    /// A time that is no whole number of seconds since 1970.
    NotSeconds(&'static str),
    /// `exp` is past.
    Expired,
    /// `nbf` or `iat` is yet to come.
    NotYet(&'static str),
    /// Not the issuer whom the key is for.
    Issuer,
    /// No audience, or another one than the key's.
    Audience,
    /// No organization.
    NoOrganization,
    /// The claim that the key names for organization or user, and it is no UUID.
    NotUuid(String),
    /// An organization that is not there or deleted, or a user who is no active member of it.
    NoAccess,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Null => f.write_str("is NULL"),
            Refusal::TooLong => write!(f, "is longer than {MAX_BYTES} bytes"),
            Refusal::Parts => f.write_str("does not have three parts"),
            Refusal::Header => f.write_str("has a header that cannot be read"),
            Refusal::KeyName => f.write_str("has a key id that is no plain text"),
            Refusal::UnknownKey(id) => write!(f, "names the key {id}, which does not exist"),
            Refusal::RevokedKey(id) => write!(f, "names the key {id}, which was revoked"),
            Refusal::EarlyKey(id) => write!(f, "names the key {id}, which is not valid yet"),
            Refusal::LateKey(id) => write!(f, "names the key {id}, which is no longer valid"),
            Refusal::OtherKey(id) => write!(f, "does not name the key {id}"),
            Refusal::BadKey(id) => {
                write!(f, "names the key {id}, which is no key of its algorithm")
            }
            Refusal::Extension => f.write_str("asks for an extension of the format"),
            Refusal::Algorithm => f.write_str("is of another algorithm than its key"),
            Refusal::Signature => f.write_str("has a signature that is not its key's"),
            Refusal::Unreadable => f.write_str("has a signature or claims that cannot be read"),
            Refusal::NoClaim(name) => write!(f, "has no claim {name}"),
            Refusal::NotSeconds(name) => {
                write!(f, "has a claim {name} that is no whole number of seconds")
            }
            Refusal::Expired => f.write_str("has expired"),
            Refusal::NotYet(name) => write!(f, "has a claim {name} in the future"),
            Refusal::Issuer => f.write_str("is of another issuer than its key"),
            Refusal::Audience => f.write_str("is for another audience"),
            Refusal::NoOrganization => f.write_str("is for no organization"),
            Refusal::NotUuid(name) => write!(f, "has a claim {name} that is no UUID"),
            Refusal::NoAccess => {
                f.write_str("is for an organization or a user that may not act there")
            }
        }
    }
}
