//! Schema `workflow`: what is kept of runs and versions, and what follows from states.

mod counts;
mod jobs;
mod runs;
mod versions;

use pg_crm_tests::{Sql, Transaction};
use uuid::Uuid;

/// Takes the only row of a table from state to state, and asserts which of the times it then has.
#[track_caller]
pub fn walk(
    tx: &mut Transaction<'_>,
    table: &str,
    state: &str,
    times: &[&str],
    steps: &[(&str, &str)],
) {
    let given = times
        .iter()
        .map(|time| format!("CASE WHEN {time} IS NOT NULL THEN '{time}' END"))
        .collect::<Vec<_>>()
        .join(", ");
    for (value, expected) in steps {
        tx.exec(&format!("UPDATE {table} SET {state} = '{value}'"));
        let has: String = tx.one(&format!("SELECT concat_ws(' ', {given}) FROM {table}"), &[]);
        assert_eq!(&has, expected, "{table} that is {value}");
    }
}

/// An active workflow that does nothing.
#[track_caller]
fn workflow(client: &mut impl Sql, name: &str) -> Uuid {
    client.one(
        "INSERT INTO workflow.workflows (name, status, trigger_type, definition)
         VALUES ($1, 'active', 'manual', '{\"nodes\": [{\"id\": \"start\", \"type\": \"trigger\"}]}') RETURNING id",
        &[&name],
    )
}

/// The counters of all workflows that are to be seen, by name: runs, successes, failures.
#[track_caller]
fn counts(client: &mut impl Sql) -> Vec<String> {
    client.lines("SELECT name, run_count, success_count, failure_count FROM workflow.workflows ORDER BY name")
}
