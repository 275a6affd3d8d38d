//! A partition is as closed as its parent, and code of a table's owner has no more rights than the
//! owner.

use pg_crm_tests::{Sql, shared};

use super::{maintain, owner};

#[test]
fn a_partition_has_its_parents_owner_security_and_policies_and_no_grants() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz, who text) PARTITION BY RANGE (at);
         ALTER TABLE mine.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY everybody ON mine.t USING (who = current_user) WITH CHECK (who = 'x');
         CREATE POLICY readers ON mine.t AS RESTRICTIVE FOR SELECT TO crm_readonly, crm_app USING (who <> 'secret''s');
         CREATE POLICY writers ON mine.t FOR INSERT TO crm_app WITH CHECK (who IS NOT NULL);
         CREATE POLICY erasers ON mine.t FOR DELETE TO PUBLIC USING (false);
         GRANT SELECT, INSERT ON mine.t TO crm_app, PUBLIC;
         ALTER DEFAULT PRIVILEGES IN SCHEMA mine GRANT SELECT ON TABLES TO PUBLIC, crm_app, crm_admin;
         SELECT maint.manage_partitions('mine.t', premake => 1)",
    );
    // Maintenance is a function of the superuser's, whose own defaults apply to what it makes.
    db.superuser()
        .exec("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO crm_app, PUBLIC");
    maintain(&mut owner, "mine.t");
    let of = |relation: &str| {
        let mut dba = db.superuser();
        let mut lines = dba.lines(&format!(
            "SELECT relowner::regrole, relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = '{relation}'::regclass"
        ));
        lines.extend(dba.lines(&format!(
            "SELECT polname, polpermissive, polcmd, array_agg(role ORDER BY role), pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
               FROM pg_policy, unnest(polroles) AS role
              WHERE polrelid = '{relation}'::regclass
              GROUP BY polname, polpermissive, polcmd, polqual, polwithcheck, polrelid ORDER BY polname"
        )));
        lines
    };
    let expected = of("mine.t");
    assert_eq!(expected.len(), 5);
    let made: Vec<String> = owner.column(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'mine.t'::regclass",
        &[],
    );
    assert_eq!(made.len(), 3);
    for partition in &made {
        assert_eq!(of(partition), expected, "{partition}");
        let grants = owner.lines(&format!(
            "SELECT grantee::regrole, privilege_type FROM pg_class, aclexplode(relacl)
              WHERE oid = '{partition}'::regclass AND grantee <> relowner"
        ));
        assert_eq!(grants, [""; 0], "grants on {partition}");
    }
}

#[test]
fn a_table_without_row_level_security_has_partitions_without() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec("CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at)");
    owner.exec("SELECT maint.manage_partitions('mine.t', premake => 0)");
    maintain(&mut owner, "mine.t");
    let secured = "SELECT count(*), count(*) FILTER (WHERE relrowsecurity OR relforcerowsecurity)
                     FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'mine.t'::regclass";
    assert_eq!(owner.lines(secured), ["2|0"]);
}

#[test]
fn partitions_have_the_indexes_constraints_defaults_and_comments_of_their_table() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.other (id integer PRIMARY KEY);
         CREATE TABLE mine.t (
             at timestamptz NOT NULL, id integer NOT NULL DEFAULT 7, other integer REFERENCES mine.other,
             CONSTRAINT t_pkey PRIMARY KEY (id, at), CONSTRAINT t_id_check CHECK (id > 0)
         ) PARTITION BY RANGE (at);
         CREATE INDEX t_other_idx ON mine.t (other) WHERE other > 0;
         SELECT maint.manage_partitions('mine.t', premake => 0)",
    );
    maintain(&mut owner, "mine.t");
    let parts = "SELECT count(*) FROM (
            SELECT indexrelid FROM pg_index JOIN pg_inherits ON inhrelid = indrelid WHERE inhparent = 'mine.t'::regclass AND indisvalid
            UNION ALL SELECT c.oid FROM pg_constraint AS c JOIN pg_inherits ON inhrelid = conrelid
             WHERE inhparent = 'mine.t'::regclass AND contype IN ('f', 'c')) AS part";
    // Of each of two partitions: two indexes, a foreign key and a check.
    assert_eq!(owner.lines(parts), ["8"]);
    owner.exec("INSERT INTO mine.t (at) VALUES (now()), ('1970-01-01')");
    assert_eq!(owner.lines("SELECT DISTINCT id FROM mine.t"), ["7"]);
}

#[test]
fn events_are_not_read_past_their_table() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO analytics.events (name) VALUES ('seen')")
    });
    let mut admin = db.admin();
    admin.exec("SELECT maint.manage_partitions('analytics.events', premake => 5)");
    maintain(&mut admin, "analytics.events");
    let partitions: Vec<String> = db.superuser().column(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'analytics.events'::regclass",
        &[],
    );
    assert_eq!(partitions.len(), 7);
    for partition in &partitions {
        for mut client in [db.app(), db.readonly(), db.admin()] {
            client.in_org(&globex, |tx| {
                for statement in ["SELECT * FROM", "DELETE FROM"] {
                    tx.fails_with(&format!("{statement} {partition}"), "42501");
                }
            });
        }
    }
}

/// A check, a generated column, a default, a trigger: all are code that the table's owner wrote.
#[test]
fn code_of_the_tables_owner_runs_with_the_owners_rights() {
    for (what, table) in [
        ("a check", "CREATE TABLE mine.t (at timestamptz, CHECK (mine.spy())) PARTITION BY RANGE (at)"),
        ("a generated column", "CREATE TABLE mine.t (at timestamptz, g boolean GENERATED ALWAYS AS (mine.spy()) STORED) PARTITION BY RANGE (at)"),
        ("an index", "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at); CREATE INDEX ON mine.t ((mine.spy()))"),
        (
            "a trigger",
            "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
             CREATE TRIGGER spy BEFORE INSERT OR DELETE ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.spy_trigger()",
        ),
    ] {
        let db = shared().fresh_db();
        let mut owner = owner(&db);
        owner.exec(
            "CREATE TABLE mine.seen (who text);
             CREATE FUNCTION mine.note() RETURNS void LANGUAGE sql AS $$ INSERT INTO mine.seen VALUES (current_user) $$;
             CREATE FUNCTION mine.spy() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
             BEGIN PERFORM mine.note(); RETURN true; END $$;
             CREATE FUNCTION mine.spy_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM mine.spy(); RETURN coalesce(NEW, OLD); END $$",
        );
        owner.exec(table);
        owner.exec("CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT; INSERT INTO mine.t VALUES (now()), (now())");
        owner.exec("SELECT maint.manage_partitions('mine.t', premake => 1)");
        owner.exec("CALL maint.maintain_partitions('mine.t')");
        assert_eq!(owner.lines("SELECT DISTINCT who FROM mine.seen WHERE who <> 'partition_owner'"), [""; 0], "{what}");
    }
}
