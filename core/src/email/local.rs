//! What stands before the `@`, without quotation marks.

use super::chars::{self, ATEXT, DOT};
use super::{MAX_LOCAL, Rejection};

/// Reads atoms with single dots between them (RFC 5321's `Dot-string`, RFC 5322's `dot-atom-text`)
/// up to the `@`, whose place is the answer.
#[inline]
pub(super) fn read_dot_atom(address: &[u8]) -> Result<usize, Rejection> {
    // As if a dot stood in front. Where dots stand cannot be predicted, so nothing branches on them.
    let mut before = DOT;
    let mut doubled = 0;
    let mut at = address.len();
    for (i, &b) in address.iter().enumerate() {
        let class = chars::class(b);
        if class & (ATEXT | DOT) == 0 {
            at = i;
            break;
        }
        doubled |= before & class;
        before = class;
    }
    match address.get(at) {
        Some(b'@') if at == 0 => Err(Rejection::EmptyLocal),
        Some(b'@') if (doubled | before) & DOT != 0 => Err(Rejection::LocalDot),
        Some(b'@') if at > MAX_LOCAL => Err(Rejection::LocalTooLong),
        Some(b'@') => Ok(at),
        Some(_) => Err(Rejection::LocalCharacter(chars::at(address, at))),
        None if address.is_empty() => Err(Rejection::Empty),
        None => Err(Rejection::NoAt),
    }
}

/// Whether the text is atoms with single dots between them.
pub(super) fn is_dot_atom(text: &[u8]) -> bool {
    text.split(|&b| b == b'.')
        .all(|atom| !atom.is_empty() && chars::run(atom, ATEXT) == atom.len())
}
