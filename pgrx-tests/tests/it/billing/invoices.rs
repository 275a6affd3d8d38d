//! What invoices say: the amounts of drafts follow their lines, issued ones stand.

use std::thread;

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

use super::{draft, one_waits};

fn start() -> (Db, Org, Client) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let app = db.app();
    (db, acme, app)
}

#[track_caller]
fn amounts(client: &mut impl Sql, invoice: Uuid) -> String {
    client.one(
        "SELECT concat_ws(' ', subtotal_amount, tax_amount, total_amount) FROM billing.invoices WHERE id = $1",
        &[&invoice],
    )
}

/// An issued invoice of 10 and tax 1.
#[track_caller]
fn issued(client: &mut impl Sql) -> Uuid {
    let id = draft(client, &[10]);
    client.exec_with(
        "UPDATE billing.invoices SET status = 'open' WHERE id = $1",
        &[&id],
    );
    id
}

#[test]
fn the_amounts_of_a_draft_follow_its_lines() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let [a, b] = [draft(tx, &[]), draft(tx, &[])];
        for (statement, expected) in [
            (
                "INSERT INTO billing.invoice_lines (id, invoice_id, kind, description, quantity, unit_price, discount_amount, tax_amount)
                 VALUES (crm.uuid_v7(), '{a}', 'one_off', '1', 3, 10, 5, 2.50), (crm.uuid_v7(), '{a}', 'one_off', '2', 0.5, 0.0101, 0, 0)",
                ["25.01 2.50 27.51", "0.00 0.00 0.00"],
            ),
            (
                "UPDATE billing.invoice_lines SET quantity = 4 WHERE description = '1'",
                ["35.01 2.50 37.51", "0.00 0.00 0.00"],
            ),
            (
                "UPDATE billing.invoice_lines SET invoice_id = '{b}' WHERE description = '2'",
                ["35.00 2.50 37.50", "0.01 0.00 0.01"],
            ),
            (
                "INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price, tax_amount)
                 VALUES ('{b}', 'one_off', '3', 20, 1), ('{b}', 'credit', '4', -5, -0.50), ('{a}', 'one_off', '5', 1, 0)",
                ["36.00 2.50 38.50", "15.01 0.50 15.51"],
            ),
            ("DELETE FROM billing.invoice_lines WHERE invoice_id = '{a}'", ["0.00 0.00 0.00", "15.01 0.50 15.51"]),
            ("UPDATE billing.invoices SET prices_include_tax = true", ["0.00 0.00 0.00", "15.01 0.50 15.01"]),
        ] {
            tx.exec(&statement.replace("{a}", &a.to_string()).replace("{b}", &b.to_string()));
            assert_eq!([amounts(tx, a), amounts(tx, b)], expected, "{statement}");
        }
    });
}

#[test]
fn lines_of_many_invoices_and_organizations_come_in_one_statement() {
    let (db, acme, mut app) = start();
    let globex = db.org("Globex");
    for org in [&acme, &globex] {
        app.in_org(org, |tx| {
            tx.exec("INSERT INTO billing.invoices (note) SELECT i::text FROM generate_series(1, 200) AS i");
        });
    }
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO billing.invoice_lines (organization_id, invoice_id, kind, description, unit_price)
         SELECT i.organization_id, i.id, 'one_off', 'Work', note::integer * n
           FROM billing.invoices AS i, generate_series(1, 3) AS n",
    );
    let wrong = "SELECT count(*) FROM billing.invoices WHERE subtotal_amount <> note::integer * 6";
    assert_eq!(dba.one::<i64>(wrong, &[]), 0);
    dba.exec("UPDATE billing.invoice_lines SET description = 'Works', metadata = '{\"a\": 1}'");
    assert_eq!(dba.one::<i64>(wrong, &[]), 0);
}

#[test]
fn a_statement_that_changes_no_amount_writes_no_invoice() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let id = draft(tx, &[10]);
        let version: i32 = tx.one("SELECT version FROM billing.invoices WHERE id = $1", &[&id]);
        tx.exec(
            "UPDATE billing.invoice_lines SET unit_price = unit_price;
             UPDATE billing.invoice_lines SET description = 'Better work';
             UPDATE billing.invoice_lines SET quantity = 2, unit_price = 5;
             UPDATE billing.invoice_lines SET quantity = 2 WHERE false;
             INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price)
             SELECT invoice_id, 'one_off', 'Nothing', 0 FROM billing.invoice_lines",
        );
        assert_eq!(
            tx.one::<i32>("SELECT version FROM billing.invoices WHERE id = $1", &[&id]),
            version
        );
    });
}

/// A program enters the lines as it comes to them.
#[test]
fn a_credit_may_be_entered_before_what_is_charged() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let id = draft(tx, &[-5]);
        assert_eq!(amounts(tx, id), "-5.00 -1.00 -6.00");
        let issue = format!("UPDATE billing.invoices SET status = 'open' WHERE id = '{id}'");
        let error = tx.fails_with(&issue, "23514");
        assert_eq!(error.constraint(), Some("invoices_due_amount_check"));
        tx.exec_with(
            "INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price, tax_amount)
             VALUES ($1, 'one_off', 'Work', 20, 2)",
            &[&id],
        );
        tx.exec(&issue);
        assert_eq!(amounts(tx, id), "15.00 1.00 16.00");
    });
}

#[test]
fn an_invoice_that_does_not_add_up_is_not_issued() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        for (amounts, assignments) in [
            (&[10][..], "subtotal_amount = 11"),
            (&[10], "tax_amount = 0"),
            (&[], "subtotal_amount = 10"),
        ] {
            let id = draft(tx, amounts);
            let issue = format!("UPDATE billing.invoices SET status = 'open' WHERE id = '{id}'");
            for statement in [
                issue.replace(
                    "status = 'open'",
                    &format!("status = 'open', {assignments}"),
                ),
                format!("UPDATE billing.invoices SET {assignments} WHERE id = '{id}'; {issue}"),
            ] {
                let error = tx.fails_with(&statement, "55000");
                assert!(
                    error
                        .detail()
                        .is_some_and(|detail| detail.contains(&id.to_string()))
                );
            }
            tx.exec(&issue);
        }
        assert_eq!(
            tx.one::<i64>("SELECT max(number) FROM billing.invoices", &[]),
            3
        );
    });
}

#[test]
fn what_an_issued_invoice_says_stands() {
    let (db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let id = issued(tx);
        for assignments in [
            "number = 9",
            "number_prefix = 'X'",
            "kind = 'credit_note', corrects_invoice_id = crm.uuid_v7()",
            "idempotency_key = 'x'",
            "currency = 'USD'",
            "subtotal_amount = 11",
            "discount_amount = 1",
            "tax_amount = 0",
            "prices_include_tax = true",
            "period_start = '2026-01-01', period_end = '2026-02-01'",
            "bill_to_name = 'x'",
            "bill_to_email = 'x@example.com'",
            "bill_to_address = '{\"city\": \"x\"}'",
            "bill_to_tax_number = 'x'",
            "note = 'x'",
            "issued_at = '2020-01-01'",
            "id = crm.uuid_v7()",
        ] {
            let statement = format!("UPDATE billing.invoices SET {assignments} WHERE id = '{id}'");
            let code = if assignments.starts_with("kind") || assignments.starts_with("id =") {
                "23503"
            } else {
                "55000"
            };
            let error = tx.fails_with(&statement, code);
            assert!(code != "55000" || error.hint().is_some(), "{assignments}");
        }
        // Back to a draft, with all that a draft has.
        tx.fails_with(
            "UPDATE billing.invoices SET status = 'draft', number = NULL, issued_at = NULL",
            "55000",
        );
    });
    db.superuser()
        .fails_with("UPDATE billing.invoices SET note = 'x'", "55000");
}

#[test]
fn how_an_issued_invoice_is_paid_and_followed_up_may_change() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let id = issued(tx);
        tx.exec(
            "INSERT INTO billing.payment_methods (id, provider, provider_token)
             VALUES ('00000000-0000-7000-8000-000000000001', 'stripe', 'tok')",
        );
        for (assignments, expected) in [
            ("note = note", "open||"),
            ("due_at = now() + interval '30 days', sent_at = now(), metadata = '{\"a\": 1}'", "open||"),
            ("payment_method_id = '00000000-0000-7000-8000-000000000001', collection_method = 'invoice'", "open||"),
            ("attempt_count = 1, next_attempt_at = now(), last_error = 'no money'", "open|next|"),
            ("paid_amount = 11, status = 'paid'", "paid||paid"),
            ("paid_amount = 1, status = 'open'", "open||"),
            ("next_attempt_at = now()", "open|next|"),
            ("status = 'uncollectible'", "uncollectible||"),
            ("status = 'open'", "open||"),
            ("provider = 'stripe', external_id = 'in_1', document_url = 'https://example.com/1.pdf'", "open||"),
            ("status = 'void'", "void||"),
            ("metadata = '{}'", "void||"),
        ] {
            tx.exec(&format!("UPDATE billing.invoices SET {assignments} WHERE id = '{id}'"));
            assert_eq!(
                tx.lines(
                    "SELECT status, CASE WHEN next_attempt_at IS NOT NULL THEN 'next' END,
                            CASE WHEN paid_at IS NOT NULL THEN 'paid' END FROM billing.invoices"
                ),
                [expected],
                "{assignments}"
            );
        }
        // Void is the end.
        for state in ["open", "uncollectible"] {
            tx.fails_with(&format!("UPDATE billing.invoices SET status = '{state}'"), "55000");
        }
        // The reference of a payment method that is deleted goes.
        tx.exec("DELETE FROM billing.payment_methods");
        assert_eq!(tx.lines("SELECT payment_method_id FROM billing.invoices"), [""]);
    });
}

#[test]
fn states_and_times_of_invoices_that_contradict_each_other_are_refused() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        issued(tx);
        for (assignments, check) in [
            ("issued_at = NULL", "invoices_issued_at_check"),
            ("paid_at = now()", "invoices_paid_at_check"),
            ("status = 'void', paid_at = now()", "invoices_paid_at_check"),
            ("voided_at = now()", "invoices_voided_at_check"),
            (
                "status = 'void', next_attempt_at = now()",
                "invoices_next_attempt_at_check",
            ),
            ("status = 'paid'", "invoices_due_amount_check"),
        ] {
            let error = tx.fails_with(
                &format!("UPDATE billing.invoices SET {assignments}"),
                "23514",
            );
            assert_eq!(error.constraint(), Some(check), "{assignments}");
        }
        let error = tx.fails_with(
            "INSERT INTO billing.invoices (issued_at) VALUES (now())",
            "23514",
        );
        assert_eq!(error.constraint(), Some("invoices_issued_at_check"));
    });
}

#[test]
fn the_lines_of_an_issued_invoice_stand() {
    let (db, acme, mut app) = start();
    let (issued, draft) = app.in_org(&acme, |tx| (issued(tx), draft(tx, &[5])));
    let statements = [
        format!(
            "INSERT INTO billing.invoice_lines (organization_id, invoice_id, kind, description, unit_price) VALUES ('{acme}', '{issued}', 'one_off', 'More', 1)"
        ),
        format!("UPDATE billing.invoice_lines SET quantity = 2 WHERE invoice_id = '{issued}'"),
        format!(
            "UPDATE billing.invoice_lines SET description = 'Other' WHERE invoice_id = '{issued}'"
        ),
        // Neither out of it nor into it.
        format!(
            "UPDATE billing.invoice_lines SET invoice_id = '{draft}' WHERE invoice_id = '{issued}'"
        ),
        format!(
            "UPDATE billing.invoice_lines SET invoice_id = '{issued}' WHERE invoice_id = '{draft}'"
        ),
        "UPDATE billing.invoice_lines SET id = crm.uuid_v7()".to_owned(),
        format!("DELETE FROM billing.invoice_lines WHERE invoice_id = '{issued}'"),
        "DELETE FROM billing.invoice_lines".to_owned(),
    ];
    for statement in &statements {
        for client in [&mut app, &mut db.superuser()] {
            client.in_org(&acme, |tx| {
                let error = tx.fails_with(statement, "55000");
                assert!(error.hint().is_some(), "{statement}");
            });
        }
    }
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE billing.invoice_lines SET metadata = '{\"a\": 1}', quantity = quantity");
        tx.exec_with(
            "UPDATE billing.invoice_lines SET quantity = 3 WHERE invoice_id = $1",
            &[&draft],
        );
        assert_eq!(amounts(tx, draft), "15.00 1.00 16.00");
        assert_eq!(amounts(tx, issued), "10.00 1.00 11.00");
    });
}

#[test]
fn a_draft_may_be_deleted_and_an_issued_invoice_only_with_its_organization() {
    let (db, acme, mut app) = start();
    let globex = db.org("Globex");
    app.in_org(&globex, |tx| issued(tx));
    app.in_org(&acme, |tx| {
        let void = issued(tx);
        tx.exec_with(
            "UPDATE billing.invoices SET status = 'void' WHERE id = $1",
            &[&void],
        );
        let kept = issued(tx);
        let draft = draft(tx, &[1, 2]);
        for id in [void, kept] {
            let error = tx.fails_with(
                &format!("DELETE FROM billing.invoices WHERE id = '{id}'"),
                "55000",
            );
            assert_eq!(error.hint(), Some("Make it void."));
        }
        tx.fails_with("DELETE FROM billing.invoices", "55000");
        assert_eq!(
            tx.exec_with("DELETE FROM billing.invoices WHERE id = $1", &[&draft]),
            1
        );
        assert_eq!(
            tx.one::<i64>("SELECT count(*) FROM billing.invoice_lines", &[]),
            2
        );
        self::draft(tx, &[3]);
    });
    let mut dba = db.superuser();
    dba.fails_with("DELETE FROM billing.invoices", "55000");
    dba.exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&acme.id],
    );
    for table in ["invoices", "invoice_lines", "invoice_counters"] {
        assert_eq!(
            dba.one::<i64>(&format!("SELECT count(*) FROM billing.{table}"), &[]),
            1,
            "{table}: Globex's is left"
        );
    }
}

#[test]
fn a_line_and_an_issue_wait_for_each_other() {
    let insert = |invoice: Uuid| {
        format!(
            "INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price) VALUES ('{invoice}', 'one_off', 'Work', 5)"
        )
    };
    let issue = |invoice: Uuid| {
        format!("UPDATE billing.invoices SET status = 'open' WHERE id = '{invoice}'")
    };
    // Who comes second, whether it succeeds, and what the invoice is then.
    for (issue_first, succeeds, expected) in
        [(true, false, "open 10.00"), (false, true, "open 15.00")]
    {
        let (db, acme, mut first) = start();
        let id = first.in_org(&acme, |tx| draft(tx, &[10]));
        let (before, after) = if issue_first {
            (issue(id), insert(id))
        } else {
            (insert(id), issue(id))
        };
        first.exec(&format!(
            "BEGIN; SELECT tenancy.set_context('{acme}'); {before}"
        ));
        thread::scope(|scope| {
            let second =
                scope.spawn(|| db.app().in_org(&acme, |tx| tx.attempt(&after, &[]).is_ok()));
            one_waits(&db);
            first.exec("COMMIT");
            assert_eq!(second.join().expect("it ends"), succeeds, "{after}");
        });
        first.in_org(&acme, |tx| {
            let seen: String = tx.one(
                "SELECT concat_ws(' ', status, subtotal_amount) FROM billing.invoices",
                &[],
            );
            assert_eq!(seen, expected);
        });
    }
}

/// Two sessions that add to the same draft: neither line is forgotten.
#[test]
fn lines_of_two_sessions_add_up() {
    let (db, acme, mut first) = start();
    let id = first.in_org(&acme, |tx| draft(tx, &[1]));
    let insert = format!(
        "INSERT INTO billing.invoice_lines (invoice_id, kind, description, unit_price) VALUES ('{id}', 'one_off', 'Work', 5)"
    );
    first.exec(&format!(
        "BEGIN; SELECT tenancy.set_context('{acme}'); {insert}"
    ));
    thread::scope(|scope| {
        let second = scope.spawn(|| db.app().in_org(&acme, |tx| tx.exec(&insert)));
        one_waits(&db);
        first.exec("COMMIT");
        second.join().expect("it ends");
    });
    first.in_org(&acme, |tx| assert_eq!(amounts(tx, id), "11.00 1.00 12.00"));
}

#[test]
fn a_trigger_of_the_applications_own_takes_nothing_away_either() {
    let (_db, acme, mut app) = start();
    app.in_org(&acme, |tx| {
        let invoice = issued(tx);
        tx.exec(
            "CREATE TEMP TABLE lever (statement text);
             CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN EXECUTE NEW.statement; RETURN NULL; END';
             CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull()",
        );
        for table in ["invoice_lines", "invoices"] {
            tx.fails_with(
                &format!("INSERT INTO lever VALUES ('DELETE FROM billing.{table}')"),
                "55000",
            );
        }
        assert_eq!(amounts(tx, invoice), "10.00 1.00 11.00");

        // A draft's amounts follow its lines there too, and these go with it.
        let open = draft(tx, &[3, 4]);
        tx.exec("INSERT INTO lever VALUES ('DELETE FROM billing.invoice_lines WHERE unit_price = 4')");
        assert_eq!(amounts(tx, open), "3.00 1.00 4.00");
        tx.exec("INSERT INTO lever VALUES ($$DELETE FROM billing.invoices WHERE status = 'draft'$$)");
        assert_eq!(
            tx.lines("SELECT count(*) FROM billing.invoice_lines"),
            ["1"]
        );
    });
}
