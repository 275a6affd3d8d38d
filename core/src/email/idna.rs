//! Internationalised domains in their ASCII form.

use std::borrow::Cow;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::MAX_DOMAIN;

/// The domain's ASCII form as browsers make it: UTS 46, non-transitional (`ß` stays what it is), with
/// letters, digits and hyphens alone (STD3) and the lengths of DNS. `None` where it has none.
///
/// Hyphens in the third and fourth place are nobody's business here: hosts have them in names of
/// plain ASCII.
pub(super) fn to_ascii(domain: &str) -> Option<Cow<'_, str>> {
    // Nearly every character costs one in the ASCII form at least. Those that are mapped away could
    // go on for a megabyte, and the conversion of a label takes the square of its length.
    if domain.len() > 4 * MAX_DOMAIN || domain.chars().count() > MAX_DOMAIN {
        return None;
    }
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()
}

/// As [`to_ascii`], where the domain is also one that can be registered: IDNA2008 (RFC 5891, RFC
/// 5892) knows no symbols, and some characters only beside certain others.
pub(super) fn to_ascii_2008(domain: &str) -> Option<Cow<'_, str>> {
    let ascii = to_ascii(domain)?;
    let (unicode, valid) = Uts46::new().to_unicode(
        ascii.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
    );
    valid.ok()?;
    unicode
        .split('.')
        .filter(|label| !label.is_ascii())
        .all(is_u_label)
        .then_some(ascii)
}

/// Whether a label that UTS 46 left as it is, is one of IDNA2008 too. What UTS 46 has checked (form
/// NFC, direction, joiners, combining characters in front) is not checked again.
fn is_u_label(label: &str) -> bool {
    let characters: Vec<char> = label.chars().collect();
    if characters.get(2..4) == Some(&['-', '-']) {
        return false;
    }
    (0..characters.len()).all(|i| is_valid_at(&characters, i))
}

/// RFC 5892: sections 2.6 (exceptions), 2.9, 2.8, 2.1 and appendix A, in the order of section 3.
fn is_valid_at(label: &[char], i: usize) -> bool {
    let script = |c: char| CodePointMapData::<Script>::new().get(c);
    let before = i.checked_sub(1).map(|i| label[i]);
    let after = label.get(i + 1).copied();
    match label[i] {
        'a'..='z' | '0'..='9' | '-' => true,
        // Signs that are letters in their script, and letters that UTS 46 would map elsewhere.
        'ß' | 'ς' | '\u{6fd}' | '\u{6fe}' | '\u{f0b}' | '\u{3007}' => true,
        // Catalan l·l.
        '\u{b7}' => before == Some('l') && after == Some('l'),
        // Greek lower numeral sign.
        '\u{375}' => after.is_some_and(|c| script(c) == Script::Greek),
        // Hebrew geresh and gershayim.
        '\u{5f3}' | '\u{5f4}' => before.is_some_and(|c| script(c) == Script::Hebrew),
        // Katakana middle dot.
        '\u{30fb}' => label.iter().any(|&c| {
            c != '\u{30fb}'
                && [Script::Hiragana, Script::Katakana, Script::Han].contains(&script(c))
        }),
        // Two kinds of Arabic digits look alike.
        '\u{660}'..='\u{669}' => !label.iter().any(|c| matches!(c, '\u{6f0}'..='\u{6f9}')),
        '\u{6f0}'..='\u{6f9}' => !label.iter().any(|c| matches!(c, '\u{660}'..='\u{669}')),
        // Joiners: UTS 46 has checked their surroundings.
        '\u{200c}' | '\u{200d}' => true,
        // Tatweel and its like, tone marks, vertical repeat marks.
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}' => {
            false
        }
        // Blocks of marks for symbols and of musical notation.
        '\u{20d0}'..='\u{20ff}' | '\u{1d100}'..='\u{1d1ff}' | '\u{1d200}'..='\u{1d24f}' => false,
        // Hangul that is not composed to syllables.
        '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}' => false,
        c => matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            GeneralCategory::LowercaseLetter
                | GeneralCategory::UppercaseLetter
                | GeneralCategory::OtherLetter
                | GeneralCategory::ModifierLetter
                | GeneralCategory::DecimalNumber
                | GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
        ),
    }
}
