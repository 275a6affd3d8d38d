//! The form in which an address is stored and compared.

use std::borrow::Cow;

use super::{
    MAX_ADDRESS, MAX_DOMAIN, Profile, idna, is_valid, literal, providers, rfc5321, smtputf8,
};

/// No spelling of an address within the limits of SMTP is longer: an ASCII domain of 253 characters
/// may have come from as many of four bytes, and a local part of 64 bytes from three times that in
/// decomposed form, or twice that with a backslash before each.
const MAX_SPELLING: usize = MAX_ADDRESS + 4 * MAX_DOMAIN;

/// The form in which an address is stored and compared, or `None` where that is not valid under the
/// profile.
///
/// - White space around it (Unicode `White_Space`) goes.
/// - The domain becomes lower case, and ASCII under every profile, as browsers make it before they
///   check: `bücher.example` is `xn--bcher-kva.example`. An address literal gets its usual spelling.
/// - ASCII letters of the local part become lower case: the standard lets a host tell `Ann@` from
///   `ann@`, but hosts that do are not met in practice, and an address book that kept both would hold
///   one person twice. Under [`Profile::Smtputf8`] so do all letters, and the text is composed (NFC).
/// - A quoted local part loses the quoting that it does not need: `"ann"@` is `ann@`.
/// - Dots and `+tags` stay, since what they mean is the provider's affair, unless `fold_provider`
///   asks for the rules of the providers that tell theirs (see [`providers`]).
///
/// Idempotent. Borrows where there is nothing to change.
pub fn normalize(address: &str, profile: Profile, fold_provider: bool) -> Option<Cow<'_, str>> {
    let address = address.trim();
    let normal = if is_plain(address, profile) {
        lower(address)
    } else {
        Cow::Owned(respelled(address, profile)?)
    };
    if !is_valid(normal.as_bytes(), profile) {
        return None;
    }
    let folded = fold_provider
        .then(|| providers::fold(&normal))
        .flatten()
        .filter(|folded| is_valid(folded, profile));
    Some(folded.map_or(normal, Cow::Owned))
}

/// Whether there is nothing to do but to lower letters of ASCII.
fn is_plain(address: &str, profile: Profile) -> bool {
    address.is_ascii()
        && (profile != Profile::Rfc5321 || !address.bytes().any(|b| matches!(b, b'"' | b'[')))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn respelled(address: &str, profile: Profile) -> Option<String> {
    if profile.max_bytes().is_some() && address.len() > MAX_SPELLING {
        return None;
    }
    let quoted = match profile {
        Profile::Rfc5321 => rfc5321::split_quoted(address),
        _ => None,
    };
    let (local, domain) = quoted.or_else(|| address.split_once('@'))?;
    let local = match profile {
        Profile::Smtputf8 => smtputf8::fold_local(local),
        _ if !local.is_ascii() => return None,
        _ if quoted.is_some() => rfc5321::minimal(local).to_ascii_lowercase(),
        _ => local.to_ascii_lowercase(),
    };
    let domain = if profile == Profile::Rfc5321 && domain.starts_with('[') {
        literal::usual(domain)
    } else if domain.is_ascii() {
        domain.to_ascii_lowercase()
    } else {
        idna::to_ascii(domain)?.into_owned()
    };
    Some(local + "@" + &domain)
}
