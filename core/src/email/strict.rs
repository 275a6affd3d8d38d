//! What a CRM should store: addresses that people have.

use super::domain::{self, Domain};
use super::{MAX_ADDRESS, Rejection, local};

#[inline]
pub(super) fn check(address: &[u8]) -> Result<(), Rejection> {
    read(address).map(|_| ())
}

/// The place of the `@`, and what is after it.
#[inline]
pub(super) fn read(address: &[u8]) -> Result<(usize, Domain), Rejection> {
    if address.len() > MAX_ADDRESS {
        return Err(Rejection::TooLong);
    }
    let at = local::read_dot_atom(address)?;
    let domain = domain::read_internet(address, at + 1)?;
    Ok((at, domain))
}
