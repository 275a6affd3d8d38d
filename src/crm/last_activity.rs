//! The contacts' `last_activity_at`: the time of the latest signal that passed.

use std::collections::BTreeMap;

use pgrx::prelude::*;

use super::engagement::Signal;
use super::signals;
use crate::error::OrRaise;
use crate::keyed::{Change, Known, Outcome, Target};
use crate::spi::{Plan, by_key, kept_text};
use crate::transition::Key;

thread_local! {
    /// Contacts, where a change of their time sets nothing else in motion.
    static CONTACTS: Target = const {
        Target {
            schema: c"crm",
            name: c"contacts",
            key: &[c"id", c"organization_id"],
            columns: &[c"last_activity_at"],
            changed: &[pg_sys::BuiltinOid::TIMESTAMPTZOID],
            // Nobody edited the row, no tag changed, and fit does not look at it.
            unmoved: &[[c"crm", c"touch_updated_at"], [c"crm", c"keep_fit"], [c"crm", c"take_contact_tags"]],
            vouched: &[],
            known: Known::nothing(),
        }
    };

    /// All contacts that something came to or went from, so that sessions with signals of one contact
    /// come one after the other: whoever looks for the latest signal sees what others wrote. And which
    /// of them do not agree. By itself and not within the UPDATE: that one has to begin at the latest
    /// versions of the rows, or it would wait for who waits for this lock; and it has to see what others
    /// did until they let go.
    static LOCK: Plan = Plan::new(
        kept_text(format!(
            "SELECT c.id, c.organization_id, c.outdated
               FROM {MOVED}
              CROSS JOIN LATERAL (SELECT c.id, c.organization_id, {OUTDATED} AS outdated
                                    FROM crm.contacts AS c
                                   WHERE {}
                                     FOR NO KEY UPDATE) AS c",
            by_key(["c.id", "moved.contact_id"], ["c.organization_id", "moved.organization_id"]),
        )),
        MOVES,
    );

    /// Where signals only came: the one that looks at others is several times as long in starting.
    static RAISE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contacts AS c
                SET last_activity_at = moved.came
               FROM {MOVED}
              WHERE {} AND (moved.came > c.last_activity_at OR c.last_activity_at IS NULL)",
            by_key(["c.id", "moved.contact_id"], ["c.organization_id", "moved.organization_id"]),
        )),
        MOVES,
    );

    /// Where the latest signal went, the contact's rows tell which one is the latest now.
    static SETTLE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contacts AS c
                SET last_activity_at = CASE WHEN moved.went >= c.last_activity_at THEN {latest} ELSE moved.came END
               FROM {MOVED}
              WHERE {key} AND {OUTDATED}",
            latest = signals::latest("c"),
            key = by_key(["c.id", "moved.contact_id"], ["c.organization_id", "moved.organization_id"]),
        )),
        MOVES,
    );
}

const MOVES: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
    pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
];

const MOVED: &str = "unnest($1, $2, $3, $4) AS moved (contact_id, organization_id, came, went)";

/// Where `last_activity_at` does not agree with what came and went.
const OUTDATED: &str =
    "(moved.came > c.last_activity_at OR c.last_activity_at IS NULL AND moved.came IS NOT NULL
             OR moved.went >= c.last_activity_at)";

/// The latest times that came to and went from a contact.
#[derive(Default, Clone, Copy)]
pub struct Moved {
    came: Option<i64>,
    went: Option<i64>,
}

/// What came and went of each contact that is activity.
pub fn moved(changes: &[Signal]) -> BTreeMap<Key, Moved> {
    let mut moved = BTreeMap::<Key, Moved>::new();
    // A mail that came back did not pass.
    for change in changes.iter().filter(|c| c.signal != signals::BOUNCED) {
        let times = moved.entry(change.key).or_default();
        let time = if change.sign > 0 {
            &mut times.came
        } else {
            &mut times.went
        };
        *time = (*time).max(Some(i64::from(change.at)));
    }
    moved
}

/// Locks the contacts until the transaction ends, and brings `last_activity_at` up to date.
pub fn follow(moved: &BTreeMap<Key, Moved>) {
    let mut rest: Vec<(&Key, Moved)> = moved.iter().map(|(key, times)| (key, *times)).collect();
    // What only came needs no look at others.
    if rest.iter().all(|(_, times)| times.went.is_none()) {
        let done = raise(&rest);
        rest.drain(..done);
    }
    if rest.is_empty() {
        return;
    }
    let outdated: Vec<Key> = LOCK.with(|plan| {
        plan.run(&moves(rest.into_iter()), |rows| {
            rows.iter()
                .filter(|row| row.get(3) == Some(true))
                .map(|row| Key::of(&row))
                .collect()
        })
    });
    if !outdated.is_empty() {
        let times = |key| moved.get(key).copied().unwrap_or_default();
        settle(outdated.iter().map(|key| (key, times(key))));
    }
}

/// Raises the times of contacts that something only came to, one after the other, and locks those that
/// are not behind. Returns how many of them are done: the others the executor has to see to.
fn raise(moved: &[(&Key, Moved)]) -> usize {
    let done = CONTACTS.with(|contacts| {
        contacts.write(|writer| {
            let is_done = |(key, times): &&(&Key, Moved)| {
                let outcome = writer.change(&key.parts(), |row| {
                    let kept = row.get::<TimestampWithTimeZone>(0).map(i64::from);
                    match times.came {
                        Some(came) if kept.is_none_or(|kept| kept < came) => {
                            Change::To(vec![Some(pg_sys::Datum::from(came))])
                        }
                        _ => Change::Lock,
                    }
                });
                outcome != Outcome::Undecided
            };
            moved.iter().take_while(is_done).count()
        })
    });
    done.unwrap_or(0)
}

fn settle<'a>(moved: impl Iterator<Item = (&'a Key, Moved)>) {
    let moved: Vec<(&Key, Moved)> = moved.collect();
    let only_came = moved.iter().all(|(_, times)| times.went.is_none());
    let plan = if only_came { &RAISE } else { &SETTLE };
    plan.with(|plan| plan.run(&moves(moved.into_iter()), |_| ()));
}

fn moves<'a>(moved: impl Iterator<Item = (&'a Key, Moved)>) -> [Option<pg_sys::Datum>; 4] {
    let (keys, times): (Vec<&Key>, Vec<Moved>) = moved.unzip();
    let column = |time: fn(&Moved) -> Option<i64>| {
        let times: Vec<Option<TimestampWithTimeZone>> = times
            .iter()
            .map(|moved| time(moved).map(|t| TimestampWithTimeZone::try_from(t).or_raise()))
            .collect();
        times.into_datum()
    };
    let [contacts, organizations] = Key::columns(keys.into_iter());
    [
        contacts,
        organizations,
        column(|moved| moved.came),
        column(|moved| moved.went),
    ]
}
