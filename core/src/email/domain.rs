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
    /// Whether there is a hyphen.
    hyphens: bool,
}

/// Reads the domain that begins at byte `start` and ends with the address: RFC 1034's labels, with a
/// digit allowed in front (RFC 1123, section 2.1). Everything before `start` is whole characters.
#[inline]
pub(super) fn read(address: &[u8], start: usize) -> Result<Domain, Rejection> {
    let domain = &address[start..];
    // A long domain takes a look at each label, which ends with the first fault; a number at the end
    // takes a look back.
    if domain.len() <= MAX_LABEL {
        let seen = pairs(domain);
        let digit = domain.last().is_some_and(u8::is_ascii_digit);
        if seen & FAULT == 0 && !digit {
            return Ok(Domain {
                dotted: seen & DOT != 0,
                numeric: false,
                hyphens: seen & HYPHEN != 0,
            });
        }
    }
    read_labels(address, start)
}

const ALNUM: u8 = 1;
const HYPHEN: u8 = 2;
const DOT: u8 = 4;
const FAULT: u8 = 8;

/// What a byte is in a domain, and in the upper half what may not follow it.
const PAIR: [u8; 256] = {
    let mut pair = [FAULT; 256];
    let mut b = 0;
    while b < 128 {
        if (b as u8).is_ascii_alphanumeric() {
            pair[b] = ALNUM;
        }
        b += 1;
    }
    pair[b'-' as usize] = HYPHEN | DOT << 4;
    pair[b'.' as usize] = DOT | (DOT | HYPHEN) << 4;
    pair
};

/// All that is in the domain, and a fault where two neighbours may not be (its ends are beside a
/// dot). No branch depends on a byte: where labels end cannot be predicted, and a wrong guess costs
/// as much as ten bytes.
#[inline]
fn pairs(domain: &[u8]) -> u8 {
    let mut before = PAIR[usize::from(b'.')];
    let mut seen = 0;
    let mut clashes = 0;
    for &b in domain {
        let pair = PAIR[usize::from(b)];
        seen |= pair;
        clashes |= (before >> 4) & pair;
        before = pair;
    }
    clashes |= (before >> 4) & DOT;
    (seen & 15) | if clashes == 0 { 0 } else { FAULT }
}

/// As [`read`], label by label, to tell what is wrong and where.
#[cold]
fn read_labels(address: &[u8], start: usize) -> Result<Domain, Rejection> {
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
                hyphens: address[first..].contains(&b'-'),
            });
        }
        start = end + 1;
    }
}

/// As [`read`], for those who store addresses: a domain of the Internet has a dot, and its top level
/// is no number (RFC 3696, section 2), which tells it from an IPv4 address.
#[inline]
pub(super) fn read_internet(address: &[u8], start: usize) -> Result<Domain, Rejection> {
    match read(address, start)? {
        Domain { dotted: false, .. } => Err(Rejection::NoDot),
        Domain { numeric: true, .. } => Err(Rejection::NumericTopLevel),
        domain => Ok(domain),
    }
}

impl Domain {
    /// Whether a label of `domain`, which this is about, begins with `xn--`, and so claims to stand
    /// for an internationalised one.
    #[inline]
    pub(super) fn has_a_label(&self, domain: &[u8]) -> bool {
        self.hyphens
            && domain.split(|&b| b == b'.').any(|label| {
                label
                    .get(..4)
                    .is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
            })
    }
}
