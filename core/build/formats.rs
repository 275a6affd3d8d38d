//! How the numbers of a calling code are written.

use std::collections::HashMap;

use regex_syntax::hir::{Hir, HirKind};

use crate::Result;
use crate::automaton::{Extent, Pool, State};
use crate::metadata::Format;
use crate::pattern::{compile, parse};

/// A number has at most so many groups.
pub const GROUPS: usize = 5;

/// A way to write a number. In a template a byte `1` to `5` stands for a group, counted from 1.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Writing {
    /// How many digits each group has at least. 0: there is no such group.
    pub lengths: [u8; GROUPS],
    /// The group that takes the digits that the others leave, counted from 0.
    pub elastic: u8,
    /// For readers in the number's own country.
    pub national: String,
    /// For all others.
    pub international: String,
}

/// All ways to write a number, each once.
#[derive(Default)]
pub struct Writings {
    pub list: Vec<Writing>,
    numbers: HashMap<Writing, u16>,
}

impl Writings {
    /// The number of a writing, counted from 1.
    fn number(&mut self, writing: Writing) -> Result<u16> {
        if let Some(&number) = self.numbers.get(&writing) {
            return Ok(number);
        }
        self.list.push(writing.clone());
        let number = self.list.len().try_into()?;
        self.numbers.insert(writing, number);
        Ok(number)
    }
}

/// Says of a number which writing is for it, 0 where none is.
pub fn writings(pool: &mut Pool, all: &mut Writings, formats: &[Format]) -> Result<State> {
    let mut parts = Vec::new();
    let mut numbers = Vec::new();
    for format in formats {
        let pattern = pool.language(&compile(&format.pattern)?, Extent::Whole)?;
        parts.push(match &format.leading_digits {
            Some(leading) => {
                let leading = pool.language(&compile(leading)?, Extent::Prefix)?;
                pool.combine(&[pattern, leading], &|answers| answers[0] & answers[1])
            }
            None => pattern,
        });
        numbers.push(all.number(writing(format)?)?);
    }
    Ok(pool.combine(&parts, &|answers| {
        answers
            .iter()
            .position(|&answer| answer == 1)
            .map_or(0, |first| numbers[first])
    }))
}

fn writing(format: &Format) -> Result<Writing> {
    let (lengths, elastic) = groups(&format.pattern)?;
    let mut national = format.format.clone();
    if !format.national_rule.is_empty() {
        // The rule says how the first group is written, whichever number that has.
        let at = national.find('$').ok_or("a format without a group")?;
        let group = national.get(at..at + 2).ok_or("a format that ends in $")?;
        let rule = format.national_rule.replace("$1", group);
        national = national.replacen(group, &rule, 1);
    }
    Ok(Writing {
        lengths,
        elastic,
        national: template(&national, &lengths)?,
        international: template(&format.format, &lengths)?,
    })
}

fn template(text: &str, lengths: &[u8; GROUPS]) -> Result<String> {
    let mut template = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '$' {
            template.push(char);
            continue;
        }
        let group = chars.next().and_then(|char| char.to_digit(10)).unwrap_or(0) as u8;
        if lengths
            .get(usize::from(group).wrapping_sub(1))
            .is_none_or(|&length| length == 0)
        {
            return Err(format!("no group {group} in {text:?}").into());
        }
        template.push(char::from(group));
    }
    Ok(template)
}

/// The lengths of the groups of a format's pattern, and which of them is elastic.
///
/// The patterns of formats are groups of any digits, at most one of which is of several lengths. So
/// the length of a number says what each group takes.
fn groups(pattern: &str) -> Result<([u8; GROUPS], u8)> {
    let hir = parse(pattern)?;
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(&hir),
    };
    let mut lengths = [0; GROUPS];
    let mut elastic = None;
    for (i, part) in parts.iter().enumerate() {
        let (min, max) = digits_of(part).ok_or_else(|| format!("no list of groups: {pattern}"))?;
        *lengths.get_mut(i).ok_or("too many groups")? = min.try_into()?;
        if min != max && elastic.replace(i).is_some() {
            return Err(format!("two groups of several lengths: {pattern}").into());
        }
    }
    Ok((lengths, elastic.unwrap_or(0).try_into()?))
}

/// How many digits a group takes at least and at most.
fn digits_of(group: &Hir) -> Option<(u32, u32)> {
    let HirKind::Capture(capture) = group.kind() else {
        return None;
    };
    let (sub, min, max) = match capture.sub.kind() {
        HirKind::Repetition(repetition) => (&*repetition.sub, repetition.min, repetition.max?),
        _ => (&*capture.sub, 1, 1),
    };
    let any_digit = *sub == parse(r"\d").ok()?;
    (any_digit && min > 0).then_some((min, max))
}
