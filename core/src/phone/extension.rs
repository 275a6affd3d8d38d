//! Extensions at the end of a number: `x45`, `ext. 45`, `;ext=45`, `доб. 45`, `,,45`, ` 45#`.
//!
//! The reference has one regular expression of six alternatives for them, each of which ends with
//! the digits of the extension. So the digits at the end of the text are *the* digits, and what is
//! before them decides.

use super::chars::{fold, is_digit};

/// The digits at the end of a text that may be an extension's.
#[derive(Clone, Copy)]
pub struct Tail {
    /// Where they begin, and how many they are.
    at: usize,
    count: usize,
    /// Whether a `#` follows.
    hash: bool,
}

/// What may stand after a label.
const AFTER: [char; 5] = [' ', '\u{a0}', '\t', ',', '-'];
/// What may stand before a label.
const BEFORE: [char; 4] = [' ', '\u{a0}', '\t', ','];
/// The same before a comma or a semicolon that is the label.
const BLANKS: [char; 3] = [' ', '\u{a0}', '\t'];
const STOPS: [char; 3] = [':', '.', '．'];

/// The digits at the end of a text, if what is before them looks as if they may be an extension's.
pub fn tail(text: &str) -> Option<Tail> {
    let without_hash = text.strip_suffix('#');
    let hash = without_hash.is_some();
    let text = without_hash.unwrap_or(text);
    let before = text.trim_end_matches(is_digit);
    let count = text[before.len()..].chars().count();
    if !(1..=20).contains(&count) {
        return None;
    }
    let rest = before.trim_end_matches(AFTER);
    let comma = before[rest.len()..].contains(',');
    let rest = rest.strip_suffix(STOPS).unwrap_or(rest);
    let label = |char| {
        matches!(
            fold(char),
            't' | 'n'
                | 'o'
                | 'ó'
                | '\u{301}'
                | 'ｔ'
                | 'ｎ'
                | 'б'
                | 'x'
                | 'ｘ'
                | '#'
                | '＃'
                | '~'
                | '～'
                | ','
                | ';'
                | '='
        )
    };
    (hash || comma || rest.chars().next_back().is_some_and(label)).then_some(Tail {
        at: before.len(),
        count,
        hash,
    })
}

impl Tail {
    /// The extension's digits, as they are written.
    pub fn digits(self, text: &str) -> &str {
        text.get(self.at..)
            .unwrap_or_default()
            .trim_end_matches('#')
    }

    /// Whether all of the text from `from` on is an extension.
    pub fn begins_at(self, text: &str, from: usize) -> bool {
        let Some(text) = text.get(from..self.at) else {
            return false;
        };
        (!self.hash && is_rfc3966_label(text))
            || (self.count <= 6 && self.hash && is_gap(text))
            || self.has_label(text.trim_start_matches(BEFORE))
            || self.has_sign(text.trim_start_matches(BLANKS))
    }

    fn has_label(self, text: &str) -> bool {
        explicit_label(text).is_some_and(is_after_label)
            || (self.count <= 9 && ambiguous_label(text).is_some_and(is_after_label))
    }

    /// Commas and semicolons make a telephone wait before it dials the extension.
    fn has_sign(self, text: &str) -> bool {
        let waits = text.strip_prefix(",,").or(text.strip_prefix(';'));
        (self.count <= 15 && waits.is_some_and(is_after_label))
            || (self.count <= 9
                && text.starts_with(',')
                && is_after_label(text.trim_start_matches(',')))
    }
}

fn is_rfc3966_label(text: &str) -> bool {
    text.len() == 5 && text.eq_ignore_ascii_case(";ext=")
}

/// American style: ` 503#`.
fn is_gap(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' ' | b'-'))
}

fn is_after_label(text: &str) -> bool {
    text.strip_prefix(STOPS)
        .unwrap_or(text)
        .trim_start_matches(AFTER)
        .is_empty()
}

/// What follows `ext`, `extension` and the like in several languages.
fn explicit_label(text: &str) -> Option<&str> {
    if let Some(rest) = strip(strip(text, "e").unwrap_or(text), "xt") {
        let rest = match strip(rest, "ensi") {
            Some(rest) => match strip(rest, "o") {
                Some(rest) => rest.strip_prefix('\u{301}').unwrap_or(rest),
                None => strip(rest, "ó")?,
            },
            None => rest,
        };
        return Some(strip(rest, "n").unwrap_or(rest));
    }
    if let Some(rest) = strip(strip(text, "ｅ").unwrap_or(text), "ｘｔ") {
        return Some(strip(rest, "ｎ").unwrap_or(rest));
    }
    strip(text, "доб").or_else(|| strip(text, "anexo"))
}

/// What follows a sign or a label that is used for other things as well.
fn ambiguous_label(text: &str) -> Option<&str> {
    ["x", "ｘ", "#", "＃", "~", "～", "int", "ｉｎｔ"]
        .into_iter()
        .find_map(|label| strip(text, label))
}

/// What follows a word in any case.
fn strip<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    word.chars()
        .all(|char| rest.next().is_some_and(|next| fold(next) == char))
        .then_some(rest.as_str())
}
