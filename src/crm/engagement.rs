//! What is kept of the signals: statement-level triggers on every table whose rows are signals bring
//! the engagement state and the contacts' `last_activity_at` up to date.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::rc::Rc;

use pg_crm_core::scoring;
use pgrx::prelude::*;

use super::signals::{self, Source};
use crate::error;
use crate::spi;

thread_local! {
    /// Plans by table and operation: a transition table's plan is bound to its table.
    static PLANS: RefCell<HashMap<(pg_sys::Oid, u8), Rc<[pg_sys::SPIPlanPtr]>>> = RefCell::default();
}

/// AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables `new_rows`, `old_rows`:
/// adds the new rows' signals to `crm.contact_engagement` and takes the old rows' away; then the
/// contacts' `last_activity_at` follows.
///
/// One upsert per statement. Its rows are sorted by key, so that two statements cannot deadlock. An
/// update that changes no signal writes nothing. It runs as its owner, because the application
/// itself may not write the state, and must therefore be granted to nobody: whoever may attach it to
/// a table of their own could forge another organization's engagement.
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
    let (operation, new, old) = match trigger.op()? {
        PgTriggerOperation::Insert => (b'I', true, false),
        PgTriggerOperation::Update => (b'U', true, true),
        PgTriggerOperation::Delete => (b'D', false, true),
        PgTriggerOperation::Truncate => (b'T', false, false),
    };
    let key = (trigger.relid()?, operation);
    let data = std::ptr::from_ref(trigger.trigger_data()).cast_mut();
    // SAFETY: `data` is the trigger data of this very call, and the plan (kept for the backend) was
    // prepared with the transition tables of the same table and operation.
    unsafe {
        spi::execute_with_transition_tables(data, || {
            PLANS.with_borrow_mut(|plans| match plans.get(&key) {
                Some(plans) => Rc::clone(plans),
                None => {
                    let made: Rc<[_]> = statements(source, new, old)
                        .iter()
                        .map(|sql| spi::prepare_kept(sql))
                        .collect();
                    plans.insert(key, Rc::clone(&made));
                    made
                }
            })
        });
    }
    Ok(None)
}

/// The statements that bring everything up to date with one change of `source`.
fn statements(source: &Source, new: bool, old: bool) -> Vec<CString> {
    let mut changes = Vec::new();
    if new {
        changes.push(source.select("new_rows", 1));
    }
    if old {
        changes.push(source.select("old_rows", -1));
    }
    let mut changes = changes.join("\nUNION ALL\n");
    if old {
        changes = net(&changes);
    }
    let statements = [
        upsert(&changes, source, old),
        lock_contacts(&changes),
        if old {
            settle_last_activity(&changes)
        } else {
            raise_last_activity(&changes)
        },
    ];
    statements
        .into_iter()
        .map(|sql| CString::new(sql).unwrap_or_default())
        .collect()
}

/// What is left of changes that cancel each other: an update of a column that is no signal's says
/// that the same signals came and went.
fn net(changes: &str) -> String {
    format!(
        "SELECT contact_id, organization_id, signal, occurred_at, sum(sign) AS sign
           FROM ({changes}) AS change
          GROUP BY contact_id, organization_id, signal, occurred_at
         HAVING sum(sign) <> 0"
    )
}

/// Merges the signals that `changes` selects into the state.
///
/// `as_of` of a state is the time of its latest signal, so every exponent is negative: late data
/// fades, nothing overflows. Where rows go (`deletes`), their contact may be going with them, and its
/// state too: then there is nothing to keep.
fn upsert(changes: &str, source: &Source, deletes: bool) -> String {
    let live = if deletes {
        "WHERE EXISTS (SELECT FROM crm.contacts AS c
                        WHERE c.id = change.contact_id AND c.organization_id = change.organization_id)"
    } else {
        ""
    };
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
    let rules = source.rules();
    format!(
        "INSERT INTO crm.contact_engagement AS kept
                (organization_id, contact_id, signal_group, value, as_of)
         SELECT organization_id, contact_id, signal_group,
                sum(crm.decay(sign * weight, occurred_at, as_of, half_life)),
                min(as_of)
           FROM (SELECT change.*, rule.signal_group, rule.weight, rule.half_life,
                        max(occurred_at) OVER (PARTITION BY contact_id, organization_id, rule.signal_group) AS as_of
                   FROM ({changes}) AS change
                   JOIN {rules} ON rule.signal = change.signal
                   {live}) AS weighted
          GROUP BY contact_id, organization_id, signal_group
          ORDER BY contact_id, organization_id, signal_group
         ON CONFLICT (contact_id, organization_id, signal_group) DO UPDATE
            SET value = crm.decay(kept.value, kept.as_of, greatest(kept.as_of, excluded.as_of), {half_life})
                      + crm.decay(excluded.value, excluded.as_of, greatest(kept.as_of, excluded.as_of), {half_life}),
                as_of = greatest(kept.as_of, excluded.as_of)"
    )
}

/// The latest times that came to and went from each contact. A mail that came back did not pass.
fn moved(changes: &str) -> String {
    format!(
        "(SELECT contact_id, organization_id,
                 max(occurred_at) FILTER (WHERE sign > 0) AS came,
                 max(occurred_at) FILTER (WHERE sign < 0) AS went
            FROM ({changes}) AS change
           WHERE signal <> 'email_bounced'
           GROUP BY contact_id, organization_id) AS moved"
    )
}

/// Where `last_activity_at` does not agree with what came and went.
const OUTDATED: &str = "(moved.came > c.last_activity_at OR c.last_activity_at IS NULL
             OR moved.went >= c.last_activity_at)";

/// Locks the contacts that are to be written, in the order of their keys.
///
/// By itself and not within the UPDATE: that one has to begin at the latest versions of the rows, or
/// it would wait for who waits for this lock; and it has to see what others did until they let go.
fn lock_contacts(changes: &str) -> String {
    format!(
        "SELECT
           FROM {moved}
           JOIN crm.contacts AS c
             ON c.id = moved.contact_id AND c.organization_id = moved.organization_id
          WHERE {OUTDATED}
          ORDER BY c.id, c.organization_id
            FOR NO KEY UPDATE OF c",
        moved = moved(changes),
    )
}

/// New signals only raise `last_activity_at`.
fn raise_last_activity(changes: &str) -> String {
    format!(
        "UPDATE crm.contacts AS c
            SET last_activity_at = moved.came
           FROM {moved}
          WHERE c.id = moved.contact_id AND c.organization_id = moved.organization_id
            AND {OUTDATED}",
        moved = moved(changes),
    )
}

/// Where the latest signal went, the contact's rows tell which one is the latest now.
fn settle_last_activity(net: &str) -> String {
    format!(
        "UPDATE crm.contacts AS c
            SET last_activity_at = CASE WHEN moved.went >= c.last_activity_at
                                        THEN {latest}
                                        ELSE moved.came
                                    END
           FROM {moved}
          WHERE c.id = moved.contact_id AND c.organization_id = moved.organization_id
            AND {OUTDATED}",
        latest = signals::latest("c"),
        moved = moved(net),
    )
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
