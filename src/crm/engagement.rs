//! The kept engagement state: statement-level triggers on every table whose rows are signals.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;

use pg_crm_core::scoring;
use pgrx::prelude::*;

use super::signals::{self, Source};
use crate::error;
use crate::spi;

thread_local! {
    /// Plans by table and operation: a transition table's plan is bound to its table.
    static PLANS: RefCell<HashMap<(pg_sys::Oid, u8), pg_sys::SPIPlanPtr>> = RefCell::default();
}

/// AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables `new_rows`, `old_rows`:
/// adds the new rows' signals to `crm.contact_engagement` and takes the old rows' away.
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
                Some(plan) => *plan,
                None => {
                    let plan = spi::prepare_kept(&statement(source, new, old));
                    plans.insert(key, plan);
                    plan
                }
            })
        });
    }
    Ok(None)
}

/// The statement that brings the state up to date with one change of `source`.
fn statement(source: &Source, new: bool, old: bool) -> CString {
    let changes = [
        new.then(|| source.select("new_rows", 1)),
        old.then(|| source.select("old_rows", -1)),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\nUNION ALL\n");
    upsert(&changes, old)
}

/// Merges the signals that `changes` selects into the state.
///
/// `as_of` of a state is the time of its latest signal, so every exponent is negative: late data
/// fades, nothing overflows. Where rows go (`deletes`), their contact may be going with them, and its
/// state too: then there is nothing to keep.
fn upsert(changes: &str, deletes: bool) -> CString {
    let live = if deletes {
        "WHERE EXISTS (SELECT FROM crm.contacts AS c
                        WHERE c.id = net.contact_id AND c.organization_id = net.organization_id)"
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
    let rules = signals::rules();
    let sql = format!(
        "INSERT INTO crm.contact_engagement AS kept
                (organization_id, contact_id, signal_group, value, as_of)
         SELECT organization_id, contact_id, signal_group,
                sum(crm.decay(sign * weight, occurred_at, as_of, half_life)),
                min(as_of)
           FROM (SELECT net.*, rule.signal_group, rule.weight, rule.half_life,
                        max(occurred_at) OVER (PARTITION BY organization_id, contact_id, signal_group) AS as_of
                   FROM (SELECT organization_id, contact_id, signal, occurred_at, sum(sign) AS sign
                           FROM ({changes}) AS change
                          GROUP BY organization_id, contact_id, signal, occurred_at
                         HAVING sum(sign) <> 0) AS net
                   JOIN {rules} ON rule.signal = net.signal
                   {live}) AS weighted
          GROUP BY organization_id, contact_id, signal_group
          ORDER BY contact_id, organization_id, signal_group
         ON CONFLICT (contact_id, organization_id, signal_group) DO UPDATE
            SET value = crm.decay(kept.value, kept.as_of, greatest(kept.as_of, excluded.as_of), {half_life})
                      + crm.decay(excluded.value, excluded.as_of, greatest(kept.as_of, excluded.as_of), {half_life}),
                as_of = greatest(kept.as_of, excluded.as_of)"
    );
    CString::new(sql).unwrap_or_default()
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
