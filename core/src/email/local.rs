//! What stands before the `@`, without quotation marks.

use super::chars::{self, ATEXT};
use super::{MAX_LOCAL, Rejection};

/// Reads atoms with single dots between them (RFC 5321's `Dot-string`, RFC 5322's `dot-atom-text`)
/// up to the `@`, whose place is the answer.
pub(super) fn read_dot_atom(address: &[u8]) -> Result<usize, Rejection> {
    let mut start = 0;
    loop {
        let end = start + chars::run(&address[start..], ATEXT);
        match address.get(end) {
            Some(b'@') if end == 0 => return Err(Rejection::EmptyLocal),
            Some(b'@' | b'.') if end == start => return Err(Rejection::LocalDot),
            Some(b'@') if end > MAX_LOCAL => return Err(Rejection::LocalTooLong),
            Some(b'@') => return Ok(end),
            Some(b'.') => start = end + 1,
            Some(_) => return Err(Rejection::LocalCharacter(chars::at(address, end))),
            None if address.is_empty() => return Err(Rejection::Empty),
            None => return Err(Rejection::NoAt),
        }
    }
}

/// Whether the text is atoms with single dots between them.
pub(super) fn is_dot_atom(text: &[u8]) -> bool {
    text.split(|&b| b == b'.')
        .all(|atom| !atom.is_empty() && chars::run(atom, ATEXT) == atom.len())
}
