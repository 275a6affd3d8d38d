//! Numbers as they are written.

use std::fmt::Write;
use std::str::FromStr;

use super::chars::is_punctuation;
use super::number::Number;
use super::plan::Writing;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `+41446681800`, without the extension.
    E164,
    /// `+41 44 668 18 00`
    International,
    /// `044 668 18 00`
    National,
    /// `tel:+41-44-668-18-00`
    Rfc3966,
}

/// All styles by their names in SQL.
pub const STYLES: &[(&str, Style)] = &[
    ("e164", Style::E164),
    ("international", Style::International),
    ("national", Style::National),
    ("rfc3966", Style::Rfc3966),
];

impl FromStr for Style {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        STYLES
            .iter()
            .find_map(|&(known, style)| (known == name).then_some(style))
            .ok_or(())
    }
}

/// Writes a number.
pub fn write(number: &Number, style: Style) -> String {
    let mut text = String::with_capacity(32);
    // Writing to a string does not fail.
    let _ = match style {
        Style::E164 => write!(text, "+{}", number.code.number),
        Style::International => write!(text, "+{} ", number.code.number),
        Style::National => Ok(()),
        Style::Rfc3966 => write!(text, "tel:+{}-", number.code.number),
    };
    let national = number.national.as_slice();
    let writing = match style {
        Style::E164 => None,
        _ => number.code.writing(national, style == Style::National),
    };
    match writing {
        None => push_digits(&mut text, national),
        Some(writing) if style == Style::Rfc3966 => {
            let mut grouped = String::with_capacity(32);
            push_groups(&mut grouped, national, writing, style);
            push_hyphenated(&mut text, &grouped);
        }
        Some(writing) => push_groups(&mut text, national, writing, style),
    }
    if let Some(extension) = &number.extension {
        match style {
            Style::E164 => return text,
            Style::Rfc3966 => text.push_str(";ext="),
            Style::International | Style::National => {
                text.push_str(number.code.extension.as_str());
            }
        }
        text.extend(extension.digits());
    }
    text
}

fn push_digits(text: &mut String, digits: &[u8]) {
    text.extend(digits.iter().map(|&digit| char::from(b'0' + digit)));
}

fn push_groups(text: &mut String, national: &[u8], writing: &Writing, style: Style) {
    let fixed: u8 = writing.lengths.iter().sum();
    let spare = national.len().saturating_sub(fixed.into());
    let mut groups = [&[][..]; 5];
    let mut rest = national;
    for (i, group) in groups.iter_mut().enumerate() {
        let mut length = usize::from(writing.lengths[i]);
        if i == usize::from(writing.elastic) {
            length += spare;
        }
        (*group, rest) = rest.split_at(length.min(rest.len()));
    }
    let template = match style {
        Style::National => &writing.national,
        _ => &writing.international,
    };
    for char in template.as_str().chars() {
        match char {
            '\u{1}'..='\u{5}' => push_digits(text, groups[char as usize - 1]),
            _ => text.push(char),
        }
    }
}

/// RFC 3966 knows no blanks: a hyphen for whatever stands between digits.
fn push_hyphenated(text: &mut String, grouped: &str) {
    let mut separated = false;
    for char in grouped.trim_start_matches(is_punctuation).chars() {
        if is_punctuation(char) {
            separated = true;
            continue;
        }
        if separated {
            text.push('-');
            separated = false;
        }
        text.push(char);
    }
    if separated {
        text.push('-');
    }
}
