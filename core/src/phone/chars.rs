//! Kinds of characters, as the reference's regular expressions know them.
//!
//! Those ignore case in the way of Python's and Java's engines, for which `ſ` is an `s`, the Kelvin
//! sign a `k`, and `İ` and `ı` are an `i`.

use super::plan::{LETTERS_AND_NUMBERS, ZEROS};

/// What may come first in an international number.
pub const PLUS: [char; 2] = ['+', '＋'];

/// The value of a decimal digit of any script.
pub fn digit(char: char) -> Option<u8> {
    if char.is_ascii() {
        return char.is_ascii_digit().then(|| char as u8 - b'0');
    }
    let code = u32::from(char);
    let zero = *ZEROS.get(ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&value| value < 10)
}

pub fn is_digit(char: char) -> bool {
    digit(char).is_some()
}

/// Whether Unicode calls it a letter or a number of any kind.
pub fn is_letter_or_number(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphanumeric();
    }
    let code = u32::from(char);
    let at = LETTERS_AND_NUMBERS.partition_point(|&(first, _)| first <= code);
    at.checked_sub(1)
        .and_then(|at| LETTERS_AND_NUMBERS.get(at))
        .is_some_and(|&(_, last)| code <= last)
}

/// What may stand between the digits of a number. An `x` is there for a carrier's code.
pub fn is_punctuation(char: char) -> bool {
    matches!(
        char,
        '-' | ' ' | '(' | ')' | '.' | '[' | ']' | '/' | '~' | 'x'
            | '\u{a0}' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2053}'
            | '\u{2060}' | '\u{2212}' | '\u{223c}' | '\u{3000}' | 'ー' | '（' | '）'
            | '－'..='／' | '［' | '］' | '～'
    )
}

/// What may stand between the digits of a number to be read, or after them.
pub fn is_separator(char: char) -> bool {
    is_punctuation(char) || matches!(char, 'X' | '*')
}

/// Whether a number may have the letter for a digit.
pub fn is_alpha(char: char) -> bool {
    char.is_ascii_alphabetic() || matches!(char, 'ſ' | '\u{212a}' | 'İ' | 'ı')
}

/// The key of a letter on a telephone. Of the letters beyond ASCII those have one whose capital is
/// in ASCII.
pub fn key(letter: char) -> Option<u8> {
    const KEYS: &[u8; 26] = b"22233344455566677778889999";
    let letter = match letter {
        'ſ' => 'S',
        'ı' => 'I',
        _ => letter.to_ascii_uppercase(),
    };
    let index = u32::from(letter).checked_sub(u32::from('A'))?;
    KEYS.get(index as usize).map(|key| key - b'0')
}

/// The letter, or the sign for one, that the labels of extensions are written with.
pub fn fold(char: char) -> char {
    match char {
        'ſ' => 's',
        'İ' | 'ı' => 'i',
        'Ó' => 'ó',
        'Д' | '\u{1c81}' => 'д',
        'О' | '\u{1c82}' => 'о',
        'Б' => 'б',
        'Ｅ' => 'ｅ',
        'Ｘ' => 'ｘ',
        'Ｔ' => 'ｔ',
        'Ｎ' => 'ｎ',
        'Ｉ' => 'ｉ',
        _ => char.to_ascii_lowercase(),
    }
}
