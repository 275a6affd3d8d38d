//! The numbers of invoices: given at the issue, from 1, without a gap.

use std::thread;

use pg_crm_tests::{Client, Db, Org, Pgbench, Sql, shared};

use super::{draft, one_waits};

const ISSUE: &str = "UPDATE billing.invoices SET status = 'open' WHERE status = 'draft'";

/// The numbers as the invoices have them, and the counter.
#[track_caller]
fn numbers(client: &mut impl Sql) -> (Vec<i64>, Option<i64>) {
    (
        client.column(
            "SELECT number FROM billing.invoices WHERE number IS NOT NULL ORDER BY number",
            &[],
        ),
        client.opt("SELECT last_number FROM billing.invoice_counters", &[]),
    )
}

fn start() -> (Db, Org, Client) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let app = db.app();
    (db, acme, app)
}

#[test]
fn an_invoice_gets_its_number_when_it_is_issued() {
    let (db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let first = draft(tx, &[10, 5]);
        draft(tx, &[7]);
        assert_eq!(numbers(tx), (vec![], None));
        tx.exec_with("UPDATE billing.invoices SET status = 'open' WHERE id = $1", &[&first]);
        assert_eq!(
            tx.lines(
                "SELECT number, reference, subtotal_amount, tax_amount, due_amount, issued_at = now()
                   FROM billing.invoices ORDER BY number"
            ),
            ["1|INV-000001|15.00|2.00|17.00|t", "||7.00|1.00|0.00|"]
        );
    });
    // What stands before the number is as it was at the issue.
    db.superuser()
        .exec("UPDATE billing.invoice_counters SET number_prefix = 'R/'");
    app.in_org(&acme, |tx| {
        tx.exec(ISSUE);
        assert_eq!(
            tx.lines("SELECT reference FROM billing.invoices ORDER BY number"),
            ["INV-000001", "R/000002"]
        );
    });
}

#[test]
fn a_draft_can_become_any_state_at_once() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        for (assignments, times) in [
            ("status = 'paid', paid_amount = 11", "issued_at paid_at"),
            ("status = 'void'", "issued_at voided_at"),
            ("status = 'uncollectible'", "issued_at given_up_at"),
            ("status = 'open', issued_at = '2020-01-01'", "issued_at"),
        ] {
            let id = draft(tx, &[10]);
            tx.exec(&format!(
                "UPDATE billing.invoices SET {assignments} WHERE id = '{id}'"
            ));
            let given: String = tx.one(
                "SELECT concat_ws(' ', CASE WHEN issued_at IS NOT NULL THEN 'issued_at' END,
                                       CASE WHEN paid_at IS NOT NULL THEN 'paid_at' END,
                                       CASE WHEN voided_at IS NOT NULL THEN 'voided_at' END,
                                       CASE WHEN given_up_at IS NOT NULL THEN 'given_up_at' END)
                   FROM billing.invoices WHERE id = $1",
                &[&id],
            );
            assert_eq!(given, times, "{assignments}");
        }
        assert_eq!(numbers(tx), (vec![1, 2, 3, 4], Some(4)));
    });
}

#[test]
fn nobody_chooses_a_number() {
    let (db, acme, mut app) = start();
    for client in [&mut app, &mut db.superuser()] {
        client.in_org(&acme, |tx| {
            let id = draft(tx, &[10]);
            tx.fails_with(
                &format!(
                    "UPDATE billing.invoices SET status = 'open', number = 7 WHERE id = '{id}'"
                ),
                "428C9",
            );
            let check = tx.fails_with(
                &format!("UPDATE billing.invoices SET number = 7 WHERE id = '{id}'"),
                "23514",
            );
            assert_eq!(check.constraint(), Some("invoices_number_check"));
            for (columns, values) in [
                ("status", "'open'"),
                ("status, number, issued_at", "'open', 7, now()"),
                (
                    "status, number, issued_at, voided_at",
                    "'void', 7, now(), now()",
                ),
            ] {
                let error = tx.fails_with(
                    &format!("INSERT INTO billing.invoices ({columns}) VALUES ({values})"),
                    "55000",
                );
                assert!(
                    error.hint().is_some_and(|hint| hint.contains("draft")),
                    "{values}"
                );
            }
            tx.exec(&format!("DELETE FROM billing.invoices WHERE id = '{id}'"));
        });
    }
    app.in_org(&acme, |tx| {
        tx.fails_with(
            "UPDATE billing.invoice_counters SET last_number = 0",
            "42501",
        );
        tx.fails_with(
            "INSERT INTO billing.invoice_counters (last_number) VALUES (5)",
            "42501",
        );
        draft(tx, &[1]);
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1], Some(1)));
    });
}

/// A draft that meets another one takes no number, since it is no issue.
#[test]
fn an_insert_that_does_nothing_leaves_no_gap() {
    let (_db, acme, mut app) = start();
    let upsert = "INSERT INTO billing.invoices (idempotency_key) VALUES ('may')
                  ON CONFLICT (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL AND status <> 'void'
                  DO UPDATE SET status = 'open'";
    app.in_org(&acme, |tx| {
        for expected in [vec![], vec![1], vec![1]] {
            tx.exec(upsert);
            assert_eq!(numbers(tx).0, expected);
        }
        draft(tx, &[1]);
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1, 2], Some(2)));
    });
}

#[test]
fn what_is_rolled_back_leaves_no_gap() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        draft(tx, &[1]);
        tx.exec("SAVEPOINT s");
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1], Some(1)));
        tx.exec("ROLLBACK TO SAVEPOINT s");
        assert_eq!(numbers(tx), (vec![], None));
        // A check that refuses the statement, after the number was taken.
        tx.fails_with(
            "UPDATE billing.invoices SET status = 'open', due_at = '2000-01-01'",
            "23514",
        );
        tx.fails_with(
            "UPDATE billing.invoices SET status = 'open', version = 9",
            "40001",
        );
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1], Some(1)));
    });
    app.exec(&format!("BEGIN; SELECT tenancy.set_context('{acme}')"));
    draft(&mut app, &[1]);
    app.exec(ISSUE);
    app.exec("ROLLBACK");
    app.in_org(&acme, |tx| {
        draft(tx, &[1]);
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1, 2], Some(2)));
    });
}

#[test]
fn many_invoices_are_issued_in_one_statement() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO billing.invoices (note) SELECT i::text FROM generate_series(1, 1000) AS i;
             INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price)
             SELECT id, 'one_off', 'Work', 10 FROM billing.invoices",
        );
        assert_eq!(tx.exec_with(ISSUE, &[]), 1000);
        assert_eq!(numbers(tx), ((1..=1000).collect(), Some(1000)));
        assert_eq!(tx.exec_with(ISSUE, &[]), 0);
    });
}

#[test]
fn every_organization_counts_for_itself() {
    let (db, acme, mut app) = start();
    let globex = db.org("Globex");
    for (org, drafts) in [(&acme, 2), (&globex, 3)] {
        app.in_org(org, |tx| {
            for _ in 0..drafts {
                draft(tx, &[10]);
            }
        });
    }
    // Both in one statement, as only a superuser can.
    assert_eq!(db.superuser().exec_with(ISSUE, &[]), 5);
    for (org, expected) in [(&acme, vec![1, 2]), (&globex, vec![1, 2, 3])] {
        let last = expected.len() as i64;
        app.in_org(org, |tx| assert_eq!(numbers(tx), (expected, Some(last))));
    }
    // Another's draft is out of reach, and its counter too.
    let id = app.in_org(&acme, |tx| draft(tx, &[10]));
    app.in_org(&globex, |tx| {
        assert_eq!(
            tx.exec_with(
                "UPDATE billing.invoices SET status = 'open' WHERE id = $1",
                &[&id]
            ),
            0
        );
        assert_eq!(numbers(tx).1, Some(3));
    });
}

/// Where a counter is lost, or invoices came without it.
#[test]
fn counting_goes_on_from_the_invoices_themselves() {
    let (db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        draft(tx, &[10]);
        draft(tx, &[10]);
        tx.exec(ISSUE);
    });
    db.superuser().exec("DELETE FROM billing.invoice_counters");
    app.in_org(&acme, |tx| {
        draft(tx, &[10]);
        tx.exec(ISSUE);
        assert_eq!(numbers(tx), (vec![1, 2, 3], Some(3)));
    });
}

/// A session that issues a draft and waits for another one to end; the other then ends so.
#[track_caller]
fn issue_beside(end: &str, expected: &[i64]) {
    let (db, acme, mut first) = start();
    let ids = first.in_org(&acme, |tx| [draft(tx, &[1]), draft(tx, &[1])]);
    let issue = |id| format!("UPDATE billing.invoices SET status = 'open' WHERE id = '{id}'");
    first.exec(&format!(
        "BEGIN; SELECT tenancy.set_context('{acme}'); {}",
        issue(ids[0])
    ));
    thread::scope(|scope| {
        let second = scope.spawn(|| db.app().in_org(&acme, |tx| tx.exec(&issue(ids[1]))));
        one_waits(&db);
        first.exec(end);
        second.join().expect("the second one ends");
    });
    first.in_org(&acme, |tx| {
        assert_eq!(numbers(tx).0, expected, "after {end}")
    });
}

#[test]
fn two_issues_wait_for_each_other() {
    issue_beside("COMMIT", &[1, 2]);
    issue_beside("ROLLBACK", &[1]);
}

#[test]
fn many_sessions_leave_no_gap() {
    let (db, acme, mut app) = start();
    let script = format!(
        "BEGIN;
         SELECT tenancy.set_context('{acme}');
         INSERT INTO billing.invoices DEFAULT VALUES RETURNING id AS draft \\gset
         INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price) VALUES (':draft', 'one_off', 'Work', 1);
         UPDATE billing.invoices SET status = 'open' WHERE id = ':draft';
         COMMIT;"
    );
    let result = Pgbench::new(&db, &script)
        .role("app_user")
        .clients(6)
        .jobs(2)
        .transactions(20)
        .run();
    assert_eq!((result.transactions, result.failed), (120, 0));
    app.in_org(&acme, |tx| {
        assert_eq!(numbers(tx), ((1..=120).collect(), Some(120)));
    });
}
