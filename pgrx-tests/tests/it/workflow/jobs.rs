//! Scheduled jobs, and those that were given up.

use pg_crm_tests::{Sql, shared};

#[test]
fn a_worker_says_only_who_takes_a_job_and_what_became_of_it() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO workflow.scheduled_jobs (type, max_attempts) VALUES ('send_message', 3)");
        let take = "SET status = 'running', locked_by = 'w1', locked_until = '2040-01-01'";
        for (change, expected) in [
            (take, "running|1|t|f|w1"),
            ("SET heartbeat_at = now()", "running|1|t|f|w1"),
            ("SET status = 'pending', last_error = 'busy', last_failed_at = now()", "pending|1|t|f|"),
            (take, "running|2|t|f|w1"),
            // The lease ran out, and another takes over.
            ("SET locked_by = 'w2', locked_until = '2040-01-02'", "running|3|t|f|w2"),
            ("SET status = 'completed', result = '1'", "completed|3|t|t|"),
            ("SET status = 'pending', result = NULL", "pending|3|t|f|"),
            // A worker that says it itself.
            ("SET status = 'running', locked_by = 'w1', locked_until = '2040-01-01', attempts = 1, started_at = '2025-01-01'", "running|1|t|f|w1"),
            ("SET status = 'cancelled'", "cancelled|1|t|t|"),
        ] {
            tx.exec(&format!("UPDATE workflow.scheduled_jobs {change}"));
            assert_eq!(
                tx.lines("SELECT status, attempts, started_at IS NOT NULL, completed_at IS NOT NULL, locked_by FROM workflow.scheduled_jobs"),
                [expected],
                "{change}"
            );
        }
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'pending', attempts = 3");
        let error = tx.fails_with(&format!("UPDATE workflow.scheduled_jobs {take}"), "23514");
        assert_eq!(error.constraint(), Some("scheduled_jobs_attempts_check"));
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM workflow.job_dead_letters", &[]), 0);
    });
}

#[test]
fn a_job_that_is_given_up_leaves_a_copy() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO workflow.scheduled_jobs (type, payload, priority, scheduled_at, attempts, started_at)
             SELECT 'send_message', jsonb_build_object('n', n), n, '2026-01-01', n, CASE WHEN n > 0 THEN now() END FROM generate_series(0, 2) AS n",
        );
        let letters = "SELECT payload ->> 'n', type, queue, priority, attempts, (first_scheduled_at AT TIME ZONE 'UTC')::date, error, error_history, failed_at IS NOT NULL
                         FROM workflow.job_dead_letters ORDER BY 1";
        tx.fails_with("UPDATE workflow.scheduled_jobs SET status = 'failed', attempts = -1", "23514");
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'failed', last_error = CASE WHEN attempts = 2 THEN 'refused' END");
        assert_eq!(
            tx.lines(letters),
            [
                r#"1|send_message|default|1|1|2026-01-01|unknown|["unknown"]|t"#,
                r#"2|send_message|default|2|2||refused|["refused"]|t"#,
            ],
            "jobs that were never tried are none of them"
        );
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'failed', last_error = 'other'");
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'pending' WHERE attempts = 2");
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'running', locked_by = 'w', locked_until = '2040-01-01' WHERE status = 'pending'");
        tx.exec("UPDATE workflow.scheduled_jobs SET status = 'failed', last_error = 'late' WHERE status = 'running'");
        assert_eq!(
            tx.lines(&letters.replace("ORDER BY 1", "WHERE priority = 2")),
            [r#"2|send_message|default|2|3||late|["refused", "late"]|t"#]
        );
        tx.exec("DELETE FROM workflow.scheduled_jobs");
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM workflow.job_dead_letters", &[]), 2);
    });
}
