//! When a score changes by itself: the next time at which decay alone takes it to another value.
//!
//! Without negative sums a score only falls, and a bisection finds the time. With them it may rise
//! first and fall later. So a stretch of time is judged by bounds: within it the positive sums are
//! worth least at its end and the negative ones take most at its beginning. Stretches that cannot hold
//! the time are passed over, the others halved, down to a thousandth of a second.

use super::{Model, Sums, score};

/// Seconds below which two times are one.
const RESOLUTION: f64 = 1e-3;

/// After so many stretches the beginning of the next one is the answer: too early does no harm, since
/// whoever looks again asks again.
const MOST_STRETCHES: u32 = 4_000;

/// In so many of the longest half-lives everything has faded to nothing.
const ETERNITY: f64 = 60.0;

/// The points of a contact as time goes on.
struct Course<'a> {
    model: &'a Model,
    fit: f64,
    sums: &'a Sums,
}

impl Course<'_> {
    /// Positive and negative sums at a time, caps applied.
    fn parts(&self, at: f64) -> (f64, f64) {
        self.sums
            .at(self.model, at)
            .zip(&self.model.groups)
            .map(|(value, group)| value.min(group.cap))
            .fold((0.0, 0.0), |(gain, loss), value| {
                (gain + value.max(0.0), loss + (-value).max(0.0))
            })
    }

    fn points(&self, at: f64) -> f64 {
        let (gain, loss) = self.parts(at);
        self.fit + gain - loss
    }

    /// The first time from `from` on, to `to`, at which the points are below `level`, or, for `up`, no
    /// longer below it.
    fn first(&self, level: f64, up: bool, from: f64, to: f64) -> Option<f64> {
        let mut stretches = vec![(from, to)];
        let mut left = MOST_STRETCHES;
        while let Some((start, end)) = stretches.pop() {
            let (gain, loss) = (self.parts(start), self.parts(end));
            let possible = if up {
                self.fit + gain.0 - loss.1 >= level
            } else {
                self.fit + loss.0 - gain.1 < level
            };
            if !possible {
                continue;
            }
            let reached = |at| (self.points(at) >= level) == up;
            if reached(start) {
                return Some(start);
            }
            left = left.saturating_sub(1);
            if end - start <= RESOLUTION {
                if reached(end) {
                    return Some(end);
                }
                continue;
            }
            if left == 0 {
                return Some(start);
            }
            let middle = start + (end - start) / 2.0;
            stretches.push((middle, end));
            stretches.push((start, middle));
        }
        None
    }
}

/// When the score will first be below `level` by decay alone, in seconds, where it is not now and ever
/// will be. `at` must not be before `sums.as_of`.
#[must_use]
pub fn falls_at(model: &Model, fit: f64, sums: &Sums, at: f64, level: i32) -> Option<f64> {
    let course = Course { model, fit, sums };
    course.first(f64::from(level) - 0.5, false, at, eternity(model, at))
}

/// When the rounded score will first be another one by decay alone, in seconds; `None`: never. `at`
/// must not be before `sums.as_of`.
#[must_use]
pub fn changes_at(model: &Model, fit: f64, sums: &Sums, at: f64) -> Option<f64> {
    let course = Course { model, fit, sums };
    let now = score(course.points(at));
    let end = eternity(model, at);
    let falls = (now > 0)
        .then(|| course.first(f64::from(now) - 0.5, false, at, end))
        .flatten();
    let end = falls.unwrap_or(end);
    let rises = (now < 100 && course.parts(at).1 > 0.0)
        .then(|| course.first(f64::from(now) + 0.5, true, at, end))
        .flatten();
    rises.or(falls)
}

fn eternity(model: &Model, at: f64) -> f64 {
    at + ETERNITY * model.half_lives().first().copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;

    fn sums(values: &[f64]) -> Sums {
        Sums {
            as_of: 0.0,
            values: std::iter::once(0.0).chain(values.iter().copied()).collect(),
        }
    }

    #[test]
    fn of_one_group_it_is_what_the_formula_says() {
        // h * log2(value / (level - 0.5 - fit)), of conversations: 30 days.
        for (fit, value, level) in [(0.0, 20.0, 10), (5.0, 24.0, 8), (40.0, 10.0, 41)] {
            let expected = 30.0 * DAY * (value / (f64::from(level) - 0.5 - fit)).log2();
            let found = falls_at(&BUILT_IN, fit, &sums(&[value]), 0.0, level).unwrap();
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
        // Above its cap a group does not fall.
        let capped = falls_at(&BUILT_IN, 0.0, &sums(&[50.0]), 0.0, 25).unwrap();
        let expected = 30.0 * DAY * (50.0_f64 / 24.5).log2();
        assert!((capped - expected).abs() < 0.01);
    }

    #[test]
    fn what_does_not_change_has_no_time() {
        assert_eq!(changes_at(&BUILT_IN, 10.0, &sums(&[]), 5.0), None);
        assert_eq!(changes_at(&BUILT_IN, 10.0, &sums(&[0.2]), 5.0), None);
        assert_eq!(falls_at(&BUILT_IN, 50.0, &sums(&[9.0]), 0.0, 50), None);
        assert_eq!(falls_at(&BUILT_IN, 20.0, &sums(&[9.0]), 0.0, 50), Some(0.0));
        assert_eq!(changes_at(&BUILT_IN, -50.0, &sums(&[9.0]), 0.0), None);
    }

    #[test]
    fn what_was_bad_fades_too() {
        // -5 points of e-mail: from 5 to 10 in the end.
        let at = changes_at(&BUILT_IN, 10.0, &sums(&[0.0, -5.0]), 0.0).unwrap();
        let expected = 30.0 * DAY * (5.0_f64 / 4.5).log2();
        assert!((at - expected).abs() < 0.01, "{at} {expected}");
    }

    fn any_sums() -> impl Strategy<Value = Sums> {
        prop::collection::vec(-40.0..60.0_f64, 6).prop_map(|values| sums(&values))
    }

    proptest! {
        #[test]
        fn nothing_changes_before(fit in -20.0..60.0_f64, sums in any_sums(), steps in 1..50_u32) {
            let now = score(fit + sums.points(&BUILT_IN, 0.0));
            let until = changes_at(&BUILT_IN, fit, &sums, 0.0);
            let end = until.unwrap_or(4_000.0 * DAY);
            for step in 0..steps {
                let at = end * f64::from(step) / f64::from(steps) * 0.999_999;
                prop_assert_eq!(score(fit + sums.points(&BUILT_IN, at)), now, "at {}", at);
            }
            if let Some(at) = until {
                prop_assert!(score(fit + sums.points(&BUILT_IN, at + 0.01)) != now
                             || score(fit + sums.points(&BUILT_IN, at)) != now, "at {}", at);
            }
        }

        #[test]
        fn it_falls_below_a_level_and_not_before(
            fit in -20.0..60.0_f64, sums in any_sums(), level in 1..100_i32, steps in 1..50_u32,
        ) {
            let is_below = |at: f64| score(fit + sums.points(&BUILT_IN, at)) < level;
            let until = falls_at(&BUILT_IN, fit, &sums, 0.0, level);
            let end = until.unwrap_or(4_000.0 * DAY);
            for step in 0..steps {
                let at = end * f64::from(step) / f64::from(steps) * 0.999_999;
                prop_assert!(until == Some(0.0) || !is_below(at), "at {}", at);
            }
            if let Some(at) = until {
                prop_assert!(is_below(at) || is_below(at + 0.01), "at {}", at);
            }
        }
    }
}
