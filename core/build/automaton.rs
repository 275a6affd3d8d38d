//! Automata over decimal digits, all in one pool in which equal states are one.
//!
//! A state is what it says of the text read so far (its `answer`, 0 for nothing) and where each of
//! the ten digits leads. States are made from their successors upwards and looked up before they
//! are added, so whatever the pool holds is minimal, and two countries whose numbers end alike share
//! the ends. This works because all patterns are bounded: the only circles are states that lead to
//! themselves with every digit.

use std::collections::HashMap;

use crate::Result;
use crate::pattern::{Instruction, Program};

/// A state of the pool.
pub type State = usize;

/// From here nothing is reached. It says 0 for ever.
pub const DEAD: State = 0;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Row {
    answer: u16,
    next: [State; 10],
}

/// How much of a text a pattern has to match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning.
    Prefix,
}

pub struct Pool {
    rows: Vec<Row>,
    states: HashMap<Row, State>,
    /// The states that give one answer for ever.
    sinks: HashMap<u16, State>,
}

impl Pool {
    pub fn new() -> Self {
        let mut pool = Self {
            rows: Vec::new(),
            states: HashMap::new(),
            sinks: HashMap::new(),
        };
        pool.sink(0);
        pool
    }

    pub fn answer(&self, state: State) -> u16 {
        self.rows[state].answer
    }

    pub fn next(&self, state: State) -> [State; 10] {
        self.rows[state].next
    }

    /// The state that says `answer`, whatever follows.
    pub fn sink(&mut self, answer: u16) -> State {
        let state = self.rows.len();
        *self.sinks.entry(answer).or_insert_with(|| {
            let next = [state; 10];
            self.rows.push(Row { answer, next });
            state
        })
    }

    fn state(&mut self, answer: u16, next: [State; 10]) -> State {
        if let [first, rest @ ..] = next
            && rest.iter().all(|&other| other == first)
            && self.sinks.get(&answer) == Some(&first)
        {
            return first;
        }
        let row = Row { answer, next };
        let rows = &mut self.rows;
        *self.states.entry(row).or_insert_with(|| {
            rows.push(row);
            rows.len() - 1
        })
    }

    /// Says 1 of the texts that the pattern matches.
    pub fn language(&mut self, program: &Program, extent: Extent) -> Result<State> {
        if program.instructions.contains(&Instruction::End) {
            return Err("an end of text in a pattern for an automaton".into());
        }
        let mut start = Vec::new();
        follow(program, 0, &mut start);
        let mut known = HashMap::new();
        Ok(self.subset(program, extent, start, &mut known))
    }

    /// The state for a set of instructions of which any may be next.
    fn subset(
        &mut self,
        program: &Program,
        extent: Extent,
        mut set: Vec<usize>,
        known: &mut HashMap<Vec<usize>, State>,
    ) -> State {
        set.sort_unstable();
        set.dedup();
        if let Some(&state) = known.get(&set) {
            return state;
        }
        let matches = set
            .iter()
            .any(|&at| program.instructions[at] == Instruction::Match);
        let state = if set.is_empty() {
            DEAD
        } else if matches && extent == Extent::Prefix {
            self.sink(1)
        } else {
            let mut next = [DEAD; 10];
            for (digit, next) in next.iter_mut().enumerate() {
                let mut after = Vec::new();
                for &at in &set {
                    if let Instruction::Digit(digits) = program.instructions[at]
                        && digits & 1 << digit != 0
                    {
                        follow(program, at + 1, &mut after);
                    }
                }
                *next = self.subset(program, extent, after, known);
            }
            self.state(u16::from(matches), next)
        };
        known.insert(set, state);
        state
    }

    /// Says 1 of the texts of the given lengths: bit `n` stands for length `n`.
    pub fn lengths(&mut self, lengths: u32) -> State {
        let mut state = DEAD;
        for length in (0..32).rev() {
            state = self.state((lengths >> length & 1) as u16, [state; 10]);
        }
        state
    }

    /// Runs automata side by side and says what `decide` makes of their answers.
    pub fn combine(&mut self, parts: &[State], decide: &dyn Fn(&[u16]) -> u16) -> State {
        self.product(parts.to_vec(), decide, &mut HashMap::new())
    }

    fn product(
        &mut self,
        parts: Vec<State>,
        decide: &dyn Fn(&[u16]) -> u16,
        known: &mut HashMap<Vec<State>, State>,
    ) -> State {
        if let Some(&state) = known.get(&parts) {
            return state;
        }
        let answers: Vec<u16> = parts.iter().map(|&part| self.rows[part].answer).collect();
        let answer = decide(&answers);
        let state = if parts.iter().all(|&part| self.rows[part].next == [part; 10]) {
            self.sink(answer)
        } else {
            let mut next = [DEAD; 10];
            for (digit, next) in next.iter_mut().enumerate() {
                let after = parts
                    .iter()
                    .map(|&part| self.rows[part].next[digit])
                    .collect();
                *next = self.product(after, decide, known);
            }
            self.state(answer, next)
        };
        known.insert(parts, state);
        state
    }
}

/// Adds to `set` what may be next once execution has come to `at`.
pub fn follow(program: &Program, at: usize, set: &mut Vec<usize>) {
    match program.instructions[at] {
        Instruction::Split(other) => {
            follow(program, at + 1, set);
            follow(program, other, set);
        }
        Instruction::Jump(there) => follow(program, there, set),
        Instruction::Open(_) | Instruction::Close(_) => follow(program, at + 1, set),
        Instruction::Digit(_) | Instruction::End | Instruction::Match => set.push(at),
    }
}
