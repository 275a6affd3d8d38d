//! Domains of letters, digits and hyphens.

use super::chars::{self, LABEL};
use super::{MAX_LABEL, Rejection};

/// What the labels of a domain say about the whole.
#[derive(Debug)]
pub(super) struct Domain {
    /// Whether there is more than one label.
    pub dotted: bool,
    /// Whether the last label, the top-level domain, is a number. None is.
    pub numeric: bool,
}

/// Reads the domain that begins at byte `start` and ends with the address: RFC 1034's labels, with a
/// digit allowed in front (RFC 1123, section 2.1). Everything before `start` is whole characters.
pub(super) fn read(address: &[u8], start: usize) -> Result<Domain, Rejection> {
    if start == address.len() {
        return Err(Rejection::EmptyDomain);
    }
    let first = start;
    let mut start = start;
    loop {
        let label = &address[start..];
        let label = &label[..chars::run(label, LABEL)];
        let end = start + label.len();
        match address.get(end) {
            None | Some(b'.') => {}
            Some(b'@') => return Err(Rejection::SecondAt),
            Some(_) => return Err(Rejection::DomainCharacter(chars::at(address, end))),
        }
        match label {
            [] => return Err(Rejection::EmptyLabel),
            [b'-', ..] | [.., b'-'] => return Err(Rejection::LabelHyphen),
            _ if label.len() > MAX_LABEL => return Err(Rejection::LabelTooLong),
            _ => {}
        }
        if end == address.len() {
            return Ok(Domain {
                dotted: start != first,
                numeric: label.iter().all(u8::is_ascii_digit),
            });
        }
        start = end + 1;
    }
}

/// As [`read`], for those who store addresses: a domain of the Internet has a dot, and its top level
/// is no number (RFC 3696, section 2), which tells it from an IPv4 address.
pub(super) fn read_internet(address: &[u8], start: usize) -> Result<(), Rejection> {
    match read(address, start)? {
        Domain { dotted: false, .. } => Err(Rejection::NoDot),
        Domain { numeric: true, .. } => Err(Rejection::NumericTopLevel),
        _ => Ok(()),
    }
}

/// Whether a label begins with `xn--`, and so claims to stand for an internationalised one.
pub(super) fn has_a_label(domain: &[u8]) -> bool {
    domain.split(|&b| b == b'.').any(|label| {
        label
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
    })
}
