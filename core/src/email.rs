//! E-mail addresses: is one acceptable, why not, and how to store it so that equal ones are equal.
//!
//! "Valid" depends on who asks (`user@localhost` is fine to a browser and useless to a CRM), so
//! every question names a [`Profile`]. Nothing here asks the network whether a mailbox exists.
//!
//! A check is one pass over the bytes, without allocation, that stops at the first byte that cannot
//! stand where it stands; only addresses with characters beyond ASCII cost more. A profile with a
//! limit on the whole length looks at that first. One without ([`Profile::Html5`]) reads a megabyte
//! only where the first megabyte is acceptable.
//!
//! What is stored rests on these answers, so that they may change only with a release. Two come from
//! Unicode's tables, compiled in by exact versions in Cargo.toml: domains beyond ASCII, and
//! [`Profile::Smtputf8`]. Unicode's own stability policy keeps valid what is: a release may add
//! characters, not take any away.

mod chars;
mod disposable;
mod domain;
mod html5;
mod idna;
mod literal;
mod local;
mod normal;
mod providers;
mod rejection;
mod rfc5321;
mod smtputf8;
mod strict;

pub use disposable::{disposable_version, is_disposable};
pub use normal::normalize;
pub use rejection::Rejection;

use std::fmt;
use std::str::FromStr;

/// RFC 5321, section 4.5.3.1.3: a path has at most 256 octets, of which `<` and `>` take two.
const MAX_ADDRESS: usize = 254;
/// RFC 5321, section 4.5.3.1.1: a local part has at most 64 octets, quotation marks included.
const MAX_LOCAL: usize = 64;
/// RFC 1035, section 2.3.4: a name has at most 255 octets in DNS, which are 253 in text. Beside a
/// local part and the `@`, [`MAX_ADDRESS`] leaves no more than 252 of them, nor of RFC 5321's 255.
const MAX_DOMAIN: usize = 253;
/// RFC 1034, section 3.1: a label has at most 63 octets.
const MAX_LABEL: usize = 63;

/// A definition of "valid e-mail address".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// What browsers accept in `<input type=email>`: WHATWG HTML, section "Email state", "valid
    /// e-mail address". ASCII only; no quoting, no comments, no address literals; a local part may
    /// begin with, end with or double a dot; a domain may lack a dot; parts of the domain have at
    /// most 63 characters; there is no limit on the whole.
    #[default]
    Html5,
    /// What SMTP can carry: RFC 5321's `Mailbox`. ASCII only; a local part may be quoted, with
    /// spaces and `@` in it; in place of a domain there may be an address literal; at most 254
    /// characters, of which 64 before the `@`.
    Rfc5321,
    /// What a CRM should store: no quoting, no literal, no dot that begins, ends or doubles, and a
    /// domain with a dot whose last part is no number; lengths as above.
    Strict,
    /// As `Strict`, internationalised (RFC 6531): any visible characters before the `@`, in
    /// Unicode's form NFC, and a domain of IDNA2008. Lengths are counted in bytes of UTF-8, and of
    /// the domain's ASCII form too.
    Smtputf8,
}

impl Profile {
    /// Every profile, in the order in which messages list them.
    pub const ALL: &[Profile] = &[
        Profile::Html5,
        Profile::Rfc5321,
        Profile::Strict,
        Profile::Smtputf8,
    ];

    /// The name by which users choose the profile, e.g. `html5`.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Html5 => "html5",
            Profile::Rfc5321 => "rfc5321",
            Profile::Strict => "strict",
            Profile::Smtputf8 => "smtputf8",
        }
    }

    /// The profile whose [`name`](Profile::name) is exactly these bytes.
    pub fn named(name: &[u8]) -> Option<Profile> {
        match name {
            b"html5" => Some(Profile::Html5),
            b"rfc5321" => Some(Profile::Rfc5321),
            b"strict" => Some(Profile::Strict),
            b"smtputf8" => Some(Profile::Smtputf8),
            _ => None,
        }
    }

    /// The longest address that can be valid, where there is a limit.
    pub const fn max_bytes(self) -> Option<usize> {
        match self {
            Profile::Html5 => None,
            Profile::Rfc5321 | Profile::Strict | Profile::Smtputf8 => Some(MAX_ADDRESS),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    /// Finds the profile whose [`name`](Profile::name) is exactly `name`.
    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Profile::named(name.as_bytes()).ok_or_else(|| UnknownProfile {
            name: name.to_owned(),
        })
    }
}

/// A name that is no [`Profile`]'s. Its text lists those that exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProfile {
    /// The name that was asked for.
    pub name: String,
}

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown e-mail profile \"{}\"; known are ", self.name)?;
        for (i, profile) in Profile::ALL.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{profile}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownProfile {}

/// Whether `address`, as it stands, is valid under `profile`. White space around it is not.
///
/// Bytes, since all but one profile know ASCII alone: what is no UTF-8 is valid under none.
#[inline]
pub fn is_valid(address: impl AsRef<[u8]>, profile: Profile) -> bool {
    check(address.as_ref(), profile).is_ok()
}

/// Why `address` is not valid under `profile`: the first fault, or `None` where it is valid.
pub fn rejection(address: impl AsRef<[u8]>, profile: Profile) -> Option<Rejection> {
    check(address.as_ref(), profile).err()
}

#[inline]
fn check(address: &[u8], profile: Profile) -> Result<(), Rejection> {
    match profile {
        Profile::Html5 => html5::check(address),
        Profile::Rfc5321 => rfc5321::check(address),
        Profile::Strict => strict::check(address),
        Profile::Smtputf8 => smtputf8::check(address),
    }
}

#[cfg(test)]
mod tests;
