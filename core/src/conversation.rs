//! What a conversation keeps of its messages' times.
//!
//! Times are microseconds of any epoch. A reply is an outbound message not before the first inbound
//! one; the contact waits since the first inbound message after the last outbound one. A message that
//! answers at the very instant of the question answers it.

/// The kept times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When the last message passed.
    pub last_message: Option<i64>,
    /// When the contact last wrote.
    pub last_inbound: Option<i64>,
    /// When the organization first answered.
    pub first_reply: Option<i64>,
    /// Since when the contact waits for an answer.
    pub waiting_since: Option<i64>,
}

/// The times after further messages passed, in whatever order they are given; `None` where the kept
/// times do not tell them: a message that is not later than the last one may come between others that
/// are not kept. A `resolved` conversation has nobody waiting.
pub fn advance(kept: Times, resolved: bool, inbound: &[i64], outbound: &[i64]) -> Option<Times> {
    let earliest = inbound.iter().chain(outbound).min();
    if kept
        .last_message
        .is_some_and(|last| earliest.is_some_and(|&first| first <= last))
    {
        return None;
    }
    // At one instant the contact's message comes first: false sorts before true.
    let mut passed: Vec<(i64, bool)> = inbound
        .iter()
        .map(|&at| (at, false))
        .chain(outbound.iter().map(|&at| (at, true)))
        .collect();
    passed.sort_unstable();
    let mut times = kept;
    let mut answered = None;
    for (at, is_reply) in passed {
        times.last_message = Some(at);
        if is_reply {
            answered = Some(at);
            times.waiting_since = None;
            if times.last_inbound.is_some() {
                times.first_reply.get_or_insert(at);
            }
        } else {
            times.last_inbound = Some(at);
            if answered < Some(at) {
                times.waiting_since.get_or_insert(at);
            }
        }
    }
    if resolved {
        times.waiting_since = None;
    }
    Some(times)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By definition: (time, whether it is outbound).
    fn reckon(messages: &[(i64, bool)], resolved: bool) -> Times {
        let of = |direction: bool| {
            messages
                .iter()
                .filter(move |(_, outbound)| *outbound == direction)
                .map(|(at, _)| *at)
        };
        let (first_inbound, last_outbound) = (of(false).min(), of(true).max());
        Times {
            last_message: messages.iter().map(|(at, _)| *at).max(),
            last_inbound: of(false).max(),
            first_reply: first_inbound.and_then(|first| of(true).filter(|at| *at >= first).min()),
            waiting_since: of(false)
                .filter(|at| !resolved && last_outbound.is_none_or(|last| *at > last))
                .min(),
        }
    }

    fn split(messages: &[(i64, bool)]) -> (Vec<i64>, Vec<i64>) {
        let of = |direction: bool| {
            messages
                .iter()
                .filter(|(_, outbound)| *outbound == direction)
                .map(|(at, _)| *at)
                .collect()
        };
        (of(false), of(true))
    }

    #[test]
    fn an_answer_at_the_instant_of_the_question_answers_it() {
        let times = advance(Times::default(), false, &[5], &[5]);
        assert_eq!(times, Some(reckon(&[(5, false), (5, true)], false)));
        assert_eq!(times.and_then(|t| t.waiting_since), None);
    }

    #[test]
    fn a_late_message_needs_the_others() {
        let kept = reckon(&[(5, false), (9, true)], false);
        assert_eq!(advance(kept, false, &[9], &[]), None);
        assert_eq!(advance(kept, false, &[], &[7, 12]), None);
        assert!(advance(kept, false, &[10], &[]).is_some());
    }

    #[test]
    fn nothing_new_changes_nothing() {
        let kept = reckon(&[(5, false), (9, true), (11, false)], false);
        assert_eq!(advance(kept, false, &[], &[]), Some(kept));
    }

    proptest! {
        #[test]
        fn batch_by_batch_is_as_by_definition(
            batches in prop::collection::vec(
                prop::collection::vec((0i64..40, any::<bool>()), 0..5), 0..8),
            resolved in any::<bool>(),
        ) {
            let mut all: Vec<(i64, bool)> = Vec::new();
            let mut kept = Times::default();
            for batch in batches {
                let (inbound, outbound) = split(&batch);
                let in_order = batch.iter().all(|(at, _)| all.iter().all(|(before, _)| at > before));
                all.extend(&batch);
                let truth = reckon(&all, resolved);
                let advanced = advance(kept, resolved, &inbound, &outbound);
                prop_assert_eq!(advanced.is_some(), in_order);
                if let Some(times) = advanced {
                    prop_assert_eq!(times, truth);
                }
                kept = truth;
            }
        }
    }
}
