//! Scores of contacts: read from the kept state where it answers, from the signals themselves where
//! the question is older than the state.
//!
//! Everything here runs as the caller, under the caller's row-level security.

use std::cell::OnceCell;
use std::ffi::CString;

use pg_crm_core::scoring::{self, BUILT_IN, Line, Profile, SignalSum};
use pgrx::prelude::*;

use super::engagement::seconds;
use super::signals;
use crate::spi::Plan;

/// Whether the contact is live is asked of the row and not in WHERE: the condition would make the
/// partial indexes of live rows look as good as the key where a table has no statistics yet.
const STATE: &std::ffi::CStr = c"
SELECT c.email_norm IS NOT NULL,
       c.phone_e164 IS NOT NULL,
       c.company_id IS NOT NULL OR c.company_name IS NOT NULL,
       c.title IS NOT NULL,
       stage.code::pg_catalog.text,
       kept.signal_group::pg_catalog.text,
       kept.value,
       kept.as_of,
       c.deleted_at IS NULL
  FROM crm.contacts AS c
  LEFT JOIN crm.lifecycle_stages AS stage
    ON stage.id OPERATOR(pg_catalog.=) c.lifecycle_stage_id
  LEFT JOIN crm.contact_engagement AS kept
    ON kept.contact_id OPERATOR(pg_catalog.=) c.id
   AND kept.organization_id OPERATOR(pg_catalog.=) c.organization_id
 WHERE c.id OPERATOR(pg_catalog.=) $1";

/// A kept group of a contact: its name, its sum, and the time of its latest signal.
struct Kept {
    group: String,
    state: scoring::State,
}

/// A contact as the caller sees it.
struct Contact {
    profile: Profile,
    kept: Vec<Kept>,
}

impl Contact {
    /// `None` where the contact is absent, deleted, or invisible to the caller.
    fn read(id: pgrx::Uuid) -> Option<Self> {
        thread_local! {
            static PLAN: Plan = const { Plan::new(STATE, &[pg_sys::BuiltinOid::UUIDOID]) };
        }
        PLAN.with(|plan| {
            plan.read(&[id.into_datum()], |rows| {
                let first = rows.first().filter(|row| row.get(9) == Some(true))?;
                let flag = |ordinal| first.get(ordinal).unwrap_or(false);
                Some(Self {
                    profile: Profile {
                        has_email: flag(1),
                        has_phone: flag(2),
                        has_company: flag(3),
                        has_title: flag(4),
                        lifecycle_stage: first.get(5),
                    },
                    kept: rows
                        .iter()
                        .filter_map(|row| {
                            Some(Kept {
                                group: row.get(6)?,
                                state: scoring::State {
                                    value: row.get(7)?,
                                    as_of: seconds(row.get(8)?),
                                },
                            })
                        })
                        .collect(),
                })
            })
        })
    }

    /// Whether the kept state answers for this time: no signal came later.
    fn answers_for(&self, as_of: TimestampWithTimeZone) -> bool {
        self.kept.iter().all(|k| k.state.as_of <= seconds(as_of))
    }

    fn engagement(&self, as_of: TimestampWithTimeZone) -> impl Iterator<Item = (&str, f64)> {
        self.kept.iter().filter_map(move |kept| {
            let half_life = BUILT_IN.group(&kept.group)?.half_life;
            Some((
                kept.group.as_str(),
                kept.state.at(seconds(as_of), half_life),
            ))
        })
    }
}

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

#[pg_extern(stable, parallel_safe)]
fn calculate_contact_score(
    contact_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> Option<i32> {
    let (id, as_of) = (contact_id?, as_of?);
    let contact = Contact::read(id)?;
    let fit = points(&BUILT_IN.fit(&contact.profile));
    let engagement = if contact.answers_for(as_of) {
        contact
            .engagement(as_of)
            .map(|(group, value)| BUILT_IN.capped(group, value))
            .sum()
    } else {
        points(&BUILT_IN.engagement(&signal_sums(id, as_of)))
    };
    Some(scoring::score(fit + engagement))
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
    let contact = Contact::read(id)?;
    if contact.answers_for(as_of) {
        return Some(contact.engagement(as_of).map(|(_, value)| value).sum());
    }
    let sums = signal_sums(id, as_of);
    Some(
        sums.iter()
            .filter_map(|sum| Some(BUILT_IN.signal(&sum.signal)?.weight * sum.decayed))
            .sum(),
    )
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
