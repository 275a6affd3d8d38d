//! The build script's automata against regular expressions: every pattern of the metadata, on numbers
//! that the automaton leads to and on numbers beside them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]
#![allow(dead_code, reason = "the build script uses all of its modules")]

#[path = "../build/automaton.rs"]
mod automaton;
#[path = "../build/metadata.rs"]
mod metadata;
#[path = "../build/pattern.rs"]
mod pattern;

use automaton::{DEAD, Extent, Pool, State};
use metadata::Format;
use pattern::compile;
use proptest::prelude::*;
use regex::Regex;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What a pattern must say of numbers, and which part of them.
fn patterns() -> Vec<(String, Extent)> {
    let mut patterns = Vec::new();
    let mut add = |pattern: &str, extent| {
        if !pattern.is_empty() && !patterns.iter().any(|(known, _)| known == pattern) {
            patterns.push((pattern.to_owned(), extent));
        }
    };
    for plan in metadata::read()
        .unwrap()
        .iter()
        .flat_map(|code| &code.plans)
    {
        add(&plan.general.pattern, Extent::Whole);
        for kind in plan.types.iter().flatten() {
            add(&kind.pattern, Extent::Whole);
        }
        add(&plan.leading_digits, Extent::Prefix);
        let formats: [&Vec<Format>; 2] = [&plan.national_formats, &plan.international_formats];
        for format in formats.into_iter().flatten() {
            add(&format.pattern, Extent::Whole);
            add(
                format.leading_digits.as_deref().unwrap_or_default(),
                Extent::Prefix,
            );
        }
    }
    patterns
}

/// A number that leaves the automaton no later than after `choices`, one choice a digit.
fn walk(pool: &Pool, start: State, choices: &[u8]) -> String {
    let mut state = start;
    let mut number = String::new();
    for &choice in choices {
        let alive: Vec<u8> = (0..10)
            .filter(|&digit| pool.next(state)[usize::from(digit)] != DEAD)
            .collect();
        let digit = match alive.as_slice() {
            // Every now and then a digit that may lead nowhere.
            [] => choice % 10,
            _ if choice >= 240 => choice % 10,
            alive => alive[usize::from(choice) % alive.len()],
        };
        number.push(char::from(b'0' + digit));
        state = pool.next(state)[usize::from(digit)];
    }
    number
}

fn answer(pool: &Pool, start: State, number: &str) -> bool {
    let end = number.bytes().fold(start, |state, byte| {
        pool.next(state)[usize::from(byte - b'0')]
    });
    pool.answer(end) == 1
}

#[test]
fn automata_say_what_regular_expressions_say() {
    let patterns = patterns();
    assert!(patterns.len() > 1500, "{}", patterns.len());
    let mut pool = Pool::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    });
    for (pattern, extent) in patterns {
        let start = pool.language(&compile(&pattern).unwrap(), extent).unwrap();
        let end = if extent == Extent::Whole { "$" } else { "" };
        let regex = Regex::new(&format!("^(?:{pattern}){end}")).unwrap();
        let choices = prop::collection::vec(any::<u8>(), 0..18);
        runner
            .run(&choices, |choices| {
                let number = walk(&pool, start, &choices);
                prop_assert_eq!(
                    answer(&pool, start, &number),
                    regex.is_match(&number),
                    "{} of {}",
                    number,
                    pattern
                );
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn lengths_and_combinations() {
    let mut pool = Pool::new();
    let lengths = pool.lengths(1 << 3 | 1 << 5);
    let digits = pool
        .language(&compile(r"1\d{2,6}").unwrap(), Extent::Whole)
        .unwrap();
    let both = pool.combine(&[lengths, digits], &|answers| answers[0] & answers[1]);
    for (number, expected) in [
        ("", false),
        ("100", true),
        ("200", false),
        ("1000", false),
        ("10000", true),
        ("100000", false),
    ] {
        assert_eq!(answer(&pool, both, number), expected, "{number}");
    }
    let again = pool.combine(&[digits, lengths], &|answers| answers[0] & answers[1]);
    assert_eq!(both, again, "equal automata are one");
    assert_eq!(
        pool.combine(&[digits, DEAD], &|answers| answers[0] & answers[1]),
        DEAD
    );
}

#[test]
fn patterns_beyond_digits_are_refused() {
    for pattern in ["a", "[0-9a]", r"\d+", r"\d*", "0{1,2}?", "^0", r"\b0", "(0"] {
        assert!(compile(pattern).is_err(), "{pattern}");
    }
}
