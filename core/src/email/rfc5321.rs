//! What SMTP can carry: RFC 5321's `Mailbox`, sections 4.1.2 and 4.1.3, with the lengths of section
//! 4.5.3.1.

use super::chars::{self, QTEXT};
use super::{MAX_ADDRESS, MAX_LOCAL, Rejection, domain, literal, local};

pub(super) fn check(address: &[u8]) -> Result<(), Rejection> {
    if address.len() > MAX_ADDRESS {
        return Err(Rejection::TooLong);
    }
    let at = if address.first() == Some(&b'"') {
        read_quoted(address)?
    } else {
        local::read_dot_atom(address)?
    };
    let start = at + 1;
    if address.get(start) == Some(&b'[') {
        literal::read(&address[start..])
            .map(|_| ())
            .ok_or(Rejection::Literal)
    } else {
        domain::read(address, start).map(|_| ())
    }
}

/// Reads a `Quoted-string` up to the `@` after it, whose place is the answer.
fn read_quoted(address: &[u8]) -> Result<usize, Rejection> {
    let mut i = 1;
    loop {
        // A pair may quote what needs no quoting, too.
        let (place, allowed) = match address.get(i) {
            Some(b'"') => break,
            Some(b'\\') => (i + 1, address.get(i + 1).map(|b| matches!(b, 32..=126))),
            byte => (i, byte.map(|&b| chars::is(b, QTEXT))),
        };
        match allowed {
            Some(true) => i = place + 1,
            Some(false) => return Err(Rejection::LocalCharacter(chars::at(address, place))),
            None => return Err(Rejection::OpenQuote),
        }
    }
    match address.get(i + 1) {
        Some(b'@') if i + 1 > MAX_LOCAL => Err(Rejection::LocalTooLong),
        Some(b'@') => Ok(i + 1),
        Some(_) => Err(Rejection::AfterQuote),
        None => Err(Rejection::NoAt),
    }
}

/// A quoted local part and what follows its `@`, where the address begins with one, whole or not
/// valid otherwise.
pub(super) fn split_quoted(address: &str) -> Option<(&str, &str)> {
    let bytes = address.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut i = 1;
    while *bytes.get(i)? != b'"' {
        i += if bytes[i] == b'\\' { 2 } else { 1 };
    }
    let local = address.get(..=i)?;
    Some((local, address[i + 1..].strip_prefix('@')?))
}

/// The shortest spelling of a quoted local part: without quotation marks where what they hold is
/// atoms and dots, else with a backslash only before `"` and `\`. "All quoted forms MUST be treated
/// as equivalent, and the sending system SHOULD transmit the form that uses the minimum quoting
/// possible" (section 4.1.2).
pub(super) fn minimal(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut content = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => content.extend(chars.next()),
            c => content.push(c),
        }
    }
    if local::is_dot_atom(content.as_bytes()) {
        return content;
    }
    let mut minimal = String::with_capacity(content.len() + 2);
    minimal.push('"');
    for c in content.chars() {
        if matches!(c, '"' | '\\') {
            minimal.push('\\');
        }
        minimal.push(c);
    }
    minimal.push('"');
    minimal
}
