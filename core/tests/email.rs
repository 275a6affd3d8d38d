//! E-mail rules against a second opinion: WHATWG's own expression, run by the `regex` crate.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use pg_crm_core::email::{Profile, is_valid, normalize, rejection};
use proptest::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

mod random;

use random::Random;

/// The standard's expression. `$` means the end of the text here, as it does in JavaScript without
/// the flag m.
static WHATWG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@",
        r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
        r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
    ))
    .unwrap()
});

/// An address that is nearly always valid.
fn plain_address(random: &mut Random) -> String {
    let atext: Vec<char> = "abcXYZ019.!#$%&'*+/=?^_`{|}~-".chars().collect();
    let letters: Vec<char> = "abcXYZ019".chars().collect();
    let ldh: Vec<char> = "abcXYZ019-".chars().collect();
    let length = 1 + random.below(12);
    let mut address = random.text(&atext, length) + "@";
    for i in 0..=random.below(4) {
        if i > 0 {
            address.push('.');
        }
        // A tenth of the labels lie around the limit of 63.
        let length = if random.below(10) == 0 {
            60 + random.below(6)
        } else {
            1 + random.below(9)
        };
        address.push(random.pick(&letters));
        if length > 1 {
            address += &random.text(&ldh, length - 2);
            address.push(random.pick(&letters));
        }
    }
    address
}

/// The address with up to three characters put in, taken out, replaced or doubled.
fn mutate(random: &mut Random, address: &str) -> String {
    let odd: Vec<char> =
        "@@@...--- _\"()<>[]:;,\\\n\r\t\0\u{7f}éßΩ＠．。\u{200f}\u{202e}\u{feff}\u{1f600}aZ0"
            .chars()
            .collect();
    let mut chars: Vec<char> = address.chars().collect();
    for _ in 0..random.below(4) {
        let at = random.below(chars.len() + 1);
        match random.below(4) {
            0 => chars.insert(at, random.pick(&odd)),
            1 if at < chars.len() => drop(chars.remove(at)),
            2 if at < chars.len() => chars[at] = random.pick(&odd),
            _ if at < chars.len() => chars.insert(at, chars[at]),
            _ => {}
        }
    }
    chars.into_iter().collect()
}

#[test]
fn html5_equals_the_standards_expression() {
    const ADDRESSES: usize = 200_000;
    let mut random = Random(1);
    let mut valid = 0;
    for _ in 0..ADDRESSES {
        let address = plain_address(&mut random);
        let address = mutate(&mut random, &address);
        let expected = WHATWG.is_match(&address);
        assert_eq!(is_valid(&address, Profile::Html5), expected, "{address:?}");
        valid += usize::from(expected);
    }
    // Both answers must be common, or the test says little.
    assert!(
        (ADDRESSES / 4..ADDRESSES * 3 / 4).contains(&valid),
        "{valid} valid"
    );
}

#[test]
fn html5_equals_the_standards_expression_for_every_short_text() {
    let alphabet = ['a', '@', '.', '-', '_', ' ', 'é'];
    let mut texts = vec![String::new()];
    for _ in 0..6 {
        texts = texts
            .iter()
            .flat_map(|t| alphabet.iter().map(move |c| format!("{t}{c}")))
            .collect();
        for text in &texts {
            assert_eq!(
                is_valid(text, Profile::Html5),
                WHATWG.is_match(text),
                "{text:?}"
            );
        }
    }
}

#[test]
fn every_byte_in_every_place() {
    for c in (0..=0x2ff).filter_map(char::from_u32) {
        for text in [
            format!("a{c}b@c"),
            format!("a@b{c}c"),
            format!("a@{c}"),
            format!("{c}@a"),
        ] {
            assert_eq!(
                is_valid(&text, Profile::Html5),
                WHATWG.is_match(&text),
                "{text:?}"
            );
        }
    }
}

/// A megabyte takes as long as reading it, and no longer than its first fault.
#[test]
fn megabytes() {
    let local = "a".repeat(1 << 20);
    assert!(!is_valid(&local, Profile::Html5));
    assert!(is_valid(format!("{local}@example.org"), Profile::Html5));
    assert!(!is_valid(format!("a@{local}"), Profile::Html5));
    assert!(!is_valid("@".repeat(1 << 20), Profile::Html5));
    assert_eq!(normalize(&" ".repeat(1 << 20), Profile::Html5, false), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        prop_assert_eq!(is_valid(&text, Profile::Html5), WHATWG.is_match(&text));
        let _ = rejection(&text, Profile::Html5).map(|r| r.to_string());
        let _ = normalize(&text, Profile::Html5, false);
    }

    #[test]
    fn normal_forms_are_valid_and_stay(
        text in r"[ \t\u{a0}]{0,2}[a-cA-C0-9.+_-]{1,9}@[a-cA-C0-9-]{1,9}(\.[a-cA-C]{1,3}){0,2}[ \n]{0,2}"
    ) {
        if let Some(normal) = normalize(&text, Profile::Html5, false) {
            prop_assert!(is_valid(normal.as_bytes(), Profile::Html5));
            let again = normalize(&normal, Profile::Html5, false);
            prop_assert_eq!(again.as_deref(), Some(&*normal));
            prop_assert!(text.trim().eq_ignore_ascii_case(&normal));
        } else {
            prop_assert!(!is_valid(text.trim(), Profile::Html5));
        }
    }
}
