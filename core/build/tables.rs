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

/// What is written between a number and its extension, where the plan does not say.
const EXTENSION: &str = " ext. ";

/// Everything that is written down.
pub struct Tables {
    pool: Pool,
    states: States,
    writings: Writings,
    texts: Texts,
    programs: Programs,
    /// The expressions of calling codes and of plans.
    codes: Vec<String>,
    plans: Vec<String>,
    /// Where a calling code is in its list, and a region's plan in its own, counted from 1.
    by_number: Vec<u8>,
    by_region: Vec<u8>,
}

impl Tables {
    pub fn new(codes: &[CallingCode]) -> Result<Self> {
        let mut tables = Self {
            pool: Pool::new(),
            states: States::default(),
            writings: Writings::default(),
            texts: Texts::default(),
            programs: Programs::default(),
            codes: Vec::new(),
            plans: Vec::new(),
            by_number: vec![0; 1000],
            by_region: vec![0; 26 * 26],
        };
        tables.states.number(&tables.pool, DEAD)?;
        for code in codes {
            tables.add_code(code)?;
        }
        Ok(tables)
    }

    fn add_code(&mut self, code: &CallingCode) -> Result<()> {
        // How numbers are written is said by the main plan for all that share its code.
        let main = code.plans.first().ok_or("a calling code without a plan")?;
        let regions = kinds::regions(&mut self.pool, code)?;
        let national = writings(&mut self.pool, &mut self.writings, &main.national_formats)?;
        let international = match main.international_formats.as_slice() {
            [] => national,
            formats => writings(&mut self.pool, &mut self.writings, formats)?,
        };
        self.codes.push(format!(
            "CallingCode {{ number: {}, first_plan: {}, regions: {}, national: {}, \
             international: {}, extension: {} }}",
            code.code,
            self.plans.len(),
            self.states.number(&self.pool, regions)?,
            self.states.number(&self.pool, national)?,
            self.states.number(&self.pool, international)?,
            self.texts
                .add(main.extension_prefix.as_deref().unwrap_or(EXTENSION))?,
        ));
        *self
            .by_number
            .get_mut(usize::from(code.code))
            .ok_or("a calling code of more than three digits")? = self.codes.len().try_into()?;
        code.plans.iter().try_for_each(|plan| self.add_plan(plan))
    }

    /// Adds a plan of the calling code that was added last.
    fn add_plan(&mut self, plan: &Plan) -> Result<()> {
        let general = kinds::general(&mut self.pool, plan)?;
        let international = self.programs.international(plan)?;
        let (national, rule) = self.programs.national(plan)?;
        self.plans.push(format!(
            "Plan {{ id: {}, code: {}, general: {}, lengths: {}, local_lengths: {}, \
             international: {}, national: {}, rule: {} }}",
            self.texts.add(&plan.id)?,
            self.codes.len() - 1,
            self.states.number(&self.pool, general)?,
            plan.general.lengths,
            plan.general.local_lengths,
            prefix(international),
            prefix(national),
            match rule {
                Some(rule) => format!(
                    "Some(Rule {{ digits: {:?}, length: {} }})",
                    rule.digits, rule.length
                ),
                None => "None".to_owned(),
            },
        ));
        if let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = plan.id.as_bytes() {
            let at = usize::from(first - b'A') * 26 + usize::from(second - b'A');
            self.by_region[at] = self.plans.len().try_into()?;
        }
        Ok(())
    }

    /// The source of all tables but the automata.
    pub fn source(&mut self) -> Result<String> {
        let mut writings = Vec::new();
        for writing in &self.writings.list {
            writings.push(format!(
                "Writing {{ lengths: {:?}, elastic: {}, national: {}, international: {} }}",
                writing.lengths,
                writing.elastic,
                self.texts.add(&writing.national)?,
                self.texts.add(&writing.international)?,
            ));
        }
        let letters: Vec<_> = unicode::letters_and_numbers()?
            .iter()
            .map(|range| format!("{range:?}"))
            .collect();
        let mut source = String::new();
        writeln!(source, "pub const VERSION: &str = {VERSION:?};")?;
        writeln!(source, "const TEXTS: &str = {:?};", self.texts.0)?;
        list(&mut source, "CALLING_CODES", "CallingCode", &self.codes)?;
        list(&mut source, "PLANS", "Plan", &self.plans)?;
        list(&mut source, "WRITINGS", "Writing", &writings)?;
        list(&mut source, "BY_NUMBER", "u8", &self.by_number)?;
        list(&mut source, "BY_REGION", "u8", &self.by_region)?;
        list(&mut source, "PROGRAMS", "u16", &self.programs.words)?;
        list(&mut source, "ZEROS", "u32", &unicode::zeros()?)?;
        list(&mut source, "LETTERS_AND_NUMBERS", "(u32, u32)", &letters)?;
        Ok(source)
    }

    /// The automata: eleven words for each state, the lower byte first: where the digits lead, and
    /// the answer.
    pub fn states(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for &state in &self.states.list {
            for next in self.pool.next(state) {
                let number = self.states.numbers.get(&next);
                bytes.extend(number.ok_or("a state without a number")?.to_le_bytes());
            }
            bytes.extend(self.pool.answer(state).to_le_bytes());
        }
        Ok(bytes)
    }
}

/// The states that are reached from the ones asked for, numbered anew in the order of a walk.
#[derive(Default)]
struct States {
    numbers: HashMap<State, u16>,
    list: Vec<State>,
}

impl States {
    fn number(&mut self, pool: &Pool, state: State) -> Result<u16> {
        if let Some(&number) = self.numbers.get(&state) {
            return Ok(number);
        }
        let number = u16::try_from(self.list.len())?;
        self.list.push(state);
        self.numbers.insert(state, number);
        for next in pool.next(state) {
            self.number(pool, next)?;
        }
        Ok(number)
    }
}

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

fn prefix(prefix: Prefix) -> String {
    format!(
        "Prefix {{ start: {}, first: {} }}",
        prefix.start, prefix.first
    )
}

fn list<T: ToString>(source: &mut String, name: &str, item: &str, items: &[T]) -> Result<()> {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    Ok(writeln!(
        source,
        "pub static {name}: [{item}; {}] = [{}];",
        items.len(),
        items.join(",")
    )?)
}
