//! The kept engagement anew, from the rows that it comes from, while others write.
//!
//! A contact's state is locked before its signals are read, in a statement of their own. Whoever had
//! added to it before has ended by then, and is read; whoever wants to add to it waits, is not read, and
//! adds to the new state. Nothing is lost and nothing counted twice.

use std::collections::{BTreeMap, HashSet};
use std::thread::LocalKey;

use pgrx::prelude::*;

use super::engagement::{self, State, clock};
use super::signals;
use crate::spi::{self, Plan, kept_text};
use crate::transition::Key;

const CONTACTS: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
];

thread_local! {
    /// There must be something to lock where signals are and no state.
    static MAKE: Plan = Plan::new(
        kept_text(format!(
            "INSERT INTO crm.contact_engagement (contact_id, organization_id, as_of, rank, sums)
             SELECT DISTINCT s.contact_id, s.organization_id, '2000-01-01 00:00+00'::timestamptz, '-Infinity'::float8, '{{}}'::float8[]
               FROM ({signals}) AS s
              WHERE s.organization_id = $1 AND s.contact_id = ANY ($2)
                AND NOT EXISTS (SELECT FROM crm.contact_engagement AS kept
                                 WHERE kept.contact_id = s.contact_id AND kept.organization_id = s.organization_id)
              ORDER BY s.contact_id
                 ON CONFLICT DO NOTHING",
            signals = signals::select_all(),
        )),
        CONTACTS,
    );

    /// Those that somebody works on are left: a session that holds what others want waits for nobody.
    static LOCK_FREE: Plan = Plan::new(kept_text(lock("SKIP LOCKED")), CONTACTS);
    static LOCK: Plan = Plan::new(kept_text(lock("")), CONTACTS);

    static SIGNALS: Plan = Plan::new(
        kept_text(format!(
            "SELECT s.contact_id, s.organization_id, s.signal, s.occurred_at, s.sign
               FROM ({}) AS s
              WHERE s.organization_id = $1 AND s.contact_id = ANY ($2)",
            signals::select_all(),
        )),
        CONTACTS,
    );

    static REPLACE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contact_engagement AS kept
                SET as_of = n.as_of, rank = n.rank, sums = {sums}
               FROM {states}
              WHERE kept.contact_id = n.contact_id AND kept.organization_id = n.organization_id
                AND (kept.as_of, kept.rank, kept.sums) IS DISTINCT FROM (n.as_of, n.rank, {sums})",
            sums = engagement::SUMS,
            states = engagement::STATES_AS_ROWS,
        )),
        engagement::STATES,
    );

    static KEPT: Plan = Plan::new(
        kept_text(
            "SELECT kept.contact_id
               FROM crm.contact_engagement AS kept
              WHERE kept.organization_id = $1 AND kept.contact_id = ANY ($2)"
                .to_owned(),
        ),
        CONTACTS,
    );

    static DELETE: Plan = Plan::new(
        kept_text(
            "DELETE FROM crm.contact_engagement AS kept
              WHERE kept.organization_id = $1 AND kept.contact_id = ANY ($2)"
                .to_owned(),
        ),
        CONTACTS,
    );
}

fn lock(others: &str) -> String {
    format!(
        "SELECT kept.contact_id, kept.organization_id
           FROM crm.contact_engagement AS kept
          WHERE kept.organization_id = $1 AND kept.contact_id = ANY ($2)
          ORDER BY kept.contact_id
            FOR UPDATE {others}"
    )
}

/// The states of these contacts of an organization, from the base tables. Returns the contacts that
/// somebody else is working on; with `wait` there are none.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(pg_catalog, pg_temp)]
fn rebuild_engagement_of(
    organization_id: pgrx::Uuid,
    contact_ids: Vec<pgrx::Uuid>,
    wait: bool,
) -> Vec<pgrx::Uuid> {
    spi::by_keys(|| rebuild(organization_id, contact_ids, wait))
}

fn rebuild(organization: pgrx::Uuid, contacts: Vec<pgrx::Uuid>, wait: bool) -> Vec<pgrx::Uuid> {
    let arguments =
        |contacts: &[pgrx::Uuid]| [organization.into_datum(), contacts.to_vec().into_datum()];
    let all = arguments(&contacts);
    MAKE.with(|plan| plan.run(&all, |_| ()));
    let lock = if wait { &LOCK } else { &LOCK_FREE };
    let locked = ids(lock, &all);
    let mut states = BTreeMap::<Key, State>::new();
    SIGNALS.with(|plan| {
        plan.run(&arguments(&locked), |rows| {
            let mut moved = BTreeMap::new();
            for row in rows.iter() {
                engagement::take(&row, &mut states, &mut moved);
            }
        });
    });
    let with_signals = |id: &pgrx::Uuid| states.contains_key(&Key::new(*id, organization));
    let (_, without): (Vec<_>, Vec<_>) = locked.iter().copied().partition(with_signals);
    if !without.is_empty() {
        DELETE.with(|plan| plan.run(&arguments(&without), |_| ()));
    }
    REPLACE.with(|plan| plan.run(&engagement::columns(&states, clock()), |_| ()));
    let done: HashSet<&[u8; 16]> = locked.iter().map(pgrx::Uuid::as_bytes).collect();
    let mut left = ids(&KEPT, &all);
    left.retain(|id| !done.contains(id.as_bytes()));
    left
}

/// The contacts that a plan tells in its first column.
fn ids(plan: &'static LocalKey<Plan>, arguments: &[Option<pg_sys::Datum>]) -> Vec<pgrx::Uuid> {
    plan.with(|plan| {
        plan.run(arguments, |rows| {
            rows.iter().filter_map(|row| row.get(1)).collect()
        })
    })
}
