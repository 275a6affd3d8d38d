//! `maint.repartition()`: a table of the user's is brought under partitions while others use it.

mod kept;
mod locks;
mod refused;
mod resumed;
mod security;
mod writers;

use pg_crm_tests::{Client, Db, Sql, shared};

use super::{in_utc, owner, partitions};

/// A table of 3000 rows, one for each hour up to now, whose key has the column.
const TABLE: &str = "
    CREATE TABLE mine.t (id bigint NOT NULL, at timestamptz NOT NULL, n integer NOT NULL, note text, CONSTRAINT t_pkey PRIMARY KEY (id, at));
    INSERT INTO mine.t SELECT i, now() - i * interval '1 hour', i, repeat('x', 200) FROM generate_series(1, 3000) AS i";

/// What a table holds, in no order of its own.
const ROWS: &str =
    "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM mine.t AS t";

/// Does the steps up to one of the given name, which is the next one then.
#[track_caller]
fn steps_up_to(client: &mut Client, step: &str) {
    let status = "SELECT status FROM maint.repartitions WHERE relation = 'mine.t'::regclass";
    for _ in 0..1000 {
        if client.lines(status) == [step] {
            return;
        }
        client.exec("SELECT maint.repartition_step('mine.t', 100)");
    }
    panic!("{step} is not reached: {:?}", client.lines(status));
}

/// Asks for what `steps_up_to` does, with a column `at`.
#[track_caller]
fn request(client: &mut Client) {
    client.exec(
        "SELECT maint.request_repartition('mine.t', 'at', '1 month', 1, NULL, 'drop', false, 100)",
    );
}

/// Nothing but the table itself is in its schema, and nothing is on it.
#[track_caller]
fn assert_nothing_left(db: &Db) {
    let mut dba = db.superuser();
    for query in [
        "SELECT relname FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relname ~ '(_repartition|_default|_[0-9]{4}_[0-9]{2})'",
        "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pg_crm_mirror%'",
        "SELECT relation FROM maint.repartitions",
    ] {
        assert_eq!(dba.lines(query), [""; 0], "{query}");
    }
}

#[test]
fn a_table_is_brought_under_partitions_with_all_its_rows() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for (key, suffix) in [("timestamptz", ""), ("timestamp", ""), ("date", "::date")] {
        owner.exec(&format!(
            "CREATE TABLE mine.t (id integer, at {key}, n integer, PRIMARY KEY (id, at));
             INSERT INTO mine.t SELECT i, (now() AT TIME ZONE 'UTC' - i * interval '1 day'){suffix}, i FROM generate_series(0, 400) AS i;
             INSERT INTO mine.t VALUES (-1, '-infinity', 0), (-2, 'infinity', 0)"
        ));
        let before = owner.lines(ROWS);
        owner.exec("CALL maint.repartition('mine.t', 'at', '1 month', premake => 2, retention => '3 years', retention_action => 'detach', batch_size => 100)");
        assert_eq!(owner.lines(ROWS), before, "{key}");
        let expected = owner.lines(
            "SELECT 'mine.t' || to_char(month, '_YYYY_MM')
               FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC' - interval '400 days'),
                                    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', '1 month') AS month
             UNION ALL SELECT 'mine.t_default' ORDER BY 1",
        );
        let made: Vec<String> = partitions(&db, "mine.t")
            .iter()
            .filter_map(|line| line.split('|').next().map(str::to_owned))
            .collect();
        assert_eq!(made, expected, "{key}");
        assert_eq!(
            owner.lines("SELECT id FROM mine.t_default ORDER BY 1"),
            ["-2", "-1"]
        );
        assert_eq!(
            owner.lines("SELECT period, premake, retention, retention_action, enabled FROM maint.partition_config WHERE parent = 'mine.t'::regclass"),
            ["1 mon|2|3 years|detach|t"]
        );
        assert_eq!(
            owner.lines("SELECT task, target, status, detail FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id DESC LIMIT 1"),
            ["partitions.repartition|mine.t|succeeded|403 rows"]
        );
        assert_eq!(owner.lines("SELECT * FROM maint.repartitions"), [""; 0]);
        // What follows finds nothing to do.
        owner.exec("CALL maint.maintain_partitions('mine.t')");
        assert_eq!(partitions(&db, "mine.t").len(), expected.len());
        owner.exec("DROP TABLE mine.t");
    }
}

#[test]
fn an_empty_table_and_one_of_the_future_alone_are_taken() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for rows in ["WHERE false", ""] {
        owner.exec(&format!(
            "CREATE TABLE mine.t (id integer, at date, PRIMARY KEY (id, at));
             INSERT INTO mine.t SELECT 1, '9999-12-31' {rows}"
        ));
        let before = owner.lines(ROWS);
        owner.exec("CALL maint.repartition('mine.t', 'at', '1 day')");
        assert_eq!(owner.lines(ROWS), before);
        assert_eq!(partitions(&db, "mine.t").len(), 5);
        owner.exec("DROP TABLE mine.t");
    }
}

#[test]
fn names_that_are_long_or_must_be_quoted_are_taken() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for name in ["Order \"Lines\" 100%", &"ü".repeat(31), &"t".repeat(63)] {
        let table = format!("mine.\"{}\"", name.replace('"', "\"\""));
        owner.exec(&format!(
            "CREATE TABLE {table} (\"Id %s\" integer, \"Placed At\" timestamptz, \"select\" text, PRIMARY KEY (\"Id %s\", \"Placed At\"));
             CREATE INDEX ON {table} (\"select\");
             INSERT INTO {table} SELECT i, now(), i FROM generate_series(1, 100) AS i"
        ));
        let indexes = format!(
            "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = '{table}'::regclass ORDER BY 1"
        );
        let before = owner.lines(&indexes);
        owner.exec(&format!(
            "SELECT maint.request_repartition('{table}', 'Placed At', '1 month', 1, NULL, 'drop', false, 100)"
        ));
        let status =
            format!("SELECT status FROM maint.repartitions WHERE relation = '{table}'::regclass");
        while owner.lines(&status) != ["copy"] {
            owner.exec(&format!("SELECT maint.repartition_step('{table}', 100)"));
        }
        owner.exec(&format!(
            "UPDATE {table} SET \"select\" = 'new', \"Id %s\" = -1 WHERE \"Id %s\" = 1; DELETE FROM {table} WHERE \"Id %s\" = 2"
        ));
        owner.exec(&format!(
            "CALL maint.repartition('{table}', 'Placed At', premake => 1, batch_size => 100)"
        ));
        assert_eq!(owner.lines(&indexes), before, "{table}");
        assert_eq!(
            owner.lines(&format!(
                "SELECT count(*), min(\"Id %s\"), max(\"select\") FROM {table}"
            )),
            ["99|-1|new"],
            "{table}"
        );
    }
}

/// As `maint.maintain_partitions()` does it.
#[test]
fn it_is_not_done_within_a_transaction() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    for call in [
        "CALL maint.repartition('mine.t', 'at')",
        "CALL maint.cancel_repartition('mine.t')",
    ] {
        let mut tx = owner.transaction().expect("a transaction begins");
        tx.fails_with(call, "2D000");
    }
    assert_nothing_left(&db);
}

#[test]
fn times_are_in_utc_whatever_the_session_says() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (id integer, at timestamp, PRIMARY KEY (id, at));
         INSERT INTO mine.t VALUES (1, '2026-01-01 00:30'), (2, '2025-12-31 23:30');
         SET timezone = 'Asia/Tokyo'; SET datestyle = 'SQL, DMY'",
    );
    owner.exec("CALL maint.repartition('mine.t', 'at')");
    let mut dba = in_utc(db.superuser());
    assert_eq!(
        dba.lines("SELECT id, tableoid::regclass FROM mine.t ORDER BY id"),
        ["1|mine.t_2026_01", "2|mine.t_2025_12"]
    );
}

/// What is looked at under a lock must be what is there then, whatever the session's default is.
#[test]
fn the_sessions_isolation_level_does_not_matter() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(TABLE);
    let before = owner.lines(ROWS);
    request(&mut owner);
    owner.exec("SET default_transaction_isolation = 'serializable'");
    owner.fails_with("SELECT maint.repartition_step('mine.t', 100)", "25001");
    owner.exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
}
