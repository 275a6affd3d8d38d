//! Which part of a text is a number, and whether it has the shape of one.

use std::str;

use super::MAX_INPUT;
use super::chars::{PLUS, is_alpha, is_digit, is_letter_or_number, is_separator};
use super::extension::{Tail, tail};

/// Calls `read` with the part of a text that should be a number, if there may be one.
///
/// RFC 3966 writes `tel:<number>;phone-context=<context>`, where the context is a domain or the
/// beginning of the number. The reference looks for the two words without looking which comes first,
/// and reads nothing between them if `tel:` comes later.
pub fn with_number<R>(text: &str, read: impl FnOnce(&str) -> Option<R>) -> Option<R> {
    const CONTEXT: &str = ";phone-context=";
    let context = text
        .contains(';')
        .then(|| text.split_once(CONTEXT))
        .flatten();
    let Some((before, after)) = context else {
        return read(without_subaddress(possible_number(text)));
    };
    let context = after.split(';').next().unwrap_or_default();
    if !(is_global_number(context) || is_domain(context)) {
        return None;
    }
    let local = match text.find("tel:") {
        Some(at) => before.get(at + "tel:".len()..).unwrap_or_default(),
        None => before,
    };
    if !context.starts_with('+') {
        return read(without_subaddress(local));
    }
    let mut joined = [0; MAX_BYTES];
    let end = context.len() + local.len();
    joined
        .get_mut(..context.len())?
        .copy_from_slice(context.as_bytes());
    joined
        .get_mut(context.len()..end)?
        .copy_from_slice(local.as_bytes());
    read(without_subaddress(str::from_utf8(joined.get(..end)?).ok()?))
}

/// The longest text that is looked at, in bytes.
pub const MAX_BYTES: usize = 4 * MAX_INPUT;

/// Leaves away what comes before a number and after it.
fn possible_number(text: &str) -> &str {
    let Some(start) = text.find(|char| PLUS.contains(&char) || is_digit(char)) else {
        return "";
    };
    let number = text[start..].trim_end_matches(|char| char != '#' && !is_letter_or_number(char));
    // A second number: (530) 583-6985 x302/x2303.
    let second = number
        .match_indices(['/', '\\'])
        .find(|(at, _)| number[at + 1..].trim_start_matches(' ').starts_with('x'));
    match second {
        Some((at, _)) => &number[..at],
        None => number,
    }
}

/// Leaves away an ISDN subaddress and what follows it.
fn without_subaddress(number: &str) -> &str {
    match number.find(";isub=") {
        Some(at) if at > 0 => &number[..at],
        _ => number,
    }
}

/// RFC 3966's `global-number-digits`.
fn is_global_number(context: &str) -> bool {
    context.strip_prefix('+').is_some_and(|rest| {
        rest.chars()
            .all(|char| matches!(char, '-' | '.' | '(' | ')') || is_digit(char))
            && rest.contains(is_digit)
    })
}

/// RFC 3966's `domainname`, with letters of ASCII and digits of any script.
fn is_domain(context: &str) -> bool {
    let is_alphanumeric = |char: char| char.is_ascii_alphabetic() || is_digit(char);
    let is_label = |label: &str| {
        label.starts_with(is_alphanumeric)
            && label.ends_with(is_alphanumeric)
            && label
                .chars()
                .all(|char| char == '-' || is_alphanumeric(char))
    };
    let domain = context.strip_suffix('.').unwrap_or(context);
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(is_label) && top.starts_with(|char: char| char.is_ascii_alphabetic())
}

/// A number that has the shape of one, apart from its extension.
pub struct Shaped<'a> {
    pub number: &'a str,
    /// The extension's digits as they are written, or nothing.
    pub extension: &'a str,
}

/// Takes the extension off a number, if that has the shape of one.
pub fn shaped(number: &str) -> Option<Shaped<'_>> {
    let tail = tail(number);
    if !is_viable(number, tail) {
        return None;
    }
    if let Some(tail) = tail {
        let start = number
            .char_indices()
            .map(|(at, _)| at)
            .find(|&at| tail.begins_at(number, at));
        if let Some(start) = start {
            let before = &number[..start];
            if is_viable(before, self::tail(before)) {
                return Some(Shaped {
                    number: before,
                    extension: tail.digits(number),
                });
            }
        }
    }
    Some(Shaped {
        number,
        extension: "",
    })
}

/// Whether a text has the shape of a number: two digits; or plus signs, three digits with anything
/// that may separate them, and digits, letters and separators after that, perhaps an extension.
fn is_viable(text: &str, tail: Option<Tail>) -> bool {
    let mut rest = text.trim_start_matches(PLUS);
    for digits in 0..3 {
        let mut chars = rest.trim_start_matches(is_separator).chars();
        if !chars.next().is_some_and(is_digit) {
            return digits == 2 && rest.is_empty() && text.chars().all(is_digit);
        }
        rest = chars.as_str();
    }
    let third = text.len() - rest.len();
    let rest =
        rest.trim_start_matches(|char| is_digit(char) || is_separator(char) || is_alpha(char));
    if rest.is_empty() {
        return true;
    }
    let end = text.len() - rest.len();
    tail.is_some_and(|tail| {
        (third..=end).any(|at| text.is_char_boundary(at) && tail.begins_at(text, at))
    })
}
