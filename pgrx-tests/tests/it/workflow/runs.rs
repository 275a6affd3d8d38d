//! Runs and their steps.

use pg_crm_tests::{Sql, shared};

use super::{walk, workflow};

const TIMES: &[&str] = &["started_at", "completed_at", "duration_ms"];
const ENDED: &str = "started_at completed_at duration_ms";

#[test]
fn who_sets_only_the_status_gets_the_times() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    for steps in [
        &[("running", "started_at"), ("completed", ENDED)][..],
        &[("running", "started_at"), ("failed", ENDED)],
        &[("completed", ENDED)],
        &[("cancelled", "completed_at")],
        &[("running", "started_at"), ("cancelled", ENDED)],
    ] {
        app.in_org(&acme, |tx| {
            let id = workflow(tx, "A");
            tx.exec_with(
                "INSERT INTO workflow.workflow_runs (workflow_id) VALUES ($1)",
                &[&id],
            );
            walk(tx, "workflow.workflow_runs", "status", TIMES, steps);
            tx.exec("DELETE FROM workflow.workflows");
        });
    }
    app.in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        tx.exec_with(
            "INSERT INTO workflow.workflow_run_steps (run_id, run_created_at, workflow_id, node_id, node_type)
             VALUES (crm.uuid_v7(), now(), $1, 'a', 'wait')",
            &[&id],
        );
        walk(
            tx,
            "workflow.workflow_run_steps",
            "status",
            TIMES,
            &[
                ("skipped", "completed_at"),
                ("pending", ""),
                ("running", "started_at"),
                ("waiting", "started_at"),
                ("completed", ENDED),
                ("running", "started_at"),
                ("failed", ENDED),
                ("pending", ""),
            ],
        );
    });
}

#[test]
fn a_duration_that_is_left_out_is_measured_and_one_that_is_given_stays() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        for (started, completed, given, expected) in [
            ("2026-01-01 00:00:00", "2026-01-01 00:00:01.2345", None, Some(1235_i64)),
            ("2026-01-01 00:00:00", "2026-01-01 00:00:00", None, Some(0)),
            ("2026-01-01 00:00:00", "2026-02-01 00:00:00", None, Some(31 * 86_400_000)),
            ("2026-01-01 00:00:00", "2026-01-01 00:01:00", Some(5_i64), Some(5)),
            ("2026-01-01 00:00:00", "infinity", None, None),
        ] {
            let duration: Option<i64> = tx.one(
                "INSERT INTO workflow.workflow_runs (workflow_id, status, started_at, completed_at, duration_ms)
                 VALUES ($1, 'completed', $2::text::timestamptz, $3::text::timestamptz, $4) RETURNING duration_ms",
                &[&id, &started, &completed, &given],
            );
            assert_eq!(duration, expected, "{started} to {completed}");
        }
        let error = tx.fails_with_params(
            "INSERT INTO workflow.workflow_runs (workflow_id, status, started_at, completed_at)
             VALUES ($1, 'completed', '2026-01-02', '2026-01-01')",
            &[&id],
            "23514",
        );
        assert_eq!(error.constraint(), Some("workflow_runs_completed_at_check"));
    });
}

#[test]
fn a_run_never_goes_back() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    let states = ["pending", "running", "completed", "failed", "cancelled"];
    for from in states {
        for to in states {
            let forward = from == to || from == "pending" || (from == "running" && to != "pending");
            app.in_org(&acme, |tx| {
                let id = workflow(tx, "A");
                tx.exec_with("INSERT INTO workflow.workflow_runs (workflow_id, status) VALUES ($1, $2::text)", &[&id, &from]);
                let change = format!("UPDATE workflow.workflow_runs SET status = '{to}'");
                if forward {
                    tx.exec(&change);
                } else {
                    let error = tx.fails_with(&change, "55000");
                    assert_eq!(error.message(), format!("a run that is {from} cannot become {to}"));
                    assert!(error.hint().is_some());
                }
                tx.exec("DELETE FROM workflow.workflows");
            });
        }
    }
}

#[test]
fn what_ends_waits_no_more() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        tx.exec_with(
            "INSERT INTO workflow.workflow_runs (workflow_id, status, wait_until) VALUES ($1, 'running', '2040-01-01')",
            &[&id],
        );
        tx.exec("UPDATE workflow.workflow_runs SET status = 'running', current_step = 'a'");
        assert!(tx.one::<bool>("SELECT wait_until IS NOT NULL FROM workflow.workflow_runs", &[]));
        tx.exec("UPDATE workflow.workflow_runs SET status = 'completed'");
        tx.exec_with(
            "INSERT INTO workflow.workflow_run_steps (run_id, run_created_at, workflow_id, node_id, node_type, status, wait_until)
             VALUES (crm.uuid_v7(), now(), $1, 'a', 'wait', 'waiting', '2040-01-01')",
            &[&id],
        );
        tx.exec("UPDATE workflow.workflow_run_steps SET status = 'running'");
    });
}

#[test]
fn a_deleted_run_takes_its_steps_along() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    for org in [&acme, &globex] {
        app.in_org(org, |tx| {
            let id = workflow(tx, "A");
            tx.exec_with(
                "INSERT INTO workflow.workflow_runs (workflow_id, trace_id, created_at)
                 SELECT $1, n, now() - n * interval '3 months' FROM generate_series(0, 2) AS n",
                &[&id],
            );
            tx.exec(
                "INSERT INTO workflow.workflow_run_steps (run_id, run_created_at, workflow_id, node_id, node_type)
                 SELECT r.id, r.created_at, r.workflow_id, node, 'action' FROM workflow.workflow_runs AS r, unnest('{a,b}'::text[]) AS node",
            );
        });
    }
    app.in_org(&acme, |tx| {
        tx.exec("DELETE FROM workflow.workflow_runs WHERE trace_id IN ('0', '2')");
        assert_eq!(
            tx.lines("SELECT r.trace_id, count(*) FROM workflow.workflow_run_steps AS s LEFT JOIN workflow.workflow_runs AS r ON r.id = s.run_id GROUP BY 1"),
            ["1|2"]
        );
    });
    assert_eq!(
        db.superuser()
            .one::<i64>("SELECT count(*) FROM workflow.workflow_run_steps", &[]),
        8
    );
}

#[test]
fn a_key_starts_one_run_until_it_expires() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    let insert = "INSERT INTO workflow.workflow_run_keys (workflow_id, dedupe_key, run_id, run_created_at, expires_at, created_at)
                  SELECT id, 'event 1', crm.uuid_v7(), now(), $1::text::timestamptz, '2025-01-01' FROM workflow.workflows";
    for org in [&acme, &globex] {
        app.in_org(org, |tx| {
            workflow(tx, "A");
            tx.exec_with(insert, &[&"2025-01-02"]);
            tx.exec_with(insert, &[&"2025-01-03"]);
            tx.exec_with(insert, &[&"2040-01-01"]);
            let error = tx.fails_with_params(insert, &[&"2040-01-02"], "23505");
            assert_eq!(error.constraint(), Some("workflow_run_keys_pkey"));
        });
    }
    app.in_org(&acme, |tx| {
        assert_eq!(
            tx.lines(
                "SELECT (expires_at AT TIME ZONE 'UTC')::date FROM workflow.workflow_run_keys"
            ),
            ["2040-01-01"]
        );
    });
}

/// It is no ledger in full: a key that has expired keeps nothing from being started any more.
#[test]
fn not_even_a_superuser_changes_a_key_or_deletes_one_in_force() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        workflow(tx, "A");
        tx.exec(
            "INSERT INTO workflow.workflow_run_keys (workflow_id, dedupe_key, run_id, run_created_at, created_at, expires_at)
             SELECT id, k, crm.uuid_v7(), now(), '2025-01-01', nullif(k, 'never')::timestamptz
               FROM workflow.workflows, unnest('{2025-01-02,2040-01-01,never}'::text[]) AS k",
        );
    });
    let mut dba = db.superuser();
    for statement in [
        "UPDATE workflow.workflow_run_keys SET created_at = created_at",
        "DELETE FROM workflow.workflow_run_keys",
        "DELETE FROM workflow.workflow_run_keys WHERE dedupe_key = '2040-01-01'",
        "DELETE FROM workflow.workflow_run_keys WHERE expires_at IS NULL",
    ] {
        let error = dba.fails_with(statement, "55000");
        assert_eq!(
            error.message(),
            "table \"workflow_run_keys\" is append-only",
            "{statement}"
        );
    }
    let expired = "DELETE FROM workflow.workflow_run_keys WHERE expires_at <= now()";
    assert_eq!(dba.exec_with(expired, &[]), 1);
    dba.exec("DELETE FROM workflow.workflows");
    let left: i64 = dba.one("SELECT count(*) FROM workflow.workflow_run_keys", &[]);
    assert_eq!(left, 0, "they go with their workflow");
}
