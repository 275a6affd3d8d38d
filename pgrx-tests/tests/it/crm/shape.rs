//! Shapes of JSON documents.

use pg_crm_tests::{Sql, shared};

/// (function, document, problems)
const VALIDATORS: &[(&str, &str, &[&str])] = &[
    (
        "workflow.validate_definition",
        r#"{"nodes": [{"id": "t", "type": "trigger"}]}"#,
        &[],
    ),
    (
        "workflow.validate_definition",
        r#"{"nodes": [{"id": "t", "type": "trigger"}, {"id": "a", "type": "action"}, {"id": "b", "type": "action"}],
            "edges": [{"from": "t", "to": "a"}, {"from": "a", "to": "a"}, {"from": "a", "to": "gone"}]}"#,
        &[
            "edges[2].to: there is no node \"gone\"",
            "nodes[2]: \"b\" is not reached from the trigger",
            "nodes[1]: \"a\": a circle without a wait",
        ],
    ),
    (
        "workflow.validate_definition",
        "{}",
        &["nodes: there is no trigger"],
    ),
    (
        "workflow.validate_definition",
        "[]",
        &[".: invalid type: sequence, expected an object"],
    ),
    (
        "tenancy.validate_organization_settings",
        r#"{"language": "de"}"#,
        &[],
    ),
    (
        "tenancy.validate_organization_settings",
        r#"{"features": {"ai_enabled": 1}}"#,
        &["features.ai_enabled: invalid type: integer `1`, expected a boolean"],
    ),
    (
        "crm.validate_custom_fields",
        r#"{"size": 3, "colours": ["red"]}"#,
        &[],
    ),
    (
        "crm.validate_custom_fields",
        r#"{"size": null}"#,
        &["size: is null; a field is a string, a number, a boolean or an array of strings"],
    ),
    (
        "creator.validate_content_metadata",
        r#"{"width": -1}"#,
        &["media width: is -1, below 0"],
    ),
];

#[test]
fn validators_tell_places_and_faults() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (function, document, expected) in VALIDATORS {
        let told: Vec<String> =
            app.one(&format!("SELECT {function}($1::text::jsonb)"), &[document]);
        assert_eq!(&told, expected, "{function}({document})");
    }
    assert_eq!(
        app.one::<Option<Vec<String>>>("SELECT workflow.validate_definition(NULL)", &[]),
        None
    );
}

/// Statements that a CHECK refuses: its name, and what the detail tells.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "INSERT INTO crm.contacts (first_name, custom_fields) VALUES ('Ann', '{\"size\": {}}')",
        "custom_fields_check",
        "size: is an object; a field is a string, a number, a boolean or an array of strings",
    ),
    (
        "UPDATE tenancy.organizations SET settings = '{\"branding\": {\"logo_url\": 1}}'",
        "organization_settings_check",
        "branding.logo_url: invalid type: integer `1`, expected a string",
    ),
    (
        "INSERT INTO workflow.workflows (name, trigger_type, definition)
         VALUES ('w', 'manual', '{\"edges\": [{\"from\": \"a\", \"to\": \"b\"}]}')",
        "definition_check",
        "edges[0].from: there is no node \"a\"\nedges[0].to: there is no node \"b\"",
    ),
    (
        "INSERT INTO workflow.workflows (name, status, trigger_type, definition) VALUES ('w', 'active', 'manual', '{}')",
        "workflows_definition_check",
        "nodes: there is no trigger",
    ),
];

#[test]
fn a_refused_document_names_the_constraint_and_the_place() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        for (statement, constraint, detail) in REFUSED {
            let error = tx.fails_with(statement, "23514");
            assert_eq!(error.constraint(), Some(*constraint), "{statement}");
            assert_eq!(error.detail(), Some(*detail), "{statement}");
            assert!(error.hint().is_some(), "{statement}");
        }
        // What was told of one error is not told of the next.
        let error = tx.fails_with("SELECT crm.shape_problems('circle', '{}')", "22023");
        assert_eq!(error.constraint(), None);
        let error = tx.fails_with("SELECT 1 / 0", "22012");
        assert_eq!(error.constraint(), None);
    });
}

#[test]
fn a_violation_that_is_caught_leaves_nothing_behind() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "DO $do$
             BEGIN
               FOR i IN 1..100 LOOP
                 BEGIN
                   PERFORM '{\"a\": null}'::jsonb::crm.custom_fields;
                   RAISE 'it is taken';
                 EXCEPTION WHEN check_violation THEN
                 END;
               END LOOP;
             END $do$",
        );
        let error = tx.fails_with("SELECT 1 / 0", "22012");
        assert_eq!(error.constraint(), None);
    });
}

#[test]
fn a_draft_may_be_unfinished_and_must_be_sound_to_be_used() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO workflow.workflows (name, trigger_type, definition)
             VALUES ('w', 'manual', '{\"nodes\": [{\"id\": \"a\", \"type\": \"action\"}]}')",
        );
        let error = tx.fails_with("UPDATE workflow.workflows SET status = 'active'", "23514");
        assert_eq!(error.constraint(), Some("workflows_definition_check"));
        tx.exec(
            "UPDATE workflow.workflows SET status = 'active', definition =
             '{\"nodes\": [{\"id\": \"t\", \"type\": \"trigger\"}, {\"id\": \"a\", \"type\": \"action\"}],
               \"edges\": [{\"from\": \"t\", \"to\": \"a\"}]}'",
        );
    });
}

#[test]
fn a_document_of_megabytes_is_answered() {
    let db = shared().fresh_db();
    let mut app = db.app();
    let problems: i32 = app.one(
        "SELECT cardinality(crm.validate_custom_fields(jsonb_object_agg('k' || i, jsonb_build_object('v', repeat('x', 100)))))
           FROM generate_series(1, 20000) AS i",
        &[],
    );
    assert_eq!(problems, 100);
}
