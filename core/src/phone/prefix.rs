//! Prefixes that are dialled before a number: the interpreter of their programs.
//!
//! The programs are written by `core/build/prefix.rs`, which also sees to it that none keeps more
//! alternatives open than there is room for. They have no circles, so each ends.

use super::digits::Digits;
use super::plan::PROGRAMS;

/// A program, where it begins, and with which digits what it takes begins.
pub struct Prefix {
    pub start: u16,
    pub first: u16,
}

/// What is written for a national prefix: these digits, and what the program's group has taken.
pub struct Rule {
    pub digits: [u8; 4],
    pub length: u8,
}

/// What a program has taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// So many digits.
    pub length: usize,
    /// Where its group begins and ends, if that has taken part.
    pub group: Option<(usize, usize)>,
}

/// A point in the execution of a program. Small, since room for some is set aside at every call;
/// texts have at most 250 digits, and programs take hardly more than ten.
#[derive(Clone, Copy, Default)]
struct Path {
    at: u16,
    digit: u8,
    opened: u8,
    group: Option<(u8, u8)>,
}

impl Prefix {
    /// What it takes of the beginning of `digits`, which is never nothing.
    pub fn take(&self, digits: &[u8]) -> Option<Taken> {
        if self.first & 1 << digits.first()? == 0 {
            return None;
        }
        let mut others = [Path::default(); 32];
        let mut open = 0;
        let mut path = Path {
            at: self.start,
            ..Path::default()
        };
        loop {
            let word = *PROGRAMS.get(usize::from(path.at))?;
            let argument = word & 0xfff;
            let goes_on = match word >> 12 {
                0 => {
                    let digit = digits.get(usize::from(path.digit));
                    path.digit = path.digit.saturating_add(1);
                    digit.is_some_and(|digit| argument & 1 << digit != 0)
                }
                1 => {
                    *others.get_mut(open)? = Path {
                        at: path.at + argument,
                        ..path
                    };
                    open += 1;
                    true
                }
                2 => {
                    path.at += argument;
                    continue;
                }
                3 => {
                    path.opened = path.digit;
                    true
                }
                4 => {
                    path.group = Some((path.opened, path.digit));
                    true
                }
                5 => usize::from(path.digit) == digits.len(),
                _ => {
                    return (path.digit > 0).then_some(Taken {
                        length: path.digit.into(),
                        group: path.group.map(|(from, until)| (from.into(), until.into())),
                    });
                }
            };
            if goes_on {
                path.at += 1;
            } else {
                open = open.checked_sub(1)?;
                path = *others.get(open)?;
            }
        }
    }
}

impl Rule {
    /// What stands for the digits: the rule's, the group's, and what was not taken.
    pub fn rewrite<const N: usize>(&self, digits: &[u8], taken: &Taken, to: &mut Digits<N>) {
        let (from, until) = taken.group.unwrap_or_default();
        to.extend(self.digits.get(..self.length.into()).unwrap_or_default());
        to.extend(digits.get(from..until).unwrap_or_default());
        to.extend(digits.get(taken.length..).unwrap_or_default());
    }
}
