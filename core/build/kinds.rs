//! One automaton for each calling code, that says of a national number where and what it is.

use crate::Result;
use crate::automaton::{DEAD, Extent, Pool, State};
use crate::metadata::{CallingCode, Description, Plan};
use crate::pattern::compile;

/// The kinds in the order in which a number is tried, with the number of the type that one is;
/// see `Kind` in `src/phone/kind.rs`. What fixed and mobile lines make together is decided last.
const ORDER: [u16; 8] = [5, 4, 6, 7, 8, 9, 10, 11];
const FIXED_LINE: u16 = 1;
const MOBILE: u16 = 2;
const FIXED_LINE_OR_MOBILE: u16 = 3;

/// So many values of an answer are one region's types.
pub const TYPES: u16 = 16;

/// Says 1 of the numbers that the description is of.
fn description(pool: &mut Pool, description: &Description) -> Result<State> {
    let pattern = pool.language(&compile(&description.pattern)?, Extent::Whole)?;
    if description.lengths == 0 {
        return Ok(pattern);
    }
    let lengths = pool.lengths(description.lengths);
    Ok(pool.combine(&[pattern, lengths], &|answers| answers[0] & answers[1]))
}

/// Says 1 of the numbers that the general pattern matches, of whatever length.
pub fn general(pool: &mut Pool, plan: &Plan) -> Result<State> {
    pool.language(&compile(&plan.general.pattern)?, Extent::Whole)
}

/// Says the type of a region's number, 0 where it has none.
fn types(pool: &mut Pool, plan: &Plan) -> Result<State> {
    let mut parts = vec![description(pool, &plan.general)?];
    for kind in &plan.types {
        parts.push(match kind {
            Some(kind) => description(pool, kind)?,
            None => DEAD,
        });
    }
    let same = plan.same_fixed_and_mobile;
    Ok(pool.combine(&parts, &|answers| {
        let (general, special, fixed, mobile) =
            (answers[0], &answers[1..9], answers[9], answers[10]);
        if general == 0 {
            return 0;
        }
        if let Some(at) = special.iter().position(|&answer| answer == 1) {
            return ORDER[at];
        }
        match (fixed, mobile) {
            (1, 1) => FIXED_LINE_OR_MOBILE,
            (1, _) if same => FIXED_LINE_OR_MOBILE,
            (1, _) => FIXED_LINE,
            (_, 1) if !same => MOBILE,
            _ => 0,
        }
    }))
}

/// Says `region * TYPES + type` of a number, regions counted from 1 in the order of the plans.
///
/// A code of one region is that region's, whatever the number. Otherwise it is the first whose
/// leading digits the number has, or, of a region without leading digits, whose number it is.
pub fn regions(pool: &mut Pool, code: &CallingCode) -> Result<State> {
    let mut parts = Vec::new();
    let mut led = Vec::new();
    for plan in &code.plans {
        parts.push(types(pool, plan)?);
        let leads = code.plans.len() > 1 && !plan.leading_digits.is_empty();
        led.push(leads);
        parts.push(if leads {
            pool.language(&compile(&plan.leading_digits)?, Extent::Prefix)?
        } else {
            DEAD
        });
    }
    let alone = code.plans.len() == 1;
    Ok(pool.combine(&parts, &|answers| {
        for (i, answer) in answers.chunks(2).enumerate() {
            let (kind, leads) = (answer[0], answer[1] == 1);
            if alone || leads || (!led[i] && kind != 0) {
                return (i as u16 + 1) * TYPES + kind;
            }
        }
        0
    }))
}
