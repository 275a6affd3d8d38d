//! Contact scoring: what a contact is (fit) plus what it does (engagement), 0 to 100.
//!
//! Engagement decays exponentially. A signal of weight `w` at time `s` is worth
//! `w * 2^-((t - s)/h)` at a later time `t`, with the half-life `h` of its group. The sum over a
//! group's signals needs no list of them: (value, as_of) says it all, because the sum at `t` is
//! `value * 2^-((t - as_of)/h)`. Such states are linear: the order of arrival does not matter,
//! a deleted signal is subtracted, partial sums add up. A group's cap is applied when a score is
//! read, never to the state.
//!
//! Times are seconds; where they come from does not matter, only differences count.
//!
//! [`Sums`] is what is kept of a contact, [`rank`] the order of the hottest, [`due`] when a score
//! changes by itself. What counts is said by a [`Model`]: [`BUILT_IN`], or one that [`rules`] reads.

pub mod due;
mod fit;
mod model;
pub mod rank;
pub mod rules;
mod sums;

pub use fit::{ATTRIBUTES, Attribute, Bound, Kind, Profile, Rule, Test};
pub use model::{BUILT_IN, EVENT, FitGroup, Group, Model, OTHER, Signal};
pub use sums::{Sums, engagement, points};

/// What `value` is worth `elapsed` seconds later, with a half-life in seconds.
///
/// Never overflows for a non-negative `elapsed`; a negative one (a look back) grows the value.
#[must_use]
pub fn decay(value: f64, elapsed: f64, half_life: f64) -> f64 {
    value * (-elapsed / half_life).exp2()
}

/// One line of an explanation. The lines' points add up to the score before rounding and clamping.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// `fit`, `engagement`, or `cap` for what a group's cap takes off.
    pub component: &'static str,
    /// The attribute, the signal, or for `cap` the group.
    pub signal: String,
    /// For fit 1, for engagement the number of signals, for a cap the group's sum before it.
    pub raw: f64,
    /// Its share of the score.
    pub points: f64,
}

/// Decayed signals of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSum {
    /// The signal's name.
    pub signal: String,
    /// How many there are.
    pub count: f64,
    /// `sum of w 2^-((t - s)/h)` over them, with their own weights `w`, before the rule's.
    pub decayed: f64,
}

impl Model {
    /// The engagement lines of a contact, with a `cap` line for every group above its cap.
    /// Signals that the model does not know count nothing.
    #[must_use]
    pub fn engagement(&self, sums: &[SignalSum]) -> Vec<Line> {
        let mut lines = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let mut total = 0.0;
            for sum in sums {
                let Some(rule) = self.rule(&sum.signal).filter(|rule| rule.group == place) else {
                    continue;
                };
                let points = rule.weight * sum.decayed;
                total += points;
                lines.push(Line {
                    component: "engagement",
                    signal: sum.signal.clone(),
                    raw: sum.count,
                    points,
                });
            }
            if total > group.cap {
                lines.push(Line {
                    component: "cap",
                    signal: group.name.clone(),
                    raw: total,
                    points: group.cap - total,
                });
            }
        }
        lines
    }
}

/// The score: rounded half away from zero, clamped to 0..=100.
#[must_use]
pub fn score(points: f64) -> i32 {
    points.round().clamp(0.0, 100.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;

    #[test]
    fn halves_every_half_life() {
        for (elapsed, left) in [(0.0, 8.0), (DAY, 4.0), (3.0 * DAY, 1.0), (1e9 * DAY, 0.0)] {
            assert_eq!(decay(8.0, elapsed, DAY), left);
        }
    }

    #[test]
    fn a_score_is_rounded_and_clamped() {
        for (points, expected) in [
            (-3.0, 0),
            (0.4, 0),
            (0.5, 1),
            (99.5, 100),
            (1e300, 100),
            (f64::NAN, 0),
        ] {
            assert_eq!(score(points), expected, "{points}");
        }
    }

    proptest! {
        #[test]
        fn an_explanation_adds_up_to_the_capped_groups(
            sums in prop::collection::vec((0..BUILT_IN.signals.len(), 0.0..30.0_f64), 0..20),
        ) {
            let sums: Vec<_> = sums
                .into_iter()
                .map(|(i, decayed)| SignalSum {
                    signal: BUILT_IN.signals[i].name.clone(),
                    count: 1.0,
                    decayed,
                })
                .collect();
            let explained: f64 = BUILT_IN.engagement(&sums).iter().map(|l| l.points).sum();
            let read: f64 = BUILT_IN
                .groups
                .iter()
                .enumerate()
                .map(|(place, group)| {
                    let total: f64 = sums
                        .iter()
                        .filter_map(|s| {
                            let signal = BUILT_IN.rule(&s.signal)?;
                            (signal.group == place).then_some(signal.weight * s.decayed)
                        })
                        .sum();
                    total.min(group.cap)
                })
                .sum();
            prop_assert!((explained - read).abs() < 1e-9);
        }
    }
}
