//! A pooler in transaction mode hands one server session to clients of several organizations.

use std::thread;

use pg_crm_tests::{Client, Cluster, Db, Org, PgBouncer, PoolMode, Sql};

use super::{two_organizations, two_organizations_in};

const ROUNDS: usize = 20;

/// Ways to end a transaction, a rolled back context and a dropped connection among them.
const ENDINGS: &[&str] = &[
    "COMMIT",
    "ROLLBACK",
    "error",
    "savepoint",
    "switch",
    "disconnect",
];

#[track_caller]
fn organizations_seen(client: &mut Client) -> Vec<String> {
    client.lines(
        "SELECT DISTINCT organization_id FROM crm.contacts
         UNION SELECT organization_id FROM analytics.events
         UNION SELECT id FROM tenancy.organizations",
    )
}

#[track_caller]
fn assert_no_context(client: &mut Client, when: &str) {
    assert_eq!(organizations_seen(client), [] as [&str; 0], "{when}");
    assert_eq!(
        client.lines("SELECT tenancy.current_org_id(), tenancy.current_user_id()"),
        ["|"],
        "{when}"
    );
}

/// One transaction of a client in its organization; false where the connection is used up.
#[track_caller]
fn transact(mut client: Client, org: &Org, other: &Org, ending: &str) -> Option<Client> {
    let enter = |org: &Org| format!("SELECT tenancy.set_context('{org}', '{}')", org.owner);
    let own = [org.to_string()];
    client.exec(&format!("BEGIN; {}", enter(org)));
    assert_eq!(organizations_seen(&mut client), own, "before {ending}");
    client.exec("INSERT INTO crm.tags (name) VALUES (gen_random_uuid()::text)");
    match ending {
        "error" => {
            client.fails_with("SELECT 1/0", "22012");
            client.exec("ROLLBACK");
        }
        "savepoint" => {
            client.exec("SAVEPOINT s");
            client.fails_with(
                "SELECT tenancy.set_context('00000000-0000-0000-0000-000000000000')",
                "42501",
            );
            client.exec("ROLLBACK TO s");
            assert_eq!(organizations_seen(&mut client), own, "after a savepoint");
            client.exec("COMMIT");
        }
        "switch" => {
            client.exec(&format!("SAVEPOINT s; {}", enter(other)));
            assert_eq!(
                organizations_seen(&mut client),
                [other.to_string()],
                "switched"
            );
            client.exec("ROLLBACK TO s");
            assert_eq!(organizations_seen(&mut client), own, "switched back");
            client.exec("COMMIT");
        }
        "disconnect" => return None,
        end => client.exec(end),
    }
    Some(client)
}

fn works(db: &Db, pool: &PgBouncer, org: &Org, other: &Org) {
    let mut client = pool.connect(db, "app_user");
    for _ in 0..ROUNDS {
        for ending in ENDINGS {
            let kept = transact(client, org, other, ending);
            client = kept.unwrap_or_else(|| pool.connect(db, "app_user"));
            assert_no_context(&mut client, &format!("after {ending}"));
        }
    }
}

#[test]
fn clients_of_two_organizations_never_see_each_others_rows() {
    interleave(two_organizations());
}

/// The library is loaded by whichever client comes first, or is there from the start.
#[test]
fn nor_do_they_where_only_a_function_sets_the_context() {
    for preload in ["", "pg_crm"] {
        let cluster = Cluster::start(&[
            ("shared_preload_libraries", preload),
            ("pg_crm.context_mode", "function"),
        ]);
        interleave(two_organizations_in(cluster.fresh_db()));
    }
}

#[track_caller]
fn interleave((db, acme, globex): (Db, Org, Org)) {
    let pool = PgBouncer::start(db.cluster(), PoolMode::Transaction, 1);
    thread::scope(|scope| {
        scope.spawn(|| works(&db, &pool, &acme, &globex));
        scope.spawn(|| works(&db, &pool, &globex, &acme));
        scope.spawn(|| {
            let mut stranger = pool.connect(&db, "app_user");
            for _ in 0..ROUNDS * ENDINGS.len() {
                assert_no_context(&mut stranger, "a client that sets nothing");
            }
        });
    });
}

/// Step by step, so that each client certainly follows the other in the one server session.
#[test]
fn the_next_client_of_a_session_starts_without_a_context() {
    let (db, acme, globex) = two_organizations();
    let pool = PgBouncer::start(db.cluster(), PoolMode::Transaction, 1);
    let (mut one, mut two) = (pool.connect(&db, "app_user"), pool.connect(&db, "app_user"));
    for ending in ENDINGS {
        let pid = one.lines("SELECT pg_backend_pid()");
        assert_eq!(
            two.lines("SELECT pg_backend_pid()"),
            pid,
            "one session for both"
        );
        one =
            transact(one, &acme, &globex, ending).unwrap_or_else(|| pool.connect(&db, "app_user"));
        assert_no_context(&mut two, &format!("after {ending} of another client"));
        two = transact(two, &globex, &acme, "COMMIT").expect("it is kept");
        assert_no_context(&mut one, "after COMMIT of another client");
    }
}

#[test]
fn the_documents_set_local_is_as_safe() {
    let (db, acme, globex) = two_organizations();
    let pool = PgBouncer::start(db.cluster(), PoolMode::Transaction, 1);
    let (mut one, mut two) = (pool.connect(&db, "app_user"), pool.connect(&db, "app_user"));
    for end in ["COMMIT", "ROLLBACK"] {
        for (client, org) in [(&mut one, &acme), (&mut two, &globex)] {
            client.exec(&format!("BEGIN; SET LOCAL app.current_org_id = '{org}'"));
            assert_eq!(
                organizations_seen(client),
                [org.to_string()],
                "before {end}"
            );
            client.exec(end);
        }
        assert_no_context(&mut one, end);
        assert_no_context(&mut two, end);
    }
}
