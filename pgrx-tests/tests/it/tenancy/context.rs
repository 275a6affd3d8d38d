//! The two settings and their getters: every test with and without preloading the library.

use std::sync::OnceLock;

use pg_crm_tests::{Client, Cluster, Db, Sql, Uuid, shared};
use postgres::NoTls;

const A: &str = "0190a0a0-0000-7000-8000-00000000000a";
const B: &str = "0190b0b0-0000-7000-8000-00000000000b";

const SETTINGS: &[(&str, &str)] = &[
    ("app.current_org_id", "tenancy.current_org_id()"),
    ("app.current_user_id", "tenancy.current_user_id()"),
];

fn preloaded() -> &'static Cluster {
    static PRELOADED: OnceLock<Cluster> = OnceLock::new();
    PRELOADED.get_or_init(|| Cluster::start(&[("shared_preload_libraries", "pg_crm")]))
}

fn databases() -> [(&'static str, Db); 2] {
    [
        ("not preloaded", shared().fresh_db()),
        ("preloaded", preloaded().fresh_db()),
    ]
}

#[track_caller]
fn get(client: &mut Client, getter: &str) -> Option<Uuid> {
    client.one(&format!("SELECT {getter}"), &[])
}

fn uuid(text: &str) -> Uuid {
    text.parse().expect("a UUID")
}

#[test]
fn an_unset_or_empty_context_is_null() {
    let ways = [
        "",
        "SET {s} = ''",
        "SET LOCAL {s} = ''",
        "RESET {s}",
        "SET {s} TO DEFAULT",
        "SET {s} = '{a}'; RESET {s}",
        "SET {s} = '{a}'; SET {s} = ''",
        "SET {s} = '{a}'; DISCARD ALL",
        "SELECT set_config('{s}', '', false)",
        "SELECT set_config('{s}', NULL, false)",
    ];
    for (server, db) in databases() {
        for (setting, getter) in SETTINGS {
            for way in ways {
                let script = way.replace("{s}", setting).replace("{a}", A);
                let mut app = db.app();
                for statement in script.split("; ") {
                    app.exec(statement);
                }
                assert_eq!(get(&mut app, getter), None, "{server}: {script}");
            }
        }
    }
}

#[test]
fn a_uuid_is_accepted_in_every_spelling_of_postgresql() {
    let spellings = [
        A.to_owned(),
        A.to_uppercase(),
        format!("{{{A}}}"),
        format!("{{{}}}", A.to_uppercase()),
        A.replace('-', ""),
        "0190-a0a0-0000-7000-8000-0000-0000-000a".to_owned(),
    ];
    for (server, db) in databases() {
        let mut app = db.app();
        for (setting, getter) in SETTINGS {
            for spelling in &spellings {
                app.exec(&format!("SET {setting} = '{spelling}'"));
                assert_eq!(
                    get(&mut app, getter),
                    Some(uuid(A)),
                    "{server}: {setting} = '{spelling}'"
                );
            }
        }
    }
}

#[test]
fn a_malformed_value_is_refused_and_the_old_one_stays() {
    let huge = "a".repeat(1 << 20);
    let values = [
        "x",
        " ",
        "NULL",
        "0190a0a0-0000-7000-8000-00000000000",
        "0190a0a0-0000-7000-8000-00000000000ab",
        "0190a0a0-0000-7000-8000-00000000000g",
        "{0190a0a0-0000-7000-8000-00000000000a",
        "0190a0a0-0000-7000-8000-00000000000a}",
        " 0190a0a0-0000-7000-8000-00000000000a",
        "0190a0a0-0000-7000-8000-00000000000a ",
        "0190a0a0-0000-7000-8000-00000000000a,0190b0b0-0000-7000-8000-00000000000b",
        "0190a0a0--0000-7000-8000-00000000000a",
        "0190a0a0_0000_7000_8000_00000000000a",
        "0190a0a0-0000-7000-8000-0000000000é",
        "'' OR true",
        &huge,
    ];
    for (server, db) in databases() {
        let mut app = db.app();
        for (setting, getter) in SETTINGS {
            // So that the library is loaded: before that, the server takes any value for a placeholder.
            get(&mut app, getter);
            app.exec(&format!("SET {setting} = '{B}'"));
            for value in values {
                let value = value.replace('\'', "''");
                for statement in [
                    format!("SET {setting} = '{value}'"),
                    format!("BEGIN; SET LOCAL {setting} = '{value}'"),
                    format!("SELECT set_config('{setting}', '{value}', true)"),
                ] {
                    let error = app.fails_with(&statement, "22023");
                    app.exec("ROLLBACK");
                    assert_eq!(
                        error.detail(),
                        Some("The value must be a UUID, or empty for none."),
                        "{server}: {statement:.99}"
                    );
                    assert_eq!(
                        get(&mut app, getter),
                        Some(uuid(B)),
                        "{server}: {statement:.99}"
                    );
                }
            }
        }
    }
}

/// A statement, and what the getter answers after it.
type Step = (&'static str, Option<&'static str>);

/// Sessions, statement by statement.
const HISTORIES: &[(&str, &[Step])] = &[
    (
        "SET LOCAL ends with COMMIT",
        &[
            ("BEGIN", None),
            ("SET LOCAL {s} = '{a}'", Some(A)),
            ("COMMIT", None),
        ],
    ),
    (
        "SET LOCAL ends with ROLLBACK",
        &[
            ("BEGIN", None),
            ("SET LOCAL {s} = '{a}'", Some(A)),
            ("ROLLBACK", None),
        ],
    ),
    (
        "SET stays after COMMIT and is undone by ROLLBACK",
        &[
            ("BEGIN", None),
            ("SET {s} = '{a}'", Some(A)),
            ("COMMIT", Some(A)),
            ("BEGIN", Some(A)),
            ("SET {s} = '{b}'", Some(B)),
            ("ROLLBACK", Some(A)),
        ],
    ),
    (
        "SET LOCAL hides the session's value until COMMIT",
        &[
            ("SET {s} = '{a}'", Some(A)),
            ("BEGIN", Some(A)),
            ("SET LOCAL {s} = '{b}'", Some(B)),
            ("COMMIT", Some(A)),
        ],
    ),
    (
        "savepoints",
        &[
            ("BEGIN", None),
            ("SET LOCAL {s} = '{a}'", Some(A)),
            ("SAVEPOINT one", Some(A)),
            ("SET LOCAL {s} = '{b}'", Some(B)),
            ("SAVEPOINT two", Some(B)),
            ("SET LOCAL {s} = ''", None),
            ("ROLLBACK TO two", Some(B)),
            ("RELEASE two", Some(B)),
            ("ROLLBACK TO one", Some(A)),
            ("SET LOCAL {s} = '{b}'", Some(B)),
            ("RELEASE one", Some(B)),
            ("COMMIT", None),
        ],
    ),
    (
        "a caught error undoes what its block set",
        &[
            ("BEGIN", None),
            ("SET LOCAL {s} = '{a}'", Some(A)),
            (
                "DO $$BEGIN SET LOCAL {s} = '{b}'; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END$$",
                Some(A),
            ),
            ("DO $$BEGIN SET LOCAL {s} = '{b}'; END$$", Some(B)),
            ("ROLLBACK", None),
        ],
    ),
    (
        "a function's SET clause ends with its call",
        &[
            ("SELECT {g}", None), // the clause names a setting of the library
            (
                "CREATE FUNCTION pg_temp.f() RETURNS uuid LANGUAGE sql SET {s} = '{b}' RETURN {g}",
                None,
            ),
            ("SET {s} = '{a}'", Some(A)),
            (
                "DO $$BEGIN ASSERT pg_temp.f() = '{b}', 'the clause has no effect'; END$$",
                Some(A),
            ),
        ],
    ),
];

#[test]
fn a_value_lives_as_long_as_a_setting_does() {
    for (server, db) in databases() {
        for (setting, getter) in SETTINGS {
            for (history, steps) in HISTORIES {
                let mut app = db.app();
                for (statement, expected) in *steps {
                    let statement = statement
                        .replace("{s}", setting)
                        .replace("{g}", getter)
                        .replace("{a}", A)
                        .replace("{b}", B);
                    app.exec(&statement);
                    assert_eq!(
                        get(&mut app, getter),
                        expected.map(uuid),
                        "{server}: {history}: after {statement}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_setting_says_nothing_about_the_other() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(&format!("SET app.current_org_id = '{A}'"));
    assert_eq!(get(&mut app, "tenancy.current_user_id()"), None);
    app.exec(&format!("SET app.current_user_id = '{B}'"));
    assert_eq!(get(&mut app, "tenancy.current_org_id()"), Some(uuid(A)));
    assert_eq!(get(&mut app, "tenancy.current_user_id()"), Some(uuid(B)));
}

#[test]
fn a_value_set_before_the_library_is_loaded_counts() {
    let db = shared().fresh_db();
    for (setting, getter) in SETTINGS {
        let mut app = db.app();
        app.exec(&format!("SET {setting} = '{A}'"));
        assert_eq!(get(&mut app, getter), Some(uuid(A)), "SET {setting}");

        let mut app = db.app();
        app.exec(&format!(
            "BEGIN; SET LOCAL {setting} = '{A}'; SAVEPOINT s; SET LOCAL {setting} = '{B}'"
        ));
        assert_eq!(get(&mut app, getter), Some(uuid(B)), "SET LOCAL {setting}");
        app.exec("ROLLBACK TO s");
        assert_eq!(get(&mut app, getter), Some(uuid(A)), "ROLLBACK TO");
        app.exec("COMMIT");
        assert_eq!(get(&mut app, getter), None, "COMMIT");
    }
}

#[test]
fn a_malformed_value_set_before_the_library_is_loaded_is_none() {
    let db = shared().fresh_db();
    for (setting, getter) in SETTINGS {
        for value in ["x", "'' OR true", " "] {
            let mut app = db.app();
            app.exec(&format!("SET {setting} = '{}'", value.replace('\'', "''")));
            assert_eq!(get(&mut app, getter), None, "{setting} = '{value}'");
            app.exec("SELECT count(*) FROM crm.contacts");
        }
    }
}

#[test]
fn a_connection_may_bring_its_value() {
    for (server, db) in databases() {
        let conninfo = format!(
            "{} options='-c app.current_org_id={A}'",
            db.conninfo("app_user")
        );
        db.app();
        let mut app = Client::connect(&conninfo, NoTls).expect("the connection succeeds");
        assert_eq!(
            get(&mut app, "tenancy.current_org_id()"),
            Some(uuid(A)),
            "{server}"
        );
        app.exec(&format!(
            "SET app.current_org_id = '{B}'; RESET app.current_org_id"
        ));
        assert_eq!(
            get(&mut app, "tenancy.current_org_id()"),
            Some(uuid(A)),
            "{server}: RESET brings the connection's own value back"
        );
    }
}
