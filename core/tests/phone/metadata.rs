//! What the number plans that are bundled change of the release before.
//!
//! `metadata_<release>.txt` is what PyPI's `phonenumbers` of the release before says of numbers drawn
//! from the plans of both, most of them from those that differ; `metadata_changes.txt`, of which of
//! them it says something else in the release that is bundled. The program that writes both,
//! `pgrx-tests/oracles/phone_metadata.py`, tells how it is called when the plans are updated.
//!
//! The test lists what the rules here say otherwise than the release before, and that must be what
//! the other file lists. The list has two parts. *Stored* is what generated columns, indexes and
//! CHECKs rest on: a release of pg_crm that has such lines calls `maint.renormalize_phones()` in its
//! upgrade script and says in its notes to reindex. *Not stored* is what may change at any time:
//! types, and whether a number is valid, which it is unless it has none or is `unknown`.
//!
//! A line of the first file is a region (`001`: none), its calling code, a type (`none` for what is no
//! number) and the numbers of that type as they are dialled there. What follows a `=` is the form in
//! E.164, nothing where the number is not possible; without `=` that is the number itself, behind the
//! calling code if it does not begin with `+`.

use std::collections::BTreeSet;

use pg_crm_core::phone::{self, Kind};

use super::examples::{REGIONS, TYPES};

const BEFORE: &str = include_str!("metadata_9.0.41.txt");
const CHANGES: &str = include_str!("metadata_changes.txt");

/// A number, where it is dialled, and what is said of it.
struct Recorded {
    region: String,
    number: String,
    e164: Option<String>,
    kind: String,
}

fn lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

/// The numbers of a line.
fn recorded(line: &str) -> Vec<Recorded> {
    let mut words = line.split(' ');
    let [region, code, kind] = [(); 3].map(|()| words.next().unwrap());
    words
        .map(|word| {
            let (number, e164) = match word.split_once('=') {
                Some((number, "")) => (number, None),
                Some((number, e164)) => (number, Some(e164.to_owned())),
                None if word.starts_with('+') => (word, Some(word.to_owned())),
                None => (word, Some(format!("+{code}{word}"))),
            };
            Recorded {
                region: region.to_owned(),
                number: number.to_owned(),
                e164,
                kind: kind.to_owned(),
            }
        })
        .collect()
}

/// What is said now otherwise than before: lines of what is stored, then of what is not.
fn changes(before: &[Recorded]) -> Vec<String> {
    let [mut stored, mut unstored] = [const { Vec::new() }; 2];
    for Recorded {
        region,
        number,
        e164,
        kind,
    } in before
    {
        let of = Some(region.as_str()).filter(|region| *region != "001");
        let now = phone::normalize(number, of);
        if now != *e164 {
            let [before, now] = [e164, &now].map(|form| form.as_deref().unwrap_or("not possible"));
            stored.push(format!("stored {region} {number}: {before} -> {now}"));
        }
        assert_eq!(phone::is_possible(number, of), now.is_some(), "{number}");
        let now = phone::kind(number, of).map_or("none", Kind::name);
        if now != kind {
            unstored.push(format!("not stored {region} {number}: {kind} -> {now}"));
        }
        let valid = !matches!(now, "none" | "unknown");
        assert_eq!(phone::is_valid(number, of), valid, "{number}");
    }
    stored.append(&mut unstored);
    stored
}

#[test]
fn what_the_release_changes_is_listed() {
    let before: Vec<Recorded> = lines(BEFORE).flat_map(recorded).collect();
    let listed: BTreeSet<&str> = lines(CHANGES).collect();
    let found = changes(&before);
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    for line in &found {
        println!("{line}");
    }
    println!(
        "{} of {} numbers are judged otherwise than before",
        found.len(),
        before.len()
    );
    let missing: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in metadata_changes.txt: {missing:#?}\nthere, but not so: {gone:#?}"
    );
}

#[test]
fn the_files_are_of_the_release_that_is_bundled_and_of_every_region_and_type() {
    let title = CHANGES.lines().next().unwrap_or_default();
    let releases = title
        .strip_prefix("# What phonenumbers ")
        .and_then(|rest| rest.strip_suffix('.'))
        .and_then(|rest| rest.split_once(" says otherwise than "));
    let (now, before) = releases.expect("a title with two releases");
    assert_eq!(now, phone::metadata_version());
    assert_eq!(
        BEFORE.lines().next(),
        Some(format!("# What phonenumbers {before} says of numbers.").as_str())
    );
    let before: Vec<Recorded> = lines(BEFORE).flat_map(recorded).collect();
    assert!(before.len() > 15_000, "{}", before.len());
    let regions: BTreeSet<&str> = before.iter().map(|number| &*number.region).collect();
    for region in &*REGIONS {
        assert!(regions.contains(&*format!("{region:?}")), "{region:?}");
    }
    assert!(regions.contains("001"));
    let kinds: BTreeSet<&str> = before.iter().map(|number| &*number.kind).collect();
    // Those of the examples, unknown and none.
    assert_eq!(kinds.len(), TYPES.len() + 2, "{kinds:?}");
    let possible = before.iter().filter(|number| number.e164.is_some()).count();
    assert!((before.len() / 3..before.len() * 9 / 10).contains(&possible));
}

/// Where nothing that is stored changes between two releases, this shows that it would be listed.
#[test]
fn changes_of_what_is_stored_come_first() {
    let before: Vec<Recorded> = [
        "US 1 unknown 6502530000 2530000= 16502530000=+16502530000",
        "DE 49 fixed_line 0301234567=+49301234567 30123456=+490 999999999999999999",
        "001 800 toll_free +80012345678 +99912345",
    ]
    .into_iter()
    .flat_map(recorded)
    .collect();
    assert_eq!(
        changes(&before),
        [
            "stored US 2530000: not possible -> +12530000",
            "stored DE 30123456: +490 -> +4930123456",
            "stored DE 999999999999999999: +49999999999999999999 -> not possible",
            "stored 001 +99912345: +99912345 -> not possible",
            "not stored US 6502530000: unknown -> fixed_line_or_mobile",
            "not stored US 16502530000: unknown -> fixed_line_or_mobile",
            "not stored DE 999999999999999999: fixed_line -> none",
            "not stored 001 +99912345: toll_free -> none",
        ]
    );
}
