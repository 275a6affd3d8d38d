//! What a table had before it has afterwards, under the same names.

use pg_crm_tests::{Client, Db, Sql, shared};

use super::super::{owner, partitions};

/// All that a table can have.
const RICH: &str = "
    CREATE TABLE mine.other (id integer PRIMARY KEY, at timestamptz);
    INSERT INTO mine.other SELECT generate_series(1, 5);
    CREATE SEQUENCE mine.own_sequence;
    CREATE TABLE mine.t (
        dropped integer,
        id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10 CACHE 1 MAXVALUE 100000),
        at timestamptz NOT NULL DEFAULT now(),
        who text COLLATE \"C\" DEFAULT 'nobody' NOT NULL,
        n serial,
        owned integer DEFAULT nextval('mine.own_sequence'),
        other_id integer,
        amount numeric(10,2) DEFAULT 0,
        doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
        blob text,
        tags text[] DEFAULT '{}',
        CONSTRAINT the_key PRIMARY KEY (id, at) INCLUDE (who) WITH (fillfactor = 70),
        CONSTRAINT by_number UNIQUE (n, at),
        CONSTRAINT amount_is_not_negative CHECK (amount >= 0),
        CONSTRAINT to_other FOREIGN KEY (other_id) REFERENCES mine.other (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
    ) WITH (fillfactor = 90, autovacuum_vacuum_threshold = 77, toast.autovacuum_vacuum_threshold = 78);
    ALTER TABLE mine.t DROP COLUMN dropped;
    ALTER SEQUENCE mine.own_sequence OWNED BY mine.t.owned;
    ALTER TABLE mine.t ALTER blob SET STORAGE EXTERNAL, ALTER blob SET COMPRESSION pglz,
        ALTER who SET STATISTICS 321, ALTER n SET (n_distinct = -0.5);
    CREATE INDEX by_who ON mine.t (who COLLATE \"POSIX\" text_pattern_ops DESC NULLS LAST, lower(blob)) INCLUDE (n) WITH (fillfactor = 80) WHERE amount > 1;
    CREATE UNIQUE INDEX unique_by_expression ON mine.t (lower(who || n), at) NULLS NOT DISTINCT;
    CREATE INDEX by_tags ON mine.t USING gin (tags);
    CREATE UNIQUE INDEX identifying ON mine.t (n, at);
    ALTER TABLE mine.t REPLICA IDENTITY USING INDEX identifying;
    CREATE STATISTICS mine.of_both (ndistinct, dependencies) ON who, n FROM mine.t;
    CREATE STATISTICS mine.of_expression ON (amount + 1), n FROM mine.t;
    COMMENT ON TABLE mine.t IS 'It''s a table';
    COMMENT ON COLUMN mine.t.who IS 'a column';
    COMMENT ON CONSTRAINT amount_is_not_negative ON mine.t IS 'a check';
    COMMENT ON CONSTRAINT the_key ON mine.t IS 'a key';
    COMMENT ON INDEX mine.by_who IS 'an index';
    COMMENT ON STATISTICS mine.of_both IS 'statistics';
    COMMENT ON SEQUENCE mine.t_id_seq IS 'a sequence';
    ALTER TABLE mine.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY everybody ON mine.t USING (true);
    CREATE POLICY restricted ON mine.t AS RESTRICTIVE FOR UPDATE TO crm_app, crm_readonly USING (t.who <> 'x') WITH CHECK (EXISTS (SELECT FROM mine.other AS o WHERE o.id = t.n));
    COMMENT ON POLICY everybody ON mine.t IS 'a policy';
    GRANT SELECT, INSERT ON mine.t TO crm_app;
    GRANT SELECT ON mine.t TO crm_admin WITH GRANT OPTION;
    GRANT UPDATE (who, amount) ON mine.t TO crm_app;
    GRANT SELECT (id) ON mine.t TO PUBLIC;
    GRANT USAGE ON SEQUENCE mine.t_id_seq, mine.t_n_seq TO crm_app;
    CREATE TABLE mine.fired (what text);
    CREATE FUNCTION mine.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO mine.fired VALUES (concat_ws(' ', TG_NAME, TG_WHEN, TG_OP, TG_LEVEL, TG_ARGV[0])); RETURN coalesce(NEW, OLD); END $$;
    CREATE TRIGGER \"First one\" BEFORE INSERT OR UPDATE OF who ON mine.t FOR EACH ROW WHEN (NEW.n > 0) EXECUTE FUNCTION mine.note('it''s');
    CREATE TRIGGER after_all AFTER INSERT OR DELETE ON mine.t FOR EACH STATEMENT EXECUTE FUNCTION mine.note();
    CREATE TRIGGER with_rows AFTER UPDATE ON mine.t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION mine.note();
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON mine.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mine.note();
    CREATE TRIGGER off AFTER INSERT ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.note();
    CREATE TRIGGER replica AFTER INSERT ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.note();
    CREATE TRIGGER always AFTER INSERT ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.note();
    ALTER TABLE mine.t DISABLE TRIGGER off, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER always;
    COMMENT ON TRIGGER off ON mine.t IS 'a trigger';
    SET CONSTRAINTS ALL IMMEDIATE";

/// What is asked of the catalog: the same before and after.
const PROPERTIES: &[(&str, &str)] = &[
    (
        "the table",
        "SELECT relname, relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident, obj_description(oid, 'pg_class') FROM pg_class WHERE oid = 'mine.t'::regclass",
    ),
    (
        "columns",
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage, attcompression, attstattarget, attoptions,
                attcollation::regcollation, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
           FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = 'mine.t'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    ),
    (
        "constraints",
        "SELECT conname, contype, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated, obj_description(oid, 'pg_constraint')
           FROM pg_constraint WHERE conrelid = 'mine.t'::regclass ORDER BY conname",
    ),
    (
        "indexes",
        "SELECT indexrelid::regclass, replace(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), '''', ''), indisreplident, indisprimary, indisvalid, obj_description(indexrelid, 'pg_class')
           FROM pg_index WHERE indrelid = 'mine.t'::regclass ORDER BY indexrelid::regclass::text",
    ),
    (
        "statistics",
        "SELECT stxname, pg_get_statisticsobjdef(oid), obj_description(oid, 'pg_statistic_ext') FROM pg_statistic_ext WHERE stxrelid = 'mine.t'::regclass ORDER BY stxname",
    ),
    (
        "policies",
        "SELECT polname, polpermissive, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy')
           FROM pg_policy WHERE polrelid = 'mine.t'::regclass ORDER BY polname",
    ),
    (
        "grants",
        "SELECT c.relname, grantee::regrole, privilege_type, is_grantable FROM pg_class AS c, aclexplode(relacl)
          WHERE c.oid IN ('mine.t'::regclass, pg_get_serial_sequence('mine.t', 'id')::regclass, pg_get_serial_sequence('mine.t', 'n')::regclass) ORDER BY 1, 2, 3",
    ),
    (
        "grants on columns",
        "SELECT attname, grantee::regrole, privilege_type FROM pg_attribute, aclexplode(attacl) WHERE attrelid = 'mine.t'::regclass ORDER BY 1, 2, 3",
    ),
    (
        "triggers",
        "SELECT tgname, pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgrelid = 'mine.t'::regclass AND NOT tgisinternal ORDER BY tgname",
    ),
    (
        "publications",
        "SELECT pubname, schemaname, tablename, attnames, rowfilter FROM pg_publication_tables ORDER BY 1",
    ),
    (
        "sequences",
        "SELECT a.attname, s.seqrelid::regclass, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, s.seqtypid::regtype, d.deptype, obj_description(s.seqrelid, 'pg_class')
           FROM pg_sequence AS s JOIN pg_depend AS d ON d.objid = s.seqrelid AND d.refobjid = 'mine.t'::regclass
           JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid ORDER BY 1",
    ),
    (
        "values of sequences",
        "SELECT a.last_value, a.is_called, b.last_value, b.is_called, c.last_value, c.is_called FROM mine.t_id_seq AS a, mine.t_n_seq AS b, mine.own_sequence AS c",
    ),
    (
        "holds and policies on keeping",
        "SELECT 'hold', target FROM maint.legal_holds UNION ALL SELECT 'policy', target FROM maint.retention_policies WHERE target = 'mine.t'::regclass",
    ),
    ("rows", super::ROWS),
    ("what fired", "SELECT count(*) FROM mine.fired"),
];

fn rich(db: &Db) -> Client {
    let mut owner = owner(db);
    owner.exec(RICH);
    owner.exec(
        "INSERT INTO mine.t (at, who, other_id, amount, blob, tags)
         SELECT now() - i * interval '3 hours', 'who' || i, i % 5 + 1, i, repeat('b', i * 3), ARRAY['t' || i % 7] FROM generate_series(1, 2000) AS i",
    );
    db.superuser().exec(
        "CREATE PUBLICATION plain FOR TABLE mine.t, mine.other WITH (publish_via_partition_root = true);
         CREATE PUBLICATION partly FOR TABLE mine.t (id, at, n, who) WHERE (n > 0) WITH (publish = 'insert', publish_via_partition_root = true);
         INSERT INTO maint.legal_holds (name, reason, target) VALUES ('4711', 'a lawsuit', 'mine.t')",
    );
    owner
}

fn properties(db: &Db) -> Vec<(&'static str, Vec<String>)> {
    let mut dba = db.superuser();
    PROPERTIES
        .iter()
        .map(|(what, query)| (*what, dba.lines(query)))
        .collect()
}

#[test]
fn whatever_a_table_has_it_keeps() {
    let db = shared().fresh_db();
    let mut owner = rich(&db);
    let before = properties(&db);
    for (what, lines) in &before {
        assert!(!lines.is_empty(), "the table has no {what}");
    }
    owner.exec("CALL maint.repartition('mine.t', 'at', batch_size => 300)");
    for ((what, before), (_, after)) in before.iter().zip(properties(&db)) {
        assert_eq!(&after, before, "{what}");
    }
    assert!(partitions(&db, "mine.t").len() > 8);
    // What a partitioned table cannot have is its partitions'.
    let mut dba = db.superuser();
    assert_eq!(
        dba.lines(
            "SELECT DISTINCT c.reloptions, t.reloptions, c.relreplident, c.relrowsecurity, c.relforcerowsecurity
               FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
              WHERE inhparent = 'mine.t'::regclass"
        ),
        ["{fillfactor=90,autovacuum_vacuum_threshold=77}|{autovacuum_vacuum_threshold=78}|i|t|t"]
    );
    // Nothing has the names that it had meanwhile.
    assert_eq!(
        dba.lines("SELECT relname FROM pg_class WHERE relname LIKE '%repartition%' AND relnamespace = 'mine'::regnamespace"),
        [""; 0]
    );
}

#[test]
fn identity_columns_sequences_and_triggers_go_on() {
    let db = shared().fresh_db();
    let mut owner = rich(&db);
    let last: i64 = owner.one("SELECT max(id) FROM mine.t", &[]);
    let number: i32 = owner.one("SELECT max(n) FROM mine.t", &[]);
    owner.exec("CALL maint.repartition('mine.t', 'at')");
    owner.exec("TRUNCATE mine.fired; INSERT INTO mine.t (who, other_id) VALUES ('new', 1)");
    assert_eq!(
        owner.lines("SELECT id, n, owned, doubled FROM mine.t WHERE who = 'new'"),
        [format!("{}|{}|{}|0.00", last + 10, number + 1, number + 1)]
    );
    assert_eq!(
        owner.lines("SELECT what FROM mine.fired ORDER BY 1"),
        [
            "First one BEFORE INSERT ROW it's",
            "after_all AFTER INSERT STATEMENT",
            "always AFTER INSERT ROW",
            "late AFTER INSERT ROW",
        ]
    );
    owner.fails_with("INSERT INTO mine.t (id) VALUES (1)", "428C9");
    owner.fails_with("INSERT INTO mine.t (amount) VALUES (-1)", "23514");
    owner.fails_with("INSERT INTO mine.t (other_id) VALUES (77)", "23503");
    owner.exec("DELETE FROM mine.other WHERE id = 2");
    assert_eq!(
        owner.lines("SELECT count(*) FROM mine.t WHERE other_id = 2"),
        ["0"]
    );
}

/// The copy's own foreign key must neither stand in the way of a deletion nor do it twice.
#[test]
fn foreign_keys_act_as_before_while_rows_are_copied() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.cascading (id integer PRIMARY KEY);
         CREATE TABLE mine.plain (id integer PRIMARY KEY);
         INSERT INTO mine.cascading SELECT generate_series(0, 9);
         INSERT INTO mine.plain SELECT generate_series(0, 9);
         CREATE TABLE mine.t (id integer, at timestamptz, c integer REFERENCES mine.cascading ON DELETE CASCADE ON UPDATE CASCADE,
                              p integer REFERENCES mine.plain, note text, PRIMARY KEY (id, at));
         INSERT INTO mine.t SELECT i, now() - i * interval '1 hour', i % 10, i % 10, repeat('x', 200) FROM generate_series(1, 1000) AS i",
    );
    super::request(&mut owner);
    super::steps_up_to(&mut owner, "copy");
    for copied in [false, true] {
        let n = i32::from(copied);
        owner.exec(&format!(
            "DELETE FROM mine.cascading WHERE id = {n};
             UPDATE mine.cascading SET id = id + 100 WHERE id = {n} + 4;
             DELETE FROM mine.t WHERE p = {n} + 6;
             DELETE FROM mine.plain WHERE id = {n} + 6"
        ));
        owner.fails_with(
            &format!("DELETE FROM mine.plain WHERE id = {n} + 2"),
            "23503",
        );
        super::steps_up_to(&mut owner, "switch");
    }
    let before = owner.lines(super::ROWS);
    owner.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(owner.lines(super::ROWS), before);
    assert_eq!(
        owner.lines(
            "SELECT min(c), max(c), count(*), count(*) FILTER (WHERE p IN (6, 7)) FROM mine.t"
        ),
        ["2|105|600|0"]
    );
}

#[test]
fn keys_that_lack_the_column_get_it_where_that_is_asked_for() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (id integer PRIMARY KEY, at timestamptz NOT NULL, \"No, (x)\" integer, note text, CONSTRAINT t_no_key UNIQUE (\"No, (x)\") INCLUDE (note));
         CREATE UNIQUE INDEX t_note ON mine.t (lower(note || ', )'), \"No, (x)\" DESC NULLS LAST) INCLUDE (id) WHERE id > 0;
         INSERT INTO mine.t SELECT i, now(), i, i FROM generate_series(1, 1000) AS i",
    );
    let before = owner.lines(super::ROWS);
    owner.exec("CALL maint.repartition('mine.t', 'at', extend_keys => true)");
    assert_eq!(owner.lines(super::ROWS), before);
    assert_eq!(
        owner.lines("SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index WHERE indrelid = 'mine.t'::regclass ORDER BY 1"),
        [
            "CREATE UNIQUE INDEX t_no_key ON mine.t USING btree (\"No, (x)\", at) INCLUDE (note)",
            "CREATE UNIQUE INDEX t_note ON mine.t USING btree (lower((note || ', )'::text)), \"No, (x)\" DESC NULLS LAST, at) INCLUDE (id) WHERE (id > 0)",
            "CREATE UNIQUE INDEX t_pkey ON mine.t USING btree (id, at)",
        ]
    );
    assert_eq!(
        owner.lines("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'mine.t'::regclass AND contype IN ('p', 'u') ORDER BY 1"),
        ["t_no_key|UNIQUE (\"No, (x)\", at) INCLUDE (note)", "t_pkey|PRIMARY KEY (id, at)"]
    );
}

/// Another session's statements are prepared by name, and looked up again.
#[test]
fn statements_that_others_prepared_go_on() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(super::TABLE);
    let mut other = db.connect_as("partition_owner");
    let read = other
        .prepare("SELECT n FROM mine.t WHERE id = $1")
        .expect("it is prepared");
    let write = other
        .prepare("UPDATE mine.t SET n = n + 1 WHERE id = $1")
        .expect("it is prepared");
    other.exec(
        "CREATE FUNCTION mine.total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(n) FROM mine.t); END $$;
         SELECT mine.total()",
    );
    for _ in 0..7 {
        other.execute(&write, &[&5_i64]).expect("it runs");
    }
    owner.exec("CALL maint.repartition('mine.t', 'at')");
    assert_eq!(other.execute(&write, &[&5_i64]).expect("it goes on"), 1);
    let n: i32 = other
        .query_one(&read, &[&5_i64])
        .expect("it goes on")
        .get(0);
    assert_eq!(n, 13);
    let total: i64 = other.one("SELECT mine.total()", &[]);
    assert_eq!(total, 3000 * 3001 / 2 + 8);
}
