//! Scores of contacts: read from the kept state where it answers, from the signals themselves where
//! the question is older than the state.
//!
//! Everything here runs as the caller, under the caller's row-level security.

use std::cell::OnceCell;
use std::ffi::CString;

use pg_crm_core::scoring::{self, BUILT_IN, Line, Profile, SignalSum};
use pgrx::prelude::*;

use super::contact::{self, Contact, Source};
use super::signals;
use crate::spi::Plan;

/// The signals of a contact up to a time, summed by kind.
fn signal_sums(id: pgrx::Uuid, as_of: TimestampWithTimeZone) -> Vec<SignalSum> {
    thread_local! {
        static SQL: OnceCell<&'static std::ffi::CStr> = const { OnceCell::new() };
        static PLAN: OnceCell<Plan> = const { OnceCell::new() };
    }
    let sql = SQL.with(|cell| {
        *cell.get_or_init(|| {
            let sql = format!(
                "SELECT s.signal, pg_catalog.count(*)::pg_catalog.float8,
                        pg_catalog.sum(crm.decay(1, s.occurred_at, $2, rule.half_life))
                   FROM ({signals}) AS s
                   JOIN {rules} ON rule.signal OPERATOR(pg_catalog.=) s.signal
                  WHERE s.contact_id OPERATOR(pg_catalog.=) $1
                    AND s.occurred_at OPERATOR(pg_catalog.<=) $2
                  GROUP BY s.signal
                  ORDER BY s.signal",
                signals = signals::select_all(),
                rules = signals::rules(),
            );
            // Made once per backend and kept, like the plan that refers to it.
            Box::leak(CString::new(sql).unwrap_or_default().into_boxed_c_str())
        })
    });
    PLAN.with(|plan| {
        plan.get_or_init(|| {
            Plan::new(
                sql,
                &[
                    pg_sys::BuiltinOid::UUIDOID,
                    pg_sys::BuiltinOid::TIMESTAMPTZOID,
                ],
            )
        })
        .read(&[id.into_datum(), as_of.into_datum()], |rows| {
            rows.iter()
                .filter_map(|row| {
                    Some(SignalSum {
                        signal: row.get(1)?,
                        count: row.get(2)?,
                        decayed: row.get(3)?,
                    })
                })
                .collect()
        })
    })
}

fn points(lines: &[Line]) -> f64 {
    lines.iter().map(|l| l.points).sum()
}

/// The contact's points, for what it is and for what it did, by whatever answers for the time.
struct Parts {
    fit: f64,
    engagement: f64,
}

impl Parts {
    fn of(id: pgrx::Uuid, contact: &Contact, as_of: TimestampWithTimeZone) -> Self {
        let engagement = if contact.answers_for(as_of) {
            contact.kept_points(as_of)
        } else {
            points(&BUILT_IN.engagement(&signal_sums(id, as_of)))
        };
        Self {
            fit: BUILT_IN.fit_points(&contact.profile),
            engagement,
        }
    }

    fn score(&self) -> i32 {
        scoring::score(self.fit + self.engagement)
    }

    fn grade(&self) -> String {
        BUILT_IN.grade(self.fit, self.engagement)
    }
}

/// The contact's score at a time.
pub fn score_at(id: pgrx::Uuid, contact: &Contact, as_of: TimestampWithTimeZone) -> i32 {
    Parts::of(id, contact, as_of).score()
}

/// The contact's engagement before any cap, likewise.
pub fn engagement_at(id: pgrx::Uuid, contact: &Contact, as_of: TimestampWithTimeZone) -> f64 {
    if contact.answers_for(as_of) {
        return contact.engagement(as_of);
    }
    let sums = signal_sums(id, as_of);
    sums.iter()
        .filter_map(|sum| Some(BUILT_IN.signal(&sum.signal)?.weight * sum.decayed))
        .sum::<f64>()
        + 0.0
}

#[pg_extern(stable, parallel_safe)]
fn calculate_contact_score(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<i32> {
    let (id, as_of) = (contact_id?, as_of?);
    Some(score_at(id, &Contact::read(id)?, as_of))
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
    let source = Source::open();
    let score = |id: Option<pgrx::Uuid>| {
        let (id, as_of) = (id?, as_of?);
        Some(score_at(id, &source.get(id)?, as_of))
    };
    let ids = contact_ids.unwrap_or_default();
    let scores: Vec<_> = ids.into_iter().map(|id| (id, score(id))).collect();
    source.close();
    TableIterator::new(scores)
}

#[pg_extern(stable, parallel_safe)]
fn contact_grade(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<String> {
    let (id, as_of) = (contact_id?, as_of?);
    Some(Parts::of(id, &Contact::read(id)?, as_of).grade())
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
    let ids = contact_ids.unwrap_or_default();
    let rated: Vec<_> = ids
        .into_iter()
        .filter_map(|id| {
            let (id, as_of) = (id?, as_of?);
            let parts = Parts::of(id, &source.get(id)?, as_of);
            Some((
                id,
                parts.score(),
                parts.fit,
                parts.engagement,
                parts.grade(),
            ))
        })
        .collect();
    source.close();
    TableIterator::new(rated)
}

/// The score of a contact whose columns are at hand: for queries over all contacts.
#[pg_extern(stable, parallel_safe)]
#[allow(clippy::too_many_arguments)] // the columns that count
fn score_of_columns(
    contact_id: pgrx::Uuid,
    has_email: bool,
    has_phone: bool,
    has_company: bool,
    has_title: bool,
    lifecycle_stage: Option<&str>,
    sums: Option<Vec<f64>>,
    sums_at: Option<TimestampWithTimeZone>,
    as_of: TimestampWithTimeZone,
) -> i32 {
    let contact = Contact {
        profile: Profile {
            has_email,
            has_phone,
            has_company,
            has_title,
            lifecycle_stage: lifecycle_stage.map(str::to_owned),
        },
        kept: contact::sums(sums, sums_at),
    };
    score_at(contact_id, &contact, as_of)
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
    let lines = match (contact_id, as_of) {
        (Some(id), Some(as_of)) => Contact::read(id).map(|contact| {
            let mut lines = BUILT_IN.fit(&contact.profile);
            lines.extend(BUILT_IN.engagement(&signal_sums(id, as_of)));
            lines
        }),
        _ => None,
    };
    TableIterator::new(
        lines
            .unwrap_or_default()
            .into_iter()
            .map(|l| (l.component.to_owned(), l.signal, l.raw, l.points)),
    )
}

/// The sum of a contact's decayed weights, before any cap.
#[pg_extern(stable, parallel_safe)]
fn contact_engagement_at(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<f64> {
    let (id, as_of) = (contact_id?, as_of?);
    Some(engagement_at(id, &Contact::read(id)?, as_of))
}

/// The groups of the built-in model: half-life in seconds, cap in points.
#[pg_extern(immutable, parallel_safe)]
fn signal_groups() -> TableIterator<
    'static,
    (
        name!(signal_group, &'static str),
        name!(half_life, f64),
        name!(cap, f64),
    ),
> {
    TableIterator::new(BUILT_IN.groups.iter().map(|g| (g.name, g.half_life, g.cap)))
}
