//! E-mail addresses: is one acceptable, why not, and how to store it so that equal ones are equal.
//!
//! "Valid" depends on who asks (`user@localhost` is fine to a browser and useless to a CRM), so
//! every question names a [`Profile`]. Nothing here asks the network whether a mailbox exists.
//!
//! A check is one pass over the bytes, without allocation, that stops at the first byte that cannot
//! stand where it stands. The time is therefore linear in the length of the longest acceptable
//! prefix; a profile without a limit on the whole length (such as [`Profile::Html5`]) reads a
//! megabyte only where the first megabyte is acceptable.

mod html5;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A definition of "valid e-mail address".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// What browsers accept in `<input type=email>`: WHATWG HTML, section "Email state", "valid
    /// e-mail address". ASCII only; no quoting, no comments, no address literals; a local part may
    /// begin with, end with or double a dot; a domain may lack a dot; parts of the domain have at
    /// most 63 characters; there is no limit on the whole.
    #[default]
    Html5,
}

impl Profile {
    /// Every profile, in the order in which messages list them.
    pub const ALL: &[Profile] = &[Profile::Html5];

    /// The name by which users choose the profile, e.g. `html5`.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Html5 => "html5",
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
        Profile::ALL
            .iter()
            .copied()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile {
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

/// The first thing that is wrong with an address, read from left to right.
///
/// The text completes the sentence "The address ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// Nothing at all.
    Empty,
    /// No `@`, and nothing else wrong.
    NoAt,
    /// `@` is the first character.
    EmptyLocal,
    /// A character that may not stand before the `@`.
    LocalCharacter(char),
    /// `@` is the last character.
    EmptyDomain,
    /// A second `@`.
    SecondAt,
    /// A character that may not stand after the `@`.
    DomainCharacter(char),
    /// A domain that begins or ends with a dot, or with two dots in a row.
    EmptyLabel,
    /// A part of the domain that begins or ends with a hyphen.
    LabelHyphen,
    /// A part of the domain of more than 63 characters.
    LabelTooLong,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Rejection::Empty => f.write_str("is empty"),
            Rejection::NoAt => f.write_str("has no @"),
            Rejection::EmptyLocal => f.write_str("has nothing before the @"),
            Rejection::LocalCharacter(c) => {
                write!(
                    f,
                    "has {} before the @, which is not allowed there",
                    Shown(c)
                )
            }
            Rejection::EmptyDomain => f.write_str("has nothing after the @"),
            Rejection::SecondAt => f.write_str("has more than one @"),
            Rejection::DomainCharacter(c) => {
                write!(
                    f,
                    "has {} after the @, which is not allowed there",
                    Shown(c)
                )
            }
            Rejection::EmptyLabel => f.write_str(
                "has a domain with a dot at its beginning, at its end or next to another",
            ),
            Rejection::LabelHyphen => {
                f.write_str("has a domain with a part that begins or ends with a hyphen")
            }
            Rejection::LabelTooLong => {
                f.write_str("has a domain with a part longer than 63 characters")
            }
        }
    }
}

/// A character in a message: visible ones as they are, the others by number, so that a control or
/// a right-to-left mark cannot disturb the text around it.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' => f.write_str("a space"),
            c if c.is_ascii_graphic() || c.is_alphanumeric() => write!(f, "the character {c}"),
            c => write!(f, "the character U+{:04X}", u32::from(c)),
        }
    }
}

/// Whether `address`, as it stands, is valid under `profile`. White space around it is not.
pub fn is_valid(address: &str, profile: Profile) -> bool {
    rejection(address, profile).is_none()
}

/// Why `address` is not valid under `profile`: the first fault, or `None` where it is valid.
pub fn rejection(address: &str, profile: Profile) -> Option<Rejection> {
    match profile {
        Profile::Html5 => html5::rejection(address),
    }
}

/// The form in which an address is stored and compared, or `None` where the address, once trimmed,
/// is not valid under [`Profile::Html5`].
///
/// White space around it (Unicode `White_Space`) goes, and ASCII letters become lower case, those
/// of the local part too: the standard lets a host tell `Ann@` from `ann@`, but hosts that do are
/// not met in practice, and an address book that kept both would hold one person twice. Dots and
/// `+tags` stay, since what they mean is the provider's affair.
///
/// Idempotent, and what it returns is valid. Borrows where there is nothing to lower.
pub fn normalize(address: &str) -> Option<Cow<'_, str>> {
    let address = address.trim();
    if !is_valid(address, Profile::Html5) {
        return None;
    }
    if address.bytes().any(|b| b.is_ascii_uppercase()) {
        Some(Cow::Owned(address.to_ascii_lowercase()))
    } else {
        Some(Cow::Borrowed(address))
    }
}

#[cfg(test)]
mod tests;
