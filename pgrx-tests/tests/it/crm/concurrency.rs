//! Many sessions that write signals of the same contacts at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pg_crm_tests::{Pgbench, Sql, shared};

use super::contact;
use super::history::assert_kept;

/// One statement that adds signals of several contacts.
const INSERT: &str =
    "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
     SELECT id, 'sms', 'inbound', 'received', timestamptz '2024-01-01' + random() * interval '300 days'
       FROM (SELECT id FROM crm.contacts, generate_series(1, 2) ORDER BY random() LIMIT 6) AS picked";

const CLIENTS: u32 = 16;
const TRANSACTIONS: u32 = 40;

/// Asserts that the sessions neither fail nor lose a point.
#[track_caller]
fn nothing_is_lost(statement: &str) {
    nothing_is_lost_while(statement, None);
}

/// While somebody calls a procedure over and over again.
#[track_caller]
fn nothing_is_lost_while(statement: &str, procedure: Option<&str>) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        for i in 0..5 {
            contact(tx, &format!("Contact {i}"));
        }
        tx.exec(
            "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
             SELECT c.id, 'sms', 'inbound', 'received', '2024-01-01'
               FROM crm.contacts AS c, generate_series(1, 40)",
        );
    });
    let script = format!(
        "BEGIN;
         SELECT tenancy.set_context('{acme}');
         {statement};
         COMMIT;"
    );
    let finished = AtomicBool::new(false);
    let (result, calls) = thread::scope(|scope| {
        let calling = scope.spawn(|| {
            let mut admin = db.admin();
            let mut calls = 0;
            while let Some(procedure) = procedure
                && (calls == 0 || !finished.load(Ordering::Relaxed))
            {
                admin.exec(&format!("CALL {procedure}"));
                calls += 1;
            }
            calls
        });
        let result = Pgbench::new(&db, &script)
            .role("app_user")
            .clients(CLIENTS)
            .jobs(2)
            .transactions(TRANSACTIONS)
            .run();
        finished.store(true, Ordering::Relaxed);
        (result, calling.join().expect("the procedure ends"))
    });
    assert_eq!(calls > 0, procedure.is_some(), "{calls} calls");
    assert_eq!(
        (result.transactions, result.failed),
        (u64::from(CLIENTS * TRANSACTIONS), 0),
        "transactions, and those that failed"
    );
    assert_kept(&mut app, &acme, "after all sessions ended");
}

#[test]
fn concurrent_inserts_for_many_contacts_lose_nothing() {
    nothing_is_lost(INSERT);
}

#[test]
fn concurrent_inserts_into_several_tables_lose_nothing() {
    nothing_is_lost(
        "WITH someone AS (SELECT id FROM crm.contacts ORDER BY random() LIMIT 1),
              call AS (INSERT INTO inbox.calls (contact_id, direction, started_at)
                       SELECT id, 'inbound', now() - random() * interval '300 days' FROM someone)
         INSERT INTO commerce.orders (contact_id, placed_at)
         SELECT id, now() - random() * interval '300 days' FROM someone",
    );
}

#[test]
fn concurrent_updates_and_deletes_lose_nothing() {
    nothing_is_lost(
        "WITH one AS (SELECT id, random() AS dice FROM inbox.messages ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED),
              gone AS (DELETE FROM inbox.messages AS m USING one WHERE m.id = one.id AND dice < 0.2)
         UPDATE inbox.messages AS m
            SET sent_at = timestamptz '2024-01-01' + random() * interval '300 days',
                contact_id = (SELECT id FROM crm.contacts ORDER BY random() LIMIT 1)
           FROM one
          WHERE m.id = one.id AND dice >= 0.2",
    );
}

#[test]
fn states_are_rebuilt_while_others_add_to_them() {
    nothing_is_lost_while(INSERT, Some("crm.rebuild_engagement()"));
}

#[test]
fn scores_are_refreshed_while_signals_arrive() {
    nothing_is_lost_while(INSERT, Some("crm.refresh_contact_scores()"));
}
