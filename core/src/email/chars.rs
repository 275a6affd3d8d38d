//! What a byte of ASCII may be in an address.

/// May stand in an atom of the local part: RFC 5322, section 3.2.3, `atext`.
pub(super) const ATEXT: u8 = 1;
/// The dot between atoms.
pub(super) const DOT: u8 = 2;
/// May stand in a label of the domain: letter, digit, hyphen.
pub(super) const LABEL: u8 = 4;
/// May stand unquoted in a quoted local part: RFC 5321, section 4.1.2, `qtextSMTP`.
pub(super) const QTEXT: u8 = 8;
/// May stand in an address literal: RFC 5321, section 4.1.3, `dcontent`.
pub(super) const DCONTENT: u8 = 16;

/// A table makes the inner loops one load and one test a byte.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            class[b] |= ATEXT | LABEL;
        }
        if byte == b'.' {
            class[b] |= DOT;
        }
        if matches!(byte, 32..=33 | 35..=91 | 93..=126) {
            class[b] |= QTEXT;
        }
        if matches!(byte, 33..=90 | 94..=126) {
            class[b] |= DCONTENT;
        }
        b += 1;
    }
    let rest = b"!#$%&'*+/=?^_`{|}~";
    let mut i = 0;
    while i < rest.len() {
        class[rest[i] as usize] |= ATEXT;
        i += 1;
    }
    class
};

/// The kinds that the byte is of.
#[inline]
pub(super) fn class(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

/// Whether the byte is of one of the kinds.
#[inline]
pub(super) fn is(byte: u8, kinds: u8) -> bool {
    class(byte) & kinds != 0
}

/// The number of bytes of the kinds with which `bytes` begins.
#[inline]
pub(super) fn run(bytes: &[u8], kinds: u8) -> usize {
    bytes
        .iter()
        .position(|&b| !is(b, kinds))
        .unwrap_or(bytes.len())
}

/// The character that begins at byte `i`, or U+FFFD where the bytes are no UTF-8.
#[cold]
pub(super) fn at(bytes: &[u8], i: usize) -> char {
    let bytes = &bytes[i..bytes.len().min(i + 4)];
    bytes
        .utf8_chunks()
        .next()
        .and_then(|chunk| chunk.valid().chars().next())
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}
