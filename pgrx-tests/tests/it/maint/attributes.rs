//! What a new partition has of its table, and of the partition before it.

use pg_crm_tests::{Cluster, Sql, shared};

use super::{maintain, owner};

#[test]
fn a_partition_is_as_its_table_says() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz NOT NULL, n integer NOT NULL, body text COMPRESSION pglz) PARTITION BY RANGE (at);
         COMMENT ON TABLE mine.t IS 'What ''they'' wrote.';
         COMMENT ON COLUMN mine.t.n IS 'A number.';
         ALTER TABLE mine.t ALTER COLUMN n SET STATISTICS 500, ALTER COLUMN body SET (n_distinct = -0.5), ALTER COLUMN body SET STORAGE EXTERNAL;
         ALTER TABLE mine.t REPLICA IDENTITY FULL;
         CREATE TABLE mine.first PARTITION OF mine.t FOR VALUES FROM (MINVALUE) TO ('2026-01-01')
           WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
         SELECT maint.manage_partitions('mine.t', '100 years', premake => 0)",
    );
    maintain(&mut owner, "mine.t");
    let made: Vec<String> = owner.column(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'mine.t'::regclass AND inhrelid <> 'mine.first'::regclass",
        &[],
    );
    assert_eq!(made.len(), 2);
    for partition in made {
        let is = |what: &str| {
            db.superuser().lines(&format!(
                "SELECT {what} FROM pg_class AS c WHERE c.oid = '{partition}'::regclass"
            ))
        };
        assert_eq!(is("relowner::regrole"), ["partition_owner"]);
        assert_eq!(
            is("obj_description(oid, 'pg_class')"),
            ["What 'they' wrote."]
        );
        assert_eq!(is("col_description(oid, 2)"), ["A number."]);
        assert_eq!(is("relreplident"), ["f"]);
        assert_eq!(
            is(
                "reloptions, (SELECT t.reloptions FROM pg_class AS t WHERE t.oid = c.reltoastrelid)"
            ),
            ["{fillfactor=70,autovacuum_enabled=false}|{autovacuum_enabled=false}"]
        );
        assert_eq!(
            is("(SELECT string_agg(concat(attname, ' ', attstattarget, ' ', attoptions, ' ', attstorage, ' ', attcompression), ', ' ORDER BY attnum)
                   FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)"),
            ["at -1  p , n 500  p , body -1 {n_distinct=-0.5} e p"]
        );
    }
}

#[test]
fn a_replica_identity_by_an_index_is_the_partitions_index() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz NOT NULL, n integer NOT NULL, CONSTRAINT t_n_key UNIQUE (n, at)) PARTITION BY RANGE (at);
         ALTER TABLE mine.t REPLICA IDENTITY USING INDEX t_n_key;
         SELECT maint.manage_partitions('mine.t', premake => 0)",
    );
    maintain(&mut owner, "mine.t");
    let identities = "SELECT c.relreplident, count(*), count(x.indexrelid) FROM pg_inherits AS i
                        JOIN pg_class AS c ON c.oid = i.inhrelid
                        LEFT JOIN pg_index AS x ON x.indrelid = c.oid AND x.indisreplident
                       WHERE i.inhparent = 'mine.t'::regclass GROUP BY 1";
    assert_eq!(owner.lines(identities), ["i|2|2"]);
}

#[test]
fn partitions_of_a_published_table_are_published() {
    let cluster = Cluster::start(&[("wal_level", "logical")]);
    let db = cluster.fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz NOT NULL) PARTITION BY RANGE (at)");
    db.superuser().exec(
        "CREATE PUBLICATION changes FOR TABLE mine.t; CREATE PUBLICATION everything FOR ALL TABLES",
    );
    owner.exec("SELECT maint.manage_partitions('mine.t', premake => 0)");
    maintain(&mut owner, "mine.t");
    let published = "SELECT pubname, count(*) FROM pg_publication_tables
                      WHERE schemaname = 'mine' AND tablename <> 't' GROUP BY pubname ORDER BY pubname";
    assert_eq!(owner.lines(published), ["changes|2", "everything|2"]);
}

#[test]
fn partitions_are_in_the_tablespace_of_their_table() {
    let cluster = Cluster::start(&[("allow_in_place_tablespaces", "on")]);
    let db = cluster.fresh_db();
    let mut owner = owner(&db);
    let mut dba = db.superuser();
    dba.exec("CREATE TABLESPACE \"a place\" LOCATION ''");
    dba.exec("GRANT CREATE ON TABLESPACE \"a place\" TO partition_owner");
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz NOT NULL) PARTITION BY RANGE (at) TABLESPACE \"a place\";
         SELECT maint.manage_partitions('mine.t', premake => 0)",
    );
    maintain(&mut owner, "mine.t");
    let places =
        "SELECT spcname, count(*) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                    JOIN pg_tablespace AS s ON s.oid = c.reltablespace
                   WHERE i.inhparent = 'mine.t'::regclass GROUP BY 1";
    assert_eq!(owner.lines(places), ["a place|2"]);
}
