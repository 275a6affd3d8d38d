//! Scores of contacts: read from what is kept where that answers, from the signals themselves where
//! the question is older.
//!
//! Everything here runs as the caller, under the caller's row-level security.

use std::collections::BTreeMap;

use pg_crm_core::scoring::{self, Line, OTHER, SignalSum};
use pgrx::prelude::*;

use super::contact::{self, Contact, Source};
use super::engagement::seconds;
use super::models::{self, Rules};
use super::{profile, signals};
use crate::floats;
use crate::spi::{Plan, Rows, kept_text};

/// The signals of a contact up to a time, summed by the names of their rules, in their order.
fn signal_sums(
    rules: &Rules,
    organization: [u8; 16],
    id: pgrx::Uuid,
    as_of: TimestampWithTimeZone,
) -> Vec<SignalSum> {
    const ARGUMENTS: &[pg_sys::BuiltinOid] = &[
        pg_sys::BuiltinOid::UUIDOID,
        pg_sys::BuiltinOid::TIMESTAMPTZOID,
        pg_sys::BuiltinOid::UUIDOID,
    ];
    fn query(events: bool) -> &'static std::ffi::CStr {
        kept_text(format!(
            "SELECT s.signal, s.occurred_at, s.times
               FROM ({signals}) AS s
              WHERE s.contact_id OPERATOR(pg_catalog.=) $1
                AND s.occurred_at OPERATOR(pg_catalog.<=) $2
                AND s.organization_id OPERATOR(pg_catalog.=) $3",
            signals = signals::select_all(events),
        ))
    }
    thread_local! {
        static WITHOUT_EVENTS: Plan = Plan::new(query(false), ARGUMENTS);
        static WITH_EVENTS: Plan = Plan::new(query(true), ARGUMENTS);
    }
    let plan = if rules.counts_events() {
        &WITH_EVENTS
    } else {
        &WITHOUT_EVENTS
    };
    plan.with(|plan| {
        let of = pgrx::Uuid::from_bytes(organization);
        let arguments = [id.into_datum(), as_of.into_datum(), of.into_datum()];
        plan.read(&arguments, |rows| summed(rules, as_of, &rows))
    })
}

/// Signals (signal, occurred_at, times), summed by the names of their rules, in their order.
pub fn summed(rules: &Rules, as_of: TimestampWithTimeZone, rows: &Rows) -> Vec<SignalSum> {
    let mut sums = BTreeMap::<String, SignalSum>::new();
    for row in rows.iter() {
        let (Some(signal), Some(at), Some(times)) = (
            row.get::<String>(1),
            row.get::<TimestampWithTimeZone>(2),
            row.get::<f64>(3),
        ) else {
            continue;
        };
        let Some(rule) = rules.rule(&signal) else {
            continue;
        };
        let Some(group) = rules.groups.get(rule.group) else {
            continue;
        };
        // What has no rule of its own is told by its own name.
        let name = if rule.name == OTHER {
            signal
        } else {
            rule.name.clone()
        };
        let sum = sums.entry(name.clone()).or_insert(SignalSum {
            signal: name,
            count: 0.0,
            decayed: 0.0,
        });
        sum.count += 1.0;
        sum.decayed += scoring::decay(times, elapsed(as_of, at), group.half_life);
    }
    sums.into_values().collect()
}

fn signals_of(contact: &Contact, as_of: TimestampWithTimeZone) -> Vec<SignalSum> {
    signal_sums(&contact.rules, contact.organization, contact.id, as_of)
}

/// Seconds from one time to another, which may be infinite.
fn elapsed(to: TimestampWithTimeZone, from: TimestampWithTimeZone) -> f64 {
    seconds(to) - seconds(from)
}

/// The contact's points for what it did, by whatever answers for the time, caps applied.
pub fn engagement_points(contact: &Contact, as_of: TimestampWithTimeZone) -> f64 {
    match contact.sums(as_of) {
        Some(kept) => kept.points(&contact.rules, seconds(as_of)),
        None => {
            let sums = signals_of(contact, as_of);
            let lines = contact.rules.engagement(&sums);
            lines.iter().map(|line| line.points).sum::<f64>() + 0.0
        }
    }
}

/// The contact's score at a time.
pub fn score_at(contact: &Contact, as_of: TimestampWithTimeZone) -> i32 {
    scoring::score(contact.fit + engagement_points(contact, as_of))
}

/// The contact's engagement before any cap, likewise.
pub fn engagement_at(contact: &Contact, as_of: TimestampWithTimeZone) -> f64 {
    match contact.sums(as_of) {
        Some(kept) => kept.engagement(&contact.rules, seconds(as_of)),
        None => {
            let sums = signals_of(contact, as_of);
            let points =
                |sum: &SignalSum| Some(contact.rules.rule(&sum.signal)?.weight * sum.decayed);
            sums.iter().filter_map(points).sum::<f64>() + 0.0
        }
    }
}

#[pg_extern(stable, parallel_safe)]
fn calculate_contact_score(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<i32> {
    let (id, as_of) = contact_id.zip(as_of)?;
    let source = Source::open();
    let score = source.score(id, as_of);
    source.close();
    score
}

#[pg_extern(stable, parallel_safe)]
fn calculate_contact_scores(
    contact_ids: Option<Vec<Option<pgrx::Uuid>>>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> TableIterator<
    'static,
    (
        name!(contact_id, Option<pgrx::Uuid>),
        name!(score, Option<i32>),
    ),
> {
    let ids = contact_ids.unwrap_or_default();
    let known: Vec<pgrx::Uuid> = ids.iter().copied().flatten().collect();
    let mut scores = match as_of {
        Some(as_of) => {
            let source = Source::open();
            let scores = source.scores(&known, as_of);
            source.close();
            scores
        }
        None => vec![None; known.len()],
    }
    .into_iter();
    let scored = ids
        .into_iter()
        .map(move |id| (id, id.and_then(|_| scores.next().flatten())));
    TableIterator::new(scored)
}

#[pg_extern(stable, parallel_safe)]
fn contact_grade(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<String> {
    let (contact, as_of) = (Contact::read(contact_id?)?, as_of?);
    let engagement = engagement_points(&contact, as_of);
    Some(contact.rules.grade(contact.fit, engagement))
}

/// Scores with what they are made of; nothing for contacts that are not visible.
#[pg_extern(stable, parallel_safe)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from this very type
fn rate_contacts(
    contact_ids: Option<Vec<Option<pgrx::Uuid>>>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> TableIterator<
    'static,
    (
        name!(contact_id, pgrx::Uuid),
        name!(score, i32),
        name!(fit, f64),
        name!(engagement, f64),
        name!(grade, String),
    ),
> {
    let source = Source::open();
    let rate = |id: Option<pgrx::Uuid>| {
        let (contact, as_of) = (source.get(id?)?, as_of?);
        let engagement = engagement_points(&contact, as_of);
        Some((
            contact.id,
            scoring::score(contact.fit + engagement),
            contact.fit,
            engagement,
            contact.rules.grade(contact.fit, engagement),
        ))
    };
    let ids = contact_ids.unwrap_or_default();
    let rated: Vec<_> = ids.into_iter().filter_map(rate).collect();
    source.close();
    TableIterator::new(rated)
}

/// The score of a contact whose kept columns are at hand: for queries over all contacts, which call
/// nothing else as often. So it takes its arguments where they lie.
#[pg_extern(sql = "
CREATE FUNCTION crm.score_of_kept(contact_id uuid, organization_id uuid, fit float8, sums float8[], sums_at timestamptz, as_of timestamptz)
RETURNS integer
LANGUAGE c STABLE PARALLEL SAFE
AS '@MODULE_PATHNAME@', '@FUNCTION_NAME@';
")]
fn score_of_kept(fcinfo: pg_sys::FunctionCallInfo) -> Option<i32> {
    // SAFETY: the function is declared with six arguments of these types.
    let (id, organization, as_of) = unsafe {
        (
            pgrx::pg_getarg::<pgrx::Uuid>(fcinfo, 0)?,
            pgrx::pg_getarg::<pgrx::Uuid>(fcinfo, 1)?,
            pgrx::pg_getarg::<TimestampWithTimeZone>(fcinfo, 5)?,
        )
    };
    // SAFETY: as above; the array lives as long as the call.
    let kept = unsafe {
        let sums = pgrx::pg_getarg_datum(fcinfo, 3);
        pgrx::pg_getarg::<f64>(fcinfo, 2)
            .zip(sums.and_then(|sums| floats::floats(sums)))
            .zip(pgrx::pg_getarg::<TimestampWithTimeZone>(fcinfo, 4))
    };
    if let Some(((fit, sums), sums_at)) = kept
        && sums_at <= as_of
    {
        let rules = models::in_force(*organization.as_bytes());
        let (at, sums_at) = (seconds(as_of), seconds(sums_at));
        let points = scoring::points(floats::values(sums), sums_at, &rules, at);
        return Some(scoring::score(fit + points));
    }
    // Nothing is kept, or not all, or the question is older.
    Some(score_at(&Contact::read(id)?, as_of))
}

#[pg_extern(stable, parallel_safe)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from this very type
fn explain_contact_score(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> TableIterator<
    'static,
    (
        name!(component, String),
        name!(signal, String),
        name!(raw, f64),
        name!(points, f64),
    ),
> {
    let lines = contact_id
        .zip(as_of)
        .and_then(|(id, as_of)| explained(id, as_of))
        .unwrap_or_default();
    TableIterator::new(
        lines
            .into_iter()
            .map(|l| (l.component.to_owned(), l.signal, l.raw, l.points)),
    )
}

/// The lines of a contact's score, where it is live and visible.
pub fn explained(id: pgrx::Uuid, as_of: TimestampWithTimeZone) -> Option<Vec<Line>> {
    let (organization, rules) = contact::seen(id)?;
    let seen = profile::read(&rules, organization, vec![id], false);
    let mut lines = rules.fit(&seen.first()?.profile);
    lines.extend(rules.engagement(&signal_sums(&rules, organization, id, as_of)));
    Some(lines)
}

/// The sum of a contact's decayed weights, before any cap.
#[pg_extern(stable, parallel_safe)]
fn contact_engagement_at(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<f64> {
    Some(engagement_at(&Contact::read(contact_id?)?, as_of?))
}
