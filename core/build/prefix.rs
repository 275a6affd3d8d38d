//! Prefixes that are dialled before a number, as small programs.
//!
//! What a prefix takes depends on the order of its alternatives, and sometimes on what follows it,
//! so here the patterns stay programs, which `src/phone/prefix.rs` interprets. An instruction is a
//! word: what to do in its upper four bits, and twelve bits of argument.

use std::collections::HashMap;

use crate::Result;
use crate::automaton::follow;
use crate::metadata::Plan;
use crate::pattern::{Instruction, compile};

const DIGIT: u16 = 0 << 12;
const SPLIT: u16 = 1 << 12;
const JUMP: u16 = 2 << 12;
const OPEN: u16 = 3 << 12;
const CLOSE: u16 = 4 << 12;
const END: u16 = 5 << 12;
const MATCH: u16 = 6 << 12;

/// The interpreter keeps so many alternatives in mind.
const DEEPEST: usize = 32;

/// A program, where it begins, and the digits it may begin with.
#[derive(Clone, Copy, Default)]
pub struct Prefix {
    pub start: u16,
    /// Bit `d` stands for digit `d`; other numbers do not have the prefix. 0: there is no prefix.
    pub first: u16,
    /// Whether it can be empty.
    pub empty: bool,
}

/// What is written instead of a national prefix, where the pattern's last group has taken part.
#[derive(Default)]
pub struct Rule {
    /// Digits that come before what the group has taken.
    pub digits: [u8; 4],
    pub length: u8,
}

/// All programs, one after the other.
#[derive(Default)]
pub struct Programs {
    pub words: Vec<u16>,
    known: HashMap<String, Prefix>,
}

impl Programs {
    /// What is dialled before numbers of other countries.
    ///
    /// Where it can be empty, every number would have it.
    pub fn international(&mut self, plan: &Plan) -> Result<Prefix> {
        self.add(&plan.international_prefix)
            .and_then(|prefix| match prefix.empty {
                false => Ok(prefix),
                true => Err("it can be empty".into()),
            })
            .map_err(|fault| format!("international prefix of {}: {fault}", plan.id).into())
    }

    /// What is dialled before numbers of the same country, and what stands for it.
    pub fn national(&mut self, plan: &Plan) -> Result<(Prefix, Option<Rule>)> {
        self.add(&plan.national_prefix)
            .and_then(|prefix| Ok((prefix, rule(plan)?)))
            .map_err(|fault| format!("national prefix of {}: {fault}", plan.id).into())
    }

    fn add(&mut self, pattern: &str) -> Result<Prefix> {
        if pattern.is_empty() {
            return Ok(Prefix::default());
        }
        if let Some(&prefix) = self.known.get(pattern) {
            return Ok(prefix);
        }
        let program = compile(pattern)?;
        let depth = depth(&program.instructions);
        if depth > DEEPEST {
            return Err(format!("{depth} alternatives are open at a time").into());
        }
        let mut prefix = Prefix {
            start: self.words.len().try_into()?,
            ..Prefix::default()
        };
        let mut next = Vec::new();
        follow(&program, 0, &mut next);
        for at in next {
            match program.instructions[at] {
                Instruction::Digit(digits) => prefix.first |= digits,
                _ => prefix.empty = true,
            }
        }
        for (at, &instruction) in program.instructions.iter().enumerate() {
            self.words.push(word(at, instruction, program.groups)?);
        }
        self.known.insert(pattern.to_owned(), prefix);
        Ok(prefix)
    }
}

/// One instruction. Of the groups only the last matters, and jumps are relative.
fn word(at: usize, instruction: Instruction, groups: u32) -> Result<u16> {
    let (operation, argument) = match instruction {
        Instruction::Digit(set) => (DIGIT, set.into()),
        Instruction::Split(there) => (SPLIT, there - at),
        Instruction::Jump(there) => (JUMP, there - at),
        Instruction::Open(group) if group == groups => (OPEN, 0),
        Instruction::Close(group) if group == groups => (CLOSE, 0),
        Instruction::Open(_) | Instruction::Close(_) => (JUMP, 1),
        Instruction::End => (END, 0),
        Instruction::Match => (MATCH, 0),
    };
    if argument >= 1 << 12 {
        return Err("a program that is too long".into());
    }
    Ok(operation | argument as u16)
}

/// How many alternatives may be open at a time: all jumps lead forward, and an alternative is
/// closed when it is gone to.
fn depth(instructions: &[Instruction]) -> usize {
    let mut depths = vec![0; instructions.len() + 1];
    for (at, instruction) in instructions.iter().enumerate().rev() {
        depths[at] = match *instruction {
            Instruction::Split(there) => depths[there].max(depths[at + 1] + 1),
            Instruction::Jump(there) => depths[there],
            Instruction::Match => 0,
            _ => depths[at + 1],
        };
    }
    depths[0]
}

/// A rule takes what the last group has taken, with other digits before it.
fn rule(plan: &Plan) -> Result<Option<Rule>> {
    if plan.national_prefix_rule.is_empty() {
        return Ok(None);
    }
    let mut rule = Rule::default();
    let groups = compile(&plan.national_prefix)?.groups;
    let digits = plan
        .national_prefix_rule
        .strip_suffix(&format!("${groups}"))
        .filter(|digits| digits.len() <= rule.digits.len())
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| format!("rule {} is not understood", plan.national_prefix_rule))?;
    for (to, from) in rule.digits.iter_mut().zip(digits.bytes()) {
        *to = from - b'0';
    }
    rule.length = digits.len().try_into()?;
    Ok(Some(rule))
}
