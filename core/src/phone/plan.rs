//! The number plans: tables that the build script compiles from the metadata (see `core/build`), and
//! how to look things up in them.

use super::kind::Kind;
use super::prefix::{Prefix, Rule};

include!(concat!(env!("OUT_DIR"), "/phone_plans.rs"));

/// For each state of the automata eleven words: where the ten digits lead, and the answer.
static STATES: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/phone_states.bin")).len()] =
    *include_bytes!(concat!(env!("OUT_DIR"), "/phone_states.bin"));

/// How many values of the answer of a calling code's automaton are one region's.
const KINDS: u16 = 16;

/// A calling code, and the automata for its numbers.
pub struct CallingCode {
    pub number: u16,
    /// Its plans follow each other, the main one first.
    first_plan: u8,
    regions: u16,
    national: u16,
    international: u16,
    /// What is written between a number and its extension.
    pub extension: Text,
}

/// The plan of a region, or of an entity that is no region.
pub struct Plan {
    id: Text,
    code: u8,
    general: u16,
    lengths: u32,
    local_lengths: u32,
    /// What is dialled before numbers of other countries.
    pub international: Prefix,
    /// What is dialled before numbers of the same country.
    pub national: Prefix,
    /// What stands for a national prefix in some plans.
    pub rule: Option<Rule>,
}

/// A way to write a number.
pub struct Writing {
    /// How many digits each group has at least. 0: there is no such group.
    pub lengths: [u8; 5],
    /// The group that takes the digits that the others leave, counted from 0.
    pub elastic: u8,
    pub national: Text,
    pub international: Text,
}

/// A part of the tables' texts.
pub struct Text {
    at: u16,
    length: u8,
}

/// What the length of a number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Possible,
    /// Enough to be dialled within an area.
    PossibleLocally,
    TooShort,
    TooLong,
    /// Between the shortest and the longest numbers, but no number is so long.
    Impossible,
}

impl Text {
    pub fn as_str(&self) -> &'static str {
        let at = usize::from(self.at);
        TEXTS
            .get(at..at + usize::from(self.length))
            .unwrap_or_default()
    }
}

impl CallingCode {
    /// The calling code with which digits begin, and what follows. No code begins with 0, or is the
    /// beginning of another.
    pub fn split(digits: &[u8]) -> Option<(&'static CallingCode, &[u8])> {
        if digits.first() == Some(&0) {
            return None;
        }
        let mut number = 0;
        for (i, &digit) in digits.iter().take(3).enumerate() {
            number = number * 10 + usize::from(digit);
            if let Some(code) = entry(&BY_NUMBER, &CALLING_CODES, number) {
                return Some((code, &digits[i + 1..]));
            }
        }
        None
    }

    /// The plan that decides on lengths and prefixes for all regions of the code.
    pub fn main_plan(&self) -> &'static Plan {
        self.plan(0)
    }

    fn plan(&self, index: u16) -> &'static Plan {
        let at = usize::from(self.first_plan) + usize::from(index);
        PLANS.get(at).unwrap_or(&PLANS[0])
    }

    /// The region of a national number, and its type.
    pub fn region_and_kind(&self, national: &[u8]) -> (Option<&'static str>, Kind) {
        let answer = answer(self.regions, national);
        let region = (answer / KINDS)
            .checked_sub(1)
            .map(|index| self.plan(index).id.as_str());
        (region, Kind::numbered(answer % KINDS))
    }

    /// How a national number is written, for readers in its country or for others.
    pub fn writing(&self, national: &[u8], same_country: bool) -> Option<&'static Writing> {
        let automaton = if same_country {
            self.national
        } else {
            self.international
        };
        let number = answer(automaton, national);
        WRITINGS.get(usize::from(number).checked_sub(1)?)
    }
}

impl Plan {
    /// The plan of an ISO 3166-1 alpha-2 code in upper or lower case.
    pub fn of_region(code: &str) -> Option<&'static Plan> {
        let &[first, second] = code.as_bytes() else {
            return None;
        };
        let letter = |byte: u8| {
            byte.is_ascii_alphabetic()
                .then(|| usize::from(byte.to_ascii_uppercase() - b'A'))
        };
        entry(&BY_REGION, &PLANS, letter(first)? * 26 + letter(second)?)
    }

    pub fn calling_code(&self) -> &'static CallingCode {
        CALLING_CODES
            .get(usize::from(self.code))
            .unwrap_or(&CALLING_CODES[0])
    }

    /// Whether the plan's general pattern matches a national number.
    pub fn matches(&self, national: &[u8]) -> bool {
        answer(self.general, national) == 1
    }

    pub fn judge_length(&self, length: usize) -> Length {
        let bit = 1_u32.checked_shl(length as u32).unwrap_or(0);
        if self.local_lengths & bit != 0 {
            Length::PossibleLocally
        } else if self.lengths & bit != 0 {
            Length::Possible
        } else if length < self.lengths.trailing_zeros() as usize {
            Length::TooShort
        } else if length > self.lengths.checked_ilog2().unwrap_or(0) as usize {
            Length::TooLong
        } else {
            Length::Impossible
        }
    }
}

/// The entry of a list that a table of numbers points to; the numbers begin at 1.
fn entry<T>(numbers: &[u8], list: &'static [T], at: usize) -> Option<&'static T> {
    let number = usize::from(*numbers.get(at)?);
    list.get(number.checked_sub(1)?)
}

/// What an automaton says of digits. Nothing leads away from state 0, which says 0.
fn answer(automaton: u16, digits: &[u8]) -> u16 {
    let words = STATES.as_chunks::<2>().0;
    let word = |state: u16, at: u8| {
        let at = usize::from(state) * 11 + usize::from(at);
        words.get(at).copied().map_or(0, u16::from_le_bytes)
    };
    let mut state = automaton;
    for &digit in digits {
        state = word(state, digit);
        if state == 0 {
            return 0;
        }
    }
    word(state, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calling_codes_and_regions_are_found() {
        let (code, rest) = CallingCode::split(&[4, 1, 4, 4, 6]).unwrap();
        assert_eq!((code.number, rest), (41, &[4, 4, 6][..]));
        assert!(CallingCode::split(&[0, 1]).is_none());
        assert!(CallingCode::split(&[9, 9, 9, 1]).is_none());
        assert!(CallingCode::split(&[]).is_none());
        assert_eq!(Plan::of_region("cH").unwrap().id.as_str(), "CH");
        for none in ["", "C", "ZZ", "CHE", "0A", "001", "É"] {
            assert!(Plan::of_region(none).is_none(), "{none}");
        }
    }

    #[test]
    fn every_plan_is_found_by_its_code_and_its_region() {
        for (i, code) in CALLING_CODES.iter().enumerate() {
            let digits: Vec<u8> = code.number.to_string().bytes().map(|b| b - b'0').collect();
            assert_eq!(CallingCode::split(&digits).unwrap().0.number, code.number);
            assert_eq!(usize::from(code.main_plan().code), i);
        }
        for plan in &PLANS {
            let id = plan.id.as_str();
            if id == "001" {
                assert_eq!(plan.calling_code().main_plan().id.as_str(), "001");
            } else {
                assert_eq!(Plan::of_region(id).unwrap().id.as_str(), id);
            }
        }
    }

    #[test]
    fn lengths_are_judged() {
        let us = Plan::of_region("US").unwrap();
        assert_eq!(us.judge_length(6), Length::TooShort);
        assert_eq!(us.judge_length(7), Length::PossibleLocally);
        assert_eq!(us.judge_length(10), Length::Possible);
        assert_eq!(us.judge_length(11), Length::TooLong);
        assert_eq!(us.judge_length(250), Length::TooLong);
    }
}
