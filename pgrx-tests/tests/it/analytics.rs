//! Schema `analytics`: what follows from the states of reports and alerts.

use pg_crm_tests::{Sql, shared};

#[test]
fn who_sets_only_the_status_of_a_report_gets_its_times() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec("INSERT INTO analytics.reports (name) VALUES ('r')");
        for (change, expected) in [
            ("last_status = 'running'", "running|now||"),
            ("last_status = 'failed', last_error = 'x'", "failed|now|now|x"),
            ("last_run_at = '2025-01-01 00:00+00', last_finished_at = '2025-01-02 00:00+00'", "failed|2025-01-01|2025-01-02|x"),
            ("name = 's'", "failed|2025-01-01|2025-01-02|x"),
            // Made again.
            ("last_status = 'running'", "running|now||"),
            ("last_status = 'succeeded'", "succeeded|now|now|"),
            ("last_status = 'running', last_run_at = '2025-03-01 00:00+00'", "running|2025-03-01||"),
            ("last_status = 'succeeded', last_finished_at = '2025-03-02 00:00+00'", "succeeded|2025-03-01|2025-03-02|"),
        ] {
            tx.exec(&format!("UPDATE analytics.reports SET {change}"));
            let time = |column: &str| format!("CASE WHEN {column} = now() THEN 'now' ELSE ({column} AT TIME ZONE 'UTC')::date::text END");
            assert_eq!(
                tx.lines(&format!(
                    "SELECT last_status, {}, {}, last_error FROM analytics.reports",
                    time("last_run_at"),
                    time("last_finished_at")
                )),
                [expected],
                "{change}"
            );
        }
    });
}

#[test]
fn an_alert_counts_how_often_it_began_to_fire() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        tx.exec(
            "INSERT INTO analytics.alerts (name, metric, comparison, threshold, state_since) VALUES ('a', 'deals_won', 'below', 1, '2025-01-01')",
        );
        for (change, expected) in [
            ("state = 'ok', last_value = 2", "ok|f|f|0|f"),
            ("state = 'pending'", "pending|t|f|0|f"),
            ("state = 'firing'", "firing|t|t|1|f"),
            ("state_since = '2025-01-01', last_fired_at = '2025-01-01'", "firing|f|f|1|f"),
            ("state = 'firing', acknowledged_at = now(), acknowledged_by = tenancy.current_user_id()", "firing|f|f|1|t"),
            ("state = 'ok'", "ok|t|f|1|f"),
            ("state = 'firing'", "firing|t|t|2|f"),
            ("state = 'no_data', state_since = '2025-01-01'", "no_data|f|t|2|f"),
            ("state = 'firing', fired_count = 7, last_fired_at = '2025-01-01'", "firing|t|f|7|f"),
        ] {
            tx.exec(&format!("UPDATE analytics.alerts SET {change}"));
            assert_eq!(
                tx.lines(
                    "SELECT state, state_since = now(), coalesce(last_fired_at = now(), false), fired_count, acknowledged_at IS NOT NULL
                       FROM analytics.alerts"
                ),
                [expected],
                "{change}"
            );
        }
        let error = tx.fails_with("UPDATE analytics.alerts SET last_fired_at = NULL", "23514");
        assert!(error.constraint().is_some());
    });
}
