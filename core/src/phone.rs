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
//! The reference is the Python port of libphonenumber (PyPI `phonenumbers`) with the same metadata.
//! Reading takes no memory but what is returned, and the number plans are tables in the program
//! (`core/build` makes them), so a process has nothing to decode or to compile first.
//!
//! - [`shape`]: which part of a text is a number, and whether it has the shape of one;
//! - [`extension`]: extensions at its end;
//! - [`chars`]: digits, letters and separators;
//! - [`number`]: from that part to calling code and national number;
//! - [`prefix`]: the interpreter of dialling prefixes;
//! - [`plan`]: the tables and their automata;
//! - [`kind`]: types of numbers;
//! - [`format`](mod@format): numbers as they are written;
//! - [`digits`]: digits without a place on the heap.

mod chars;
mod digits;
mod extension;
mod format;
mod kind;
mod number;
mod plan;
mod prefix;
mod shape;

pub use format::{STYLES, Style};
pub use kind::Kind;
pub use shape::MAX_BYTES;

use number::{National, Number, read};
use plan::{CallingCode, Length};

/// The longest text that is looked at, in characters. libphonenumber's `MAX_INPUT_STRING_LENGTH`.
pub const MAX_INPUT: usize = 250;

/// How long the code of a region is, in bytes: ISO 3166-1 alpha-2. What is longer is no region.
pub const REGION_BYTES: usize = 2;

/// How often a number is read again until its E.164 form stays what it is. See [`normalize`]. A
/// national number has at most 17 digits, and each reading that changes it takes one off at least,
/// except where a plan rewrites numbers; hardly any number needs more than one.
const MAX_READINGS: usize = 18;

/// The release of Google's metadata that decides, e.g. `9.0.42`.
pub const fn metadata_version() -> &'static str {
    plan::VERSION
}

/// Whether `number` could be a number: libphonenumber's `isPossibleNumber`. A number without its
/// area code is possible (`253-0000` in `US`).
pub fn is_possible(number: &str, region: Option<&str>) -> bool {
    read(number, region).is_some_and(|n| has_possible_length(n.code, &n.national))
}

/// Whether `number` lies in an assigned range: libphonenumber's `isValidNumber`. A number with `+`
/// may be valid in another region than `region`. The answer may change with
/// [`metadata_version`].
pub fn is_valid(number: &str, region: Option<&str>) -> bool {
    kind(number, region).is_some_and(|kind| kind != Kind::Unknown)
}

/// The type of `number`, or `None` where it is no number. The answer may change with
/// [`metadata_version`].
pub fn kind(number: &str, region: Option<&str>) -> Option<Kind> {
    let number = read(number, region)?;
    let (_, kind) = number.code.region_and_kind(number.national.as_slice());
    Some(kind)
}

/// The region that `number` belongs to, as an ISO 3166-1 alpha-2 code, or `001` for the world.
///
/// `None` where it is no number, and where several regions share the calling code and it is in no
/// range of any. A number of a region that has a calling code for itself need not be valid.
pub fn region(number: &str, region: Option<&str>) -> Option<&'static str> {
    let number = read(number, region)?;
    number.code.region_and_kind(number.national.as_slice()).0
}

/// The number as it is written in a style, with its extension (but for [`Style::E164`]), where it
/// is possible; else `None`. The answer may change with [`metadata_version`].
///
/// What is written is what was read: unlike [`normalize`] it takes one national prefix off only.
pub fn format(number: &str, style: Style, region: Option<&str>) -> Option<String> {
    let number = possible(number, region)?;
    Some(format::write(&number, style))
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
    let mut number = possible(number, region)?;
    for _ in 0..MAX_READINGS {
        // What reading the E.164 form comes to: the calling code is found again, and no extension.
        let again = number::national(number.national.as_slice(), number.code.main_plan())?;
        if !has_possible_length(number.code, &again) {
            return None;
        }
        if again == number.national {
            return Some(format::write(&number, Style::E164));
        }
        number.national = again;
    }
    None
}

/// Reads a number that is possible.
fn possible(number: &str, region: Option<&str>) -> Option<Number> {
    read(number, region).filter(|n| has_possible_length(n.code, &n.national))
}

/// Regions that share a calling code share the lengths of the main one.
fn has_possible_length(code: &CallingCode, national: &National) -> bool {
    let length = national.as_slice().len();
    matches!(
        code.main_plan().judge_length(length),
        Length::Possible | Length::PossibleLocally
    )
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
            format("+49 00 30 1234567", Style::E164, None).as_deref(),
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
