//! The hottest contacts, and scores read by others than an application that writes.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

use super::score::{AT, inbound_messages};
use super::{contact, start};

/// The four contacts, hottest last by name.
fn four_contacts(db: &Db) -> (Client, Org) {
    let (mut app, acme, _) = start(db);
    for (name, count) in [("one", 1), ("two", 2), ("three", 3), ("gone", 9)] {
        let id = app.in_org(&acme, |tx| contact(tx, name));
        inbound_messages(&mut app, &acme, id, count);
    }
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET deleted_at = now() WHERE first_name = 'gone'")
    });
    (app, acme)
}

#[test]
fn the_hottest_contacts_come_first() {
    let db = shared().fresh_db();
    let (mut app, acme) = four_contacts(&db);
    let globex = db.org("Globex");
    for (call, expected) in [
        (
            format!("(100, '{AT}')"),
            vec!["three|12|12", "two|8|8", "one|4|4"],
        ),
        (format!("(2, '{AT}')"), vec!["three|12|12", "two|8|8"]),
        (
            format!("(2, timestamptz '{AT}' + interval '30 days')"),
            vec!["three|6|6", "two|4|4"],
        ),
        (
            format!("(NULL, '{AT}')"),
            vec!["three|12|12", "two|8|8", "one|4|4"],
        ),
        (format!("(0, '{AT}')"), vec![]),
    ] {
        let lines = app.in_org(&acme, |tx| {
            tx.lines(&format!(
                "SELECT c.first_name, h.engagement, h.score
                   FROM crm.hottest_contacts{call} WITH ORDINALITY AS h (contact_id, engagement, score, place)
                   JOIN crm.contacts AS c ON c.id = h.contact_id
                  ORDER BY h.place"
            ))
        });
        assert_eq!(lines, expected, "hottest_contacts{call}");
    }
    let others = "SELECT * FROM crm.hottest_contacts()";
    assert_eq!(
        app.in_org(&globex, |tx| tx.lines(others)),
        [""; 0],
        "another organization's"
    );
    assert_eq!(app.lines(others), [""; 0], "without an organization");
    app.in_org(&acme, |tx| {
        tx.fails_with("SELECT * FROM crm.hottest_contacts(-1)", "2201W");
    });
}

#[test]
fn equally_hot_contacts_are_ordered_by_their_keys() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let mut ids = vec![ann];
    ids.extend((0..20).map(|i| app.in_org(&acme, |tx| contact(tx, &format!("Contact {i}")))));
    for id in &ids {
        inbound_messages(&mut app, &acme, *id, 1);
    }
    ids.sort();
    let hottest: Vec<Uuid> = app.in_org(&acme, |tx| {
        tx.column(
            &format!("SELECT contact_id FROM crm.hottest_contacts(10, '{AT}')"),
            &[],
        )
    });
    assert_eq!(hottest, ids[..10]);
}

/// Reads by the kept state and from the rows, for `client` in `org`.
const READS: &str = "SELECT sum(crm.calculate_contact_score(id, '2024-03-01 00:00:00+00')),
            sum(crm.calculate_contact_score(id, '2020-01-01')),
            (SELECT sum(score) FROM crm.hottest_contacts(10, '2024-03-01 00:00:00+00')),
            (SELECT sum(e.points) FROM crm.contacts AS c, crm.explain_contact_score(c.id, '2024-03-01 00:00:00+00') AS e)
       FROM crm.contacts";

#[test]
fn scores_are_read_in_a_read_only_transaction() {
    let db = shared().fresh_db();
    let (mut app, acme) = four_contacts(&db);
    app.exec("SET default_transaction_read_only = on");
    assert_eq!(app.in_org(&acme, |tx| tx.lines(READS)), ["24|0|24|24"]);
}

#[test]
fn scores_are_read_by_the_read_only_role() {
    let db = shared().fresh_db();
    let (_, acme) = four_contacts(&db);
    assert_eq!(
        db.readonly().in_org(&acme, |tx| tx.lines(READS)),
        ["24|0|24|24"]
    );
}

#[test]
fn scores_are_calculated_by_parallel_workers() {
    let db = shared().fresh_db();
    let (mut app, acme) = four_contacts(&db);
    app.in_org(&acme, |tx| {
        // Enough to be worth a worker.
        tx.exec(
            "INSERT INTO crm.contacts (first_name) SELECT 'other' FROM generate_series(1, 3000)",
        );
    });
    db.superuser().exec("ANALYZE crm.contacts");
    app.exec(
        "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
         SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
         SET enable_indexscan = off; SET enable_bitmapscan = off",
    );
    app.in_org(&acme, |tx| {
        for (as_of, expected) in [(AT, 24), ("2024-01-01", 0)] {
            let query =
                format!("SELECT sum(crm.calculate_contact_score(id, '{as_of}')) FROM crm.contacts");
            let plan = tx.lines(&format!("EXPLAIN {query}")).join("\n");
            assert!(
                plan.contains("Partial Aggregate"),
                "workers do not calculate:\n{plan}"
            );
            assert_eq!(tx.one::<i64>(&query, &[]), expected, "as of {as_of}");
        }
    });
}

#[test]
fn scores_are_written_to_contacts() {
    let db = shared().fresh_db();
    let (mut app, acme) = four_contacts(&db);
    let written = app.in_org(&acme, |tx| {
        tx.lines(&format!(
            "UPDATE crm.contacts SET score = crm.calculate_contact_score(id, '{AT}') WHERE deleted_at IS NULL
             RETURNING first_name, score"
        ))
    });
    assert_eq!(written, ["Ann|0", "one|4", "two|8", "three|12"]);
}
