//! `pg_crm.context_mode`: in the modes function and token nothing but that function sets a context.

use std::sync::OnceLock;

use pg_crm_tests::{Client, Cluster, Db, Org, Sql, Uuid, Value, eventually};
use postgres::NoTls;

const STRICT: &[&str] = &["function", "token"];

const SETTINGS: &[&str] = &["app.current_org_id", "app.current_user_id"];

/// A cluster for each mode, with and without the library preloaded. The mode is in postgresql.conf.
fn clusters() -> &'static [(&'static str, &'static str, Cluster)] {
    static CLUSTERS: OnceLock<Vec<(&str, &str, Cluster)>> = OnceLock::new();
    CLUSTERS.get_or_init(|| {
        let start = |mode, preload| {
            let settings = [
                ("shared_preload_libraries", preload),
                ("pg_crm.context_mode", mode),
            ];
            (mode, preload, Cluster::start(&settings))
        };
        STRICT
            .iter()
            .flat_map(|mode| ["", "pg_crm"].map(|preload| start(*mode, preload)))
            .collect()
    })
}

/// For each cluster: how it is called in messages, its mode, and a database with an organization that
/// has a contact.
fn databases() -> Vec<(String, &'static str, Db, Org)> {
    let with_contact = |(mode, preload, cluster): &(&str, &'static str, Cluster)| {
        let db = cluster.fresh_db();
        let acme = db.org("Acme");
        db.superuser().exec(&format!(
            "INSERT INTO crm.contacts (organization_id, first_name) VALUES ('{acme}', 'Ann')"
        ));
        let name = format!("mode {mode}, shared_preload_libraries = '{preload}'");
        (name, *preload, db, acme)
    };
    clusters().iter().map(with_contact).collect()
}

/// Loads the library into the session, where the server does not.
#[track_caller]
fn loaded(mut client: Client) -> Client {
    client.exec("SELECT tenancy.current_org_id()");
    client
}

#[track_caller]
fn assert_blind(client: &mut Client, how: &str) {
    assert_eq!(
        client.lines("SELECT tenancy.current_org_id(), tenancy.current_user_id()"),
        ["|"],
        "{how}"
    );
    for table in ["crm.contacts", "tenancy.organizations", "analytics.events"] {
        let seen: i64 = client.one(&format!("SELECT count(*) FROM {table}"), &[]);
        assert_eq!(seen, 0, "{how}: {table}");
    }
}

/// Statements by which an application might set {s} to {v}.
const WAYS: &[&str] = &[
    "SET {s} = '{v}'",
    "SET SESSION {s} TO '{v}'",
    "BEGIN; SET LOCAL {s} = '{v}'",
    "SELECT set_config('{s}', '{v}', false)",
    "SELECT set_config('{s}', '{v}', true)",
    "UPDATE pg_settings SET setting = '{v}' WHERE name = '{s}'",
    "DO $$BEGIN PERFORM set_config('{s}', '{v}', true); END$$",
    "DO $$BEGIN SET LOCAL {s} = '{v}'; END$$",
    "ALTER ROLE CURRENT_USER SET {s} = '{v}'",
    "ALTER ROLE CURRENT_USER IN DATABASE {db} SET {s} = '{v}'",
    "CREATE FUNCTION pg_temp.f() RETURNS uuid LANGUAGE sql SET {s} = '{v}' AS 'SELECT tenancy.current_org_id()'",
    "CREATE FUNCTION pg_temp.g() RETURNS void LANGUAGE sql AS ''; ALTER FUNCTION pg_temp.g() SET {s} = '{v}'",
];

/// What a DBA may do in mode guc, and likewise not in the others.
const WAYS_OF_A_SUPERUSER: &[&str] = &[
    "ALTER DATABASE {db} SET {s} = '{v}'",
    "ALTER ROLE app_user SET {s} = '{v}'",
    "ALTER ROLE ALL SET {s} = '{v}'",
    "ALTER SYSTEM SET {s} = '{v}'",
];

#[test]
fn every_other_way_is_refused() {
    for (server, _, db, acme) in databases() {
        let spellings = [
            acme.to_string(),
            acme.to_string().to_uppercase(),
            format!("{{{acme}}}"),
        ];
        for (mut client, ways) in [
            (loaded(db.app()), WAYS),
            (loaded(db.superuser()), WAYS_OF_A_SUPERUSER),
        ] {
            for setting in SETTINGS {
                for (way, value) in ways
                    .iter()
                    .flat_map(|way| spellings.iter().map(move |value| (way, value)))
                {
                    let statement = way
                        .replace("{s}", setting)
                        .replace("{v}", value)
                        .replace("{db}", db.name());
                    let error = client.fails_with(&statement, "42501");
                    client.exec("ROLLBACK");
                    assert_eq!(
                        error.message(),
                        format!("permission denied to set parameter \"{setting}\""),
                        "{server}: {statement}"
                    );
                    assert!(
                        error.detail().is_some() && error.hint().is_some(),
                        "{server}: {statement}: {error:?}"
                    );
                }
            }
        }
        assert_blind(&mut db.app(), &server);
    }
}

/// The seal is no word that opens anything: only the functions can put it there.
#[test]
fn a_seal_cannot_be_written_by_hand() {
    for (server, preload, db, acme) in databases() {
        for seal in [":function", ":token", ":", ":token:token"] {
            for setting in SETTINGS {
                let mut app = loaded(db.app());
                for way in WAYS {
                    let statement = way
                        .replace("{s}", setting)
                        .replace("{v}", &format!("{acme}{seal}"))
                        .replace("{db}", db.name());
                    app.fails_with(&statement, "22023");
                    app.exec("ROLLBACK");
                }
                assert_blind(&mut app, &format!("{server}: {setting}{seal}"));
            }
            if preload.is_empty() {
                let mut app = db.app();
                app.exec(&format!("SET app.current_org_id = '{acme}{seal}'"));
                assert_blind(&mut app, &format!("{server}: {seal} before loading"));
            }
        }
    }
}

#[test]
fn a_connection_cannot_bring_a_context() {
    for (server, preload, db, acme) in databases() {
        for value in [acme.to_string(), format!("{acme}:token")] {
            let conninfo = format!(
                "{} options='-c app.current_org_id={value}'",
                db.conninfo("app_user")
            );
            db.app();
            match Client::connect(&conninfo, NoTls) {
                Ok(mut client) => {
                    assert_eq!(preload, "", "{server}: the connection is let in");
                    assert_blind(&mut client, &server);
                    client.exec("RESET app.current_org_id");
                    assert_blind(&mut client, &format!("{server}: after RESET"));
                }
                Err(error) => {
                    let expected = if value == acme.to_string() {
                        "42501"
                    } else {
                        "22023"
                    };
                    assert_eq!(preload, "pg_crm", "{server}: {error:?}");
                    assert_eq!(error.code().map(|code| code.code()), Some(expected));
                }
            }
        }
    }
}

#[test]
fn what_is_set_before_the_library_is_loaded_does_not_count() {
    for (server, preload, db, acme) in databases() {
        if preload == "pg_crm" {
            continue;
        }
        for script in [
            "SET {s} = '{v}'",
            "SELECT set_config('{s}', '{v}', false)",
            "BEGIN; SET LOCAL {s} = '{v}'; SAVEPOINT a; SET LOCAL {s} = '{v}'",
            "BEGIN; SET {s} = '{v}'; SET LOCAL {s} = ''",
        ] {
            let mut app = db.app();
            for setting in SETTINGS.iter().rev() {
                app.exec(
                    &script
                        .replace("{s}", setting)
                        .replace("{v}", &acme.to_string()),
                );
            }
            assert_blind(&mut app, &format!("{server}: {script}"));
            for end in ["ROLLBACK TO a", "ROLLBACK"] {
                if script.contains("SAVEPOINT") {
                    app.exec(end);
                    assert_blind(&mut app, &format!("{server}: {script}; {end}"));
                }
            }
        }
    }
}

/// Settings of a role, a database and a function that were stored while the mode was guc.
#[test]
fn what_was_stored_in_mode_guc_does_not_count() {
    for (server, _, db, acme) in databases() {
        let role = format!("stored_{}", db.name());
        db.cluster().require_role(&role, "LOGIN IN ROLE crm_app");
        loaded(db.superuser()).exec(&format!(
            "SET pg_crm.context_mode = 'guc';
             ALTER ROLE \"{role}\" IN DATABASE {db} SET app.current_org_id = '{acme}';
             ALTER DATABASE {db} SET app.current_user_id = '{owner}';
             CREATE FUNCTION public.stored() RETURNS uuid LANGUAGE sql SET app.current_org_id = '{acme}'
                AS 'SELECT tenancy.current_org_id()'",
            db = db.name(),
            owner = acme.owner,
        ));
        let mut client = db.connect_as(&role);
        assert_blind(&mut client, &server);
        client.fails_with("SELECT public.stored()", "42501");
        assert_blind(&mut client, &server);
    }
}

#[test]
fn only_a_superuser_changes_the_mode() {
    for (server, _, db, acme) in databases() {
        let mut app = loaded(db.app());
        for statement in [
            "SET pg_crm.context_mode = 'guc'",
            "SET LOCAL pg_crm.context_mode = 'guc'",
            "SELECT set_config('pg_crm.context_mode', 'guc', false)",
            "ALTER ROLE CURRENT_USER SET pg_crm.context_mode = 'guc'",
            "CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE sql SET pg_crm.context_mode = 'guc' AS ''",
        ] {
            app.fails_with(statement, "42501");
        }
        for statement in ["RESET pg_crm.context_mode", "RESET ALL", "DISCARD ALL"] {
            app.attempt(statement, &[]).ok();
            app.fails_with(&format!("SET app.current_org_id = '{acme}'"), "42501");
        }
        assert_blind(&mut app, &server);
    }
}

/// Before the library is loaded the server knows no such setting, and takes any value for a
/// placeholder, that of a connection's options instead of that in postgresql.conf.
#[test]
fn a_mode_that_is_forged_before_the_library_is_loaded_is_the_strictest() {
    for (server, preload, db, acme) in databases() {
        db.app();
        let conninfo = format!(
            "{} options='-c pg_crm.context_mode=guc -c app.current_org_id={acme}'",
            db.conninfo("app_user")
        );
        let forged = Client::connect(&conninfo, NoTls);
        if preload == "pg_crm" {
            let error = forged.map(drop).expect_err("the connection is refused");
            assert_eq!(
                error.code().map(|code| code.code()),
                Some("42501"),
                "{server}"
            );
            continue;
        }
        let mut by_options = forged.expect("the connection is let in");
        let mut by_set = db.app();
        by_set.exec(&format!(
            "SET pg_crm.context_mode = 'guc'; SET app.current_org_id = '{acme}'"
        ));
        let mut by_set_local = db.app();
        by_set_local.exec(&format!(
            "BEGIN; SET LOCAL pg_crm.context_mode = 'guc'; SET LOCAL app.current_org_id = '{acme}'"
        ));
        for (way, client) in [
            ("options", &mut by_options),
            ("SET", &mut by_set),
            ("SET LOCAL", &mut by_set_local),
        ] {
            let how = format!("{server}: {way}");
            assert_blind(client, &how);
            client.exec("SET force_parallel_mode = on");
            assert_blind(client, &format!("{how}, in a worker"));
            for statement in [
                format!("SET app.current_org_id = '{acme}'"),
                format!("SELECT tenancy.set_context('{acme}')"),
            ] {
                client.fails_with(&statement, "42501");
                client.exec("ROLLBACK");
                assert_blind(client, &how);
            }
            client.exec("RESET ALL");
            client.fails_with(&format!("SET app.current_org_id = '{acme}'"), "42501");
            assert_blind(client, &how);
        }
    }
}

/// A database's own mode is in force only after a connection's options: it is too late to refuse them.
#[test]
fn a_databases_own_mode_is_as_strict() {
    for preload in ["", "pg_crm"] {
        let cluster = Cluster::start(&[("shared_preload_libraries", preload)]);
        let db = cluster.fresh_db();
        let acme = db.org("Acme");
        for mode in STRICT {
            loaded(db.superuser()).exec(&format!(
                "ALTER DATABASE {} SET pg_crm.context_mode = '{mode}'",
                db.name()
            ));
            let how = format!("{mode}, shared_preload_libraries = '{preload}'");
            let conninfo = format!(
                "{} options='-c app.current_org_id={acme}'",
                db.conninfo("app_user")
            );
            db.app();
            let mut app = Client::connect(&conninfo, NoTls).expect("the connection is let in");
            for statement in [
                "SELECT 1",
                "RESET app.current_org_id",
                "RESET ALL",
                "DISCARD ALL",
            ] {
                app.exec(statement);
                assert_blind(&mut app, &format!("{how}: {statement}"));
                assert_eq!(app.lines("SHOW app.current_org_id"), [""], "{how}");
            }
            app.exec("SET force_parallel_mode = on");
            assert_blind(&mut app, &format!("{how}: in a worker"));
            app.fails_with(&format!("SET app.current_org_id = '{acme}'"), "42501");
        }
    }
}

#[test]
fn a_value_counts_no_longer_when_the_mode_becomes_stricter() {
    let cluster = Cluster::start(&[("shared_preload_libraries", "pg_crm")]);
    let db = cluster.fresh_db();
    let acme = db.org("Acme");
    let organization = "SELECT tenancy.current_org_id()";
    let (mut by_set, mut by_function) = (db.app(), db.app());
    by_set.exec(&format!("SET app.current_org_id = '{acme}'"));
    by_function.exec(&format!("BEGIN; SELECT tenancy.set_context('{acme}')"));
    let seen = |client: &mut Client| client.one::<Option<Uuid>>(organization, &[]);
    assert_eq!(
        (seen(&mut by_set), seen(&mut by_function)),
        (Some(acme.id), Some(acme.id))
    );
    for (mode, expected) in [
        ("function", (None, Some(acme.id))),
        ("token", (None, None)),
        ("guc", (Some(acme.id), Some(acme.id))),
    ] {
        cluster.configure(&[("pg_crm.context_mode", mode)]);
        db.superuser().exec("SELECT pg_reload_conf()");
        eventually(&format!("the mode is {mode}"), || {
            [&mut by_set, &mut by_function]
                .into_iter()
                .all(|client| client.lines("SHOW pg_crm.context_mode") == [mode])
        });
        assert_eq!(
            (seen(&mut by_set), seen(&mut by_function)),
            expected,
            "{mode}"
        );
    }
}

#[test]
fn set_context_works_in_mode_function_and_nothing_does_it_in_mode_token() {
    for (server, _, db, acme) in databases() {
        let mut app = db.app();
        if server.starts_with("mode token") {
            let error = app.fails_with(&format!("SELECT tenancy.set_context('{acme}')"), "42501");
            assert!(
                error
                    .hint()
                    .is_some_and(|hint| hint.contains("authenticate")),
                "{error:?}"
            );
            assert_blind(&mut app, &server);
            app.exec("SELECT tenancy.clear_context()");
            continue;
        }
        app.in_org_as(&acme, acme.owner, |tx| {
            let context = "SELECT tenancy.current_org_id(), tenancy.current_user_id(),
                current_setting('app.current_org_id'), current_setting('app.current_user_id')";
            let expected = format!("{acme}|{owner}|{acme}|{owner}", owner = acme.owner);
            assert_eq!(
                tx.lines(context),
                std::slice::from_ref(&expected),
                "{server}"
            );
            assert_eq!(tx.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 1);
            tx.fails_with(&format!("SET LOCAL app.current_org_id = '{acme}'"), "42501");
            tx.exec("SAVEPOINT s; SELECT tenancy.clear_context()");
            assert_eq!(tx.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 0);
            tx.exec("ROLLBACK TO s; SET LOCAL force_parallel_mode = on");
            assert_eq!(tx.lines(context), [expected], "{server}: in a worker");
            tx.exec("SET LOCAL app.current_org_id = ''");
            assert_eq!(
                tx.lines("SELECT tenancy.current_org_id()"),
                [""],
                "{server}"
            );
        });
        assert_blind(&mut app, &format!("{server}: after COMMIT"));
        app.exec("RESET ALL; RESET app.current_org_id");
        app.exec("DISCARD ALL");
        assert_blind(&mut app, &server);
    }
}

/// Workers that the planner chooses, not such as are forced: several at once, and the policy in each.
#[test]
fn parallel_workers_get_sealed_values() {
    let cluster = Cluster::start(&[("pg_crm.context_mode", "function")]);
    let db = cluster.fresh_db();
    let acme = db.org("Acme");
    db.superuser().exec(&format!(
        "INSERT INTO crm.contacts (organization_id, first_name)
         SELECT '{acme}', 'Ann' FROM generate_series(1, 6000);
         ANALYZE crm.contacts"
    ));
    let query =
        "SELECT count(*) FROM crm.contacts WHERE organization_id = tenancy.current_org_id()";
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0;
             SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL parallel_leader_participation = off",
        );
        eventually("workers are launched", || {
            let plan: Value = tx.one(&format!("EXPLAIN (ANALYZE, FORMAT JSON) {query}"), &[]);
            plan.to_string().contains("\"Workers Launched\":2")
        });
        assert_eq!(tx.one::<i64>(query, &[]), 6000);
    });
}
