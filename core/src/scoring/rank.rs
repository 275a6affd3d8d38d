//! The order of the hottest contacts by an index that is not rewritten as time goes on.
//!
//! With one half-life `H` for all signals, `rank = log2(value) + as_of/H` orders contacts the same way
//! at every later time (forward decay: Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009), since at `t`
//! each is worth `2^(rank - t/H)`. With several half-lives there is no such order: who leads today by
//! quick signals may be overtaken by somebody with slow ones, though neither does anything. So the
//! rank is not a place but a *bound*, and the reader checks: it takes contacts in descending rank,
//! reckons each one's engagement exactly, and ends when the worst of the n best so far is above what
//! the next rank allows. The answer is exact at any time; how many contacts have to be looked at
//! depends on how tight the bound is.
//!
//! Let `v_i` be the sum of group `i` as of `a`, with half-life `h_i <= H`, let `p_i` be its positive and
//! `n_i` its negative part (`v_i = p_i - n_i`), and `D` the debit: all negative parts, decayed with `H`
//! and therefore at least their sum. The bound's value is `P = sum of max(v_i, 0) + D`, its rank
//! `log2(P) + a/H`, rounded up.
//!
//! - *At `t >= a`* the engagement is `sum of v_i 2^-((t-a)/h_i) <= sum of max(v_i, 0) 2^-((t-a)/H) <=
//!   P 2^-((t-a)/H) = 2^(rank - t/H)`.
//! - *At `t < a`*, which is every time that is asked by a transaction older than the signal, only
//!   signals up to `t` count. The positive ones were worth no more at `t` than all of them as of `a`,
//!   grown back: `sum of p_i 2^((a-t)/h_i)`. As `p_i = v_i + n_i`, the sum of `p_i` is at most `P`. So
//!   the engagement is at most `P 2^((a-t)/s)` with the shortest half-life `s`, which is
//!   `2^(rank - t/H + (a-t)(1/s - 1/H))`: the bound, and [`slack`] for `a - t`.
//! - How late `a` may be is known without asking: a state of the writer's future gets the rank
//!   infinity ([`rank`]), so every other `a` is at most the reader's clock. With the clock's time the
//!   slack holds for all of them.
//!
//! A rank is rounded up to eighths: it stays the same for small changes, whose updates then touch no
//! index; the bound is at most 9 % above what it could be.

use super::Sums;

/// Ranks are multiples of this: a power of two, so that they are exact.
const STEP: f64 = 0.125;

/// Above all rounding of `log2` and `as_of/H`, which are below 1,000.
const ROUNDING: f64 = 1e-9;

/// By how much the writer's and the reader's clock may differ, in seconds: a standby has its own.
const CLOCKS: f64 = 60.0;

/// The rank of a state that was written at `known_at`; negative infinity where nothing is positive.
#[must_use]
pub fn rank(half_lives: &[f64], sums: &Sums, known_at: f64) -> f64 {
    if sums.as_of > known_at {
        return f64::INFINITY;
    }
    let positive: f64 = sums.values.iter().map(|value| value.max(0.0)).sum();
    if positive <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let exact = positive.log2() + sums.as_of / longest(half_lives);
    ((exact + ROUNDING) / STEP).ceil() * STEP
}

/// What is to be added to a rank where states may be later than `at` and up to `now`.
#[must_use]
pub fn slack(half_lives: &[f64], at: f64, now: f64) -> f64 {
    let later = (now + CLOCKS - at).max(0.0);
    let shortest = half_lives.iter().copied().fold(f64::INFINITY, f64::min);
    later * (1.0 / shortest - 1.0 / longest(half_lives))
}

/// The most engagement at `at` of contacts with this rank or a lower one.
#[must_use]
pub fn bound(half_lives: &[f64], rank: f64, slack: f64, at: f64) -> f64 {
    if rank == f64::NEG_INFINITY {
        return 0.0;
    }
    // An eternity away nothing is left, but of what is not bounded at all.
    if rank == f64::INFINITY {
        return f64::INFINITY;
    }
    (rank + slack - at / longest(half_lives) + ROUNDING).exp2()
}

/// The first of [`super::Model::half_lives`].
fn longest(half_lives: &[f64]) -> f64 {
    half_lives.first().copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::{BUILT_IN, decay};
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;
    /// Times as they are in our days, seconds since 2000.
    const EPOCH: f64 = 9_000.0 * DAY;

    /// The engagement of the signals up to `at`.
    fn brute(history: &[(usize, f64)], at: f64) -> f64 {
        history
            .iter()
            .filter(|(_, time)| *time <= at)
            .map(|(signal, time)| {
                let rule = &BUILT_IN.signals[*signal];
                let half_life = BUILT_IN.groups[rule.group].half_life;
                decay(rule.weight, at - time, half_life)
            })
            .sum()
    }

    fn kept(history: &[(usize, f64)]) -> Sums {
        let mut sums = Sums::none(history[0].1);
        for (signal, time) in history {
            let rule = &BUILT_IN.signals[*signal];
            sums.add(BUILT_IN.half_lives(), rule.group, rule.weight, 1.0, *time);
        }
        sums
    }

    fn history() -> impl Strategy<Value = Vec<(usize, f64)>> {
        prop::collection::vec(
            (0..BUILT_IN.signals.len(), EPOCH..EPOCH + 400.0 * DAY),
            1..30,
        )
    }

    proptest! {
        #[test]
        fn nobody_is_above_the_bound_at_any_time(
            history in history(), at in -50.0..1_000.0_f64,
        ) {
            let sums = kept(&history);
            let at = EPOCH + at * DAY;
            let now = EPOCH + 400.0 * DAY;
            let rank = rank(BUILT_IN.half_lives(), &sums, now);
            let bound = bound(BUILT_IN.half_lives(), rank, slack(BUILT_IN.half_lives(), at, now), at);
            let engagement = brute(&history, at);
            prop_assert!(engagement <= bound * (1.0 + 1e-12), "{engagement} > {bound}");
        }

        #[test]
        fn of_one_group_and_in_time_the_bound_is_near(
            times in prop::collection::vec(EPOCH..EPOCH + 400.0 * DAY, 1..30), later in 0.0..500.0_f64,
        ) {
            // Deals have the longest half-life.
            let created = BUILT_IN.signals.iter().position(|s| s.name == "deal_created").unwrap();
            let history: Vec<_> = times.into_iter().map(|time| (created, time)).collect();
            let at = EPOCH + (400.0 + later) * DAY;
            let rank = rank(BUILT_IN.half_lives(), &kept(&history), at);
            let (bound, engagement) = (bound(BUILT_IN.half_lives(), rank, 0.0, at), brute(&history, at));
            prop_assert!(engagement <= bound && bound <= engagement * 1.091, "{engagement} {bound}");
        }
    }

    #[test]
    fn what_lies_in_the_future_comes_first_and_what_is_nothing_last() {
        let sums = |value: f64, as_of: f64| Sums {
            as_of,
            values: vec![0.0, value],
        };
        assert_eq!(
            rank(BUILT_IN.half_lives(), &sums(1.0, 10.0), 9.0),
            f64::INFINITY
        );
        for value in [0.0, -4.0] {
            let rank = rank(BUILT_IN.half_lives(), &sums(value, 10.0), 10.0);
            assert_eq!(rank, f64::NEG_INFINITY);
            assert_eq!(bound(BUILT_IN.half_lives(), rank, 0.0, 10.0), 0.0);
        }
    }
}
