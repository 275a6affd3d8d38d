//! Numbers for people.

use std::collections::BTreeSet;
use std::thread;

use pg_crm_tests::{Sql, shared};

const COUNTER: &str =
    "SELECT last_number FROM tenancy.display_counters WHERE entity = 'inbox.conversations'";

const NUMBERS: &str = "SELECT display_id FROM inbox.conversations ORDER BY display_id";

#[test]
fn numbers_run_from_one_in_every_organization_and_table() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for org in [db.org("Acme"), db.org("Globex")] {
        app.in_org(&org, |tx| {
            tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann'), ('Ben')");
            let first: Vec<i64> = tx.column(
                "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts RETURNING display_id",
                &[],
            );
            assert_eq!(first, [1, 2]);
            let order: i64 = tx.one(
                "INSERT INTO commerce.orders (contact_id) SELECT id FROM crm.contacts LIMIT 1 RETURNING display_id",
                &[],
            );
            assert_eq!(order, 1);
        });
    }
}

#[test]
fn a_statement_of_many_rows_leaves_no_gap() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) SELECT 'C' || i FROM generate_series(1, 3000) AS i");
        for rows in [1, 3000, 5] {
            tx.exec(&format!(
                "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts LIMIT {rows}"
            ));
        }
        let numbers: Vec<i64> = tx.column(NUMBERS, &[]);
        assert_eq!(numbers, (1..=3006).collect::<Vec<i64>>());
        assert_eq!(tx.one::<i64>(COUNTER, &[]), 3006);
    });
}

#[test]
fn a_number_that_is_brought_along_raises_the_counter() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        tx.exec(
            "INSERT INTO inbox.conversations (contact_id, display_id)
             SELECT id, n FROM crm.contacts, unnest(ARRAY[NULL, 500, NULL, 20]) AS n",
        );
        let numbers: Vec<i64> = tx.column(NUMBERS, &[]);
        assert_eq!(numbers, [1, 2, 20, 500]);
        let next: i64 = tx.one(
            "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts RETURNING display_id",
            &[],
        );
        assert_eq!(next, 501);
        // A number is never given twice, not even that of a row that is gone.
        tx.exec("DELETE FROM inbox.conversations");
        let next: i64 = tx.one(
            "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts RETURNING display_id",
            &[],
        );
        assert_eq!(next, 502);
    });
}

#[test]
fn what_fails_or_is_rolled_back_uses_no_number() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) SELECT 'C' || i FROM generate_series(1, 10) AS i");
        let all = "INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts";
        tx.exec(&format!("SAVEPOINT a; {all}; ROLLBACK TO a"));
        // It fails at its eighth row, when seven have their numbers.
        tx.fails_with(
            "INSERT INTO inbox.conversations (contact_id, status)
             SELECT id, CASE row_number() OVER () WHEN 8 THEN 'lost' ELSE 'open' END FROM crm.contacts",
            "23514",
        );
        tx.exec(all);
        let numbers: Vec<i64> = tx.column(NUMBERS, &[]);
        assert_eq!(numbers, (1..=10).collect::<Vec<i64>>());
    });
}

#[test]
fn sessions_at_once_get_different_numbers() {
    const SESSIONS: i64 = 6;
    const TIMES: i64 = 20;
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann'), ('Ben')")
    });
    thread::scope(|scope| {
        for _ in 0..SESSIONS {
            scope.spawn(|| {
                let mut app = db.app();
                for _ in 0..TIMES {
                    app.in_org(&acme, |tx| {
                        tx.exec("INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts")
                    });
                }
            });
        }
    });
    let numbers: Vec<i64> = db.superuser().column(NUMBERS, &[]);
    let distinct: BTreeSet<i64> = numbers.iter().copied().collect();
    assert_eq!(distinct, (1..=2 * SESSIONS * TIMES).collect());
    assert_eq!(numbers.len(), distinct.len());
}

#[test]
fn the_application_cannot_turn_the_counter_back() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        tx.exec("INSERT INTO inbox.conversations (contact_id) SELECT id FROM crm.contacts");
        tx.fails_with(
            "UPDATE tenancy.display_counters SET last_number = 0",
            "42501",
        );
        tx.fails_with("DELETE FROM tenancy.display_counters", "42501");
    });
}
