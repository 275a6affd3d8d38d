//! The default partition: what finds no other place, until there is one.

use pg_crm_tests::{Sql, shared};

use super::{maintain, owner, partitions};

#[test]
fn rows_outside_of_all_ranges_find_a_place() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        for at in ["1970-01-01", "2999-01-01"] {
            let place: String = tx.one(
                "INSERT INTO analytics.events (name, occurred_at) VALUES ('seen', $1::text::timestamptz)
                 RETURNING tableoid::regclass::text",
                &[&at],
            );
            assert_eq!(place, "analytics.events_default", "{at}");
        }
    });
}

#[test]
fn rows_move_from_the_default_partition_into_their_own() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for key in ["timestamptz", "timestamp", "date"] {
        // Columns that are generated, counted, dropped, or in another order in a partition.
        owner.exec(&format!(
            "CREATE TABLE mine.t (
                 gone integer, id bigint GENERATED ALWAYS AS IDENTITY, \"At\" {key}, n integer CONSTRAINT t_n_check CHECK (n > 0),
                 twice integer GENERATED ALWAYS AS (n * 2) STORED
             ) PARTITION BY RANGE (\"At\")"
        ));
        owner.exec("ALTER TABLE mine.t DROP COLUMN gone");
        owner.exec(&format!("CREATE TABLE mine.rest (twice integer GENERATED ALWAYS AS (n * 2) STORED, n integer CONSTRAINT t_n_check CHECK (n > 0), \"At\" {key}, id bigint NOT NULL)"));
        owner.exec("ALTER TABLE mine.t ATTACH PARTITION mine.rest DEFAULT");
        let insert = "INSERT INTO mine.t (\"At\", n)
             SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + m * interval '1 month', m + 10 FROM generate_series(-1, 2) AS m
             UNION ALL SELECT NULL, 99";
        owner.exec(insert);
        let rows = "SELECT id, \"At\", n, twice FROM mine.t ORDER BY id";
        let before = owner.lines(rows);
        owner.exec("SELECT maint.manage_partitions('mine.t', premake => 1)");
        maintain(&mut owner, "mine.t");
        assert_eq!(owner.lines(rows), before, "rows of a {key}");
        let places = "SELECT n, replace(tableoid::regclass::text, coalesce(to_char(\"At\", '_YYYY_MM'), '-'), '_own') FROM mine.t ORDER BY n";
        assert_eq!(
            owner.lines(places),
            [
                "9|mine.rest",
                "10|mine.t_own",
                "11|mine.t_own",
                "12|mine.rest",
                "99|mine.rest"
            ],
            "places of a {key}"
        );
        // The identity goes on.
        owner.exec("INSERT INTO mine.t (\"At\", n) VALUES (now() AT TIME ZONE 'UTC', 1)");
        assert_eq!(
            owner.one::<i64>("SELECT max(id) FROM mine.t", &[]),
            6,
            "next id of a {key}"
        );
        owner.exec("DELETE FROM maint.partition_config WHERE parent = 'mine.t'::regclass");
        owner.exec("DROP TABLE mine.t");
    }
}

#[test]
fn events_of_all_organizations_move() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    for org in [&acme, &globex] {
        db.app().in_org(org, |tx| {
            tx.exec("INSERT INTO analytics.events (name, occurred_at) SELECT 'seen', now() + interval '7 months' FROM generate_series(1, 10)")
        });
    }
    let before = db.table("analytics.events");
    let mut admin = db.admin();
    admin.exec("SELECT maint.manage_partitions('analytics.events', premake => 9, retention => '12 months')");
    maintain(&mut admin, "analytics.events");
    assert_eq!(db.table("analytics.events"), before);
    assert_eq!(db.table("analytics.events_default"), [""; 0]);
    for org in [&acme, &globex] {
        let seen = db
            .app()
            .in_org(org, |tx| tx.lines("SELECT count(*) FROM analytics.events"));
        assert_eq!(seen, ["10"]);
    }
}

/// To move a row is not to delete it.
#[test]
fn what_refers_to_a_row_that_moves_stays() {
    for action in ["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"] {
        let db = shared().fresh_db();
        let mut owner = owner(&db);
        owner.exec(&format!(
            "CREATE TABLE mine.t (at timestamptz PRIMARY KEY) PARTITION BY RANGE (at);
             CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
             CREATE TABLE mine.child (at timestamptz REFERENCES mine.t ON DELETE {action});
             INSERT INTO mine.t VALUES (now());
             INSERT INTO mine.child SELECT at FROM mine.t;
             SELECT maint.manage_partitions('mine.t', premake => 1)"
        ));
        owner.exec("CALL maint.maintain_partitions('mine.t')");
        let children = "SELECT count(*) FROM mine.child JOIN mine.t USING (at)";
        assert_eq!(
            owner.lines(children),
            ["1"],
            "rows that refer ON DELETE {action}"
        );
    }
}

#[test]
fn nobody_hears_of_a_row_that_moves() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.heard (what text);
         CREATE FUNCTION mine.hear() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO mine.heard VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
         CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         INSERT INTO mine.t VALUES (now());
         CREATE TRIGGER hear AFTER INSERT OR UPDATE OR DELETE ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.hear();
         SELECT maint.manage_partitions('mine.t', premake => 1)",
    );
    maintain(&mut owner, "mine.t");
    assert_eq!(owner.lines("SELECT what FROM mine.heard"), [""; 0]);
    // Triggers of the table are those of its new partitions.
    owner.exec("INSERT INTO mine.t VALUES (now())");
    assert_eq!(owner.lines("SELECT what FROM mine.heard"), ["INSERT"]);
    assert_eq!(partitions(&db, "mine.t").len(), 3);
}
