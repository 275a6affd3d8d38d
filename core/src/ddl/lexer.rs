//! Splitting a script into statements and words, aware of quotes, dollar quotes and comments.

use super::Error;

/// A word of a statement, as far as naming its object needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A keyword or identifier, folded to lower case unless it was quoted.
    Word(String),
    /// A single punctuation character.
    Mark(char),
    /// A literal or a number: its content names nothing.
    Literal,
}

/// A statement before its object is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw<'a> {
    /// From the first token to the last, without the semicolon.
    pub text: &'a str,
    /// Line of the first token, counted from 1.
    pub line: usize,
    /// All tokens.
    pub tokens: Vec<Token>,
}

/// Splits a script at its semicolons.
///
/// # Errors
/// A quote, dollar quote or comment that never ends, or text after the last semicolon.
pub fn split(script: &str) -> Result<Vec<Raw<'_>>, Error> {
    let mut statements = Vec::new();
    let mut tokens = Vec::new();
    let mut first = 0;
    let mut last = 0;
    let mut at = 0;
    while at < script.len() {
        let (end, token) = scan(script, at).map_err(|message| Error {
            line: line_of(script, at),
            message: message.to_owned(),
        })?;
        match token {
            None => {}
            Some(Token::Mark(';')) if tokens.is_empty() => {}
            Some(Token::Mark(';')) => statements.push(Raw {
                text: &script[first..last],
                line: line_of(script, first),
                tokens: std::mem::take(&mut tokens),
            }),
            Some(token) => {
                if tokens.is_empty() {
                    first = at;
                }
                last = end;
                tokens.push(token);
            }
        }
        at = end;
    }
    if tokens.is_empty() {
        Ok(statements)
    } else {
        Err(Error {
            line: line_of(script, first),
            message: "statement without a closing semicolon".to_owned(),
        })
    }
}

fn line_of(script: &str, at: usize) -> usize {
    script[..at].matches('\n').count() + 1
}

/// The token that begins at byte `at` (always a character boundary) and the byte after it.
/// White space and comments are no token.
fn scan(script: &str, at: usize) -> Result<(usize, Option<Token>), &'static str> {
    let rest = &script[at..];
    let Some(c) = rest.chars().next() else {
        return Ok((script.len(), None));
    };
    if c.is_whitespace() {
        return Ok((at + c.len_utf8(), None));
    }
    if rest.starts_with("--") {
        return Ok((at + rest.find('\n').unwrap_or(rest.len()), None));
    }
    if rest.starts_with("/*") {
        return Ok((at + block_comment(rest)?, None));
    }
    match c {
        '\'' => Ok((at + quoted(rest, '\'', false)?, Some(Token::Literal))),
        '"' => {
            let len = quoted(rest, '"', false)?;
            let name = rest[1..len - 1].replace("\"\"", "\"");
            Ok((at + len, Some(Token::Word(name))))
        }
        '$' => match dollar_quoted(rest) {
            Some(len) => Ok((at + len?, Some(Token::Literal))),
            None => Ok((at + 1, Some(Token::Mark('$')))),
        },
        c if c.is_ascii_digit() => {
            let len = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(rest.len());
            Ok((at + len, Some(Token::Literal)))
        }
        c if is_word(c) => {
            let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = rest[..len].to_lowercase();
            if word == "e" && rest[len..].starts_with('\'') {
                let string = quoted(&rest[len..], '\'', true)?;
                return Ok((at + len + string, Some(Token::Literal)));
            }
            Ok((at + len, Some(Token::Word(word))))
        }
        c => Ok((at + c.len_utf8(), Some(Token::Mark(c)))),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of a quoted text, quotes included; a doubled quote stands for one.
fn quoted(rest: &str, quote: char, backslash: bool) -> Result<usize, &'static str> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if backslash && c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return Ok(i + 1);
            }
        }
    }
    Err("quote without an end")
}

/// Length of a dollar-quoted text; `None` where the dollar begins none.
fn dollar_quoted(rest: &str) -> Option<Result<usize, &'static str>> {
    let tag_end = 1 + rest[1..].find('$')?;
    let tag = &rest[..=tag_end];
    if !tag[1..tag_end].chars().all(is_word) {
        return None;
    }
    Some(
        rest[tag.len()..]
            .find(tag)
            .map(|i| i + 2 * tag.len())
            .ok_or("dollar quote without an end"),
    )
}

/// Length of a block comment; they nest.
fn block_comment(rest: &str) -> Result<usize, &'static str> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(at);
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Err("comment without an end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        split(script).unwrap().iter().map(|s| s.text).collect()
    }

    #[test]
    fn splits_at_semicolons_outside_of_quotes() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" ; ;\n", &[]),
            ("a; b ;", &["a", "b"]),
            ("SELECT ';';", &["SELECT ';'"]),
            ("SELECT 'it''s;';x;", &["SELECT 'it''s;'", "x"]),
            (r"SELECT E'a\';b';x;", &[r"SELECT E'a\';b'", "x"]),
            ("a \";\" b;", &["a \";\" b"]),
            ("f $$ ; $$;g;", &["f $$ ; $$", "g"]),
            ("f $b$ $$ ; $b$;", &["f $b$ $$ ; $b$"]),
            ("-- no; \na;", &["a"]),
            ("a -- ;\n b;", &["a -- ;\n b"]),
            ("/* ; /* ; */ ; */ a;", &["a"]),
            ("ä 'ö;' ;", &["ä 'ö;'"]),
            ("SELECT $1, 2;", &["SELECT $1, 2"]),
        ];
        for (script, expected) in cases {
            assert_eq!(&texts(script), expected, "{script}");
        }
    }

    #[test]
    fn counts_lines() {
        let lines: Vec<_> = split("\na;\n\n-- c\nb;")
            .unwrap()
            .iter()
            .map(|s| s.line)
            .collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn refuses_what_never_ends() {
        for script in ["a", "'", "\"x", "$$ a", "/* a", "a; b"] {
            assert!(split(script).is_err(), "{script}");
        }
    }

    #[test]
    fn never_panics_on_any_prefix() {
        let script =
            "CREATE TABLE \"ü\" (a text DEFAULT E'\\'$$', b /* ' */ int); $t$ ä $t$ 'x''';";
        for (i, _) in script.char_indices() {
            let _ = split(&script[..i]);
            let _ = split(&script[i..]);
        }
    }
}
