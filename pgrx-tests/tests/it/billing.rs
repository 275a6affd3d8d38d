//! Schema `billing`: invoices and their numbers, subscriptions and their copies, usage and its keys.

mod invoices;
mod issue;
pub mod states;
mod subscriptions;
mod usage;

use pg_crm_tests::{Db, Sql, Uuid, eventually};

/// Makes a draft with one line for each amount; returns the invoice's id.
#[track_caller]
fn draft(client: &mut impl Sql, amounts: &[i32]) -> Uuid {
    let id = client.one(
        "INSERT INTO billing.invoices (currency) VALUES ('EUR') RETURNING id",
        &[],
    );
    client.exec_with(
        "INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price, tax_amount)
         SELECT $1, CASE WHEN a < 0 THEN 'credit' ELSE 'one_off' END, 'Work', a, sign(a) FROM unnest($2::integer[]) AS a",
        &[&id, &amounts],
    );
    id
}

/// Waits until one session of the database waits for another.
#[track_caller]
fn one_waits(db: &Db) {
    let mut dba = db.superuser();
    eventually("a session waits for another", || {
        dba.one::<i64>(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
            &[],
        ) == 1
    });
}
