//! Counters of workflows.

use pg_crm_tests::{Pgbench, Sql, shared};

use super::{counts, workflow};

#[test]
fn a_run_counts_from_its_start_and_a_success_or_failure_from_its_end() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        workflow(tx, "A");
        workflow(tx, "B");
        assert_eq!(counts(tx), ["A|0|0|0", "B|0|0|0"]);
        tx.exec(
            "INSERT INTO workflow.workflow_runs (workflow_id, trace_id, created_at)
             SELECT w.id, n, timestamptz '2026-01-01' + n * interval '1 day'
               FROM workflow.workflows AS w, generate_series(1, 5) AS n WHERE w.name = 'A' OR n < 3",
        );
        assert_eq!(counts(tx), ["A|5|0|0", "B|2|0|0"]);
        for (statement, expected) in [
            ("UPDATE workflow.workflow_runs SET status = 'running'", ["A|5|0|0", "B|2|0|0"]),
            ("UPDATE workflow.workflow_runs SET status = 'completed' WHERE trace_id = '1'", ["A|5|1|0", "B|2|1|0"]),
            ("UPDATE workflow.workflow_runs SET status = 'failed', error = 'x' WHERE trace_id IN ('2', '3')", ["A|5|1|2", "B|2|1|1"]),
            ("UPDATE workflow.workflow_runs SET status = 'cancelled' WHERE trace_id = '4'", ["A|5|1|2", "B|2|1|1"]),
            ("UPDATE workflow.workflow_runs SET status = status, context = '{\"a\": 1}'", ["A|5|1|2", "B|2|1|1"]),
            // What ran has run.
            ("DELETE FROM workflow.workflow_runs WHERE trace_id IN ('1', '2')", ["A|5|1|2", "B|2|1|1"]),
            // A run that was written down for the wrong workflow.
            ("UPDATE workflow.workflow_runs SET workflow_id = (SELECT id FROM workflow.workflows WHERE name = 'B') WHERE trace_id = '3'", ["A|4|1|1", "B|3|1|2"]),
        ] {
            tx.exec(statement);
            assert_eq!(counts(tx), expected, "{statement}");
        }
        assert_eq!(
            tx.lines("SELECT name, (last_run_at AT TIME ZONE 'UTC')::date FROM workflow.workflows ORDER BY name"),
            ["A|2026-01-06", "B|2026-01-04"]
        );
        tx.exec(
            "INSERT INTO workflow.workflow_runs (workflow_id, status, created_at, started_at, completed_at)
             SELECT id, 'completed', '2025-01-01', '2025-01-01', '2025-01-02' FROM workflow.workflows WHERE name = 'A'",
        );
        assert_eq!(
            tx.lines("SELECT run_count, success_count, (last_run_at AT TIME ZONE 'UTC')::date FROM workflow.workflows WHERE name = 'A'"),
            ["5|2|2026-01-06"],
            "a run that is imported later"
        );
    });
}

#[test]
fn a_savepoint_that_is_rolled_back_takes_its_runs_from_the_counts() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        let insert =
            "INSERT INTO workflow.workflow_runs (workflow_id, status) VALUES ($1, 'failed')";
        tx.exec_with(insert, &[&id]);
        let mut savepoint = tx.transaction().expect("a savepoint is set");
        savepoint.exec_with(insert, &[&id]);
        assert_eq!(counts(&mut savepoint), ["A|2|0|2"]);
        savepoint.rollback().expect("it is rolled back");
        assert_eq!(counts(tx), ["A|1|0|1"]);
    });
}

#[test]
fn one_statement_counts_runs_of_several_organizations() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    for org in [&acme, &globex] {
        app.in_org(org, |tx| workflow(tx, "A"));
    }
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO workflow.workflow_runs (organization_id, workflow_id, status)
         SELECT organization_id, id, 'running' FROM workflow.workflows, generate_series(1, 3)",
    );
    dba.exec("UPDATE workflow.workflow_runs SET status = 'completed'");
    for org in [&acme, &globex] {
        assert_eq!(app.in_org(org, |tx| counts(tx)), ["A|3|3|0"]);
    }
    dba.exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&acme.id],
    );
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM workflow.workflow_runs", &[]),
        3
    );
    assert_eq!(app.in_org(&globex, |tx| counts(tx)), ["A|3|3|0"]);
}

#[test]
fn a_partition_that_expires_lowers_no_counter() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        tx.exec_with(
            "INSERT INTO workflow.workflow_runs (workflow_id, status) VALUES ($1, 'completed')",
            &[&id],
        );
    });
    let mut dba = db.superuser();
    let partition: String = dba.one(
        "SELECT tableoid::regclass::text FROM workflow.workflow_runs",
        &[],
    );
    dba.exec(&format!("DROP TABLE {partition}"));
    assert_eq!(app.in_org(&acme, |tx| counts(tx)), ["A|1|1|0"]);
}

#[test]
fn counting_raises_no_version_and_a_statement_that_changes_no_state_writes_nothing() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        tx.exec_with(
            "INSERT INTO workflow.workflow_runs (workflow_id) VALUES ($1)",
            &[&id],
        );
        tx.exec("UPDATE workflow.workflow_runs SET status = 'running'");
        assert_eq!(
            tx.lines("SELECT version, run_count FROM workflow.workflows"),
            ["1|1"]
        );
        assert_eq!(
            tx.one::<i64>("SELECT count(*) FROM workflow.workflow_versions", &[]),
            1
        );
    });
    let place = "SELECT ctid, xmin FROM workflow.workflows";
    let before = db.superuser().lines(place);
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE workflow.workflow_runs SET status = status, current_step = 'a'")
    });
    assert_eq!(db.superuser().lines(place), before);
}

#[test]
fn a_trigger_knows_when_it_last_started_a_run() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let (id, other) = (workflow(tx, "A"), workflow(tx, "B"));
        tx.exec_with("INSERT INTO workflow.workflow_triggers (workflow_id, kind) VALUES ($1, 'manual')", &[&id]);
        let insert = "INSERT INTO workflow.workflow_runs (workflow_id, trigger_id, created_at)
                      SELECT $1, id, $2::text::timestamptz FROM workflow.workflow_triggers";
        for (workflow, at, expected) in [
            (&id, "2026-01-02 00:00+00", "2026-01-02"),
            (&id, "2026-01-01 00:00+00", "2026-01-02"),
            (&other, "2026-01-09 00:00+00", "2026-01-02"),
        ] {
            tx.exec_with(insert, &[workflow, &at]);
            assert_eq!(tx.lines("SELECT (last_fired_at AT TIME ZONE 'UTC')::date FROM workflow.workflow_triggers"), [expected]);
        }
    });
}

#[test]
fn sessions_that_run_the_same_workflows_at_once_lose_no_count() {
    const CLIENTS: u32 = 8;
    const TRANSACTIONS: u32 = 30;
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        for i in 0..4 {
            workflow(tx, &format!("W{i}"));
        }
    });
    let script = format!(
        "BEGIN;
         SELECT tenancy.set_context('{acme}');
         INSERT INTO workflow.workflow_runs (workflow_id, status)
         SELECT id, CASE WHEN random() < 0.5 THEN 'completed' ELSE 'failed' END
           FROM (SELECT id FROM workflow.workflows, generate_series(1, 2) ORDER BY random()) AS picked;
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
    let wrong = app.in_org(&acme, |tx| {
        tx.lines(
            "SELECT w.name FROM workflow.workflows AS w
              WHERE (w.run_count, w.success_count, w.failure_count) IS DISTINCT FROM
                    (SELECT (count(*), count(*) FILTER (WHERE r.status = 'completed'), count(*) FILTER (WHERE r.status = 'failed'))
                       FROM workflow.workflow_runs AS r WHERE r.workflow_id = w.id)
                 OR w.run_count <> 480",
        )
    });
    assert_eq!(wrong, [""; 0]);
}
