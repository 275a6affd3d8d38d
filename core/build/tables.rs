//! The tables, and how they are written down for `src/phone/plan.rs`.
//!
//! They are numbers and text and hold no pointer, so nothing in them has to be relocated when the
//! library is loaded: all processes share the pages of one file.

use std::collections::HashMap;
use std::fmt::Write;

use crate::Result;
use crate::automaton::{DEAD, Pool, State};
use crate::formats::{Writings, writings};
use crate::kinds;
use crate::metadata::{CallingCode, Plan, VERSION};
use crate::prefix::{Prefix, Programs};
use crate::unicode;

/// The texts of the tables in one.
#[derive(Default)]
struct Texts(String);

impl Texts {
    /// The expression of a text.
    fn add(&mut self, text: &str) -> Result<String> {
        let at = self.0.find(text).unwrap_or_else(|| {
            self.0.push_str(text);
            self.0.len() - text.len()
        });
        let (at, length) = (u16::try_from(at)?, u8::try_from(text.len())?);
        Ok(format!("Text {{ at: {at}, length: {length} }}"))
    }
}

/// The states that are reached from the ones asked for, numbered anew in the order of a walk.
struct States<'a> {
    pool: &'a Pool,
    numbers: HashMap<State, u16>,
    list: Vec<State>,
}

impl<'a> States<'a> {
    fn new(pool: &'a Pool) -> Result<Self> {
        let mut states = Self {
            pool,
            numbers: HashMap::new(),
            list: Vec::new(),
        };
        states.number(DEAD)?;
        Ok(states)
    }

    fn number(&mut self, state: State) -> Result<u16> {
        if let Some(&number) = self.numbers.get(&state) {
            return Ok(number);
        }
        let number = u16::try_from(self.list.len())?;
        self.list.push(state);
        self.numbers.insert(state, number);
        for next in self.pool.next(state) {
            self.number(next)?;
        }
        Ok(number)
    }

    /// Eleven words for each state, the lower byte first: where the digits lead, and the answer.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for &state in &self.list {
            for next in self.pool.next(state) {
                let number = self.numbers.get(&next).ok_or("a state without a number")?;
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(self.pool.answer(state).to_le_bytes());
        }
        Ok(bytes)
    }
}

/// A calling code's automata.
struct Roots {
    regions: State,
    national: State,
    international: State,
    general: Vec<State>,
}

fn roots(pool: &mut Pool, all: &mut Writings, code: &CallingCode) -> Result<Roots> {
    // How numbers are written is said by the main plan for all that share its code.
    let main = code.plans.first().ok_or("a calling code without a plan")?;
    let national = writings(pool, all, &main.national_formats)?;
    Ok(Roots {
        regions: kinds::regions(pool, code)?,
        national,
        international: match main.international_formats.as_slice() {
            [] => national,
            formats => writings(pool, all, formats)?,
        },
        general: code
            .plans
            .iter()
            .map(|plan| kinds::general(pool, plan))
            .collect::<Result<_>>()?,
    })
}

/// The source of the tables, and the automata's bytes.
pub fn tables(codes: &[CallingCode]) -> Result<(String, Vec<u8>)> {
    let mut pool = Pool::new();
    let mut all = Writings::default();
    let roots = codes
        .iter()
        .map(|code| roots(&mut pool, &mut all, code))
        .collect::<Result<Vec<_>>>()?;
    let mut states = States::new(&pool)?;
    let mut texts = Texts::default();
    let mut programs = Programs::default();

    let mut code_list = Vec::new();
    let mut plan_list = Vec::new();
    let mut by_number = vec![0; 1000];
    let mut by_region = vec![0; 26 * 26];
    for (code, roots) in codes.iter().zip(&roots) {
        let index = u8::try_from(code_list.len() + 1)?;
        *by_number
            .get_mut(usize::from(code.code))
            .ok_or("a calling code of more than three digits")? = index;
        let main = code.plans.first().ok_or("a calling code without a plan")?;
        let extension = main.extension_prefix.as_deref().unwrap_or(" ext. ");
        code_list.push(format!(
            "CallingCode {{ number: {}, first_plan: {}, regions: {}, national: {}, international: {}, extension: {} }}",
            code.code,
            plan_list.len(),
            states.number(roots.regions)?,
            states.number(roots.national)?,
            states.number(roots.international)?,
            texts.add(extension)?,
        ));
        for (plan, &general) in code.plans.iter().zip(&roots.general) {
            if let [first, second] = plan.id.as_bytes() {
                let at = usize::from(first - b'A') * 26 + usize::from(second - b'A');
                by_region[at] = u8::try_from(plan_list.len() + 1)?;
            }
            plan_list.push(plan_source(
                plan,
                index - 1,
                states.number(general)?,
                &mut texts,
                &mut programs,
            )?);
        }
    }
    let writing_list = all
        .list
        .iter()
        .map(|writing| {
            Ok(format!(
                "Writing {{ lengths: {:?}, elastic: {}, national: {}, international: {} }}",
                writing.lengths,
                writing.elastic,
                texts.add(&writing.national)?,
                texts.add(&writing.international)?,
            ))
        })
        .collect::<Result<Vec<_>>>()?;

    let mut source = String::new();
    writeln!(source, "pub const VERSION: &str = {VERSION:?};")?;
    writeln!(source, "const TEXTS: &str = {:?};", texts.0)?;
    list(&mut source, "CALLING_CODES", "CallingCode", &code_list)?;
    list(&mut source, "PLANS", "Plan", &plan_list)?;
    list(&mut source, "WRITINGS", "Writing", &writing_list)?;
    list(&mut source, "BY_NUMBER", "u8", &by_number)?;
    list(&mut source, "BY_REGION", "u8", &by_region)?;
    list(&mut source, "PROGRAMS", "u16", &programs.words)?;
    list(&mut source, "ZEROS", "u32", &unicode::zeros()?)?;
    let letters: Vec<_> = unicode::letters_and_numbers()?
        .iter()
        .map(|range| format!("{range:?}"))
        .collect();
    list(&mut source, "LETTERS_AND_NUMBERS", "(u32, u32)", &letters)?;
    Ok((source, states.bytes()?))
}

fn plan_source(
    plan: &Plan,
    code: u8,
    general: u16,
    texts: &mut Texts,
    programs: &mut Programs,
) -> Result<String> {
    let international = prefix_source(programs.international(plan)?);
    let (national, rule) = programs.national(plan)?;
    Ok(format!(
        "Plan {{ id: {}, code: {code}, general: {general}, lengths: {}, local_lengths: {}, \
         international: {international}, national: {}, rule: {} }}",
        texts.add(&plan.id)?,
        plan.general.lengths,
        plan.general.local_lengths,
        prefix_source(national),
        match rule {
            Some(rule) => format!(
                "Some(Rule {{ digits: {:?}, length: {} }})",
                rule.digits, rule.length
            ),
            None => "None".to_owned(),
        },
    ))
}

fn prefix_source(prefix: Prefix) -> String {
    format!(
        "Prefix {{ start: {}, first: {} }}",
        prefix.start, prefix.first
    )
}

fn list<T: ToString>(source: &mut String, name: &str, item: &str, items: &[T]) -> Result<()> {
    let (length, items) = (
        items.len(),
        items.iter().map(T::to_string).collect::<Vec<_>>().join(","),
    );
    Ok(writeln!(
        source,
        "pub static {name}: [{item}; {length}] = [{items}];"
    )?)
}
