//! WHATWG HTML's "valid e-mail address".
//!
//! The standard gives the production `1*( atext / "." ) "@" label *( "." label )` (RFC 5322's
//! `atext`, RFC 1034's `label` with at most 63 characters) and says that this expression implements
//! it; both are followed exactly:
//!
//! ```text
//! /^[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
//! ```

use super::Rejection;

/// RFC 1034, section 3.1: a label has at most 63 octets.
const MAX_LABEL: usize = 63;

/// May stand before the `@`.
const LOCAL: u8 = 1;
/// May stand in a label of the domain.
const LABEL: u8 = 2;

/// What each byte may be. A table makes the inner loops one load and one test a byte.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            class[b] = LOCAL | LABEL;
        }
        b += 1;
    }
    let rest = b".!#$%&'*+/=?^_`{|}~";
    let mut i = 0;
    while i < rest.len() {
        class[rest[i] as usize] = LOCAL;
        i += 1;
    }
    class
};

/// The number of bytes of the class `kind` with which `bytes` begins.
fn run(bytes: &[u8], kind: u8) -> usize {
    bytes
        .iter()
        .position(|&b| CLASS[usize::from(b)] & kind == 0)
        .unwrap_or(bytes.len())
}

/// The first fault of `address`, or `None`.
pub(super) fn rejection(address: &str) -> Option<Rejection> {
    // Everything before a fault is ASCII, so that a fault's position is always a character's.
    let character_at = |i: usize| address[i..].chars().next();
    let bytes = address.as_bytes();

    let at = run(bytes, LOCAL);
    match bytes.get(at) {
        Some(b'@') if at == 0 => return Some(Rejection::EmptyLocal),
        Some(b'@') => {}
        Some(_) => return character_at(at).map(Rejection::LocalCharacter),
        None if bytes.is_empty() => return Some(Rejection::Empty),
        None => return Some(Rejection::NoAt),
    }
    if at + 1 == bytes.len() {
        return Some(Rejection::EmptyDomain);
    }

    let mut start = at + 1;
    loop {
        let label = &bytes[start..];
        let label = &label[..run(label, LABEL)];
        let end = start + label.len();
        match bytes.get(end) {
            None | Some(b'.') => {}
            Some(b'@') => return Some(Rejection::SecondAt),
            Some(_) => return character_at(end).map(Rejection::DomainCharacter),
        }
        match label {
            [] => return Some(Rejection::EmptyLabel),
            [b'-', ..] | [.., b'-'] => return Some(Rejection::LabelHyphen),
            _ if label.len() > MAX_LABEL => return Some(Rejection::LabelTooLong),
            _ => {}
        }
        if end == bytes.len() {
            return None;
        }
        start = end + 1;
    }
}
