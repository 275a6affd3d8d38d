//! Numbers to begin with, and texts made from them at random, the same in every run.

use std::sync::LazyLock;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

pub const STYLES: [PhoneNumberFormat; 4] = [
    PhoneNumberFormat::E164,
    PhoneNumberFormat::International,
    PhoneNumberFormat::National,
    PhoneNumberFormat::RFC3966,
];

pub const TYPES: [PhoneNumberType; 11] = [
    PhoneNumberType::FixedLine,
    PhoneNumberType::Mobile,
    PhoneNumberType::FixedLineOrMobile,
    PhoneNumberType::TollFree,
    PhoneNumberType::PremiumRate,
    PhoneNumberType::SharedCost,
    PhoneNumberType::VoIP,
    PhoneNumberType::PersonalNumber,
    PhoneNumberType::Pager,
    PhoneNumberType::UAN,
    PhoneNumberType::VoiceMail,
];

/// Every region that has a number plan.
pub static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    let mut regions: Vec<Region> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    regions.sort();
    regions
});

/// The example numbers of every region and type in every style, and those of no region
/// in one that can be read without.
pub static EXAMPLES: LazyLock<Vec<(String, Option<String>)>> = LazyLock::new(|| {
    let mut examples = Vec::new();
    for &region in &*REGIONS {
        for kind in TYPES {
            let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind)
            else {
                continue;
            };
            for style in STYLES {
                let text = PHONE_NUMBER_UTIL.format(&number, style).into_owned();
                examples.push((text, Some(format!("{region:?}"))));
            }
        }
    }
    let mut codes: Vec<i32> = PHONE_NUMBER_UTIL
        .get_supported_global_network_calling_codes()
        .collect();
    codes.sort();
    for code in codes {
        let number = PHONE_NUMBER_UTIL
            .get_example_number_for_non_geo_entity(code)
            .unwrap();
        let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International);
        examples.push((text.into_owned(), None));
    }
    examples
});

/// The pieces that the parser treats in a way of their own, and some that it does not.
#[rustfmt::skip]
pub const PIECES: &[&str] = &[
    "+", "++", "＋", "00", "011", "0011", "810", "0", "1", "15", "8", "9", "(", ")", "[", "-", "‐", "ー",
    " ", "\u{a0}", "\u{ad}", "\u{2060}", "\t", ".", "/", "\\", "~", "x", "X", "*", "#", "_", ":", ",", ";",
    "x45", " ext. 45", "Extension 45", "extensión 7", "extensio\u{301}n 7", ";ext=45", ";EXT=45", "#45",
    ",,45", ", , 45", ";45", "доб. 45", "ДОБ 45", "anexo 45", " int 45", "ｅｘｔ４５", "～45", " 45#", "-123456#",
    "/x2303", "\\ x2303", "tel:", ";phone-context=", ";phone-context=+1", ";phone-context=example.com",
    "+1", "+44", "+49", "+39", "+52", "+54", "+55", "+7", "+800", ";isub=12", "example.com", "650", "253",
    "0000", "2345678", "٠١٢", "１２３", "９", "𝟙𝟚𝟛", "²", "①", "Ⅷ", "\u{200f}", "\u{202e}", "\u{feff}", "\u{301}",
    "\0", "\n", "\r", "A", "abc", "FLOWERS", "ſ", "K", "İ", "ı", "é", "漢", "\u{1f4de}",
];

/// Numbers at random (Steele, Lea and Flood: SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn choice<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len());
        &list[at]
    }

    fn digits(&mut self, most: usize) -> String {
        let count = 1 + self.below(most);
        (0..count)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }

    /// A text, and the region that it is dialled in.
    pub fn number(&mut self) -> (String, Option<String>) {
        let (text, region) = self.choice(&EXAMPLES).clone();
        let text = match self.below(6) {
            // Other digits in a known shape.
            0 | 1 => text
                .chars()
                .map(|char| match char {
                    '0'..='9' if self.below(5) < 2 => char::from(b'0' + self.below(10) as u8),
                    _ => char,
                })
                .collect(),
            2 => {
                let mut chars: Vec<char> = text.chars().collect();
                for _ in 0..1 + self.below(3) {
                    let at = self.below(chars.len() + 1);
                    let end = (at + self.below(3)).min(chars.len());
                    chars.splice(at..end, self.choice(PIECES).chars());
                }
                chars.into_iter().collect()
            }
            3 => self.digits(18),
            4 => format!("+{}", self.digits(18)),
            _ => (0..1 + self.below(9))
                .map(|_| *self.choice(PIECES))
                .collect(),
        };
        let region = match self.below(6) {
            0 => None,
            1 => Some(format!("{:?}", self.choice(&REGIONS))),
            2 => Some("ZZ".to_owned()),
            _ => region,
        };
        (text, region)
    }
}
