//! What cannot be brought under partitions is refused, and left as it was.

use pg_crm_tests::{Sql, shared};

use super::super::owner;
use super::assert_nothing_left;

/// A table, what makes it one that is refused, the arguments, the SQLSTATE, and what the message, the
/// detail or the hint says.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("CREATE VIEW mine.t AS SELECT now() AS at", "'at'", "42809", "\"t\" is not a table"),
    ("CREATE TABLE mine.t (id integer, at date) PARTITION BY RANGE (at)", "'at'", "42809", "maint.manage_partitions"),
    (
        "CREATE TABLE mine.t (id integer, at date) PARTITION BY RANGE (at); SELECT maint.manage_partitions('mine.t')",
        "'at'", "42809", "under partition maintenance",
    ),
    (
        "CREATE TABLE mine.p (id integer, at date) PARTITION BY RANGE (at); CREATE TABLE mine.t PARTITION OF mine.p DEFAULT",
        "'at'", "42809", "is a partition",
    ),
    ("{T}; CREATE TABLE mine.child () INHERITS (mine.t)", "'at'", "42809", "inheritance"),
    ("CREATE TABLE mine.p (id integer, at date); CREATE TABLE mine.t (PRIMARY KEY (id, at)) INHERITS (mine.p)", "'at'", "42809", "inheritance"),
    ("CREATE TYPE mine.y AS (id integer, at date); CREATE TABLE mine.t OF mine.y (PRIMARY KEY (id, at))", "'at'", "42809", "NOT OF"),
    ("CREATE UNLOGGED TABLE mine.t (id integer, at date, PRIMARY KEY (id, at))", "'at'", "0A000", "SET LOGGED"),
    ("{T}", "'absent'", "42703", "column \"absent\" of relation \"t\" does not exist"),
    ("{T}", "'n'", "42804", "of type integer"),
    ("CREATE TABLE mine.t (id integer PRIMARY KEY, at date)", "'at'", "55000", "SET NOT NULL"),
    ("CREATE TABLE mine.t (id integer, b date, at date NOT NULL GENERATED ALWAYS AS (b) STORED, PRIMARY KEY (id, at))", "'at'", "0A000", "generated"),
    ("{T}", "'at', '90 minutes'", "22023", "'1 month'"),
    ("{T}", "'at', '1 month 1 day'", "22023", "'1 month'"),
    ("CREATE TABLE mine.t (id integer, at date, PRIMARY KEY (id, at))", "'at', '6 hours'", "22023", "days or months"),
    ("{T}", "'at', '0'", "23514", "repartitions_period_check"),
    ("{T}", "'at', premake => -1", "23514", "repartitions_premake_check"),
    ("{T}", "'at', retention => '-1 day'", "23514", "repartitions_retention_check"),
    ("{T}", "'at', retention_action => 'archive'", "23514", "repartitions_retention_action_check"),
    ("{T}", "'at', batch_size => 0", "23514", "repartitions_batch_size_check"),
    ("{T}", "NULL", "23502", "key_column"),
    ("CREATE TABLE mine.t (id integer, at date NOT NULL)", "'at'", "55000", "no primary key"),
    ("CREATE TABLE mine.t (id integer PRIMARY KEY, at date NOT NULL)", "'at'", "0A000", "extend_keys => true"),
    ("{T}; ALTER TABLE mine.t ADD CONSTRAINT t_n_key UNIQUE (n)", "'at'", "0A000", "t_n_key"),
    ("{T}; CREATE UNIQUE INDEX t_expression ON mine.t ((n + 1))", "'at'", "0A000", "t_expression"),
    ("{T}; CREATE UNIQUE INDEX t_including ON mine.t (n) INCLUDE (at)", "'at'", "0A000", "t_including"),
    ("CREATE TABLE mine.t (id integer, at date, PRIMARY KEY (id, at) DEFERRABLE)", "'at'", "0A000", "deferrable"),
    ("{T}; ALTER TABLE mine.t ADD EXCLUDE USING gist (daterange(at::date, NULL) WITH &&)", "'at'", "0A000", "exclusion"),
    ("{T}; ALTER TABLE mine.t ADD CONSTRAINT later CHECK (n > 0) NOT VALID", "'at'", "55000", "VALIDATE CONSTRAINT later"),
    ("{T}; ALTER TABLE mine.t ADD CONSTRAINT own CHECK (n > 0) NO INHERIT", "'at'", "0A000", "NO INHERIT"),
    ("{T}; CREATE TABLE mine.r (id integer, at timestamp, FOREIGN KEY (id, at) REFERENCES mine.t)", "'at'", "2BP01", "constraint r_id_at_fkey on table mine.r"),
    ("{T}; ALTER TABLE mine.t ADD p integer, ADD q timestamp, ADD CONSTRAINT self FOREIGN KEY (p, q) REFERENCES mine.t", "'at'", "2BP01", "constraint self on table mine.t"),
    ("{T}; CREATE VIEW mine.v AS SELECT * FROM mine.t", "'at'", "2BP01", "rule _RETURN on view mine.v"),
    ("{T}; CREATE MATERIALIZED VIEW mine.v AS SELECT n FROM mine.t", "'at'", "2BP01", "mine.v"),
    ("{T}; CREATE RULE r AS ON DELETE TO mine.t DO INSTEAD NOTHING", "'at'", "2BP01", "rule r on table mine.t"),
    ("{T}; CREATE FUNCTION mine.f(mine.t) RETURNS integer LANGUAGE sql AS 'SELECT 1'", "'at'", "2BP01", "function mine.f(mine.t)"),
    ("{T}; CREATE FUNCTION mine.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM mine.t; END", "'at'", "2BP01", "function mine.f()"),
    ("{T}; CREATE TABLE mine.r (rows mine.t[])", "'at'", "2BP01", "column rows of table mine.r"),
    (
        "{T}; CREATE TABLE mine.r (id integer); CREATE POLICY p ON mine.r USING (EXISTS (SELECT FROM mine.t))",
        "'at'", "2BP01", "policy p on table mine.r",
    ),
    (
        "{T}; CREATE FUNCTION mine.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER INSERT ON mine.t REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION mine.f()",
        "'at'", "0A000", "FOR EACH STATEMENT",
    ),
];

#[test]
fn what_cannot_be_done_is_refused_and_nothing_is_changed() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    let state = "SELECT oid, relname, relkind, relfilenode, relacl FROM pg_class WHERE relnamespace = 'mine'::regnamespace ORDER BY oid";
    for (setup, arguments, sqlstate, said) in CASES {
        owner.exec(&setup.replace(
            "{T}",
            "CREATE TABLE mine.t (id integer, at timestamp, n integer, PRIMARY KEY (id, at)); INSERT INTO mine.t VALUES (1, now(), 1)",
        ));
        let before = owner.lines(state);
        let error = owner.fails_with(
            &format!("CALL maint.repartition('mine.t', {arguments})"),
            sqlstate,
        );
        let all = format!(
            "{} {} {} {} {}",
            error.message(),
            error.detail().unwrap_or_default(),
            error.hint().unwrap_or_default(),
            error.constraint().unwrap_or_default(),
            error.column().unwrap_or_default()
        );
        assert!(all.contains(said), "{setup}: {all}");
        assert_eq!(owner.lines(state), before, "{setup}");
        assert_eq!(
            owner.lines("SELECT * FROM maint.repartitions"),
            [""; 0],
            "{setup}"
        );
        assert_eq!(
            owner.lines("SELECT * FROM maint.maintenance_runs"),
            [""; 0],
            "{setup}"
        );
        owner.exec("DELETE FROM maint.partition_config WHERE parent::text LIKE 'mine.%'; DROP OWNED BY partition_owner");
        db.superuser().exec(
            "CREATE SCHEMA IF NOT EXISTS mine AUTHORIZATION partition_owner; GRANT crm_admin TO partition_owner",
        );
    }
}

/// What only shows when the copy is made: recorded, and taken back.
#[test]
fn what_fails_later_is_recorded_and_leaves_nothing() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for (setup, arguments, sqlstate, said) in [
        ("INSERT INTO mine.t VALUES (2, '1200-01-01', 1)", "'at', '1 month'", "54000", "1200-01-01"),
        ("CREATE TABLE mine.t_default (id integer)", "'at'", "42P07", "t_default"),
        ("CREATE VIEW mine.t_repartition AS SELECT 1", "'at'", "42P07", "t_repartition"),
        ("ALTER TABLE mine.t ADD CHECK (t IS NOT NULL)", "'at'", "0A000", "whole-row"),
        (
            "CREATE POLICY p ON mine.t USING (n > (SELECT min(o.n) FROM mine.t AS o))",
            "'at'", "2BP01", "policy p on table mine.t_repartition",
        ),
        (
            "CREATE TABLE mine.limits (most integer);
             CREATE FUNCTION mine.is_fine(integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN $1 < (SELECT max(most) FROM limits); END $$;
             INSERT INTO mine.limits VALUES (10);
             SET search_path = mine;
             ALTER TABLE mine.t ADD CHECK (mine.is_fine(n));
             RESET search_path",
            "'at'", "42P01", "\"limits\"",
        ),
    ] {
        owner.exec("CREATE TABLE mine.t (id integer, at timestamp, n integer, PRIMARY KEY (id, at)); INSERT INTO mine.t VALUES (1, now(), 1)");
        owner.exec(setup);
        let state = "SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = 'mine'::regnamespace ORDER BY oid";
        let before = owner.lines(state);
        let error = owner.fails_with(&format!("CALL maint.repartition('mine.t', {arguments})"), sqlstate);
        let all = format!("{} {}", error.message(), error.detail().unwrap_or_default());
        assert!(all.contains(said), "{setup}: {all}");
        assert_eq!(owner.lines(state), before, "{setup}");
        assert_eq!(
            owner.lines("SELECT status, detail ~ 'SQLSTATE' FROM maint.maintenance_runs ORDER BY id DESC LIMIT 1"),
            ["failed|t"],
            "{setup}"
        );
        assert_eq!(owner.lines("SELECT * FROM maint.repartitions"), [""; 0], "{setup}");
        db.superuser().exec("DROP SCHEMA mine CASCADE; CREATE SCHEMA mine AUTHORIZATION partition_owner");
    }
}

#[test]
fn tables_of_the_model_of_the_system_and_of_extensions_are_refused() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE SCHEMA mine;
         CREATE TABLE mine.t (id integer, at timestamptz, PRIMARY KEY (id, at));
         ALTER EXTENSION pg_trgm ADD TABLE mine.t;
         CREATE TEMP TABLE temporary (id integer, at timestamptz, PRIMARY KEY (id, at))",
    );
    for (call, sqlstate, said) in [
        (
            "'crm.contacts', 'created_at'",
            "42809",
            "data model of pg_crm",
        ),
        ("'pg_catalog.pg_class', 'oid'", "42809", "system table"),
        ("'mine.t', 'at'", "0A000", "belongs to an extension"),
        ("'temporary', 'at'", "0A000", "temporary"),
        ("0::oid::regclass, 'at'", "42P01", "does not exist"),
        ("4294967295::oid::regclass, 'at'", "42P01", "does not exist"),
    ] {
        let error = dba.fails_with(&format!("CALL maint.repartition({call})"), sqlstate);
        assert!(error.message().contains(said), "{call}: {error:?}");
    }
    dba.exec("ALTER EXTENSION pg_trgm DROP TABLE mine.t");
    assert_nothing_left(&db);
}

#[test]
fn publications_that_would_publish_something_else_are_refused() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(super::TABLE);
    let mut dba = db.superuser();
    for (publication, sqlstate, said) in [
        (
            "FOR TABLE mine.t",
            "55000",
            "publish_via_partition_root = true",
        ),
        ("FOR ALL TABLES", "0A000", "one by one"),
        ("FOR TABLES IN SCHEMA mine", "0A000", "one by one"),
    ] {
        dba.exec(&format!("CREATE PUBLICATION p {publication}"));
        let error = owner.fails_with("CALL maint.repartition('mine.t', 'at')", sqlstate);
        assert!(
            error.hint().is_some_and(|hint| hint.contains(said)),
            "{error:?}"
        );
        dba.exec("DROP PUBLICATION p");
    }
    assert_nothing_left(&db);
}

/// Something that is made while the rows are copied: the switch waits for its end.
#[test]
fn what_comes_to_depend_on_the_table_meanwhile_stops_the_switch_alone() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(super::TABLE);
    super::request(&mut owner);
    super::steps_up_to(&mut owner, "switch");
    owner.exec("CREATE VIEW mine.v AS SELECT * FROM mine.t");
    let error = owner.fails_with(
        "CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)",
        "2BP01",
    );
    assert!(
        error
            .detail()
            .is_some_and(|detail| detail.contains("mine.v")),
        "{error:?}"
    );
    assert_eq!(
        owner.lines("SELECT status, rows_copied FROM maint.repartitions"),
        ["switch|3000"]
    );
    owner.exec("DROP VIEW mine.v; DELETE FROM mine.t WHERE id = 1");
    owner.exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    assert_eq!(owner.lines("SELECT count(*) FROM mine.t"), ["2999"]);
}
