//! How webhooks and integrations are doing, kept from their attempts and synchronisations.

use pg_crm_tests::{Pgbench, Sql, Transaction, shared};

/// `S` and `F` at minutes after midnight: one statement per list.
type Attempts<'a> = &'a [(&'a str, i32)];

#[track_caller]
fn report(tx: &mut Transaction<'_>, attempts: Attempts<'_>) {
    let (states, minutes): (Vec<String>, Vec<i32>) = attempts
        .iter()
        .map(|(state, minute)| {
            (
                (if *state == "S" { "succeeded" } else { "failed" }).to_owned(),
                *minute,
            )
        })
        .unzip();
    tx.exec_with(
        "INSERT INTO integration.webhook_logs (webhook_id, delivery_id, event_name, status, started_at, completed_at)
         SELECT w.id, crm.uuid_v7(), 'deal.won', a.status, t.at, t.at
           FROM integration.webhooks AS w, unnest($1::text[], $2::integer[]) AS a (status, minute),
                LATERAL (SELECT timestamptz '2026-01-01 00:00+00' + a.minute * interval '1 minute' AS at) AS t",
        &[&states, &minutes],
    );
}

/// Failures in a row, minutes of the first and the last failure and of the last success.
const HEALTH: &str = "
    SELECT consecutive_failures, extract(epoch FROM first_failure_at - timestamptz '2026-01-01 00:00+00')::integer / 60,
           extract(epoch FROM last_failure_at - timestamptz '2026-01-01 00:00+00')::integer / 60,
           extract(epoch FROM last_success_at - timestamptz '2026-01-01 00:00+00')::integer / 60
      FROM integration.webhooks";

#[test]
fn a_webhook_counts_its_failures_since_the_last_success_in_whichever_order_they_are_reported() {
    let histories: &[(&[Attempts<'_>], &str)] = &[
        (&[&[("S", 1)]], "0|||1"),
        (&[&[("F", 1), ("F", 2)]], "2|1|2|"),
        (&[&[("F", 1)], &[("F", 2)], &[("S", 3)]], "0||2|3"),
        (&[&[("F", 1), ("S", 2), ("F", 3), ("F", 4)]], "2|3|4|2"),
        (
            &[&[("S", 2)], &[("F", 3)], &[("F", 4)], &[("F", 1)]],
            "2|3|4|2",
        ),
        (
            &[&[("F", 3)], &[("F", 1)], &[("F", 4)], &[("S", 2)]],
            "2|3|4|2",
        ),
        (&[&[("F", 5)], &[("F", 4)], &[("S", 1)]], "2|4|5|1"),
        (
            &[&[("F", 1)], &[("S", 5)], &[("S", 3)], &[("F", 4)]],
            "0||4|5",
        ),
    ];
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    for (statements, expected) in histories {
        app.in_org(&acme, |tx| {
            tx.exec(
                "INSERT INTO integration.webhooks (name, url) VALUES ('a', 'https://example.com')",
            );
            for attempts in *statements {
                report(tx, attempts);
            }
            assert_eq!(tx.lines(HEALTH), [*expected], "{statements:?}");
            tx.exec("UPDATE integration.webhook_logs SET status = status, response_code = 500");
            assert_eq!(tx.lines(HEALTH), [*expected], "after a change of no status");
            tx.exec("DELETE FROM integration.webhook_logs");
            assert_eq!(
                tx.lines(HEALTH),
                [*expected],
                "after the attempts were deleted"
            );
            tx.exec("DELETE FROM integration.webhooks");
        });
    }
}

#[test]
fn a_webhook_that_only_fails_for_too_long_is_disabled() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO integration.webhooks (name, url, status, disable_after)
             VALUES ('a', 'https://example.com', 'active', '1 hour'), ('b', 'https://example.com', 'paused', '1 hour'), ('c', 'https://example.com', 'active', NULL)",
        );
        let state = "SELECT name, status, disabled_reason, disabled_at IS NOT NULL FROM integration.webhooks ORDER BY name";
        report(tx, &[("F", 1), ("F", 60)]);
        assert_eq!(tx.lines(state), ["a|active||f", "b|paused||f", "c|active||f"]);
        report(tx, &[("F", 61)]);
        assert_eq!(tx.lines(state), ["a|disabled|failures|t", "b|paused||f", "c|active||f"]);
        // Once more in use, it is given the same time again.
        tx.exec("UPDATE integration.webhooks SET status = 'active' WHERE name = 'a'");
        report(tx, &[("F", 62)]);
        assert_eq!(tx.lines(state), ["a|active||f", "b|paused||f", "c|active||f"]);
    });
}

#[test]
fn one_statement_concerns_webhooks_of_several_organizations() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for name in ["Acme", "Globex"] {
        let org = db.org(name);
        app.in_org(&org, |tx| {
            tx.exec("INSERT INTO integration.webhooks (name, url) VALUES ('a', 'https://example.com'), ('b', 'https://example.com')");
            tx.exec(
                "INSERT INTO integration.webhook_logs (webhook_id, delivery_id, event_name)
                 SELECT id, crm.uuid_v7(), 'deal.won' FROM integration.webhooks, generate_series(1, 3)",
            );
        });
    }
    let mut dba = db.superuser();
    dba.exec("UPDATE integration.webhook_logs SET status = 'running'");
    assert_eq!(
        dba.lines("SELECT DISTINCT consecutive_failures FROM integration.webhooks"),
        ["0"]
    );
    dba.exec("UPDATE integration.webhook_logs SET status = 'failed'");
    assert_eq!(
        dba.lines("SELECT consecutive_failures, count(*) FROM integration.webhooks GROUP BY 1"),
        ["3|4"]
    );
    dba.exec("DELETE FROM tenancy.organizations WHERE name = 'Acme'");
    assert_eq!(
        dba.lines("SELECT consecutive_failures, count(*) FROM integration.webhooks GROUP BY 1"),
        ["3|2"]
    );
}

#[test]
fn an_integration_knows_how_its_synchronisations_went() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO integration.integrations (kind, provider) VALUES ('crm', 'hubspot')");
        for (status, minute, expected) in [
            ("failed", 1, "1|1||1|at 1"),
            ("partial", 2, "1|2||1|at 1"),
            ("cancelled", 3, "1|2||1|at 1"),
            ("failed", 4, "2|4||4|at 4"),
            ("completed", 5, "0|5|5|4|at 4"),
            ("failed", 3, "0|5|5|4|at 4"),
            ("failed", 6, "1|6|5|6|at 6"),
            ("completed", 4, "1|6|5|6|at 6"),
        ] {
            tx.exec(&format!(
                "INSERT INTO integration.sync_logs (integration_id, entity) SELECT id, 'new' FROM integration.integrations;
                 UPDATE integration.sync_logs SET status = 'running' WHERE entity = 'new';
                 UPDATE integration.sync_logs
                    SET status = '{status}', started_at = t.at, completed_at = t.at, entity = 'old',
                        error = CASE WHEN '{status}' = 'failed' THEN 'at {minute}' END, records_failed = ('{status}' = 'partial')::integer
                   FROM (SELECT timestamptz '2026-01-01 00:00+00' + {minute} * interval '1 minute' AS at) AS t
                  WHERE entity = 'new'"
            ));
            let minutes = |column: &str| format!("extract(epoch FROM {column} - timestamptz '2026-01-01 00:00+00')::integer / 60");
            assert_eq!(
                tx.lines(&format!(
                    "SELECT consecutive_failures, {}, {}, {}, last_error FROM integration.integrations",
                    minutes("last_sync_at"),
                    minutes("last_success_at"),
                    minutes("last_error_at")
                )),
                [expected],
                "{status} at {minute}"
            );
        }
    });
}

#[test]
fn workers_that_report_at_once_neither_fail_nor_lose_a_failure() {
    const CLIENTS: u32 = 8;
    const TRANSACTIONS: u32 = 30;
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO integration.webhooks (name, url) SELECT 'w' || n, 'https://example.com' FROM generate_series(1, 4) AS n");
    });
    let script = format!(
        "BEGIN;
         SELECT tenancy.set_context('{acme}');
         INSERT INTO integration.webhook_logs (webhook_id, delivery_id, event_name, status)
         SELECT id, crm.uuid_v7(), 'deal.won', 'failed' FROM (SELECT id FROM integration.webhooks ORDER BY random()) AS w;
         COMMIT;"
    );
    let result = Pgbench::new(&db, &script)
        .role("app_user")
        .clients(CLIENTS)
        .jobs(2)
        .transactions(TRANSACTIONS)
        .run();
    assert_eq!(
        (result.transactions, result.failed),
        (u64::from(CLIENTS * TRANSACTIONS), 0)
    );
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(
            "SELECT DISTINCT consecutive_failures FROM integration.webhooks"
        )),
        [(CLIENTS * TRANSACTIONS).to_string()]
    );
}
