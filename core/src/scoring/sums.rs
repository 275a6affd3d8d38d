//! What is kept of a contact: one decayed sum for each group of signals, and one of what was bad.

use super::{Model, decay};

/// Decayed sums of a contact's signals, all as of one time.
///
/// They are linear, like a single [`super::State`]: the order of arrival does not matter, a deleted
/// signal is subtracted, partial sums add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// The time that the values speak of, in seconds: that of the latest signal.
    pub as_of: f64,
    /// First the debit: the magnitudes of negative weights, decayed with the model's longest
    /// half-life. Then the sum of each group, in the model's order. What is missing at the end is 0.
    pub values: Vec<f64>,
}

impl Sums {
    /// One signal: of the group at this place in the model, taken away where `sign` is negative.
    #[must_use]
    pub fn of(model: &Model, group: usize, weight: f64, sign: f64, at: f64) -> Self {
        let mut values = vec![0.0; model.groups.len() + 1];
        if let Some(value) = values.get_mut(group + 1) {
            *value = sign * weight;
        }
        if weight < 0.0
            && let Some(debit) = values.first_mut()
        {
            *debit = -sign * weight;
        }
        Self { as_of: at, values }
    }

    /// Adds one signal, as [`Self::of`] would make it.
    pub fn add(&mut self, model: &Model, group: usize, weight: f64, sign: f64, at: f64) {
        self.move_to(model, at);
        self.values
            .resize(self.values.len().max(model.groups.len() + 1), 0.0);
        let elapsed = self.as_of - at;
        if let Some(value) = self.values.get_mut(group + 1) {
            *value += decay(sign * weight, elapsed, half_life(model, group + 1));
        }
        if weight < 0.0
            && let Some(debit) = self.values.first_mut()
        {
            *debit -= decay(sign * weight, elapsed, model.longest_half_life());
        }
    }

    /// Adds the other's signals.
    #[must_use]
    pub fn merge(mut self, model: &Model, mut other: Self) -> Self {
        self.move_to(model, other.as_of);
        other.move_to(model, self.as_of);
        if other.values.len() > self.values.len() {
            std::mem::swap(&mut self.values, &mut other.values);
        }
        for (value, added) in self.values.iter_mut().zip(other.values) {
            *value += added;
        }
        self
    }

    /// Decays all values to a later time; an earlier one changes nothing.
    fn move_to(&mut self, model: &Model, at: f64) {
        if at > self.as_of {
            for (place, value) in self.values.iter_mut().enumerate() {
                *value = decay(*value, at - self.as_of, half_life(model, place));
            }
            self.as_of = at;
        }
    }

    /// Each group's sum at a time, in the model's order. Exact where it is not before `as_of`.
    pub fn at(&self, model: &Model, at: f64) -> impl Iterator<Item = f64> {
        let elapsed = at - self.as_of;
        self.values
            .iter()
            .skip(1)
            .zip(model.groups)
            .map(move |(value, group)| decay(*value, elapsed, group.half_life))
    }

    /// The sum of all groups at a time, before any cap.
    #[must_use]
    pub fn engagement(&self, model: &Model, at: f64) -> f64 {
        // Not the negative zero that is the sum of nothing.
        self.at(model, at).sum::<f64>() + 0.0
    }

    /// The points of all groups at a time, caps applied.
    #[must_use]
    pub fn points(&self, model: &Model, at: f64) -> f64 {
        self.at(model, at)
            .zip(model.groups)
            .map(|(value, group)| value.min(group.cap))
            .sum::<f64>()
            + 0.0
    }
}

/// The half-life of a place in [`Sums::values`].
fn half_life(model: &Model, place: usize) -> f64 {
    place
        .checked_sub(1)
        .and_then(|group| model.groups.get(group))
        .map_or_else(|| model.longest_half_life(), |group| group.half_life)
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;

    /// (signal of the built-in model, sign, time)
    pub fn history() -> impl Strategy<Value = Vec<(usize, f64, f64)>> {
        prop::collection::vec(
            (
                0..BUILT_IN.signals.len(),
                prop::sample::select(&[1.0, 1.0, 1.0, -1.0][..]),
                0.0..400.0 * DAY,
            ),
            1..40,
        )
    }

    fn parts(history: &[(usize, f64, f64)]) -> Vec<(usize, f64, f64, f64)> {
        history
            .iter()
            .map(|&(signal, sign, at)| {
                let rule = BUILT_IN.signals[signal];
                (BUILT_IN.place(rule.group).unwrap(), rule.weight, sign, at)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn added_or_merged_they_are_what_the_signals_say(
            history in history(), split in 0..40_usize, later in 0.0..300.0_f64,
        ) {
            let parts = parts(&history);
            let sum = |parts: &[(usize, f64, f64, f64)]| {
                parts.iter().fold(None, |sums: Option<Sums>, &(group, weight, sign, at)| {
                    let mut sums = sums.unwrap_or(Sums { as_of: at, values: vec![] });
                    sums.add(&BUILT_IN, group, weight, sign, at);
                    Some(sums)
                })
            };
            let one_by_one = sum(&parts).unwrap();
            let (some, others) = parts.split_at(split.min(parts.len()));
            let merged = match (sum(some), sum(others)) {
                (Some(a), Some(b)) => a.merge(&BUILT_IN, b),
                (a, b) => a.or(b).unwrap(),
            };
            let made = parts
                .iter()
                .map(|&(group, weight, sign, at)| Sums::of(&BUILT_IN, group, weight, sign, at))
                .reduce(|a, b| a.merge(&BUILT_IN, b))
                .unwrap();
            let at = (400.0 + later) * DAY;
            for (place, group) in BUILT_IN.groups.iter().enumerate() {
                let of_group = || parts.iter().filter(move |p| p.0 == place);
                let exact: f64 = of_group().map(|p| decay(p.1 * p.2, at - p.3, group.half_life)).sum();
                let magnitude: f64 = of_group().map(|p| decay(p.1.abs(), at - p.3, group.half_life)).sum();
                for sums in [&one_by_one, &merged, &made] {
                    let kept = sums.at(&BUILT_IN, at).nth(place).unwrap_or(0.0);
                    prop_assert!((kept - exact).abs() <= 1e-9 * magnitude + 1e-300, "{} {kept} {exact}", group.name);
                }
            }
            let longest = BUILT_IN.longest_half_life();
            let debit: f64 = parts.iter().filter(|p| p.1 < 0.0).map(|p| p.2 * decay(-p.1, one_by_one.as_of - p.3, longest)).sum();
            for sums in [&one_by_one, &merged, &made] {
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
            let merged = a.clone().merge(&BUILT_IN, b.clone());
            assert_eq!(merged.values, [1.0, 5.0, 2.0, 0.0, 0.0, 3.0]);
        }
        assert_eq!(short.engagement(&BUILT_IN, 0.0), 4.0);
    }
}
