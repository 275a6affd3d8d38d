//! The crate that the number plans come from, with its own parser and its own automata.
//!
//! PyPI's `phonenumbers` is the reference that counts (see the server's tests). Where the crate is
//! known to differ from it, [`is_known`] says so.

use std::sync::LazyLock;

use pg_crm_core::phone::{self, Kind, Style};
use regex::Regex;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use super::examples::{EXAMPLES, REGIONS, Random};

/// What there is to say of a number.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    possible: bool,
    valid: bool,
    region: Option<String>,
    kind: Option<&'static str>,
    written: Option<[String; 4]>,
}

fn ours(number: &str, region: Option<&str>) -> Answer {
    let written = [
        Style::E164,
        Style::International,
        Style::National,
        Style::Rfc3966,
    ]
    .map(|style| phone::format(number, style, region));
    Answer {
        possible: phone::is_possible(number, region),
        valid: phone::is_valid(number, region),
        region: phone::region(number, region).map(str::to_owned),
        kind: phone::kind(number, region).map(Kind::name),
        written: written[0].is_some().then(|| written.map(Option::unwrap)),
    }
}

fn theirs(number: &str, region: Option<&str>) -> Answer {
    let util = &*PHONE_NUMBER_UTIL;
    let region = region.and_then(|region| Region::from_code(region).ok());
    let Ok(number) = util.parse(number, region) else {
        return Answer::default();
    };
    let possible = util.is_possible_number(&number);
    Answer {
        possible,
        valid: util.is_valid_number(&number),
        region: util
            .get_region_for_number(&number)
            .map(|region| match region {
                Region::World => "001".to_owned(),
                region => format!("{region:?}"),
            }),
        kind: Some(name(util.get_number_type(&number))),
        written: possible.then(|| {
            [
                PhoneNumberFormat::E164,
                PhoneNumberFormat::International,
                PhoneNumberFormat::National,
                PhoneNumberFormat::RFC3966,
            ]
            .map(|style| util.format(&number, style).into_owned())
        }),
    }
}

fn name(kind: PhoneNumberType) -> &'static str {
    match kind {
        PhoneNumberType::FixedLine => "fixed_line",
        PhoneNumberType::Mobile => "mobile",
        PhoneNumberType::FixedLineOrMobile => "fixed_line_or_mobile",
        PhoneNumberType::TollFree => "toll_free",
        PhoneNumberType::PremiumRate => "premium_rate",
        PhoneNumberType::SharedCost => "shared_cost",
        PhoneNumberType::VoIP => "voip",
        PhoneNumberType::PersonalNumber => "personal_number",
        PhoneNumberType::Pager => "pager",
        PhoneNumberType::UAN => "uan",
        PhoneNumberType::VoiceMail => "voicemail",
        PhoneNumberType::Unknown => "unknown",
    }
}

/// Whether the crate is known to read a text otherwise than the reference.
fn is_known(text: &str) -> bool {
    // For the reference's regular expressions, which ignore case, these are an i and an s, and the
    // key of the last is 7.
    text.contains(['İ', 'ı', 'ſ'])
        // The crate does not take it for a separator.
        || text.contains('～')
        // Of several places where a second number may begin the crate does not take the first, and it
        // takes no backslash for one.
        || text.contains('\\')
        || text.matches("/x").count() > 1
        // To two digits the reference allows no extension.
        || TWO_DIGITS.is_match(text)
}

static TWO_DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\D*\d\d(\D|$)").unwrap());

/// On a text of these parts in this order the crate panics.
fn is_fatal(text: &str) -> bool {
    match (text.find(";phone-context="), text.find("tel:")) {
        (Some(context), Some(prefix)) => prefix > context,
        _ => false,
    }
}

fn compare(number: &str, region: Option<&str>) {
    if is_fatal(number) {
        return;
    }
    let (ours, theirs) = (ours(number, region), theirs(number, region));
    if ours != theirs {
        assert!(
            is_known(number),
            "{number:?} in {region:?}: {ours:?}, the crate: {theirs:?}"
        );
    }
}

#[test]
fn examples_mean_the_same() {
    for (number, region) in EXAMPLES.iter() {
        compare(number, region.as_deref());
    }
}

#[test]
fn dialled_numbers_mean_the_same() {
    // Whatever is dialled before a number: prefixes of the country, of carriers, of other countries.
    let mut random = Random(3);
    for &region in &*REGIONS {
        let region = format!("{region:?}");
        let examples: Vec<&str> = EXAMPLES
            .iter()
            .filter(|(text, of)| of.as_deref() == Some(region.as_str()) && text.starts_with('+'))
            .map(|(text, _)| text.as_str())
            .collect();
        for _ in 0..50 {
            let example = random.choice(&examples);
            let national = &example[1 + random.below(4)..];
            let prefix = random.below(10_000).to_string();
            let number = format!("{}{national}", &prefix[random.below(prefix.len())..]);
            compare(&number, Some(&region));
        }
    }
}

#[test]
fn numbers_at_random_mean_the_same() {
    let mut random = Random(1);
    let mut possible = 0;
    for _ in 0..60_000 {
        let (number, region) = random.number();
        compare(&number, region.as_deref());
        possible += usize::from(phone::is_possible(&number, region.as_deref()));
    }
    assert!(
        possible >= 15_000,
        "{possible} possible numbers are no test"
    );
}
