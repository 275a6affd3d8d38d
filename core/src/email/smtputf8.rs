//! Internationalised addresses (RFC 6531, RFC 6532) that people have: as the profile strict, with
//! characters beyond ASCII on both sides.
//!
//! RFC 6531 lets any of them stand in a local part. RFC 6532, section 3.1, asks for Unicode's form
//! NFC, and hosts compare local parts byte by byte, so another form would be another mailbox, which
//! nobody has. What cannot be seen is refused, mostly as PyPI's email-validator does: controls,
//! formats (right-to-left marks among them), unassigned and private characters, spaces, fillers and
//! variation selectors, and a combining character in front.
//!
//! Domains are another matter: resolvers map them (capitals, full-width letters, the ideographic
//! full stop) before they ask, so that a domain is valid where its mapped form is.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::chars::{self, ATEXT, LABEL};
use super::domain::{self, Domain};
use super::{MAX_ADDRESS, MAX_LOCAL, Rejection, idna, strict};

pub(super) fn check(address: &[u8]) -> Result<(), Rejection> {
    if address.len() > MAX_ADDRESS {
        return Err(Rejection::TooLong);
    }
    if !address.is_ascii() {
        return str::from_utf8(address)
            .map_err(|_| Rejection::NotUtf8)
            .and_then(check_international);
    }
    let (at, domain) = strict::read(address)?;
    check_a_labels(&domain, &address[at + 1..])
}

/// Whether the labels `xn--...` of a domain, if there are any, are known to IDNA2008.
fn check_a_labels(read: &Domain, domain: &[u8]) -> Result<(), Rejection> {
    if !read.has_a_label(domain) {
        return Ok(());
    }
    str::from_utf8(domain)
        .ok()
        .and_then(idna::to_ascii_2008)
        .map(|_| ())
        .ok_or(Rejection::InternationalDomain)
}

fn check_international(address: &str) -> Result<(), Rejection> {
    let Some((local, domain)) = address.split_once('@') else {
        return check_local(address).and(Err(Rejection::NoAt));
    };
    check_local(local)?;
    if domain.is_ascii() {
        let read = domain::read_internet(address.as_bytes(), local.len() + 1)?;
        return check_a_labels(&read, domain.as_bytes());
    }
    if let Some(c) = domain
        .chars()
        .find(|c| u8::try_from(*c).is_ok_and(|b| b.is_ascii() && b != b'.' && !chars::is(b, LABEL)))
    {
        return Err(match c {
            '@' => Rejection::SecondAt,
            c => Rejection::DomainCharacter(c),
        });
    }
    let ascii = idna::to_ascii_2008(domain).ok_or(Rejection::InternationalDomain)?;
    if local.len() + 1 + ascii.len() > MAX_ADDRESS {
        return Err(Rejection::TooLong);
    }
    domain::read_internet(ascii.as_bytes(), 0).map(|_| ())
}

/// Whether the text may stand before the `@`.
fn check_local(local: &str) -> Result<(), Rejection> {
    if local.is_empty() {
        return Err(Rejection::EmptyLocal);
    }
    let mut last = None;
    for c in local.chars() {
        match c {
            '.' if matches!(last, None | Some('.')) => return Err(Rejection::LocalDot),
            '.' => {}
            c if c.is_ascii() && chars::is(c as u8, ATEXT) => {}
            c if !c.is_ascii() && is_printable(c, last.is_none()) => {}
            c => return Err(Rejection::LocalCharacter(c)),
        }
        last = Some(c);
    }
    if last == Some('.') {
        Err(Rejection::LocalDot)
    } else if local.len() > MAX_LOCAL {
        Err(Rejection::LocalTooLong)
    } else if !ComposingNormalizerBorrowed::new_nfc().is_normalized(local) {
        Err(Rejection::NotComposed)
    } else {
        Ok(())
    }
}

/// Whether a character beyond ASCII shows, and by itself where it is the first.
fn is_printable(c: char, first: bool) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let alone = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Punctuation)
        .union(GeneralCategoryGroup::Symbol);
    let shows =
        alone.contains(category) || (GeneralCategoryGroup::Mark.contains(category) && !first);
    shows && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// The local part in lower case and composed, as it is compared.
pub(super) fn fold_local(local: &str) -> String {
    let composer = ComposingNormalizerBorrowed::new_nfc();
    let lower = composer.normalize(local).to_lowercase();
    composer.normalize(&lower).into_owned()
}
