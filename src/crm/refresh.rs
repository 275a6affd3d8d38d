//! Stored scores: `crm.contacts.score`, its history, and the thresholds that it is above.
//!
//! Every state says when its score is to be looked at next: at once where a signal or an attribute
//! changed it, else when decay alone takes the score to another value. So only those are read that may
//! have changed.

use std::collections::HashMap;

use pg_crm_core::scoring::{due, score};
use pgrx::prelude::*;

use super::contact::{self, Contact};
use super::engagement::clock;
use super::models::{self, Rules};
use super::score::engagement_points;
use crate::error::OrRaise;
use crate::spi::{self, Plan, by_key, kept_text};

/// Of a signal in the future nothing tells when the score changes: then so many seconds later.
const SOON: f64 = 3600.0;

thread_local! {
    /// Contacts before what is kept of them, as everybody locks them who needs both. Whoever works on a
    /// contact is not waited for: it stays due.
    static CONTACTS: Plan = Plan::new(
        kept_text(
            "SELECT c.id, c.score, c.scored_at IS NOT NULL,
                    c.score_model_id IS DISTINCT FROM nullif($3, $4)
               FROM crm.contacts AS c
              WHERE (c.organization_id = $1) IS TRUE AND c.id = ANY ($2) AND (c.deleted_at IS NULL) IS TRUE
              ORDER BY c.id
                FOR NO KEY UPDATE SKIP LOCKED"
                .to_owned(),
        ),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDOID,
        ],
    );

    static STATES: Plan = Plan::new(
        kept_text(
            "SELECT kept.contact_id, kept.fit, kept.sums, kept.as_of
               FROM crm.contact_engagement AS kept
              WHERE kept.contact_id = ANY ($2) AND (kept.organization_id = $1) IS TRUE AND (kept.model_id = $3) IS TRUE
              ORDER BY kept.contact_id
                FOR NO KEY UPDATE"
                .to_owned(),
        ),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::UUIDOID,
        ],
    );

    /// The contacts' scores, and their history.
    static STORE: Plan = Plan::new(
        kept_text(format!(
            "WITH fresh AS (
               SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8)
                          AS f (contact_id, score, previous, fit, engagement, grade, by_other_rules)
             ), stored AS (
               UPDATE crm.contacts AS c
                  SET score = f.score, scored_at = $9, score_model_id = nullif($10, $11)
                 FROM fresh AS f
                WHERE {CONTACT}
             )
             INSERT INTO crm.score_history
                    (organization_id, contact_id, scored_at, model_id, previous_score, score, fit, engagement, grade, reason)
             SELECT $1, f.contact_id, $9, nullif($10, $11), f.previous, f.score, f.fit, f.engagement, f.grade,
                    CASE WHEN f.by_other_rules AND f.previous IS NOT NULL THEN 'model' ELSE 'refresh' END
               FROM fresh AS f
                 ON CONFLICT DO NOTHING",
            CONTACT = by_key(["c.id", "f.contact_id"], ["c.organization_id", "$1"]),
        )),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::INT4ARRAYOID,
            pg_sys::BuiltinOid::INT4ARRAYOID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
            pg_sys::BuiltinOid::TEXTARRAYOID,
            pg_sys::BuiltinOid::BOOLARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZOID,
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDOID,
        ],
    );

    static NEXT: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contact_engagement AS kept
                SET refresh_at = n.refresh_at,
                    rank = CASE WHEN kept.rank = 'Infinity' AND kept.fit IS NOT NULL
                                THEN crm.engagement_rank($5, kept.sums, kept.as_of, clock_timestamp())
                                ELSE kept.rank END
               FROM unnest($2, $3) AS n (contact_id, refresh_at)
              WHERE {KEPT} AND (kept.model_id = $4) IS TRUE",
            KEPT = by_key(["kept.contact_id", "n.contact_id"], ["kept.organization_id", "$1"]),
        )),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
        ],
    );

    static CROSSED: Plan = Plan::new(
        kept_text(
            "WITH above AS (
               SELECT * FROM unnest($3, $4, $5) AS a (contact_id, threshold, falls_at)
             ), fallen AS (
               DELETE FROM crm.score_crossings AS x
                WHERE (x.organization_id = $1) IS TRUE AND x.contact_id = ANY ($2)
                  AND NOT EXISTS (SELECT FROM above AS a WHERE a.contact_id = x.contact_id AND a.threshold = x.threshold)
               RETURNING x.contact_id, x.threshold
             ), risen AS (
               INSERT INTO crm.score_crossings AS x (organization_id, contact_id, threshold, rose_at, falls_at)
               SELECT $1, a.contact_id, a.threshold, $6, a.falls_at FROM above AS a
                   ON CONFLICT (contact_id, organization_id, threshold) DO UPDATE
                  SET falls_at = excluded.falls_at
                WHERE x.falls_at IS DISTINCT FROM excluded.falls_at
               RETURNING x.contact_id, x.threshold, x.rose_at = $6 AND xmax = 0 AS is_new
             ), told AS (
               SELECT contact_id, threshold, 'down' AS direction FROM fallen
               UNION ALL
               SELECT contact_id, threshold, 'up' FROM risen WHERE is_new
             )
             SELECT pg_notify('pg_crm_score_' || $1,
                              json_build_object('contact_id', t.contact_id, 'threshold', t.threshold, 'direction', t.direction)::text)
               FROM told AS t"
                .to_owned(),
        ),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::INT4ARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZOID,
        ],
    );
}

/// What is stored of a contact.
struct Stored {
    score: i32,
    /// It was computed, not merely the default.
    scored: bool,
    by_other_rules: bool,
}

/// Scores that are to be stored, column by column.
#[derive(Default)]
struct Fresh {
    ids: Vec<pgrx::Uuid>,
    scores: Vec<i32>,
    previous: Vec<Option<i32>>,
    fits: Vec<f64>,
    engagements: Vec<f64>,
    grades: Vec<String>,
    by_other_rules: Vec<bool>,
}

/// Thresholds that contacts are above.
#[derive(Default)]
struct Above {
    ids: Vec<pgrx::Uuid>,
    thresholds: Vec<i32>,
    falls: Vec<Option<TimestampWithTimeZone>>,
}

/// Stores the scores of these contacts of an organization as of now, where they are others than those
/// that are stored. Returns how many were.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(pg_catalog, pg_temp)]
fn refresh_scores_of(organization_id: pgrx::Uuid, contact_ids: Vec<pgrx::Uuid>) -> i32 {
    let rules = models::in_force(*organization_id.as_bytes());
    spi::by_keys(|| refresh(&rules, organization_id, contact_ids))
}

fn refresh(rules: &std::rc::Rc<Rules>, organization: pgrx::Uuid, contacts: Vec<pgrx::Uuid>) -> i32 {
    let (model, built_in) = (rules.uuid(), models::built_in().uuid());
    let stored: HashMap<pgrx::Uuid, Stored> = CONTACTS.with(|plan| {
        let arguments = [
            organization.into_datum(),
            contacts.into_datum(),
            model.into_datum(),
            built_in.into_datum(),
        ];
        plan.run(&arguments, |rows| {
            rows.iter()
                .filter_map(|row| {
                    let stored = Stored {
                        score: row.get(2)?,
                        scored: row.get(3)?,
                        by_other_rules: row.get(4)?,
                    };
                    Some((row.get(1)?, stored))
                })
                .collect()
        })
    });
    if stored.is_empty() {
        return 0;
    }
    let mut ids: Vec<pgrx::Uuid> = stored.keys().copied().collect();
    ids.sort_unstable();
    let states: Vec<Contact> = STATES.with(|plan| {
        let arguments = [
            organization.into_datum(),
            ids.clone().into_datum(),
            model.into_datum(),
        ];
        plan.run(&arguments, |rows| {
            rows.iter()
                .filter_map(|row| {
                    let kept = contact::sums(row.get(3), row.get(4));
                    contact::of_columns(row.get(1)?, organization, row.get(2), kept)
                })
                .collect()
        })
    });

    // The transaction's time is older than signals that came meanwhile.
    let now = clock();
    let at = time(now);
    let mut fresh = Fresh::default();
    let mut above = Above::default();
    let mut next = Vec::with_capacity(states.len());
    for contact in &states {
        let engagement = engagement_points(contact, at);
        let score = score(contact.fit + engagement);
        let kept = contact.sums(at);
        next.push(match kept {
            Some(kept) => {
                due::changes_at(rules, contact.fit, kept, now).map_or_else(infinity, time)
            }
            None => time(now + SOON),
        });
        for threshold in rules.thresholds.iter().filter(|level| score >= **level) {
            let falls =
                kept.and_then(|kept| due::falls_at(rules, contact.fit, kept, now, *threshold));
            above.ids.push(contact.id);
            above.thresholds.push(*threshold);
            above.falls.push(falls.map(time));
        }
        let Some(before) = stored.get(&contact.id) else {
            continue;
        };
        if before.score != score {
            fresh.ids.push(contact.id);
            fresh.scores.push(score);
            fresh.previous.push(before.scored.then_some(before.score));
            fresh.fits.push(contact.fit);
            fresh.engagements.push(engagement);
            fresh.grades.push(rules.grade(contact.fit, engagement));
            fresh.by_other_rules.push(before.by_other_rules);
        }
    }
    let seen: Vec<pgrx::Uuid> = states.iter().map(|contact| contact.id).collect();
    let changed = fresh.ids.len() as i32;
    if changed > 0 {
        let arguments = [
            organization.into_datum(),
            fresh.ids.into_datum(),
            fresh.scores.into_datum(),
            fresh.previous.into_datum(),
            fresh.fits.into_datum(),
            fresh.engagements.into_datum(),
            fresh.grades.into_datum(),
            fresh.by_other_rules.into_datum(),
            at.into_datum(),
            model.into_datum(),
            built_in.into_datum(),
        ];
        STORE.with(|plan| plan.run(&arguments, |_| ()));
    }
    CROSSED.with(|plan| {
        let arguments = [
            organization.into_datum(),
            seen.clone().into_datum(),
            above.ids.into_datum(),
            above.thresholds.into_datum(),
            above.falls.into_datum(),
            at.into_datum(),
        ];
        plan.run(&arguments, |_| ());
    });
    NEXT.with(|plan| {
        let arguments = [
            organization.into_datum(),
            seen.into_datum(),
            next.into_datum(),
            model.into_datum(),
            rules.half_lives().to_vec().into_datum(),
        ];
        plan.run(&arguments, |_| ());
    });
    changed
}

/// A time from seconds; what is too far away is infinity.
fn time(seconds: f64) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from((seconds * 1e6).ceil() as i64).unwrap_or_else(|_| infinity())
}

fn infinity() -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(i64::MAX).or_raise()
}
