//! WHATWG HTML's "valid e-mail address".
//!
//! The standard gives the production `1*( atext / "." ) "@" label *( "." label )` (RFC 5322's
//! `atext`, RFC 1034's `label` with at most 63 characters) and says that this expression implements
//! it; both are followed exactly:
//!
//! ```text
//! /^[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
//! ```

use super::chars::{self, ATEXT, DOT};
use super::{Rejection, domain};

pub(super) fn check(address: &[u8]) -> Result<(), Rejection> {
    let at = chars::run(address, ATEXT | DOT);
    match address.get(at) {
        Some(b'@') if at == 0 => return Err(Rejection::EmptyLocal),
        Some(b'@') => {}
        Some(_) => return Err(Rejection::LocalCharacter(chars::at(address, at))),
        None if address.is_empty() => return Err(Rejection::Empty),
        None => return Err(Rejection::NoAt),
    }
    domain::read(address, at + 1).map(|_| ())
}
