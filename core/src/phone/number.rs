//! A number that has been read, and how it is read.

use super::MAX_INPUT;
use super::chars::{PLUS, digit, key};
use super::digits::Digits;
use super::plan::{CallingCode, Length, Plan};
use super::shape::{MAX_BYTES, shaped, with_number};

/// The shortest national number.
const SHORTEST: usize = 2;

/// A national number has at most 17 digits: more than E.164 allows, but Germany has such numbers.
pub type National = Digits<17>;

/// The digits of a text that is looked at, and those that a rule puts before them.
type Text = Digits<{ MAX_INPUT + 4 }>;

/// A number as it is known everywhere.
pub struct Number {
    pub code: &'static CallingCode,
    pub national: National,
    /// The digits of its extension, as they are written.
    pub extension: Option<Extension>,
}

/// An extension has at most 20 digits.
#[derive(Clone, Copy)]
pub struct Extension {
    digits: [char; 20],
    length: usize,
}

impl Extension {
    fn new(text: &str) -> Option<Self> {
        let mut extension = Self {
            digits: ['0'; 20],
            length: 0,
        };
        for (to, from) in extension.digits.iter_mut().zip(text.chars()) {
            *to = from;
            extension.length += 1;
        }
        (extension.length > 0).then_some(extension)
    }

    pub fn digits(&self) -> &[char] {
        self.digits.get(..self.length).unwrap_or_default()
    }
}

/// Why no calling code was found.
enum Fault {
    /// There is none such.
    Unknown,
    /// Too little follows an international prefix.
    TooShort,
}

/// Reads a number. A region that has no plan counts as none.
pub fn read(text: &str, region: Option<&str>) -> Option<Number> {
    // The reference counts characters. Most texts need not be counted.
    if text.len() > MAX_INPUT && (text.len() > MAX_BYTES || text.chars().count() > MAX_INPUT) {
        return None;
    }
    let plan = region.and_then(Plan::of_region);
    with_number(text, |number| read_number(number, plan))
}

fn read_number(text: &str, plan: Option<&'static Plan>) -> Option<Number> {
    if plan.is_none() && !text.starts_with(PLUS) {
        return None;
    }
    let shaped = shaped(text)?;
    let (code, digits) = match international(shaped.number, plan) {
        // The plus sign may stand before a number as it is dialled.
        Err(Fault::Unknown) if shaped.number.starts_with(PLUS) => {
            let number = shaped.number.trim_start_matches(PLUS);
            let (code, digits) = international(number, plan).ok()?;
            (Some(code?), digits)
        }
        found => found.ok()?,
    };
    let plan = match code {
        Some(code) => code.main_plan(),
        None => plan?,
    };
    Some(Number {
        code: plan.calling_code(),
        national: national(digits.as_slice(), plan)?,
        extension: Extension::new(shaped.extension),
    })
}

/// Takes the calling code off a number, if it has one, with whatever marks it.
fn international(
    number: &str,
    plan: Option<&Plan>,
) -> Result<(Option<&'static CallingCode>, Text), Fault> {
    let written = number.trim_start_matches(PLUS);
    let digits = normalized(written);
    let all = digits.as_slice();
    let marked = if written.len() < number.len() {
        Some(all)
    } else {
        plan.and_then(|plan| without_international_prefix(all, plan))
    };
    if let Some(marked) = marked {
        if marked.len() <= SHORTEST {
            return Err(Fault::TooShort);
        }
        let (code, rest) = CallingCode::split(marked).ok_or(Fault::Unknown)?;
        return Ok((Some(code), Text::from(rest)));
    }
    // The region's own code, with nothing that marks it: only if that makes a better number.
    if let Some(plan) = plan
        && let Some((code, rest)) = CallingCode::split(all)
        && code.number == plan.calling_code().number
    {
        let mut rewritten = Text::new();
        let rest = without_national_prefix(rest, plan, &mut rewritten);
        if (!plan.matches(all) && plan.matches(rest))
            || plan.judge_length(all.len()) == Length::TooLong
        {
            return Ok((Some(code), Text::from(rest)));
        }
    }
    Ok((None, digits))
}

/// What follows the international prefix. No calling code begins with 0.
fn without_international_prefix<'a>(digits: &'a [u8], plan: &Plan) -> Option<&'a [u8]> {
    let taken = plan.international.take(digits)?;
    digits
        .get(taken.length..)
        .filter(|rest| rest.first() != Some(&0))
}

/// The digits of a text. Where it has three letters or more they are digits as well, and digits of
/// other scripts are not.
fn normalized(text: &str) -> Text {
    let mut digits = Text::new();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic);
    if letters.take(3).count() < 3 {
        text.chars()
            .filter_map(digit)
            .for_each(|digit| digits.push(digit));
    } else {
        text.chars()
            .filter_map(|char| match char {
                '0'..='9' => digit(char),
                _ => key(char),
            })
            .for_each(|digit| digits.push(digit));
    }
    digits
}

/// The national number that digits are in a plan: without the national prefix, unless they are too
/// few then.
pub fn national(digits: &[u8], plan: &Plan) -> Option<National> {
    if digits.len() < SHORTEST {
        return None;
    }
    let mut rewritten = Text::new();
    let stripped = without_national_prefix(digits, plan, &mut rewritten);
    let digits = match plan.judge_length(stripped.len()) {
        Length::Possible | Length::TooLong => stripped,
        Length::PossibleLocally | Length::TooShort | Length::Impossible => digits,
    };
    (SHORTEST..=National::CAPACITY)
        .contains(&digits.len())
        .then(|| National::from(digits))
}

/// Takes the national prefix off, unless that turns a number into none.
fn without_national_prefix<'a>(digits: &'a [u8], plan: &Plan, rewritten: &'a mut Text) -> &'a [u8] {
    let Some(taken) = plan.national.take(digits) else {
        return digits;
    };
    let rest = match (&plan.rule, taken.group) {
        (Some(rule), Some(_)) => {
            rule.rewrite(digits, &taken, rewritten);
            rewritten.as_slice()
        }
        _ => digits.get(taken.length..).unwrap_or_default(),
    };
    if !plan.matches(rest) && plan.matches(digits) {
        digits
    } else {
        rest
    }
}
