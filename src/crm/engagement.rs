//! What is kept of the signals: statement-level triggers on every table whose rows are signals bring
//! the engagement state up to date, after the contacts' `last_activity_at` ([`last_activity`]).

use std::collections::{BTreeMap, HashSet};
use std::ffi::CString;

use pg_crm_core::scoring::{self, Sums, rank};
use pgrx::prelude::*;

use super::last_activity;
use super::models::{self, Rules};
use super::signals::Source;
use crate::error::{self, OrRaise};
use crate::floats;
use crate::keyed::{self, Change, Known, Outcome, Target};
use crate::spi::{self, Plan, Row, by_key, kept_text};
use crate::transition::{self, Key};

thread_local! {
    /// States, which nothing else hangs on.
    static KEPT: Target = const {
        Target {
            schema: c"crm",
            name: c"contact_engagement",
            key: &[c"contact_id", c"organization_id", c"model_id"],
            columns: &[c"as_of", c"rank", c"sums", c"refresh_at", c"fit"],
            changed: &[
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
                pg_sys::BuiltinOid::FLOAT8OID,
                pg_sys::BuiltinOid::FLOAT8ARRAYOID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
            ],
            unmoved: &[],
            vouched: &[
                c"contact_engagement_as_of_check",
                c"contact_engagement_sums_check",
            ],
            known: Known::nothing(),
        }
    };

    /// What reads the tables' changes.
    static CHANGES: transition::Plans = transition::Plans::default();

    static ADD: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contact_engagement AS kept
                SET {MERGED}
               FROM {STATES_AS_ROWS}
              WHERE {KEPT} AND (kept.model_id = $6) IS TRUE
             RETURNING kept.contact_id, kept.organization_id",
            MERGED = merged(SUMS, "n.as_of"),
            KEPT = by_key(["kept.contact_id", "n.contact_id"], ["kept.organization_id", "n.organization_id"]),
        )),
        STATES,
    );

    /// For contacts of which nothing is kept: not all of it is known then, and the row says so by having
    /// no fit. A contact may be going with its signals, and its state with it; then there is nothing to
    /// keep.
    static BEGIN: Plan = Plan::new(
        kept_text(format!(
            "INSERT INTO crm.contact_engagement AS kept
                    (contact_id, organization_id, model_id, as_of, rank, sums)
             SELECT n.contact_id, n.organization_id, $6, n.as_of, 'Infinity', {SUMS}
               FROM {STATES_AS_ROWS}
              WHERE EXISTS (SELECT FROM crm.contacts AS c
                             WHERE {CONTACT})
              ORDER BY n.contact_id, n.organization_id
             ON CONFLICT (contact_id, organization_id, model_id) DO UPDATE SET {MERGED}",
            MERGED = merged("excluded.sums", "excluded.as_of"),
            CONTACT = by_key(["c.id", "n.contact_id"], ["c.organization_id", "n.organization_id"]),
        )),
        STATES,
    );

}

/// Contacts, organizations, times, the sums of all contacts one after the other, how many of them are
/// one contact's, the model, its half-lives.
pub const STATES: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
    pg_sys::BuiltinOid::INT4OID,
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
];

/// [`STATES`] as rows, and the sums of each. They are in the order of the keys, so that two statements
/// cannot deadlock, and joined with nothing that could change it.
pub const STATES_AS_ROWS: &str =
    "unnest($1, $2, $3) WITH ORDINALITY AS n (contact_id, organization_id, as_of, place)";
pub const SUMS: &str = "$4[(n.place - 1) * $5 + 1 : n.place * $5]";

/// What a kept row is set to when these sums of this time come to it.
fn merged(sums: &str, as_of: &str) -> String {
    let both = format!("crm.merge_sums($7, kept.sums, kept.as_of, {sums}, {as_of})");
    let latest = format!("greatest(kept.as_of, {as_of})");
    format!(
        "as_of = {latest},
         rank = CASE WHEN kept.fit IS NULL THEN 'Infinity'
                     ELSE crm.engagement_rank($7, {both}, {latest}, clock_timestamp()) END,
         sums = {both},
         refresh_at = '-infinity'"
    )
}

/// AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables `new_rows`, `old_rows`:
/// the contacts' `last_activity_at` follows; then the new rows' signals are added to
/// `crm.contact_engagement` and the old rows' taken away.
///
/// One update per statement and model, merged beforehand. Its rows are sorted by key, so that two statements
/// cannot deadlock. An update that changes no signal writes nothing. It runs as its owner, because
/// the application itself may not write the state, and must therefore be granted to nobody: whoever
/// may attach it to a table of their own could forge another organization's engagement.
#[pg_trigger(sql = "
CREATE FUNCTION crm.keep_engagement() RETURNS trigger
LANGUAGE c SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS '@MODULE_PATHNAME@', '@FUNCTION_NAME@';
")]
fn keep_engagement<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let schema = trigger.table_schema()?;
    let table = trigger.table_name()?;
    let Some(source) = Source::of(&schema, &table) else {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                format!("\"{schema}.{table}\" is no table of signals"),
            )
            .set_hint("keep_engagement() is for the tables of pg_crm itself."),
        );
    };
    let (new, old) = match trigger.op()? {
        PgTriggerOperation::Insert => (true, false),
        PgTriggerOperation::Update => (true, true),
        PgTriggerOperation::Delete | PgTriggerOperation::Truncate => (false, true),
    };
    let mut read = Vec::new();
    let sql = || CString::new(changes(source, new, old)).or_raise();
    transition::read(trigger, &CHANGES, sql, |rows| {
        read = rows.iter().filter_map(|row| Signal::of(&row)).collect();
    });
    if !read.is_empty() {
        spi::by_keys(|| {
            // Contacts before what is kept of them, as everybody locks them who needs both.
            if source.passes {
                last_activity::follow(&last_activity::moved(&read));
            }
            keep(&read);
        });
    }
    Ok(None)
}

/// The signals that a change of `source` brought or took, as [`Source::select`] tells them.
///
/// Those that cancel each other are left out: an update of a column that is no signal's says that
/// the same signals came and went.
fn changes(source: &Source, new: bool, old: bool) -> String {
    match (new, old) {
        (true, false) => source.select("new_rows", 1),
        (false, _) => source.select("old_rows", -1),
        (true, true) => format!(
            "SELECT contact_id, organization_id, signal, occurred_at, times, sum(sign)::int4 AS sign
               FROM ({} UNION ALL {}) AS change
              GROUP BY contact_id, organization_id, signal, occurred_at, times
             HAVING sum(sign) <> 0",
            source.select("new_rows", 1),
            source.select("old_rows", -1),
        ),
    }
}

/// A signal that came, or went.
pub struct Signal {
    pub key: Key,
    pub signal: String,
    pub at: TimestampWithTimeZone,
    /// How much of its rule's weight it counts.
    times: f64,
    /// How many came, or, negative, went.
    pub sign: i32,
}

impl Signal {
    /// From a row as [`Source::select`] tells it.
    pub fn of(row: &Row) -> Option<Self> {
        Some(Self {
            signal: row.get(3)?,
            at: row.get(4)?,
            times: row.get(5)?,
            sign: row.get(6)?,
            key: Key::of(row),
        })
    }
}

/// Adds the signals to the states by every model that counts.
fn keep(changes: &[Signal]) {
    let organizations: std::collections::BTreeSet<[u8; 16]> = changes
        .iter()
        .map(|change| change.key.organization())
        .collect();
    for organization in &organizations {
        models::hold_signals(*organization, false);
    }
    for organization in organizations {
        let of_it = || {
            changes
                .iter()
                .filter(move |change| change.key.organization() == organization)
        };
        for rules in models::counting(organization) {
            let states = sum(&rules, of_it());
            if !states.is_empty() {
                add(&rules, &states);
            }
        }
    }
}

/// What a statement adds to a contact.
pub struct State {
    pub sums: Sums,
    /// `sums.as_of` as the server counts time.
    latest: TimestampWithTimeZone,
}

impl State {
    /// The time of the latest signal.
    pub fn latest(&self) -> TimestampWithTimeZone {
        self.latest
    }
}

/// The states that signals make under a model, each as of its latest one: so every exponent is
/// negative, late data fades, nothing overflows.
pub fn sum<'a>(rules: &Rules, changes: impl Iterator<Item = &'a Signal>) -> BTreeMap<Key, State> {
    let mut states = BTreeMap::<Key, State>::new();
    for change in changes {
        let Some(rule) = rules.rule(&change.signal) else {
            continue;
        };
        let time = seconds(change.at);
        let state = states.entry(change.key).or_insert_with(|| State {
            sums: Sums::none(time),
            latest: change.at,
        });
        let points = rule.weight * change.times;
        state.sums.add(
            rules.half_lives(),
            rule.group,
            points,
            f64::from(change.sign),
            time,
        );
        state.latest = state.latest.max(change.at);
    }
    states
}

/// Adds to the kept states.
fn add(rules: &Rules, states: &BTreeMap<Key, State>) {
    let mut rest: Vec<(&Key, &State)> = states.iter().collect();
    let mut absent = Vec::new();
    KEPT.with(|kept| {
        kept.write(|writer| {
            let known_at = clock();
            let done = rest
                .iter()
                .take_while(|(key, state)| {
                    let [contact, organization] = key.parts();
                    let parts = [contact, organization, rules.id];
                    let outcome =
                        writer.change(&parts, |row| merged_row(rules, row, state, known_at));
                    if outcome == Outcome::Absent {
                        absent.push((*key, *state));
                    }
                    outcome != Outcome::Undecided
                })
                .count();
            rest.drain(..done);
        })
    });
    if !rest.is_empty() {
        let kept: HashSet<Key> = ADD.with(|plan| {
            plan.run(&columns(rules, rest.iter().copied()), |rows| {
                rows.iter().map(|row| Key::of(&row)).collect()
            })
        });
        absent.extend(rest.into_iter().filter(|(key, _)| !kept.contains(key)));
    }
    if !absent.is_empty() {
        BEGIN.with(|plan| plan.run(&columns(rules, absent.into_iter()), |_| ()));
    }
}

/// What [`MERGED`](merged) sets a kept row to.
fn merged_row(rules: &Rules, row: &keyed::Row, added: &State, known_at: f64) -> Change {
    let (Some(kept_at), Some(values)) = (
        row.get::<TimestampWithTimeZone>(0),
        row.floats(2).map(|values| floats::values(values).collect()),
    ) else {
        return Change::Ask;
    };
    let half_lives = rules.half_lives();
    let kept = Sums {
        values,
        as_of: seconds(kept_at),
    };
    let sums = kept.merge(half_lives, added.sums.clone());
    let latest = kept_at.max(added.latest);
    // What a check of the table would refuse, it is to refuse.
    let is_finite = !matches!(i64::from(latest), i64::MIN | i64::MAX);
    if !is_finite || sums.values.iter().any(|value| !value.is_finite()) {
        return Change::Ask;
    }
    let rank = if row.get::<f64>(4).is_some() {
        rank::rank(half_lives, &sums, known_at)
    } else {
        f64::INFINITY
    };
    Change::To(vec![
        latest.into_datum(),
        rank.into_datum(),
        sums.values.into_datum(),
        Some(pg_sys::Datum::from(i64::MIN)),
    ])
}

/// States as the arguments [`STATES`].
pub fn columns<'a>(
    rules: &Rules,
    states: impl Iterator<Item = (&'a Key, &'a State)>,
) -> [Option<pg_sys::Datum>; 7] {
    let (keys, states): (Vec<&Key>, Vec<&State>) = states.unzip();
    let [contacts, organizations] = Key::columns(keys.into_iter());
    let width = rules.half_lives().len();
    let times: Vec<TimestampWithTimeZone> = states.iter().map(|state| state.latest).collect();
    let sums: Vec<f64> = states
        .iter()
        .flat_map(|state| {
            let values = &state.sums.values;
            (0..width).map(|place| values.get(place).copied().unwrap_or(0.0))
        })
        .collect();
    [
        contacts,
        organizations,
        times.into_datum(),
        sums.into_datum(),
        (width as i32).into_datum(),
        rules.uuid().into_datum(),
        rules.half_lives().to_vec().into_datum(),
    ]
}

/// `value * 2^-((at - as_of) / half_life)`, `half_life` in seconds.
#[pg_extern(immutable, strict, parallel_safe)]
fn decay(
    value: f64,
    as_of: TimestampWithTimeZone,
    at: TimestampWithTimeZone,
    half_life: f64,
) -> f64 {
    scoring::decay(value, seconds(at) - seconds(as_of), half_life)
}

/// What is kept of a contact and what is added to it, as of the later time: for the trigger's
/// statement.
#[pg_extern(immutable, strict, parallel_safe)]
fn merge_sums(
    half_lives: Vec<f64>,
    kept: Vec<f64>,
    kept_at: TimestampWithTimeZone,
    added: Vec<f64>,
    added_at: TimestampWithTimeZone,
) -> Vec<f64> {
    let sums = |values, at| Sums {
        values,
        as_of: seconds(at),
    };
    sums(kept, kept_at)
        .merge(&half_lives, sums(added, added_at))
        .values
}

/// The rank of a state that is written at `known_at`.
#[pg_extern(immutable, strict, parallel_safe)]
fn engagement_rank(
    half_lives: Vec<f64>,
    sums: Vec<f64>,
    as_of: TimestampWithTimeZone,
    known_at: TimestampWithTimeZone,
) -> f64 {
    let sums = Sums {
        values: sums,
        as_of: seconds(as_of),
    };
    rank::rank(&half_lives, &sums, seconds(known_at))
}

/// Seconds since 2000-01-01 UTC.
pub fn seconds(time: TimestampWithTimeZone) -> f64 {
    i64::from(time) as f64 / 1e6
}

/// The present moment, in the same seconds.
pub fn clock() -> f64 {
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    now as f64 / 1e6
}
