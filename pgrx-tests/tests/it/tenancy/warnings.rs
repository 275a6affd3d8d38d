//! A context for the whole session is let in, in mode guc, and warned of.

use pg_crm_tests::{Db, Org, Sql, psql, shared};

/// What psql says of the script on the side: notices, warnings, errors.
#[track_caller]
fn said(db: &Db, script: &str) -> String {
    let output = psql(db, &["-U", "app_user", "-v", "ON_ERROR_STOP=1"], script);
    let said = output.stderr.clone();
    output.ok();
    said
}

fn acme() -> (Db, Org) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    (db, acme)
}

#[test]
fn a_setting_for_the_session_is_warned_of() {
    let (db, acme) = acme();
    for setting in ["app.current_org_id", "app.current_user_id"] {
        for way in [
            "SET {s} = '{v}'",
            "SELECT set_config('{s}', '{v}', false)",
            "BEGIN; SET LOCAL {s} = '{v}'; SET {s} = '{v}'; COMMIT",
            "BEGIN; SET {s} = '{v}'; ROLLBACK",
            "DO $$BEGIN SET {s} = '{v}'; END$$",
        ] {
            let script = way
                .replace("{s}", setting)
                .replace("{v}", &acme.to_string());
            let said = said(&db, &format!("SELECT tenancy.current_org_id(); {script}"));
            assert_eq!(said.matches("WARNING:").count(), 1, "{script}: {said}");
            for word in [setting, "pooler", "SET LOCAL", "tenancy.set_context()"] {
                assert!(said.contains(word), "{script}: {word}: {said}");
            }
        }
    }
}

#[test]
fn what_ends_with_its_transaction_is_not() {
    let (db, acme) = acme();
    let script = "
        SELECT tenancy.current_org_id();
        BEGIN; SET LOCAL app.current_org_id = '{v}'; COMMIT;
        BEGIN; SELECT set_config('app.current_org_id', '{v}', true); ROLLBACK;
        SELECT tenancy.set_context('{v}');
        BEGIN; SAVEPOINT s; SET LOCAL app.current_org_id = '{v}'; ROLLBACK TO s; COMMIT;
        CREATE FUNCTION pg_temp.f() RETURNS uuid LANGUAGE sql SET app.current_org_id = '{v}' AS 'SELECT tenancy.current_org_id()';
        SELECT pg_temp.f();
        SET app.current_org_id = ''; RESET app.current_org_id; SET app.current_org_id TO DEFAULT;
        SELECT set_config('app.current_org_id', '', false);
        RESET ALL; DISCARD ALL;"
        .replace("{v}", &acme.to_string());
    assert_eq!(said(&db, &script), "");
}

/// The warning is given in the middle of an assignment: a value that it interrupted would stay.
#[test]
fn a_warning_leaves_the_value_as_it_is_said() {
    let (db, acme) = acme();
    let mut app = db.app();
    app.exec(&format!(
        "SELECT tenancy.current_org_id(); BEGIN; SET app.current_org_id = '{acme}'"
    ));
    assert_eq!(
        app.lines("SELECT tenancy.current_org_id()"),
        [acme.to_string()]
    );
    app.exec("ROLLBACK");
    assert_eq!(app.lines("SELECT tenancy.current_org_id()"), [""]);
}
