//! The copy is as closed as the table, all its rows are copied whoever may see them, and what the
//! table's owner wrote runs with the owner's rights.

use pg_crm_tests::{Client, Db, Sql, shared};

use super::super::owner;
use super::{ROWS, TABLE, request, steps_up_to};

fn stranger(db: &Db) -> Client {
    db.cluster()
        .require_role("partition_stranger", "LOGIN IN ROLE crm_admin");
    db.connect_as("partition_stranger")
}

#[test]
fn nobody_but_the_owner_asks_for_it_or_cancels_it() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    let mut stranger = stranger(&db);
    let oid: u32 = owner.one("SELECT 'mine.t'::regclass::oid", &[]);
    let call = format!("CALL maint.repartition({oid}::regclass, 'at')");
    let insert =
        format!("INSERT INTO maint.repartitions (relation, key_column) VALUES ({oid}, 'at')");
    for statement in [&call, &insert] {
        let error = stranger.fails_with(statement, "42501");
        assert!(
            error.message().contains("must be owner of table"),
            "{error:?}"
        );
    }
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    for statement in [
        call,
        format!("CALL maint.cancel_repartition({oid}::regclass)"),
        "UPDATE maint.repartitions SET status = 'cancelled'".to_owned(),
        "DELETE FROM maint.repartitions".to_owned(),
    ] {
        stranger.fails_with(&statement, "42501");
    }
    // How far it is, the owner does not say either.
    for statement in [
        "UPDATE maint.repartitions SET status = 'switch'",
        "UPDATE maint.repartitions SET copy = 'crm.contacts'::regclass",
        "DELETE FROM maint.repartitions",
    ] {
        owner.fails_with(statement, "42501");
    }
    for mut client in [db.app(), db.readonly()] {
        for statement in [
            "CALL maint.repartition('crm.contacts', 'created_at')",
            "CALL maint.cancel_repartition('crm.contacts')",
            "SELECT maint.repartition_step('crm.contacts', 1)",
            "SELECT * FROM maint.repartitions",
        ] {
            client.fails_with(statement, "42501");
        }
    }
    let mut admin = db.admin();
    for statement in [
        "SELECT maint.copy_as_owner('crm.contacts'::regclass, 'SELECT 1')",
        "SELECT maint.switch_to_copy('mine.t')",
        "SELECT maint.discard_copy('mine.t', 'mine.t')",
        "CREATE TEMP TABLE t (); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION maint.mirror_rows()",
    ] {
        admin.fails_with(statement, "42501");
    }
}

/// What a caller writes into maint.repartitions beyond the request does not count.
#[test]
fn a_row_that_names_a_table_of_others_as_the_copy_does_not_drop_it() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    owner.exec(
        "CREATE TABLE mine.victim (id integer);
         INSERT INTO maint.repartitions (relation, key_column, status, copy) VALUES ('mine.t'::regclass, 'at', 'cancelled', 'mine.victim'::regclass)",
    );
    assert_eq!(
        owner.lines("SELECT status, copy FROM maint.repartitions"),
        ["requested|"]
    );
    owner.exec("CALL maint.cancel_repartition('mine.t')");
    assert_eq!(
        owner.lines("SELECT 'mine.victim'::regclass"),
        ["mine.victim"]
    );
}

/// Policies that are forced on the owner too hide rows from it, and from none of the steps.
#[test]
fn isolation_holds_on_the_copy_and_hides_no_row_from_it() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    owner.exec(
        "CREATE TABLE mine.t (id integer, organization_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), note text, PRIMARY KEY (id, organization_id, at));
         CREATE INDEX ON mine.t (organization_id)",
    );
    db.superuser().exec(&format!(
        "SELECT tenancy.enable_org_isolation('mine.t');
         GRANT USAGE ON SCHEMA mine TO crm_app; GRANT SELECT, INSERT, UPDATE, DELETE ON mine.t TO crm_app;
         ALTER DEFAULT PRIVILEGES IN SCHEMA mine GRANT ALL ON TABLES TO PUBLIC;
         ALTER DEFAULT PRIVILEGES FOR ROLE partition_owner GRANT ALL ON TABLES TO PUBLIC, crm_app;
         INSERT INTO mine.t SELECT i, '{acme}', now() - i * interval '1 day', repeat('a', 200) FROM generate_series(1, 500) AS i;
         INSERT INTO mine.t SELECT i, '{globex}', now() - i * interval '1 day', repeat('g', 200) FROM generate_series(1, 300) AS i"
    ));
    assert_eq!(
        owner.lines("SELECT count(*) FROM mine.t"),
        ["0"],
        "it is forced"
    );
    let before = db.superuser().lines(ROWS);
    request(&mut owner);
    for step in ["mirror", "copy", "switch"] {
        steps_up_to(&mut owner, step);
        let made: Vec<String> = db.superuser().column(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relkind IN ('r', 'p') AND relname <> 't'",
            &[],
        );
        assert!(made.len() > 10, "{made:?}");
        for table in &made {
            let query = format!("SELECT count(*) FROM {table}");
            db.app().in_org(&acme, |tx| tx.fails_with(&query, "42501"));
            // The owner, as an application that is its own.
            assert_eq!(owner.lines(&query), ["0"], "{table}");
        }
        db.app().in_org(&globex, |tx| {
            tx.exec("UPDATE mine.t SET note = note || '+' WHERE id = 7; INSERT INTO mine.t (id, note) VALUES (1000 + (random() * 1e6)::integer, 'new')");
        });
        owner.in_org(&acme, |tx| {
            tx.exec("DELETE FROM mine.t WHERE id = (SELECT max(id) FROM mine.t); UPDATE mine.t SET at = at - interval '1 month' WHERE id = 3");
        });
    }
    let now = db.superuser().lines(ROWS);
    assert_ne!(now, before);
    owner.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(db.superuser().lines(ROWS), now);
    assert_eq!(
        owner.lines(
            "SELECT relkind, relforcerowsecurity FROM pg_class WHERE oid = 'mine.t'::regclass"
        ),
        ["p|t"]
    );
    for (org, rows) in [(&acme, 497), (&globex, 303)] {
        let seen = db.app().in_org(org, |tx| {
            tx.lines("SELECT count(*), count(DISTINCT organization_id) FROM mine.t")
        });
        assert_eq!(seen, [format!("{rows}|1")]);
    }
    assert_eq!(owner.lines("SELECT count(*) FROM mine.t"), ["0"]);
    let findings = db
        .superuser()
        .lines("SELECT * FROM tenancy.org_isolation_report() AS r WHERE r::text LIKE '%mine.t%' AND r::text NOT LIKE '%belongs to partition_owner%'");
    assert_eq!(findings, [""; 0]);
}

/// The copy's rows are the table's: in an export they are there once, and go with them.
#[test]
fn an_organization_is_exported_once_and_deleted_wholly() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    owner.exec(&format!(
        "CREATE TABLE mine.t (id integer, organization_id uuid NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, organization_id, at));
         INSERT INTO mine.t SELECT i, CASE i % 2 WHEN 0 THEN '{acme}' ELSE '{globex}' END::uuid, now() - i * interval '1 day' FROM generate_series(1, 100) AS i"
    ));
    db.superuser()
        .exec("SELECT tenancy.enable_org_isolation('mine.t')");
    request(&mut owner);
    steps_up_to(&mut owner, "switch");
    let mut dba = db.superuser();
    assert_eq!(
        dba.lines(&format!(
            "SELECT table_name, count(*) FROM tenancy.export_organization('{acme}') WHERE table_name LIKE 'mine.%' GROUP BY 1"
        )),
        ["mine.t|50"]
    );
    dba.exec(&format!("SELECT tenancy.delete_organization('{acme}')"));
    for table in ["mine.t_repartition", "mine.t"] {
        let left = format!("SELECT organization_id, count(*) FROM {table} GROUP BY 1");
        assert_eq!(dba.lines(&left), [format!("{globex}|50")], "{table}");
    }
    owner.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(
        dba.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    assert_eq!(dba.lines("SELECT count(*) FROM mine.t"), ["50"]);
}

/// A check, a generated column, an index: what the owner wrote is run by whoever copies and by
/// whoever writes, and must not become the superuser's; nor may who writes choose what it calls.
#[test]
fn code_of_the_tables_owner_runs_with_the_owners_rights_and_in_a_path_of_its_own() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.seen (who text, path text);
         GRANT USAGE ON SCHEMA mine TO PUBLIC; GRANT INSERT ON mine.seen TO PUBLIC;
         CREATE FUNCTION mine.note() RETURNS void LANGUAGE sql AS $$ INSERT INTO mine.seen VALUES (current_user, current_setting('search_path')) $$;
         CREATE FUNCTION mine.spy(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
         BEGIN PERFORM mine.note(); RETURN true; END $$;
         CREATE TABLE mine.t (id integer, at timestamptz, n integer, g boolean GENERATED ALWAYS AS (mine.spy(n)) STORED, note text,
                              PRIMARY KEY (id, at), CHECK (mine.spy(id)));
         CREATE INDEX ON mine.t (mine.spy(n)) WHERE mine.spy(1);
         INSERT INTO mine.t (id, at, n, note) SELECT i, now() - i * interval '1 day', i, repeat('x', 200) FROM generate_series(1, 100) AS i;
         GRANT SELECT, INSERT, UPDATE, DELETE ON mine.t TO crm_app;
         TRUNCATE mine.seen",
    );
    // As a superuser calls it, too.
    db.superuser().exec(
        "SELECT maint.request_repartition('mine.t', 'at', '1 month', 1, NULL, 'drop', false, 100)",
    );
    let mut dba = db.superuser();
    steps_up_to(&mut dba, "copy");
    let mut app = db.app();
    app.exec("SET search_path = pg_temp, mine, public");
    app.exec("INSERT INTO mine.t (id, at, n) VALUES (1000, now(), 1); UPDATE mine.t SET n = 2 WHERE id = 1; DELETE FROM mine.t WHERE id = 2; UPDATE mine.t SET at = at - interval '1 year' WHERE id = 3");
    steps_up_to(&mut dba, "switch");
    dba.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    // The application itself writes the table as before; for the copy it is the owner's.
    assert_eq!(
        owner.lines("SELECT DISTINCT who, path FROM mine.seen ORDER BY 1"),
        [
            "app_user|pg_temp, mine, public",
            "partition_owner|pg_catalog, pg_temp"
        ]
    );
}
