//! What is kept of a contact: one decayed sum for each group of signals, and one of what was bad.
//!
//! Half-lives come as [`Model::half_lives`] gives them: first the longest, then each group's.

use super::{Model, decay};

/// Decayed sums of a contact's signals, all as of one time.
///
/// They are linear: the order of arrival does not matter, a deleted signal is subtracted, partial sums
/// add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// The time that the values speak of, in seconds: that of the latest signal.
    pub as_of: f64,
    /// First the debit: the magnitudes of what counts against the contact, decayed with the longest
    /// half-life. Then the sum of each group, in the model's order. What is missing at the end is 0.
    pub values: Vec<f64>,
}

impl Sums {
    /// Nothing yet, as of a time.
    #[must_use]
    pub fn none(as_of: f64) -> Self {
        Self {
            as_of,
            values: Vec::new(),
        }
    }

    /// Adds one signal of the group at this place, worth `points` when it happened; `sign` is -1 for a
    /// signal that is taken away again.
    pub fn add(&mut self, half_lives: &[f64], group: usize, points: f64, sign: f64, at: f64) {
        self.move_to(half_lives, at);
        self.values
            .resize(self.values.len().max(half_lives.len()), 0.0);
        let elapsed = self.as_of - at;
        let mut put = |place: usize, value: f64| {
            if let (Some(kept), Some(half_life)) =
                (self.values.get_mut(place), half_lives.get(place))
            {
                *kept += decay(value, elapsed, *half_life);
            }
        };
        put(group + 1, sign * points);
        if points < 0.0 {
            put(0, -sign * points);
        }
    }

    /// Adds the other's signals.
    #[must_use]
    pub fn merge(mut self, half_lives: &[f64], mut other: Self) -> Self {
        self.move_to(half_lives, other.as_of);
        other.move_to(half_lives, self.as_of);
        if other.values.len() > self.values.len() {
            std::mem::swap(&mut self.values, &mut other.values);
        }
        for (value, added) in self.values.iter_mut().zip(other.values) {
            *value += added;
        }
        self
    }

    /// Decays all values to a later time; an earlier one changes nothing.
    fn move_to(&mut self, half_lives: &[f64], at: f64) {
        if at > self.as_of {
            for (value, half_life) in self.values.iter_mut().zip(half_lives) {
                *value = decay(*value, at - self.as_of, *half_life);
            }
            self.as_of = at;
        }
    }

    /// Each group's sum at a time, in the model's order. Exact where it is not before `as_of`.
    pub fn at<'a>(&'a self, model: &'a Model, at: f64) -> impl Iterator<Item = f64> + 'a {
        at_time(self.values.iter().copied(), self.as_of, model, at)
    }

    /// The sum of all groups at a time, before any cap.
    #[must_use]
    pub fn engagement(&self, model: &Model, at: f64) -> f64 {
        engagement(self.values.iter().copied(), self.as_of, model, at)
    }

    /// The points of all groups at a time, caps applied.
    #[must_use]
    pub fn points(&self, model: &Model, at: f64) -> f64 {
        points(self.values.iter().copied(), self.as_of, model, at)
    }
}

fn at_time<'a>(
    values: impl Iterator<Item = f64> + 'a,
    as_of: f64,
    model: &'a Model,
    at: f64,
) -> impl Iterator<Item = f64> + 'a {
    let elapsed = at - as_of;
    values
        .skip(1)
        .zip(&model.groups)
        .map(move |(value, group)| decay(value, elapsed, group.half_life))
}

/// [`Sums::engagement`] of values that are kept elsewhere.
#[must_use]
pub fn engagement(values: impl Iterator<Item = f64>, as_of: f64, model: &Model, at: f64) -> f64 {
    // Not the negative zero that is the sum of nothing.
    at_time(values, as_of, model, at).sum::<f64>() + 0.0
}

/// [`Sums::points`] of values that are kept elsewhere.
#[must_use]
pub fn points(values: impl Iterator<Item = f64>, as_of: f64, model: &Model, at: f64) -> f64 {
    at_time(values, as_of, model, at)
        .zip(&model.groups)
        .map(|(value, group)| value.min(group.cap))
        .sum::<f64>()
        + 0.0
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;

    /// (signal of the built-in model, its own weight, sign, time)
    fn history() -> impl Strategy<Value = Vec<(usize, f64, f64, f64)>> {
        prop::collection::vec(
            (
                0..BUILT_IN.signals.len(),
                prop::sample::select(&[1.0, 1.0, 2.5, -1.0][..]),
                prop::sample::select(&[1.0, 1.0, 1.0, -1.0][..]),
                0.0..400.0 * DAY,
            ),
            1..40,
        )
    }

    proptest! {
        #[test]
        fn added_or_merged_they_are_what_the_signals_say(
            history in history(), split in 0..40_usize, later in 0.0..300.0_f64,
        ) {
            let half_lives = BUILT_IN.half_lives();
            let parts: Vec<_> = history
                .iter()
                .map(|&(signal, own, sign, at)| {
                    let rule = &BUILT_IN.signals[signal];
                    (rule.group, rule.weight * own, sign, at)
                })
                .collect();
            let sum = |parts: &[(usize, f64, f64, f64)]| {
                parts.iter().fold(None, |sums: Option<Sums>, &(group, points, sign, at)| {
                    let mut sums = sums.unwrap_or_else(|| Sums::none(at));
                    sums.add(half_lives, group, points, sign, at);
                    Some(sums)
                })
            };
            let one_by_one = sum(&parts).unwrap();
            let (some, others) = parts.split_at(split.min(parts.len()));
            let merged = match (sum(some), sum(others)) {
                (Some(a), Some(b)) => a.merge(half_lives, b),
                (a, b) => a.or(b).unwrap(),
            };
            let at = (400.0 + later) * DAY;
            for (place, group) in BUILT_IN.groups.iter().enumerate() {
                let of_group = || parts.iter().filter(move |p| p.0 == place);
                let exact: f64 = of_group().map(|p| decay(p.1 * p.2, at - p.3, group.half_life)).sum();
                let magnitude: f64 = of_group().map(|p| decay(p.1.abs(), at - p.3, group.half_life)).sum();
                for sums in [&one_by_one, &merged] {
                    let kept = sums.at(&BUILT_IN, at).nth(place).unwrap_or(0.0);
                    prop_assert!((kept - exact).abs() <= 1e-9 * magnitude + 1e-300, "{} {kept} {exact}", group.name);
                }
            }
            let debit: f64 = parts.iter().filter(|p| p.1 < 0.0)
                .map(|p| p.2 * decay(-p.1, one_by_one.as_of - p.3, half_lives[0])).sum();
            for sums in [&one_by_one, &merged] {
                prop_assert!((sums.values[0] - debit).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_an_older_release_kept_has_fewer_groups() {
        let short = Sums {
            as_of: 0.0,
            values: vec![1.0, 4.0],
        };
        let long = Sums {
            as_of: 0.0,
            values: vec![0.0, 1.0, 2.0, 0.0, 0.0, 3.0],
        };
        for (a, b) in [(&short, &long), (&long, &short)] {
            let merged = a.clone().merge(BUILT_IN.half_lives(), b.clone());
            assert_eq!(merged.values, [1.0, 5.0, 2.0, 0.0, 0.0, 3.0]);
        }
        assert_eq!(short.engagement(&BUILT_IN, 0.0), 4.0);
        assert_eq!(Sums::none(5.0).engagement(&BUILT_IN, 9.0), 0.0);
    }
}
