//! What is kept of the signals: statement-level triggers on every table whose rows are signals bring
//! the engagement state and the contacts' `last_activity_at` up to date.

use std::collections::BTreeMap;
use std::ffi::CString;

use pg_crm_core::scoring::{self, BUILT_IN, Sums, rank};
use pgrx::prelude::*;

use super::signals::{self, Source};
use crate::error::{self, OrRaise};
use crate::spi::{self, Plan, Row, kept_text};
use crate::transition::{self, Key};

thread_local! {
    /// What reads the tables' changes.
    static CHANGES: transition::Plans = transition::Plans::default();

    static ADD: Plan = Plan::new(kept_text(upsert("")), STATES);

    /// Where rows go, their contact may be going with them, and its state too: then there is nothing
    /// to keep.
    static ADD_TO_LIVE: Plan = Plan::new(
        kept_text(upsert(
            "WHERE EXISTS (SELECT FROM crm.contacts AS c
                            WHERE c.id = n.contact_id AND c.organization_id = n.organization_id)
             ORDER BY n.contact_id, n.organization_id",
        )),
        STATES,
    );

    /// By itself and not within the UPDATE: that one has to begin at the latest versions of the rows,
    /// or it would wait for who waits for this lock; and it has to see what others did until they let
    /// go.
    static LOCK: Plan = Plan::new(
        kept_text(format!(
            "SELECT c.id, c.organization_id
               FROM {MOVED}
               JOIN crm.contacts AS c
                 ON c.id = moved.contact_id AND c.organization_id = moved.organization_id
              WHERE {OUTDATED}
              ORDER BY c.id, c.organization_id
                FOR NO KEY UPDATE OF c"
        )),
        MOVES,
    );

    /// Where the latest signal went, the contact's rows tell which one is the latest now.
    static SETTLE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contacts AS c
                SET last_activity_at = CASE WHEN moved.went >= c.last_activity_at THEN {latest} ELSE moved.came END
               FROM {MOVED}
              WHERE c.id = moved.contact_id AND c.organization_id = moved.organization_id
                AND {OUTDATED}",
            latest = signals::latest("c"),
        )),
        MOVES,
    );
}

/// The latest times that came to and went from a contact.
#[derive(Default, Clone, Copy)]
pub struct Moved {
    came: Option<i64>,
    went: Option<i64>,
}

/// Contacts, organizations, times, ranks, the sums of all contacts one after the other, and how many
/// of them are one contact's.
pub const STATES: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
    pg_sys::BuiltinOid::INT4OID,
];

/// [`STATES`] as rows, and the sums of each.
pub const STATES_AS_ROWS: &str =
    "unnest($1, $2, $3, $4) WITH ORDINALITY AS n (contact_id, organization_id, as_of, rank, place)";
pub const SUMS: &str = "$5[(n.place - 1) * $6 + 1 : n.place * $6]";

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

/// AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables `new_rows`, `old_rows`:
/// adds the new rows' signals to `crm.contact_engagement` and takes the old rows' away; then the
/// contacts' `last_activity_at` follows.
///
/// One upsert per statement, merged beforehand. Its rows are sorted by key, so that two statements
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
    let mut states = BTreeMap::new();
    let mut moved = BTreeMap::new();
    let sql = || CString::new(changes(source, new, old)).or_raise();
    transition::read(trigger, &CHANGES, sql, |rows| {
        for row in rows.iter() {
            take(&row, &mut states, &mut moved);
        }
    });
    // Where the state stays as it is, the contacts do.
    if !states.is_empty() {
        spi::by_keys(|| {
            add(&states, if old { &ADD_TO_LIVE } else { &ADD });
            follow(&moved);
        });
    }
    Ok(None)
}

/// The signals that a change of `source` brought or took: (contact_id, organization_id, signal,
/// occurred_at, sign).
///
/// Those that cancel each other are left out: an update of a column that is no signal's says that
/// the same signals came and went.
fn changes(source: &Source, new: bool, old: bool) -> String {
    match (new, old) {
        (true, false) => source.select("new_rows", 1),
        (false, _) => source.select("old_rows", -1),
        (true, true) => format!(
            "SELECT contact_id, organization_id, signal, occurred_at, sum(sign)::int4 AS sign
               FROM ({} UNION ALL {}) AS change
              GROUP BY contact_id, organization_id, signal, occurred_at
             HAVING sum(sign) <> 0",
            source.select("new_rows", 1),
            source.select("old_rows", -1),
        ),
    }
}

/// Merges one change into the states, as of the latest signal of each: so every exponent is negative,
/// late data fades, nothing overflows.
pub fn take(row: &Row, states: &mut BTreeMap<Key, State>, moved: &mut BTreeMap<Key, Moved>) {
    let (Some(signal), Some(at)) = (row.get::<String>(3), row.get::<TimestampWithTimeZone>(4))
    else {
        return;
    };
    let (key, sign) = (Key::of(row), row.get::<i32>(5).unwrap_or(0));
    // A mail that came back did not pass.
    if signal != signals::BOUNCED {
        let times = moved.entry(key).or_default();
        let time = if sign > 0 {
            &mut times.came
        } else {
            &mut times.went
        };
        *time = (*time).max(Some(i64::from(at)));
    }
    let model = &BUILT_IN;
    let Some((rule, group)) = model
        .signal(&signal)
        .and_then(|rule| Some((rule, model.place(rule.group)?)))
    else {
        return;
    };
    let (sign, time) = (f64::from(sign), seconds(at));
    states
        .entry(key)
        .and_modify(|state| {
            state.sums.add(model, group, rule.weight, sign, time);
            state.latest = state.latest.max(at);
        })
        .or_insert_with(|| State {
            sums: Sums::of(model, group, rule.weight, sign, time),
            latest: at,
        });
}

/// What a statement adds to a contact.
pub struct State {
    sums: Sums,
    /// `sums.as_of` as the server counts time.
    latest: TimestampWithTimeZone,
}

/// Adds to the kept states.
fn add(states: &BTreeMap<Key, State>, plan: &'static std::thread::LocalKey<Plan>) {
    plan.with(|plan| plan.run(&columns(states, clock()), |_| ()));
}

/// States as the arguments [`STATES`], written at a time.
pub fn columns(states: &BTreeMap<Key, State>, known_at: f64) -> [Option<pg_sys::Datum>; 6] {
    let [contacts, organizations] = Key::columns(states.keys());
    let times: Vec<TimestampWithTimeZone> = states.values().map(|state| state.latest).collect();
    let ranks: Vec<f64> = states
        .values()
        .map(|state| rank::rank(&BUILT_IN, &state.sums, known_at))
        .collect();
    let sums: Vec<f64> = states
        .values()
        .flat_map(|state| state.sums.values.iter().copied())
        .collect();
    let width = BUILT_IN.groups.len() as i32 + 1;
    [
        contacts,
        organizations,
        times.into_datum(),
        ranks.into_datum(),
        sums.into_datum(),
        width.into_datum(),
    ]
}

/// The arrays are in the order of the keys, so that two statements cannot deadlock; they are joined
/// with nothing that could change it.
fn upsert(condition: &str) -> String {
    let merged = "crm.merge_sums(kept.sums, kept.as_of, excluded.sums, excluded.as_of)";
    format!(
        "INSERT INTO crm.contact_engagement AS kept
                (contact_id, organization_id, as_of, rank, sums)
         SELECT n.contact_id, n.organization_id, n.as_of, n.rank, {SUMS}
           FROM {STATES_AS_ROWS}
           {condition}
         ON CONFLICT (contact_id, organization_id) DO UPDATE
            SET as_of = greatest(kept.as_of, excluded.as_of),
                rank = crm.engagement_rank({merged}, greatest(kept.as_of, excluded.as_of), clock_timestamp()),
                sums = {merged}"
    )
}

/// Brings `last_activity_at` up to date.
fn follow(moved: &BTreeMap<Key, Moved>) {
    if moved.is_empty() {
        return;
    }
    // One row alone is locked by its UPDATE, and what only came needs no look at others.
    if let Some(only) = moved.first_key_value()
        && moved.len() == 1
        && only.1.went.is_none()
    {
        let arguments = moves([(only.0, *only.1)].into_iter());
        return SETTLE.with(|plan| plan.run(&arguments, |_| ()));
    }
    let outdated: Vec<Key> = LOCK.with(|plan| {
        plan.run(
            &moves(moved.iter().map(|(key, times)| (key, *times))),
            |rows| rows.iter().map(|row| Key::of(&row)).collect(),
        )
    });
    if outdated.is_empty() {
        return;
    }
    let outdated = outdated
        .iter()
        .map(|key| (key, moved.get(key).copied().unwrap_or_default()));
    SETTLE.with(|plan| plan.run(&moves(outdated), |_| ()));
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
        .merge(&BUILT_IN, sums(added, added_at))
        .values
}

/// The rank of a state that is written at `known_at`.
#[pg_extern(immutable, strict, parallel_safe)]
fn engagement_rank(
    sums: Vec<f64>,
    as_of: TimestampWithTimeZone,
    known_at: TimestampWithTimeZone,
) -> f64 {
    let sums = Sums {
        values: sums,
        as_of: seconds(as_of),
    };
    rank::rank(&BUILT_IN, &sums, seconds(known_at))
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
