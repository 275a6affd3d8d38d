//! UUIDs as text and RFC 9562 version 7.

/// Parses the 36-character form with hyphens, either case, as PostgreSQL prints it; also the other
/// forms that PostgreSQL reads: braces around it, hyphens left out after any group of four digits.
///
/// Returns `None` where the text is no UUID.
#[must_use]
pub fn parse(text: &[u8]) -> Option<[u8; 16]> {
    let text = match text {
        [b'{', inner @ .., b'}'] => inner,
        other => other,
    };
    let mut bytes = [0_u8; 16];
    let mut rest = text;
    for (i, byte) in bytes.iter_mut().enumerate() {
        let [high, low, tail @ ..] = rest else {
            return None;
        };
        *byte = hex(*high)? << 4 | hex(*low)?;
        rest = match tail {
            [b'-', tail @ ..] if i % 2 == 1 && i < 15 => tail,
            tail => tail,
        };
    }
    rest.is_empty().then_some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The canonical form: 36 characters, lower case.
#[must_use]
pub fn format(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// A version 7 UUID (RFC 9562, section 5.7) with 12 bits of sub-millisecond time in `rand_a`
/// (section 6.2, method 3), so that values made in sequence sort in the order of their making.
///
/// `nanoseconds` since the Unix epoch must grow by at least [`STEP_NANOSECONDS`] from call to call
/// for the values to differ in their time part; `random` fills the remaining 62 bits.
#[must_use]
pub fn version_7(nanoseconds: u64, random: [u8; 8]) -> [u8; 16] {
    let milliseconds = nanoseconds / 1_000_000;
    let fraction = ((nanoseconds % 1_000_000) << 12) / 1_000_000;
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&(0x7000 | fraction as u16).to_be_bytes());
    bytes[8..].copy_from_slice(&random);
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// The smallest step of time that [`version_7`] can tell apart: 1 ms / 4096, rounded up.
pub const STEP_NANOSECONDS: u64 = 1_000_000 / 4096 + 1;

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

    #[test]
    fn reads_what_postgresql_reads() {
        let expected = parse(CANONICAL.as_bytes()).unwrap();
        assert_eq!(format(&expected), CANONICAL);
        for text in [
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
            "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_postgresql_refuses() {
        for text in [
            "",
            " ",
            "x",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
            "a0-eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
            " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn version_7_is_ordered_by_time() {
        let at = 1_700_000_000_123_456_789;
        let uuid = version_7(at, [0xff; 8]);
        assert_eq!(uuid[6] >> 4, 7);
        assert_eq!(uuid[8] >> 6, 0b10);
        let milliseconds =
            u64::from_be_bytes([0, 0, uuid[0], uuid[1], uuid[2], uuid[3], uuid[4], uuid[5]]);
        assert_eq!(milliseconds, at / 1_000_000);
        let mut last = uuid;
        for step in 1..10_000 {
            let next = version_7(at + step * STEP_NANOSECONDS, [0; 8]);
            assert!(next > last, "{step}");
            last = next;
        }
    }
}
