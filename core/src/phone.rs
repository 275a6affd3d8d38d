//! Phone numbers with libphonenumber's meaning of "possible" and "valid".
//!
//! *Possible*: the country calling code exists and the number has a length that its plan knows,
//! with or without the area code (`isPossibleNumber`). *Valid*: the digits also lie in an assigned
//! range (`isValidNumber`), which moves with every release of the metadata. What is stored or
//! indexed should rest on the former.
//!
//! A number may be written with `+` and its country calling code, in any common style, as RFC 3966
//! (`tel:...`), with an extension, with letters (`1-800-FLOWERS`), with full-width or other
//! decimal digits. Without `+` it is read as dialled inside `region`, an ISO 3166-1 alpha-2 code in
//! upper or lower case. A region that does not exist, or that has no number plan, counts as none:
//! numbers with `+` are read all the same, others are neither possible nor valid.
//!
//! The rules and the metadata are those of the crate `rlibphonenumber`. Its first use in a process
//! decodes all metadata, and each region's patterns are compiled when they are first needed.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

/// The longest text that is looked at, in bytes. libphonenumber's `MAX_INPUT_STRING_LENGTH`; there
/// it counts UTF-16 units, which is the same for ASCII.
pub const MAX_INPUT: usize = 250;

/// How often a number is read again until its E.164 form stays what it is. See [`normalize`]. A
/// national number has at most 17 digits, and each reading that changes it takes one off at least,
/// except where a plan rewrites numbers; hardly any number needs more than one.
const MAX_READINGS: usize = 18;

/// The release of Google's metadata that decides, e.g. `9.0.42`.
///
/// The crate states it in its readme only, hence the exact pin in Cargo.toml: both move together.
pub const fn metadata_version() -> &'static str {
    "9.0.42"
}

/// Whether `number` could be a number: libphonenumber's `isPossibleNumber`. A number without its
/// area code is possible (`253-0000` in `US`).
pub fn is_possible(number: &str, region: Option<&str>) -> bool {
    parse(number, region).is_some_and(|n| PHONE_NUMBER_UTIL.is_possible_number(&n))
}

/// Whether `number` lies in an assigned range: libphonenumber's `isValidNumber`. A number with `+`
/// may be valid in another region than `region`. The answer may change with
/// [`metadata_version`].
pub fn is_valid(number: &str, region: Option<&str>) -> bool {
    parse(number, region).is_some_and(|n| PHONE_NUMBER_UTIL.is_valid_number(&n))
}

/// The number in E.164 (`+` and 3 to 20 digits: libphonenumber allows a national number 17, two more
/// than the recommendation allows the whole), without its extension, where it is possible;
/// else `None`.
///
/// Idempotent, for any region of the second call. libphonenumber's own E.164 form is not: it takes
/// one national prefix off at every reading (`+49 00 30 1234567` becomes `+490301234567`, and that
/// becomes `+49301234567`). So the form is read again until it stays; where it does not stay, or
/// ends as a number that is not possible, the answer is `None`.
pub fn normalize(number: &str, region: Option<&str>) -> Option<String> {
    let mut form = e164(number, region)?;
    for _ in 0..MAX_READINGS {
        let again = e164(&form, None)?;
        if again == form {
            return Some(form);
        }
        form = again;
    }
    None
}

/// libphonenumber's E.164 form of one reading of `number`, where that is possible.
fn e164(number: &str, region: Option<&str>) -> Option<String> {
    let number = parse(number, region)?;
    PHONE_NUMBER_UTIL.is_possible_number(&number).then(|| {
        PHONE_NUMBER_UTIL
            .format(&number, PhoneNumberFormat::E164)
            .into_owned()
    })
}

/// Reads a number, or `None` where the text is none.
fn parse(number: &str, region: Option<&str>) -> Option<PhoneNumber> {
    if number.len() > MAX_INPUT {
        return None;
    }
    let number = without_late_prefix(number)?;
    PHONE_NUMBER_UTIL
        .parse(number, region.and_then(region_of))
        .ok()
}

/// The region of an alpha-2 code. Three-digit codes (`001`, the world) name no national plan.
fn region_of(code: &str) -> Option<Region> {
    if code.len() == 2 {
        Region::from_code(code).ok()
    } else {
        None
    }
}

/// Keeps a text away from the parser on which it would fail.
///
/// RFC 3966 writes `tel:<number>;phone-context=<context>`, and the parser cuts out what lies between
/// `tel:` and `;phone-context=` without looking which of them comes first. Where `tel:` comes later,
/// the reference reads nothing between the two and goes on with the context alone; the text that
/// begins at `;phone-context=` and ends with the context means just that. `None`: `tel:` lies inside
/// the context, where a colon is not allowed.
fn without_late_prefix(number: &str) -> Option<&str> {
    const CONTEXT: &str = ";phone-context=";
    let (Some(context), Some(prefix)) = (number.find(CONTEXT), number.find("tel:")) else {
        return Some(number);
    };
    if prefix < context {
        return Some(number);
    }
    let value = context + CONTEXT.len();
    let end = value + number[value..].find(';')?;
    (end < prefix).then(|| &number[context..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        // number, region, E.164 where possible, valid
        for (number, region, normal, valid) in [
            ("+1 650-253-0000", None, Some("+16502530000"), true),
            ("(650) 253-0000", Some("US"), Some("+16502530000"), true),
            ("(650) 253-0000", Some("us"), Some("+16502530000"), true),
            ("(650) 253-0000", None, None, false),
            ("(650) 253-0000", Some("ZZ"), None, false),
            ("(650) 253-0000", Some("United States"), None, false),
            ("(650) 253-0000", Some("001"), None, false),
            ("(650) 253-0000", Some(""), None, false),
            ("+1 650-253-0000", Some("ZZ"), Some("+16502530000"), true),
            ("+1 650-253-0000", Some("é"), Some("+16502530000"), true),
            ("+1 650-253-0000", Some("DE"), Some("+16502530000"), true),
            (
                "tel:+1-650-253-0000;ext=45",
                None,
                Some("+16502530000"),
                true,
            ),
            (
                "tel:253-0000;phone-context=+1650",
                None,
                Some("+16502530000"),
                true,
            ),
            ("650 253 0000 x45", Some("US"), Some("+16502530000"), true),
            ("1-800-FLOWERS", Some("US"), Some("+18003569377"), true),
            ("044 668 18 00", Some("CH"), Some("+41446681800"), true),
            ("0044 20 7031 3000", Some("DE"), Some("+442070313000"), true),
            ("＋４１４４６６８１８００", None, Some("+41446681800"), true),
            ("+390236618300", None, Some("+390236618300"), true),
            ("+80012345678", None, Some("+80012345678"), true),
            // A length that the plan knows, in no assigned range.
            ("+1 253 000 0000", None, Some("+12530000000"), false),
            ("253-0000", Some("US"), Some("+12530000"), false),
            ("+1 650-253-00000", None, None, false),
            ("+999 123456789", None, None, false),
            ("++1 650-253-0000", None, Some("+16502530000"), true),
            ("", Some("US"), None, false),
            ("+", None, None, false),
            ("7", Some("US"), None, false),
            ("call me", Some("US"), None, false),
            ("ann@example.org", None, None, false),
        ] {
            assert_eq!(
                normalize(number, region).as_deref(),
                normal,
                "{number} {region:?}"
            );
            assert_eq!(
                is_possible(number, region),
                normal.is_some(),
                "{number} {region:?}"
            );
            assert_eq!(is_valid(number, region), valid, "{number} {region:?}");
        }
    }

    #[test]
    fn national_prefixes_come_off_until_the_form_stays() {
        assert_eq!(
            normalize("00000 2345678", Some("FI")).as_deref(),
            Some("+3582345678")
        );
        assert_eq!(
            e164("+49 00 30 1234567", None).as_deref(),
            Some("+490301234567")
        );
        assert_eq!(
            normalize("+49 00 30 1234567", None).as_deref(),
            Some("+49301234567")
        );
    }

    #[test]
    fn a_late_tel_is_read_as_the_reference_reads_it() {
        for (number, normal) in [
            (";phone-context=+16502530000;tel:", Some("+16502530000")),
            ("12;phone-context=+16502530000;tel:34", Some("+16502530000")),
            (";phone-context=+1;tel:6502530000", None),
            (";phone-context=+1tel:6502530000", None),
            (";phone-context=tel:", None),
            (
                "tel:6502530000;phone-context=+1;tel:9",
                Some("+16502530000"),
            ),
        ] {
            assert_eq!(normalize(number, Some("US")).as_deref(), normal, "{number}");
        }
    }

    #[test]
    fn long_texts_are_refused() {
        let number = "+16502530000";
        let blanks = MAX_INPUT - number.len();
        assert!(is_possible(
            &format!("{}{number}", " ".repeat(blanks)),
            None
        ));
        assert!(!is_possible(
            &format!("{}{number}", " ".repeat(blanks + 1)),
            None
        ));
        let megabyte = "1".repeat(1 << 20);
        assert!(!is_possible(&megabyte, Some("US")));
        assert!(!is_valid(&megabyte, Some("US")));
        assert_eq!(normalize(&megabyte, Some("US")), None);
    }

    #[test]
    fn the_metadata_named_is_that_of_the_pinned_crate() {
        assert!(include_str!("../Cargo.toml").contains("rlibphonenumber = \"=2.2.15\""));
        assert_eq!(metadata_version(), "9.0.42");
    }
}
