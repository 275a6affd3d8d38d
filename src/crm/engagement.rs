//! What is kept of the signals: statement-level triggers on every table whose rows are signals bring
//! the engagement state and the contacts' `last_activity_at` up to date.

use std::collections::BTreeMap;
use std::ffi::CString;

use pg_crm_core::scoring::{self, State};
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
                            WHERE c.id = n.contact_id AND c.organization_id = n.organization_id)",
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
struct Moved {
    came: Option<i64>,
    went: Option<i64>,
}

const STATES: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::TEXTARRAYOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
    pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
];

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
fn take(
    row: &Row,
    states: &mut BTreeMap<(Key, &'static str), (State, TimestampWithTimeZone)>,
    moved: &mut BTreeMap<Key, Moved>,
) {
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
    let model = &scoring::BUILT_IN;
    let Some((rule, group)) = model
        .signal(&signal)
        .and_then(|rule| Some((rule, model.group(rule.group)?)))
    else {
        return;
    };
    let state = State {
        value: f64::from(sign) * rule.weight,
        as_of: seconds(at),
    };
    states
        .entry((key, group.name))
        .and_modify(|(kept, latest)| {
            *kept = kept.merge(state, group.half_life);
            *latest = (*latest).max(at);
        })
        .or_insert((state, at));
}

/// Adds to the kept states.
fn add(
    states: &BTreeMap<(Key, &'static str), (State, TimestampWithTimeZone)>,
    plan: &'static std::thread::LocalKey<Plan>,
) {
    let [contacts, organizations] = Key::columns(states.keys().map(|(key, _)| key));
    let groups: Vec<&str> = states.keys().map(|(_, group)| *group).collect();
    let values: Vec<f64> = states.values().map(|(state, _)| state.value).collect();
    let times: Vec<TimestampWithTimeZone> = states.values().map(|(_, at)| *at).collect();
    let arguments = [
        contacts,
        organizations,
        groups.into_datum(),
        values.into_datum(),
        times.into_datum(),
    ];
    plan.with(|plan| plan.run(&arguments, |_| ()));
}

fn upsert(condition: &str) -> String {
    let half_life = scoring::BUILT_IN
        .groups
        .iter()
        .map(|g| {
            format!(
                "WHEN '{}' THEN {:?}::pg_catalog.float8 ",
                g.name, g.half_life
            )
        })
        .collect::<String>();
    let half_life = format!("CASE excluded.signal_group {half_life}END");
    format!(
        "INSERT INTO crm.contact_engagement AS kept
                (contact_id, organization_id, signal_group, value, as_of)
         SELECT n.contact_id, n.organization_id, n.signal_group, n.value, n.as_of
           FROM unnest($1, $2, $3, $4, $5) AS n (contact_id, organization_id, signal_group, value, as_of)
           {condition}
          ORDER BY n.contact_id, n.organization_id, n.signal_group
         ON CONFLICT (contact_id, organization_id, signal_group) DO UPDATE
            SET value = crm.decay(kept.value, kept.as_of, greatest(kept.as_of, excluded.as_of), {half_life})
                      + crm.decay(excluded.value, excluded.as_of, greatest(kept.as_of, excluded.as_of), {half_life}),
                as_of = greatest(kept.as_of, excluded.as_of)"
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

/// Seconds since 2000-01-01 UTC.
pub fn seconds(time: TimestampWithTimeZone) -> f64 {
    i64::from(time) as f64 / 1e6
}
