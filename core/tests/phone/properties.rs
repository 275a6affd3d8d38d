//! What must hold for every text.

use pg_crm_core::phone::{self, Kind, STYLES, Style, is_possible, is_valid, normalize};
use proptest::prelude::*;
use proptest::sample::select;

use super::examples::{EXAMPLES, PIECES};

/// What must hold for every text and region.
pub fn check(number: &str, region: Option<&str>) -> Result<(), TestCaseError> {
    let normal = normalize(number, region);
    let kind = phone::kind(number, region);
    if is_valid(number, region) {
        prop_assert!(is_possible(number, region), "valid, but not possible");
        prop_assert!(phone::region(number, region).is_some(), "valid nowhere");
    }
    prop_assert_eq!(
        is_valid(number, region),
        kind.is_some_and(|kind| kind != Kind::Unknown)
    );
    for &(name, style) in STYLES {
        let written = phone::format(number, style, region);
        prop_assert_eq!(written.is_some(), is_possible(number, region), "{}", name);
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
    assert!(EXAMPLES.len() >= 4 * 1000, "{}", EXAMPLES.len());
    for (number, region) in EXAMPLES.iter() {
        let region = region.as_deref();
        let e164 = normalize(number, region);
        assert!(e164.is_some(), "{number} {region:?}");
        assert!(is_valid(number, region), "{number} {region:?}");
        assert_eq!(e164, phone::format(number, Style::E164, region));
        let lower = region.map(str::to_lowercase);
        assert_eq!(
            e164,
            normalize(number, lower.as_deref()),
            "{number} {region:?}"
        );
        check(number, region).unwrap();
    }
}

fn region() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        select(&*EXAMPLES).prop_map(|(_, region)| region),
        any::<String>().prop_map(Some),
        "[A-Za-z]{2}".prop_map(Some),
    ]
}

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
        check(&chars.into_iter().collect::<String>(), region.as_deref())?;
    }
}
