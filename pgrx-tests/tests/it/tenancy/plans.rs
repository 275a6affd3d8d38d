//! The context under plans that outlive it, other roles, parallel workers and open cursors.

use pg_crm_tests::{Cluster, Db, Org, Sql, Uuid, Value, eventually, shared};

/// A database with two organizations that have a different number of contacts.
fn with_contacts(db: Db, acme: i64, globex: i64) -> (Db, Org, Org) {
    let organizations = [(db.org("Acme"), acme), (db.org("Globex"), globex)];
    for (org, contacts) in &organizations {
        db.app().in_org(org, |tx| {
            tx.exec_with(
                "INSERT INTO crm.contacts (first_name) SELECT 'Ann' FROM generate_series(1, $1::bigint)",
                &[contacts],
            )
        });
    }
    let [(acme, _), (globex, _)] = organizations;
    (db, acme, globex)
}

#[test]
fn a_generic_plan_follows_the_organization() {
    let (db, acme, globex) = with_contacts(shared().fresh_db(), 2, 3);
    let mut app = db.app();
    app.exec("SET plan_cache_mode = force_generic_plan");
    let count = app
        .prepare("SELECT count(*) FROM crm.contacts WHERE status = $1::text")
        .expect("it is prepared");
    for (organization, expected) in [
        (acme.to_string(), 2_i64),
        (globex.to_string(), 3),
        (String::new(), 0),
        (acme.to_string(), 2),
    ] {
        app.exec(&format!("SET app.current_org_id = '{organization}'"));
        let seen: i64 = app
            .query_one(&count, &[&"active"])
            .expect("the query succeeds")
            .get(0);
        assert_eq!(seen, expected, "in organization '{organization}'");
    }
}

#[test]
fn a_plan_of_a_function_follows_the_organization() {
    let (db, acme, globex) = with_contacts(shared().fresh_db(), 2, 3);
    let mut app = db.app();
    app.exec(
        "SET plan_cache_mode = force_generic_plan;
         CREATE FUNCTION pg_temp.contacts() RETURNS bigint LANGUAGE plpgsql STABLE
         AS 'BEGIN RETURN (SELECT count(*) FROM crm.contacts); END'",
    );
    for (org, expected) in [(&acme, 2), (&globex, 3), (&acme, 2)] {
        let seen: i64 = app.in_org(org, |tx| tx.one("SELECT pg_temp.contacts()", &[]));
        assert_eq!(seen, expected, "in organization {org}");
    }
    assert_eq!(app.one::<i64>("SELECT pg_temp.contacts()", &[]), 0);
}

#[test]
fn set_role_brings_row_level_security_into_force() {
    let (db, acme, _) = with_contacts(shared().fresh_db(), 2, 3);
    let mut client = db.superuser();
    let count = client
        .prepare("SELECT count(*) FROM crm.contacts")
        .expect("it is prepared");
    let seen = |client: &mut pg_crm_tests::Client| -> i64 {
        client
            .query_one(&count, &[])
            .expect("the query succeeds")
            .get(0)
    };
    assert_eq!(seen(&mut client), 5, "a superuser sees all");
    client.exec("SET ROLE app_user");
    assert_eq!(seen(&mut client), 0, "an application without a context");
    client.exec(&format!("SET app.current_org_id = '{acme}'"));
    assert_eq!(seen(&mut client), 2, "an application in Acme");
    client.exec("RESET ROLE");
    assert_eq!(seen(&mut client), 5, "a superuser again");
}

#[test]
fn the_context_outlives_set_role() {
    let (db, acme, _) = with_contacts(shared().fresh_db(), 2, 3);
    let mut client = db.superuser();
    client.exec(&format!(
        "BEGIN; SET LOCAL ROLE app_user; SELECT tenancy.set_context('{acme}'); SET LOCAL ROLE readonly_user"
    ));
    assert_eq!(
        client.one::<i64>("SELECT count(*) FROM crm.contacts", &[]),
        2
    );
}

#[test]
fn a_read_only_transaction_sees_its_organization_and_refuses_writes() {
    let (db, acme, _) = with_contacts(shared().fresh_db(), 2, 3);
    let mut app = db.app();
    app.exec("SET default_transaction_read_only = on");
    app.in_org(&acme, |tx| {
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 2);
        tx.fails_with(
            "INSERT INTO crm.contacts (first_name) VALUES ('Ann')",
            "25006",
        );
        tx.fails_with("UPDATE crm.contacts SET score = 1", "25006");
    });
}

#[test]
fn a_cursor_stays_in_the_organization_of_its_first_row() {
    let (db, acme, globex) = with_contacts(shared().fresh_db(), 4, 3);
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("DECLARE c SCROLL CURSOR FOR SELECT organization_id FROM crm.contacts");
        let mut seen: Vec<Uuid> = tx.column("FETCH 1 FROM c", &[]);
        tx.exec(&format!("SELECT tenancy.set_context('{globex}')"));
        seen.extend(tx.column::<Uuid>("FETCH ALL FROM c", &[]));
        assert_eq!(seen, [acme.id; 4]);
        tx.exec("SELECT tenancy.clear_context()");
        assert_eq!(
            tx.column::<Uuid>("FETCH BACKWARD ALL FROM c", &[]),
            [acme.id; 4]
        );
    });
}

#[test]
fn a_cursor_with_hold_keeps_the_rows_of_its_own_transaction_only() {
    let (db, acme, globex) = with_contacts(shared().fresh_db(), 4, 3);
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("DECLARE c CURSOR WITH HOLD FOR SELECT organization_id FROM crm.contacts");
    });
    app.in_org(&globex, |tx| {
        assert_eq!(tx.column::<Uuid>("FETCH ALL FROM c", &[]), [acme.id; 4]);
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 3);
    });
    app.exec("DISCARD ALL");
    app.fails_with("FETCH ALL FROM c", "34000");
}

/// Settings that make the planner choose workers for any table.
const PARALLEL: &str = "
    SET max_parallel_workers_per_gather = 2;
    SET parallel_setup_cost = 0;
    SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0;
    SET parallel_leader_participation = off;";

/// All that workers evaluate themselves: the policy, the getter in a condition, the user.
const IN_WORKERS: &str = "
    SELECT count(*) FROM crm.contacts
    WHERE organization_id = tenancy.current_org_id()
        AND tenancy.current_user_id() IS NOT NULL";

/// On a cluster of its own, so that no other test uses up the workers.
#[test]
fn parallel_workers_see_the_right_organization() {
    for preload in ["", "pg_crm"] {
        let cluster = Cluster::start(&[("shared_preload_libraries", preload)]);
        let (db, acme, globex) = with_contacts(cluster.fresh_db(), 6000, 4000);
        db.superuser().exec("ANALYZE crm.contacts");
        let mut app = db.app();
        app.exec(PARALLEL);
        for (org, expected) in [(&acme, 6000_i64), (&globex, 4000)] {
            app.in_org_as(org, org.owner, |tx| {
                let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {IN_WORKERS}");
                eventually("workers are launched", || {
                    let plan: Value = tx.one(&explain, &[]);
                    plan.to_string().contains("\"Workers Launched\":2")
                });
                assert_eq!(
                    tx.one::<i64>(IN_WORKERS, &[]),
                    expected,
                    "shared_preload_libraries = '{preload}'"
                );
            });
        }
        assert_eq!(app.one::<i64>(IN_WORKERS, &[]), 0, "without a context");
    }
}

/// Every query in a worker, the smallest too: the getters, functions that read tables, the policy.
#[test]
fn queries_forced_into_a_worker_answer_as_in_the_leader() {
    let cluster = Cluster::start(&[]);
    let (db, acme, _) = with_contacts(cluster.fresh_db(), 2, 3);
    let queries = [
        "SELECT tenancy.current_org_id()::text",
        "SELECT tenancy.current_user_id()::text",
        "SELECT count(*)::text FROM crm.contacts",
        "SELECT count(*)::text FROM tenancy.users",
        "SELECT string_agg(crm.get_contact_tags(id)::text, ' ') FROM crm.contacts",
        "SELECT string_agg(crm.calculate_contact_score(id)::text, ' ') FROM crm.contacts",
        "SELECT count(*)::text FROM crm.hottest_contacts(10)",
    ];
    let mut app = db.app();
    app.in_org_as(&acme, acme.owner, |tx| {
        for query in queries {
            tx.exec("SET LOCAL force_parallel_mode = off");
            let expected: Option<String> = tx.one(query, &[]);
            tx.exec("SET LOCAL force_parallel_mode = on");
            let forced: Option<String> = tx.one(query, &[]);
            assert_eq!(forced, expected, "{query}");
        }
    });
}
