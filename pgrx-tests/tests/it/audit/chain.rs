//! Rows are chained however they come, and a chain that was tampered with does not verify.

use pg_crm_tests::{Client, Db, Org, Sql, shared};

use super::{problems, tamper};

const LEDGERS: [(&str, &str); 3] = [
    (
        "audit_logs",
        "INSERT INTO audit.audit_logs (organization_id, action, resource)
         SELECT {org}, 'contact.merged', 'contact' FROM generate_series(1, {n})",
    ),
    (
        "record_versions",
        "INSERT INTO audit.record_versions (organization_id, table_schema, table_name, record_id, operation, new_values)
         SELECT {org}, 'crm', 'contacts', crm.uuid_v7(), 'insert', '{\"a\": 1.50}' FROM generate_series(1, {n})",
    ),
    (
        "security_events",
        "INSERT INTO audit.security_events (organization_id, kind, ip_address)
         SELECT {org}, 'login', '10.0.0.1' FROM generate_series(1, {n})",
    ),
];

#[track_caller]
fn insert(client: &mut impl Sql, ledger: usize, org: Option<&Org>, n: i32) {
    let org = org.map_or_else(|| "NULL".to_owned(), |org| format!("'{org}'::uuid"));
    client.exec(
        &LEDGERS[ledger]
            .1
            .replace("{org}", &org)
            .replace("{n}", &n.to_string()),
    );
}

#[track_caller]
fn heads(client: &mut impl Sql) -> Vec<String> {
    client.lines(
        "SELECT o.slug, h.ledger, h.chain, h.last_seq
         FROM audit.chain_heads AS h LEFT JOIN tenancy.organizations AS o ON o.id = h.organization_id
         ORDER BY o.slug NULLS LAST, h.ledger, h.chain",
    )
}

fn two() -> (Db, Org, Org, Client) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let dba = db.superuser();
    (db, acme, globex, dba)
}

#[test]
fn every_ledger_has_a_chain_for_each_organization_and_for_none() {
    let (_db, acme, globex, mut dba) = two();
    for ledger in 0..3 {
        insert(&mut dba, ledger, Some(&acme), 3);
        insert(&mut dba, ledger, Some(&globex), 1);
        insert(&mut dba, ledger, Some(&acme), 2);
        insert(&mut dba, ledger, None, 2);
    }
    assert_eq!(
        heads(&mut dba),
        [
            "acme|audit_logs|0|5",
            "acme|record_versions|0|5",
            "acme|security_events|0|5",
            "globex|audit_logs|0|1",
            "globex|record_versions|0|1",
            "globex|security_events|0|1",
            "|audit_logs|0|2",
            "|record_versions|0|2",
            "|security_events|0|2",
        ]
    );
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn a_statement_with_rows_of_several_organizations_chains_each() {
    let (_db, acme, globex, mut dba) = two();
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, category)
         SELECT CASE i % 3 WHEN 0 THEN '{acme}' WHEN 1 THEN '{globex}' END::uuid, 'a', 'b',
                CASE WHEN i <= 60 THEN 'activity' ELSE 'compliance' END
         FROM generate_series(1, 90) AS i"
    ));
    assert_eq!(
        heads(&mut dba),
        [
            "acme|audit_logs|0|20",
            "acme|audit_logs|128|10",
            "globex|audit_logs|0|20",
            "globex|audit_logs|128|10",
            "|audit_logs|0|20",
            "|audit_logs|128|10",
        ]
    );
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn a_bulk_insert_writes_the_head_once() {
    let (_db, acme, _, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 1);
    let head = "SELECT pg_relation_size('audit.chain_heads')";
    let before: i64 = dba.one(head, &[]);
    insert(&mut dba, 0, Some(&acme), 3000);
    assert_eq!(
        dba.one::<i64>(head, &[]),
        before,
        "no dead versions of the head"
    );
    assert_eq!(heads(&mut dba), ["acme|audit_logs|0|3001"]);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn the_place_in_the_chain_is_not_the_writers_to_choose() {
    let (_db, acme, _, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 1);
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, chain, seq, previous_hash, hash)
         VALUES ('{acme}', 'a', 'b', 200, 7, sha256('x'), sha256('y'))"
    ));
    assert_eq!(heads(&mut dba), ["acme|audit_logs|0|2"]);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn what_is_rolled_back_leaves_no_gap() {
    let (_db, acme, _, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 2);
    let mut tx = dba.transaction().expect("a transaction begins");
    insert(&mut tx, 0, Some(&acme), 1);
    let mut savepoint = tx.transaction().expect("a savepoint");
    insert(&mut savepoint, 0, Some(&acme), 5);
    savepoint.rollback().expect("it is undone");
    tx.attempt(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, outcome)
         SELECT $1, 'a', 'b', CASE WHEN i < 3 THEN 'success' ELSE 'oh' END FROM generate_series(1, 3) AS i",
        &[&acme.id],
    )
    .expect_err("the domain refuses the third row");
    insert(&mut tx, 0, Some(&acme), 1);
    tx.commit().expect("it is kept");
    let mut undone = dba.transaction().expect("a transaction begins");
    insert(&mut undone, 0, Some(&acme), 4);
    undone.rollback().expect("it is undone");
    insert(&mut dba, 0, Some(&acme), 1);
    assert_eq!(heads(&mut dba), ["acme|audit_logs|0|5"]);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn writers_of_one_organization_do_not_wait_for_each_other() {
    let (db, acme, _, mut dba) = two();
    let (mut first, mut second, mut third) = (db.superuser(), db.superuser(), db.superuser());
    for client in [&mut first, &mut second, &mut third] {
        client.exec("SET lock_timeout = '10s'");
    }
    let mut one = first.transaction().expect("a transaction begins");
    insert(&mut one, 0, Some(&acme), 2);
    // The chain that the first begins is not visible yet.
    let mut two = second.transaction().expect("a transaction begins");
    insert(&mut two, 0, Some(&acme), 2);
    two.commit().expect("it is kept");
    insert(&mut one, 0, Some(&acme), 1);
    one.commit().expect("it is kept");
    // Now both are free, and then one is not.
    let mut one = first.transaction().expect("a transaction begins");
    insert(&mut one, 0, Some(&acme), 1);
    insert(&mut third, 0, Some(&acme), 1);
    one.rollback().expect("it is undone");
    assert_eq!(
        heads(&mut dba),
        ["acme|audit_logs|0|3", "acme|audit_logs|1|3"]
    );
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn many_sessions_at_once_leave_a_sound_chain() {
    let (db, acme, _, mut dba) = two();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = db.superuser();
                for n in 1..20 {
                    insert(&mut client, 0, Some(&acme), n % 3 + 1);
                }
            });
        }
    });
    let rows: i64 = dba.one("SELECT count(*) FROM audit.audit_logs", &[]);
    let chained: i64 = dba.one(
        "SELECT sum(last_seq)::bigint FROM audit.chain_heads WHERE ledger = 'audit_logs'",
        &[],
    );
    assert_eq!(rows, chained);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn the_digest_does_not_depend_on_the_sessions_settings() {
    let (_db, acme, _, mut dba) = two();
    for settings in [
        "SET timezone = 'Asia/Kathmandu'; SET bytea_output = 'escape'; SET datestyle = 'SQL, DMY'",
        "SET timezone = 'UTC'; SET bytea_output = 'hex'; SET datestyle = 'German'",
    ] {
        dba.exec(settings);
        for ledger in 0..3 {
            insert(&mut dba, ledger, Some(&acme), 2);
        }
        assert_eq!(problems(&mut dba), [] as [&str; 0], "{settings}");
    }
}

#[test]
fn a_column_that_a_user_adds_alters_no_row() {
    let (_db, acme, _, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 2);
    dba.exec("ALTER TABLE audit.audit_logs ADD COLUMN region text DEFAULT 'eu'");
    insert(&mut dba, 0, Some(&acme), 2);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

/// The formula of the function's comment, by hand.
#[test]
fn anybody_can_verify_a_row_by_the_documented_formula() {
    let (_db, acme, _, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 3);
    dba.exec("SET timezone = 'UTC'; SET bytea_output = 'hex'");
    let sound: i64 = dba.one(
        "SELECT count(*) FROM audit.audit_logs AS l
         WHERE hash = sha256(convert_to((to_jsonb(l) - 'hash')::text, 'UTF8'))",
        &[],
    );
    assert_eq!(sound, 3);
    let wrong: i64 = dba.one("SELECT count(*) FROM audit.audit_logs AS l, LATERAL (SELECT to_jsonb(l) - 'hash' AS j) AS j
        WHERE audit.row_digest('audit_logs', j.j || '{\"reason\": \"\"}') = hash OR audit.row_digest('audit_logs', j.j || '{\"seq\": 9}') = hash", &[]);
    assert_eq!(wrong, 0);
}

#[test]
fn the_digest_covers_every_column_of_the_model() {
    let (_db, _, _, mut dba) = two();
    for (ledger, _) in LEDGERS {
        // A column that is not covered leaves the digest as it was.
        let uncovered: Vec<String> = dba.column(
            "SELECT a.attname::text FROM pg_attribute AS a
             WHERE a.attrelid = ('audit.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped
                AND audit.row_digest($1, jsonb_build_object(a.attname, 1)) = audit.row_digest($1, '{}')",
            &[&ledger],
        );
        assert_eq!(uncovered, ["hash"], "{ledger}");
    }
}

#[test]
fn tampering_shows() {
    let (_db, acme, globex, mut dba) = two();
    for ledger in 0..3 {
        insert(&mut dba, ledger, Some(&acme), 5);
        insert(&mut dba, ledger, Some(&globex), 2);
    }
    let rehashed = "hash = audit.row_digest('{l}', to_jsonb(t))";
    let cases: &[(&str, &[&str])] = &[
        (
            "UPDATE {t} SET created_at = created_at + interval '1 us' WHERE {a} AND seq = 3",
            &["3|the row was altered: its hash is another"],
        ),
        (
            "UPDATE {t} SET database_role = 'x' WHERE {a} AND seq = 5",
            &["5|the row was altered: its hash is another"],
        ),
        (
            "UPDATE {t} SET database_role = 'x' WHERE {a} AND seq = 3; UPDATE {t} AS t SET {h} WHERE {a} AND seq = 3",
            &["4|previous_hash is not the hash of the row before"],
        ),
        (
            "UPDATE {t} SET database_role = 'x' WHERE {a} AND seq = 5; UPDATE {t} AS t SET {h} WHERE {a} AND seq = 5",
            &["5|the row is not the one that the chain ended with"],
        ),
        (
            "DELETE FROM {t} WHERE {a} AND seq IN (2, 3)",
            &["4|rows are missing: 2 to 3"],
        ),
        (
            "DELETE FROM {t} WHERE {a} AND seq = 1",
            &["2|rows are missing: 1 to 1"],
        ),
        (
            "DELETE FROM {t} WHERE {a} AND seq = 5",
            &["4|rows are missing: 5 to 5"],
        ),
        ("DELETE FROM {t} WHERE {a}", &["5|rows are missing: 1 to 5"]),
        (
            "DELETE FROM audit.chain_heads WHERE {a} AND ledger = '{l}'; DELETE FROM {t} WHERE {a} AND seq < 5",
            &["5|the chain has no head"],
        ),
        (
            "UPDATE {t} SET organization_id = (SELECT organization_id FROM {t} WHERE NOT {a} LIMIT 1) WHERE {a} AND seq = 5",
            &[
                "4|rows are missing: 5 to 5",
                "5|rows are missing: 3 to 4",
                "5|the row is beyond the end of its chain",
                "5|the row was altered: its hash is another",
            ],
        ),
    ];
    for (ledger, _) in LEDGERS {
        for (statement, expected) in cases {
            let statement = statement
                .replace("{h}", rehashed)
                .replace("{t}", &format!("audit.{ledger}"))
                .replace("{l}", ledger)
                .replace("{a}", &format!("organization_id = '{acme}'"));
            let mut tx = dba.transaction().expect("a transaction begins");
            tx.exec("SET LOCAL session_replication_role = replica");
            tx.exec(&statement);
            let mut found = tx.lines("SELECT seq, problem FROM audit.verify_chain()");
            found.sort();
            assert_eq!(found, *expected, "{statement}");
            tx.rollback().expect("it is undone");
        }
    }
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn an_organization_verifies_its_own_chains_only() {
    let (db, acme, globex, mut dba) = two();
    insert(&mut dba, 0, Some(&acme), 3);
    insert(&mut dba, 0, Some(&globex), 3);
    tamper(
        &mut dba,
        &format!(
            "UPDATE audit.audit_logs SET action = 'x' WHERE organization_id = '{acme}' AND seq = 2"
        ),
    );
    let altered = ["audit_logs|2|the row was altered: its hash is another"];
    for mut session in [db.app(), db.readonly(), db.admin(), db.superuser()] {
        assert_eq!(session.in_org(&acme, |tx| problems(tx)), altered);
        assert_eq!(session.in_org(&globex, |tx| problems(tx)), [] as [&str; 0]);
    }
    assert_eq!(problems(&mut dba), altered);
    for mut session in [db.app(), db.readonly(), db.admin()] {
        session.fails_with("SELECT * FROM audit.verify_chain()", "42501");
    }
}
