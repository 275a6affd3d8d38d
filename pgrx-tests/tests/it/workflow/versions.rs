//! Versions of workflows.

use pg_crm_tests::{Sql, shared};

use super::workflow;

const VERSIONS: &str =
    "SELECT v.version, v.name, jsonb_array_length(v.definition -> 'nodes'), coalesce(v.change_note, '-'), v.created_by IS NOT NULL
                          FROM workflow.workflow_versions AS v ORDER BY v.version";

#[test]
fn every_version_is_written_down() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        workflow(tx, "A");
        tx.exec(
            r#"UPDATE workflow.workflows SET definition = '{
                "nodes": [{"id": "start", "type": "trigger"}, {"id": "mail", "type": "action"}],
                "edges": [{"from": "start", "to": "mail"}]}'"#,
        );
        tx.exec("UPDATE workflow.workflows SET name = 'B', version = version + 1");
        tx.exec("UPDATE workflow.workflows SET status = 'paused', description = 'x'");
        assert_eq!(tx.lines(VERSIONS), ["1|A|1|-|t", "2|A|2|-|t", "3|B|2|-|t"]);
        tx.exec("UPDATE workflow.workflows SET published_version = 2");
        // Whoever changes what was read before is late, and leaves no version behind.
        tx.fails_with(
            "UPDATE workflow.workflows SET name = 'C', version = 3 - 1",
            "40001",
        );
        assert_eq!(tx.lines(VERSIONS).len(), 3);
    });
}

#[test]
fn workflows_of_one_statement_have_a_version_each() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO workflow.workflows (name, trigger_type, definition, version)
             SELECT 'W' || n, 'manual', '{}', n FROM generate_series(1, 50) AS n",
        );
        assert_eq!(
            tx.one::<i64>(
                "SELECT count(*) FROM workflow.workflows AS w JOIN workflow.workflow_versions AS v
                     ON v.workflow_id = w.id AND v.version = w.version AND v.name = w.name AND v.created_by IS NULL",
                &[]
            ),
            50
        );
        tx.exec("UPDATE workflow.workflows SET name = name || '!'");
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM workflow.workflow_versions", &[]), 100);
        tx.exec("DELETE FROM workflow.workflows");
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM workflow.workflow_versions", &[]), 0);
    });
}

#[test]
fn a_version_may_be_announced_with_a_note_and_must_then_come_true() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let id = workflow(tx, "A");
        tx.exec_with(
            "INSERT INTO workflow.workflow_versions (workflow_id, version, name, trigger_type, definition, change_note)
             SELECT id, 2, 'B', trigger_type, definition, 'a better name' FROM workflow.workflows WHERE id = $1",
            &[&id],
        );
        let error = tx.fails_with("UPDATE workflow.workflows SET name = 'C'", "23505");
        assert_eq!(error.constraint(), Some("workflow_versions_workflow_version_key"));
        tx.exec("UPDATE workflow.workflows SET name = 'B'");
        assert_eq!(tx.lines(VERSIONS), ["1|A|1|-|f", "2|B|1|a better name|f"]);
    });
}
