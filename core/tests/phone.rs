//! Phone numbers: every region's example numbers, mutations of them, and texts that are no numbers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use std::sync::LazyLock;

use pg_crm_core::phone::{is_possible, is_valid, normalize};
use proptest::prelude::*;
use proptest::sample::select;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// Each region's example number in four styles.
static EXAMPLES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut regions: Vec<Region> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    regions.sort();
    let mut examples = Vec::new();
    for region in regions {
        let number = PHONE_NUMBER_UTIL.get_example_number(region).unwrap();
        for style in [
            PhoneNumberFormat::E164,
            PhoneNumberFormat::International,
            PhoneNumberFormat::National,
            PhoneNumberFormat::RFC3966,
        ] {
            let text = PHONE_NUMBER_UTIL.format(&number, style).into_owned();
            examples.push((text, format!("{region:?}")));
        }
    }
    examples
});

/// What must hold for every text and region.
fn check(number: &str, region: Option<&str>) -> Result<(), TestCaseError> {
    let normal = normalize(number, region);
    if is_valid(number, region) {
        prop_assert!(is_possible(number, region), "valid, but not possible");
    }
    if let Some(normal) = normal {
        prop_assert!(
            is_possible(number, region),
            "normal form of what is not possible"
        );
        let digits = normal.strip_prefix('+').unwrap_or_default();
        prop_assert!((3..=20).contains(&digits.len()), "{}", normal);
        prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{}", normal);
        for again in [None, region, Some("US"), Some("DE"), Some("AR")] {
            prop_assert_eq!(
                normalize(&normal, again),
                Some(normal.clone()),
                "{:?}",
                again
            );
        }
        prop_assert!(is_possible(&normal, None));
    }
    Ok(())
}

#[test]
fn examples_are_valid_in_every_style() {
    assert!(EXAMPLES.len() >= 4 * 240, "{}", EXAMPLES.len());
    for (number, region) in EXAMPLES.iter() {
        let e164 = normalize(number, Some(region));
        assert!(e164.is_some(), "{number} {region}");
        assert!(is_valid(number, Some(region)), "{number} {region}");
        assert_eq!(
            e164,
            normalize(number, Some(&region.to_lowercase())),
            "{number} {region}"
        );
        check(number, Some(region)).unwrap();
    }
}

fn region() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        select(&*EXAMPLES).prop_map(|(_, region)| Some(region)),
        any::<String>().prop_map(Some),
        "[A-Za-z]{2}".prop_map(Some),
    ]
}

/// The pieces that the parser treats in a way of their own.
const PIECES: &[&str] = &[
    "+",
    "++",
    "＋",
    "00",
    "011",
    "0",
    "1",
    "15",
    "9",
    "(",
    ")",
    "-",
    "‐",
    " ",
    "\u{a0}",
    ".",
    "/",
    "~",
    "x45",
    " ext. 45",
    ";ext=45",
    "#",
    ",,45",
    "доб. 45",
    "tel:",
    ";phone-context=",
    "+1",
    "+49",
    "+39",
    "+54",
    ";isub=12",
    ";",
    "example.com",
    "650",
    "253",
    "0000",
    "٠١٢",
    "１２３",
    "९",
    "\u{200f}",
    "\u{202e}",
    "\u{feff}",
    "\0",
    "\n",
    "A",
    "FLOWERS",
    "é",
    "\u{1f4de}",
    "*",
    "²",
    "𝟙𝟚𝟛",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8_000) })]

    #[test]
    fn any_text(number in any::<String>(), region in region()) {
        check(&number, region.as_deref())?;
    }

    #[test]
    fn texts_of_special_pieces(
        pieces in prop::collection::vec(select(PIECES), 1..12),
        region in region(),
    ) {
        check(&pieces.concat(), region.as_deref())?;
    }

    #[test]
    fn digits(number in r"\+?[0-9]{1,20}", region in region()) {
        check(&number, region.as_deref())?;
    }

    #[test]
    fn mutated_examples(
        (number, region) in select(&*EXAMPLES),
        edits in prop::collection::vec((any::<prop::sample::Index>(), select(PIECES), 0..3_usize), 0..4),
    ) {
        let mut chars: Vec<char> = number.chars().collect();
        for (at, piece, remove) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + remove).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        check(&chars.into_iter().collect::<String>(), Some(&region))?;
    }
}
