//! What is kept of contacts anew, from the rows that it comes from, while others write.
//!
//! A contact's state is locked before its signals are read, in a statement of their own. Whoever had
//! added to it before has ended by then, and is read; whoever wants to add to it waits, is not read, and
//! adds to the new state. Nothing is lost and nothing counted twice.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::thread::LocalKey;

use pgrx::prelude::*;

use super::engagement::{self, Signal, State};
use super::models::{self, Rules};
use super::{profile, signals};
use crate::spi::{self, Plan, by_key, kept_text};
use crate::transition::Key;

/// The organization, contacts of it, a model.
const CONTACTS: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDOID,
];

/// The rows of these contacts by the model.
const OF_THEM: &str = "kept.contact_id = ANY ($2)
                AND (kept.organization_id = $1) IS TRUE AND (kept.model_id = $3) IS TRUE";

thread_local! {
    /// There must be something to lock.
    static MAKE: Plan = Plan::new(
        kept_text(format!(
            "INSERT INTO crm.contact_engagement (contact_id, organization_id, model_id, rank)
             SELECT c.id, c.organization_id, $3, 'Infinity'
               FROM crm.contacts AS c
              WHERE (c.organization_id = $1) IS TRUE AND c.id = ANY ($2)
                AND NOT EXISTS (SELECT FROM crm.contact_engagement AS kept
                                 WHERE {KEPT} AND (kept.model_id = $3) IS TRUE)
              ORDER BY c.id
                 ON CONFLICT DO NOTHING",
            KEPT = by_key(["kept.contact_id", "c.id"], ["kept.organization_id", "c.organization_id"]),
        )),
        CONTACTS,
    );

    /// Those that somebody works on are left: a session that holds what others want waits for nobody.
    static LOCK_FREE: Plan = Plan::new(kept_text(lock("SKIP LOCKED")), CONTACTS);
    static LOCK: Plan = Plan::new(kept_text(lock("")), CONTACTS);

    static SIGNALS: Plan = Plan::new(kept_text(select(false)), &CONTACTS[..2]);
    static SIGNALS_WITH_EVENTS: Plan = Plan::new(kept_text(select(true)), &CONTACTS[..2]);

    static REPLACE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contact_engagement AS kept
                SET fit = n.fit, live = n.live, as_of = n.as_of, sums = n.sums, rank = n.rank, refresh_at = '-infinity'
               FROM (SELECT n.contact_id, n.fit, n.live, made.as_of, made.sums,
                            CASE WHEN n.as_of IS NULL THEN '-Infinity'
                                 ELSE crm.engagement_rank($9, made.sums, made.as_of, clock_timestamp()) END AS rank
                       FROM unnest($2, $4, $5, $6) WITH ORDINALITY AS n (contact_id, fit, live, as_of, place)
                      CROSS JOIN LATERAL (SELECT coalesce(n.as_of, '2000-01-01 00:00+00') AS as_of,
                                                 CASE WHEN n.as_of IS NULL THEN '{{}}'
                                                      ELSE $7[(n.place - 1) * $8 + 1 : n.place * $8] END AS sums
                                           OFFSET 0) AS made
                     OFFSET 0) AS n
              WHERE {KEPT} AND (kept.model_id = $3) IS TRUE
                AND (kept.fit, kept.live, kept.as_of, kept.sums, kept.rank)
                    IS DISTINCT FROM (n.fit, n.live, n.as_of, n.sums, n.rank)",
            KEPT = by_key(["kept.contact_id", "n.contact_id"], ["kept.organization_id", "$1"]),
        )),
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
            pg_sys::BuiltinOid::BOOLARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
            pg_sys::BuiltinOid::INT4OID,
            pg_sys::BuiltinOid::FLOAT8ARRAYOID,
        ],
    );

    static THERE: Plan = Plan::new(
        kept_text(format!("SELECT kept.contact_id FROM crm.contact_engagement AS kept WHERE {OF_THEM}")),
        CONTACTS,
    );
}

fn lock(others: &str) -> String {
    format!(
        "SELECT kept.contact_id, kept.organization_id
           FROM crm.contact_engagement AS kept
          WHERE {OF_THEM}
          ORDER BY kept.contact_id
            FOR UPDATE {others}"
    )
}

fn select(events: bool) -> String {
    format!(
        "SELECT s.contact_id, s.organization_id, s.signal, s.occurred_at, s.times, s.sign
           FROM ({}) AS s
          WHERE s.organization_id = $1 AND s.contact_id = ANY ($2)",
        signals::select_all(events),
    )
}

/// The states of these contacts of an organization, from the base tables: by a model, or (NULL) by all
/// that count. Returns the contacts that somebody else is working on; with `wait` there are none.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(pg_catalog, pg_temp)]
fn rebuild_engagement_of(
    organization_id: pgrx::Uuid,
    contact_ids: Vec<pgrx::Uuid>,
    wait: bool,
    model_id: default!(Option<pgrx::Uuid>, "NULL"),
) -> Vec<pgrx::Uuid> {
    let organization = *organization_id.as_bytes();
    let all: Vec<Rc<Rules>> = match model_id {
        None => {
            models::hold_signals(organization, false);
            models::counting(organization)
        }
        Some(id) => models::by_id(organization, *id.as_bytes())
            .into_iter()
            .collect(),
    };
    let mut left = Vec::new();
    for rules in all {
        let of_model = spi::by_keys(|| rebuild(&rules, organization_id, contact_ids.clone(), wait));
        left.extend(of_model);
    }
    left.sort_unstable();
    left.dedup();
    left
}

fn rebuild(
    rules: &Rules,
    organization: pgrx::Uuid,
    contacts: Vec<pgrx::Uuid>,
    wait: bool,
) -> Vec<pgrx::Uuid> {
    let model = rules.uuid();
    let arguments = |contacts: &[pgrx::Uuid]| {
        [
            organization.into_datum(),
            contacts.to_vec().into_datum(),
            model.into_datum(),
        ]
    };
    let all = arguments(&contacts);
    MAKE.with(|plan| plan.run(&all, |_| ()));
    let lock = if wait { &LOCK } else { &LOCK_FREE };
    let locked = ids(lock, &all);
    let signals = if rules.counts_events() {
        &SIGNALS_WITH_EVENTS
    } else {
        &SIGNALS
    };
    let changes: Vec<Signal> = signals.with(|plan| {
        plan.run(&arguments(&locked)[..2], |rows| {
            rows.iter().filter_map(|row| Signal::of(&row)).collect()
        })
    });
    let states = engagement::sum(rules, changes.iter());
    replace(rules, organization, &locked, &states);
    let done: HashSet<&[u8; 16]> = locked.iter().map(pgrx::Uuid::as_bytes).collect();
    let mut left = ids(&THERE, &all);
    left.retain(|id| !done.contains(id.as_bytes()));
    left
}

/// Writes what was made of contacts, where it is another than what is kept.
fn replace(
    rules: &Rules,
    organization: pgrx::Uuid,
    contacts: &[pgrx::Uuid],
    states: &BTreeMap<Key, State>,
) {
    let mut seen = profile::read(rules, *organization.as_bytes(), contacts.to_vec(), true);
    seen.sort_by_key(|seen| seen.contact);
    let width = rules.half_lives().len();
    let (mut ids, mut fits, mut live) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut sums) = (Vec::new(), Vec::new());
    for seen in &seen {
        let id = pgrx::Uuid::from_bytes(seen.contact);
        let state = states.get(&Key::new(id, organization));
        ids.push(id);
        fits.push(rules.fit_points(&seen.profile));
        live.push(seen.live);
        times.push(state.map(State::latest));
        let values = state.map_or(&[][..], |state| &state.sums.values);
        sums.extend((0..width).map(|place| values.get(place).copied().unwrap_or(0.0)));
    }
    let arguments = [
        organization.into_datum(),
        ids.into_datum(),
        rules.uuid().into_datum(),
        fits.into_datum(),
        live.into_datum(),
        times.into_datum(),
        sums.into_datum(),
        (width as i32).into_datum(),
        rules.half_lives().to_vec().into_datum(),
    ];
    REPLACE.with(|plan| plan.run(&arguments, |_| ()));
}

/// The contacts that a plan tells in its first column.
fn ids(plan: &'static LocalKey<Plan>, arguments: &[Option<pg_sys::Datum>]) -> Vec<pgrx::Uuid> {
    plan.with(|plan| {
        plan.run(arguments, |rows| {
            rows.iter().filter_map(|row| row.get(1)).collect()
        })
    })
}
