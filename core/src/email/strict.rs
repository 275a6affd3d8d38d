//! What a CRM should store: addresses that people have.

use super::{MAX_ADDRESS, Rejection, domain, local};

pub(super) fn check(address: &[u8]) -> Result<(), Rejection> {
    if address.len() > MAX_ADDRESS {
        return Err(Rejection::TooLong);
    }
    let at = local::read_dot_atom(address)?;
    domain::read_internet(address, at + 1)
}
