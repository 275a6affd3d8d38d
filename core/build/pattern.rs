//! Patterns of the metadata, as programs over decimal digits.
//!
//! The metadata writes regular expressions with digits, classes, groups, alternatives and bounded
//! repetition, in few cases with an end of text. [`compile`] makes of each a program in the manner
//! of Thompson and Pike: from it an automaton can be built, where only *whether* a text matches
//! matters, and it can be interpreted, where it matters *what* a group has taken.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class, Hir, HirKind, Literal, Look, Repetition};

use crate::Result;

/// One step of a program. Execution goes on with the next instruction, if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// Takes one digit of the set: bit `d` stands for digit `d`.
    Digit(u16),
    /// Goes on here, and if that fails, there.
    Split(usize),
    /// Goes on there.
    Jump(usize),
    /// The group, counted from 1, begins here.
    Open(u32),
    /// The group ends here.
    Close(u32),
    /// Holds at the end of the text alone.
    End,
    /// The text matches.
    Match,
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Program {
    pub instructions: Vec<Instruction>,
    /// How many groups it has.
    pub groups: u32,
}

/// Parses a pattern. `\d` is the ten ASCII digits: numbers are normalized before they are matched.
pub fn parse(pattern: &str) -> Result<Hir> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    Ok(parser.parse(pattern)?)
}

/// Compiles a pattern, or says what about it is not understood.
pub fn compile(pattern: &str) -> Result<Program> {
    let hir = parse(pattern)?;
    let mut compiler = Compiler {
        instructions: Vec::new(),
        groups: 0,
    };
    compiler
        .add(&hir)
        .map_err(|fault| format!("pattern {pattern:?}: {fault}"))?;
    compiler.instructions.push(Instruction::Match);
    Ok(Program {
        instructions: compiler.instructions,
        groups: compiler.groups,
    })
}

struct Compiler {
    instructions: Vec<Instruction>,
    groups: u32,
}

impl Compiler {
    fn add(&mut self, hir: &Hir) -> Result<()> {
        match hir.kind() {
            HirKind::Empty => Ok(()),
            HirKind::Literal(Literal(bytes)) => bytes.iter().try_for_each(|&byte| {
                self.digits(byte, byte).map(|set| {
                    self.instructions.push(Instruction::Digit(set));
                })
            }),
            HirKind::Class(class) => self.class(class),
            HirKind::Look(Look::End) => {
                self.instructions.push(Instruction::End);
                Ok(())
            }
            HirKind::Look(look) => Err(format!("{look:?}").into()),
            HirKind::Repetition(repetition) => self.repetition(repetition),
            HirKind::Capture(capture) => self.capture(capture),
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part)),
            HirKind::Alternation(parts) => self.alternation(parts),
        }
    }

    fn digits(&self, first: u8, last: u8) -> Result<u16> {
        if !(first.is_ascii_digit() && last.is_ascii_digit()) {
            return Err(format!("bytes {first} to {last} are no digits").into());
        }
        Ok((first..=last).fold(0, |set, byte| set | 1 << (byte - b'0')))
    }

    fn class(&mut self, class: &Class) -> Result<()> {
        let mut set = 0;
        match class {
            Class::Bytes(class) => {
                for range in class.ranges() {
                    set |= self.digits(range.start(), range.end())?;
                }
            }
            Class::Unicode(class) => {
                for range in class.ranges() {
                    set |= self.digits(range.start().try_into()?, range.end().try_into()?)?;
                }
            }
        }
        self.instructions.push(Instruction::Digit(set));
        Ok(())
    }

    fn capture(&mut self, capture: &Capture) -> Result<()> {
        self.groups = self.groups.max(capture.index);
        self.instructions.push(Instruction::Open(capture.index));
        self.add(&capture.sub)?;
        self.instructions.push(Instruction::Close(capture.index));
        Ok(())
    }

    /// The first alternative that leads to a match is taken, as backtracking engines do.
    fn alternation(&mut self, parts: &[Hir]) -> Result<()> {
        let mut jumps = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            let split = self.instructions.len();
            if !last {
                self.instructions.push(Instruction::Split(0));
            }
            self.add(part)?;
            if !last {
                jumps.push(self.instructions.len());
                self.instructions.push(Instruction::Jump(0));
                self.instructions[split] = Instruction::Split(self.instructions.len());
            }
        }
        for jump in jumps {
            self.instructions[jump] = Instruction::Jump(self.instructions.len());
        }
        Ok(())
    }

    /// As many copies as there must be, and then those that may be, one inside the other.
    fn repetition(&mut self, repetition: &Repetition) -> Result<()> {
        let Some(max) = repetition.max else {
            return Err("repetition without a bound".into());
        };
        if !repetition.greedy {
            return Err("repetition that takes as little as possible".into());
        }
        for _ in 0..repetition.min {
            self.add(&repetition.sub)?;
        }
        let mut splits = Vec::new();
        for _ in repetition.min..max {
            splits.push(self.instructions.len());
            self.instructions.push(Instruction::Split(0));
            self.add(&repetition.sub)?;
        }
        for split in splits {
            self.instructions[split] = Instruction::Split(self.instructions.len());
        }
        Ok(())
    }
}
