//! Versions of an organization's scoring rules.

use pg_crm_tests::{Pgbench, Sql, shared};

const RULES: &str = r#"'{"fit": {"email": 5}}'"#;
const MODELS: &str = "SELECT version, status, activated_at = now(), retired_at = now() FROM crm.score_models ORDER BY version";

#[test]
fn versions_are_numbered_per_organization() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    for (org, expected) in [
        (&acme, vec!["1", "2", "7", "8"]),
        (&globex, vec!["1", "2", "7", "8"]),
    ] {
        app.in_org(org, |tx| {
            tx.exec("INSERT INTO crm.score_models (name) VALUES ('a'), ('b')");
            tx.exec("INSERT INTO crm.score_models (name, version) VALUES ('c', 7)");
            tx.exec("INSERT INTO crm.score_models (name) VALUES ('d')");
            assert_eq!(
                tx.lines("SELECT version FROM crm.score_models ORDER BY 1"),
                expected
            );
            tx.fails_with(
                "INSERT INTO crm.score_models (name, version) VALUES ('e', 7)",
                "23505",
            );
            tx.fails_with("UPDATE crm.score_models SET version = NULL", "23502");
        });
    }
    db.superuser().exec(&format!(
        "INSERT INTO crm.score_models (organization_id, name) VALUES ('{acme}', 'x'), ('{globex}', 'x'), ('{acme}', 'y')"
    ));
    assert_eq!(
        db.superuser().lines("SELECT max(version), count(*) FROM crm.score_models GROUP BY organization_id ORDER BY 1"),
        ["9|5", "10|6"]
    );
}

#[test]
fn sessions_that_make_versions_at_once_get_different_numbers() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let script = format!(
        "BEGIN; SELECT tenancy.set_context('{acme}');
         INSERT INTO crm.score_models (name, status, rules) VALUES ('x', 'active', {RULES}); COMMIT;"
    );
    let result = Pgbench::new(&db, &script)
        .role("app_user")
        .clients(6)
        .jobs(2)
        .transactions(10)
        .run();
    assert_eq!((result.transactions, result.failed), (60, 0));
    assert_eq!(
        db.superuser().lines("SELECT max(version), count(*) FILTER (WHERE status = 'active'), count(*) FILTER (WHERE status = 'retired') FROM crm.score_models"),
        ["60|1|59"]
    );
}

#[test]
fn a_version_that_becomes_active_retires_the_one_before() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    app.in_org(&globex, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.score_models (name, status, rules) VALUES ('x', 'active', {RULES})"
        ))
    });
    app.in_org(&acme, |tx| {
        tx.exec(&format!("INSERT INTO crm.score_models (name, rules) VALUES ('a', {RULES}), ('b', {RULES})"));
        for (statement, expected) in [
            ("UPDATE crm.score_models SET status = 'active' WHERE version = 1".to_owned(), vec!["1|active|t|", "2|draft||"]),
            ("UPDATE crm.score_models SET status = 'active' WHERE version = 2".to_owned(), vec!["1|retired|t|t", "2|active|t|"]),
            // Back to the former rules.
            ("UPDATE crm.score_models SET status = 'active' WHERE version = 1".to_owned(), vec!["1|active|t|", "2|retired|t|t"]),
            ("UPDATE crm.score_models SET status = 'retired' WHERE version = 1".to_owned(), vec!["1|retired|t|t", "2|retired|t|t"]),
            (format!("INSERT INTO crm.score_models (name, status, rules) VALUES ('c', 'active', {RULES})"), vec!["1|retired|t|t", "2|retired|t|t", "3|active|t|"]),
        ] {
            tx.exec(&statement);
            assert_eq!(tx.lines(MODELS), expected, "after {statement}");
        }
        tx.exec("INSERT INTO crm.score_models (name) VALUES ('d')");
        // A draft was never in force, and rules without any rule cannot be.
        tx.fails_with("UPDATE crm.score_models SET status = 'retired' WHERE version = 4", "23514");
        tx.fails_with("UPDATE crm.score_models SET status = 'active' WHERE version = 4", "23514");
        assert_eq!(tx.lines("SELECT version FROM crm.score_models WHERE status = 'active'"), ["3"], "the failure retired nothing");
    });
    app.in_org(&globex, |tx| {
        assert_eq!(tx.lines("SELECT status FROM crm.score_models"), ["active"])
    });
}

#[test]
fn what_was_in_force_is_frozen() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.score_models (name, status, rules) VALUES ('a', 'active', {RULES});
             INSERT INTO crm.score_models (name, status, rules) VALUES ('b', 'active', {RULES});
             INSERT INTO crm.score_models (name) VALUES ('c')"
        ));
        tx.exec("UPDATE crm.score_models SET name = 'x', description = 'y', rules = rules");
        tx.exec("UPDATE crm.score_models SET rules = '{\"fit\": {\"email\": 6}}', version = 9 WHERE status = 'draft'");
        for version in [1, 2] {
            for change in [
                "UPDATE crm.score_models SET rules = '{\"fit\": {\"email\": 6}}'",
                "UPDATE crm.score_models SET version = 20",
                "UPDATE crm.score_models SET status = 'draft', activated_at = NULL, retired_at = NULL",
                "DELETE FROM crm.score_models",
            ] {
                let error = tx.fails_with(&format!("{change} WHERE version = {version}"), "55000");
                assert!(error.hint().is_some(), "{change}");
            }
        }
        tx.exec("DELETE FROM crm.score_models WHERE status = 'draft'");
    });
    db.superuser().exec(&format!(
        "DELETE FROM tenancy.organizations WHERE id = '{acme}'"
    ));
    assert_eq!(db.table("crm.score_models"), [""; 0]);
}

#[test]
fn an_insert_that_makes_no_row_retires_nothing() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let active = |version: i32| {
            format!("INSERT INTO crm.score_models (version, name, status, rules) VALUES ({version}, 'a', 'active', {RULES})")
        };
        tx.exec(&active(1));
        tx.exec(&format!("{} ON CONFLICT DO NOTHING", active(1)));
        assert_eq!(tx.lines(MODELS), ["1|active|t|"]);
        tx.exec(&format!(
            "INSERT INTO crm.score_models (version, name, rules) VALUES (2, 'b', {RULES})"
        ));
        tx.exec(&format!("{} ON CONFLICT (organization_id, version) DO NOTHING", active(2)));
        assert_eq!(tx.lines(MODELS), ["1|active|t|", "2|draft||"]);
        tx.exec(&format!(
            "{} ON CONFLICT (organization_id, version) DO UPDATE SET status = excluded.status",
            active(2)
        ));
        assert_eq!(tx.lines(MODELS), ["1|retired|t|t", "2|active|t|"]);
        tx.fails_with(&active(1), "23505");
    });
}

#[test]
fn a_trigger_of_the_applications_own_deletes_no_version_either() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.score_models (name, status, rules) VALUES ('a', 'active', {RULES});
             CREATE TEMP TABLE lever (x integer);
             CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN DELETE FROM crm.score_models; RETURN NULL; END';
             CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull()"
        ));
        tx.fails_with("INSERT INTO lever VALUES (1)", "55000");
        assert_eq!(tx.lines(MODELS), ["1|active|t|"]);
    });
}
