//! What is wrong with an address, in words.

use std::fmt;

/// The first thing that is wrong with an address: its length where its profile limits that, else
/// what comes first from left to right.
///
/// The text completes the sentence "The address ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// Nothing at all.
    Empty,
    /// More than 254 bytes, as it is or with its domain in ASCII form.
    TooLong,
    /// No `@`, and nothing else wrong.
    NoAt,
    /// `@` is the first character.
    EmptyLocal,
    /// A character that may not stand before the `@`.
    LocalCharacter(char),
    /// A local part that begins or ends with a dot, or has two in a row.
    LocalDot,
    /// A local part of more than 64 bytes.
    LocalTooLong,
    /// A quoted local part without an end.
    OpenQuote,
    /// Something between the end of a quoted local part and the `@`.
    AfterQuote,
    /// A local part that is not in Unicode's form NFC.
    NotComposed,
    /// Bytes that are no text.
    NotUtf8,
    /// `@` is the last character.
    EmptyDomain,
    /// A second `@`.
    SecondAt,
    /// A character that may not stand after the `@`.
    DomainCharacter(char),
    /// A domain that begins or ends with a dot, or with two dots in a row.
    EmptyLabel,
    /// A part of the domain that begins or ends with a hyphen.
    LabelHyphen,
    /// A part of the domain of more than 63 characters.
    LabelTooLong,
    /// A domain of one part.
    NoDot,
    /// A domain whose last part is a number.
    NumericTopLevel,
    /// Brackets after the `@` with no address in them.
    Literal,
    /// A domain beyond ASCII, or with a part `xn--...`, that IDNA2008 does not know.
    InternationalDomain,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Rejection::LocalCharacter(c) => {
                let c = Shown(c);
                return write!(f, "has {c} before the @, which is not allowed there");
            }
            Rejection::DomainCharacter(c) => {
                let c = Shown(c);
                return write!(f, "has {c} after the @, which is not allowed there");
            }
            Rejection::Empty => "is empty",
            Rejection::TooLong => "is longer than 254 bytes",
            Rejection::NoAt => "has no @",
            Rejection::EmptyLocal => "has nothing before the @",
            Rejection::LocalDot => "has a dot at its beginning, before the @ or next to another",
            Rejection::LocalTooLong => "has more than 64 bytes before the @",
            Rejection::OpenQuote => "has a quotation mark that is not closed",
            Rejection::AfterQuote => "has something between the closing quotation mark and the @",
            Rejection::NotComposed => "has accents before the @ that are characters of their own",
            Rejection::NotUtf8 => "is not in UTF-8",
            Rejection::EmptyDomain => "has nothing after the @",
            Rejection::SecondAt => "has more than one @",
            Rejection::EmptyLabel => {
                "has a domain with a dot at its beginning, at its end or next to another"
            }
            Rejection::LabelHyphen => "has a domain with a part that begins or ends with a hyphen",
            Rejection::LabelTooLong => "has a domain with a part longer than 63 characters",
            Rejection::NoDot => "has a domain without a dot",
            Rejection::NumericTopLevel => "has a domain whose last part is a number",
            Rejection::Literal => "has brackets after the @ with no address of a host in them",
            Rejection::InternationalDomain => "has a domain that cannot exist (IDNA2008)",
        })
    }
}

/// A character in a message: visible ones as they are, the others by number, so that a control or
/// a right-to-left mark cannot disturb the text around it.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' => f.write_str("a space"),
            // Letters by their category, and blank: the fillers of Hangul.
            c @ ('\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}') => {
                write!(f, "the character U+{:04X}", u32::from(c))
            }
            c if c.is_ascii_graphic() || c.is_alphanumeric() => write!(f, "the character {c}"),
            c => write!(f, "the character U+{:04X}", u32::from(c)),
        }
    }
}
