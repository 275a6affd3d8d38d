//! What Unicode says of characters outside ASCII.

use regex_syntax::Parser;
use regex_syntax::hir::{Class, HirKind};

use crate::Result;

/// The zeros of all decimal digits: each is followed by the other nine.
pub fn zeros() -> Result<Vec<u32>> {
    let mut zeros = Vec::new();
    for (first, last) in ranges(r"\p{Nd}")? {
        if (last + 1 - first) % 10 != 0 {
            return Err(format!("decimal digits {first:#x} to {last:#x}").into());
        }
        zeros.extend((first..=last).step_by(10));
    }
    Ok(zeros)
}

/// Letters and numbers, as ranges.
pub fn letters_and_numbers() -> Result<Vec<(u32, u32)>> {
    ranges(r"[\p{L}\p{N}]")
}

fn ranges(class: &str) -> Result<Vec<(u32, u32)>> {
    let hir = Parser::new().parse(class)?;
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
        return Err("no class of characters".into());
    };
    Ok(class
        .ranges()
        .iter()
        .map(|range| (range.start().into(), range.end().into()))
        .filter(|&(_, last)| last > 0x7f)
        .collect())
}
