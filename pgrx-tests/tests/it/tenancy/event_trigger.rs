//! The event trigger that secures what is put below an isolated table, and warns of tables beside
//! one.

mod life;
mod rights;

use pg_crm_tests::{Client, Db, Sql, psql, shared};

/// An isolated table with a partition, one with no children, and their policies.
const ISOLATED: &str = "
    CREATE SCHEMA shop;
    GRANT USAGE ON SCHEMA shop TO crm_app;
    CREATE TABLE shop.visits (organization_id uuid NOT NULL, at date NOT NULL, note text) PARTITION BY RANGE (at);
    CREATE TABLE shop.visits_2019 PARTITION OF shop.visits FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
    CREATE TABLE shop.things (organization_id uuid NOT NULL, name text);
    SELECT tenancy.enable_org_isolation('shop.visits'), tenancy.enable_org_isolation('shop.things');
    CREATE POLICY short ON shop.visits AS RESTRICTIVE FOR INSERT TO crm_app WITH CHECK (length(note) < 9);
    CREATE POLICY short ON shop.visits_2019 AS RESTRICTIVE FOR INSERT TO crm_app WITH CHECK (length(note) < 9);
    ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT, INSERT ON TABLES TO crm_app, PUBLIC";

fn isolated() -> Db {
    let db = shared().fresh_db();
    db.superuser().exec(ISOLATED);
    db
}

/// Flags, policies and foreign privileges of a relation.
fn security(client: &mut Client, relation: &str) -> String {
    client
        .lines(&format!(
            "SELECT c.relrowsecurity, c.relforcerowsecurity,
                    (SELECT string_agg(p.polname, ',' ORDER BY p.polname) FROM pg_policy AS p WHERE p.polrelid = c.oid),
                    (SELECT count(*) FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner)
               FROM pg_class AS c WHERE c.oid = '{relation}'::regclass"
        ))
        .remove(0)
}

/// What psql says on the side.
#[track_caller]
fn said(db: &Db, role: &str, script: &str) -> String {
    let output = psql(db, &["-q", "-U", role], script);
    let said = output.stderr.clone();
    output.ok();
    said
}

/// Ways to put a table below an isolated one, what is there then, and what it has. The default
/// privileges are four.
const WAYS: &[(&str, &[(&str, &str)])] = &[
    (
        "CREATE TABLE shop.child PARTITION OF shop.visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        &[("shop.child", "t|t|org_isolation,short|0")],
    ),
    (
        "CREATE TABLE public.child PARTITION OF shop.visits DEFAULT",
        &[("public.child", "t|t|org_isolation,short|0")],
    ),
    (
        "CREATE TABLE shop.child (note text, at date NOT NULL, organization_id uuid NOT NULL);
         ALTER TABLE shop.visits ATTACH PARTITION shop.child DEFAULT",
        &[("shop.child", "t|t|org_isolation,short|0")],
    ),
    (
        // A part that has parts, made before.
        "CREATE TABLE shop.child (LIKE shop.visits) PARTITION BY LIST (organization_id);
         CREATE TABLE shop.rest PARTITION OF shop.child DEFAULT PARTITION BY LIST (note);
         CREATE TABLE shop.leaf PARTITION OF shop.rest DEFAULT;
         ALTER TABLE shop.visits ATTACH PARTITION shop.child DEFAULT",
        &[
            ("shop.child", "t|t|org_isolation,short|0"),
            ("shop.rest", "t|t|org_isolation,short|0"),
            ("shop.leaf", "t|t|org_isolation,short|0"),
        ],
    ),
    (
        "CREATE SCHEMA more
             CREATE TABLE child PARTITION OF shop.visits DEFAULT
             CREATE TABLE heir (name text) INHERITS (shop.things)",
        &[
            ("more.child", "t|t|org_isolation,short|0"),
            ("more.heir", "t|t|org_isolation|0"),
        ],
    ),
    (
        // Rows of a child are its own: so are its grants.
        "CREATE TABLE shop.child () INHERITS (shop.things)",
        &[("shop.child", "t|t|org_isolation|4")],
    ),
    (
        "CREATE TABLE shop.child (name text, organization_id uuid NOT NULL);
         ALTER TABLE shop.child INHERIT shop.things",
        &[("shop.child", "t|t|org_isolation|4")],
    ),
    (
        "CREATE TABLE shop.child (name text, organization_id uuid NOT NULL, CHECK (name <> ''));
         CREATE POLICY org_isolation ON shop.child USING (true);
         ALTER TABLE shop.child INHERIT shop.things",
        &[("shop.child", "t|t|org_isolation|4")],
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE FOREIGN TABLE shop.child PARTITION OF shop.visits DEFAULT SERVER s",
        &[("shop.child", "f|f||0")],
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE FOREIGN TABLE shop.child (organization_id uuid NOT NULL, name text) SERVER s;
         REVOKE ALL ON shop.child FROM crm_app, PUBLIC;
         ALTER FOREIGN TABLE shop.child INHERIT shop.things",
        &[("shop.child", "f|f||0")],
    ),
    (
        // Nobody else sees it.
        "CREATE TEMPORARY TABLE child () INHERITS (shop.things)",
        &[("pg_temp.child", "f|f||0")],
    ),
    (
        // What belongs to no isolated table is nobody's business.
        "CREATE TABLE public.parent (organization_id uuid) PARTITION BY LIST (organization_id);
         CREATE TABLE public.child PARTITION OF public.parent DEFAULT",
        &[("public.child", "f|f||0")],
    ),
];

#[test]
fn whatever_comes_below_an_isolated_table_is_secured() {
    let db = isolated();
    for (way, children) in WAYS {
        // In one transaction, and in one for each statement.
        for statements in [vec![*way], way.split(";\n").collect()] {
            let mut dba = db.superuser();
            for statement in statements {
                dba.exec(statement);
            }
            for (child, expected) in *children {
                assert_eq!(security(&mut dba, child), *expected, "{child}: {way}");
            }
            let report = dba.lines(
                "SELECT object, finding FROM tenancy.org_isolation_report() WHERE object NOT LIKE '%public.parent'",
            );
            assert_eq!(report, [""; 0], "{way}");
            dba.exec("DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE");
            for (child, _) in *children {
                dba.exec(&format!("DROP TABLE IF EXISTS {child} CASCADE"));
            }
            dba.exec("DROP SCHEMA IF EXISTS more CASCADE; DROP TABLE IF EXISTS public.parent");
        }
    }
}

/// The parent's policy says the same as one of that name that a table brings along.
#[test]
fn a_policy_that_is_brought_along_gives_way_to_the_parents() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE shop.child (organization_id uuid NOT NULL, name text);
         CREATE POLICY org_isolation ON shop.child USING (true);
         ALTER TABLE shop.child INHERIT shop.things",
    );
    let condition: String = dba.one(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'shop.child'::regclass",
        &[],
    );
    assert_eq!(
        condition,
        "(organization_id = ( SELECT tenancy.current_org_id() AS current_org_id))"
    );
}

#[test]
fn rows_of_a_new_partition_are_kept_apart() {
    let db = isolated();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE shop.child PARTITION OF shop.visits DEFAULT;
         INSERT INTO shop.visits VALUES ('{acme}', '2000-01-01', 'a'), ('{globex}', '2000-01-01', 'g');
         GRANT SELECT ON shop.visits TO crm_app"
    ));
    db.app().in_org(&acme, |tx| {
        tx.fails_with("SELECT note FROM shop.child", "42501");
        assert_eq!(tx.lines("SELECT note FROM shop.visits"), ["a"]);
    });
    dba.exec("GRANT SELECT ON shop.child TO crm_app");
    let mut app = db.app();
    assert_eq!(app.lines("SELECT note FROM shop.child"), [""; 0]);
    let seen = app.in_org(&globex, |tx| tx.lines("SELECT note FROM shop.child"));
    assert_eq!(seen, ["g"]);
}

#[test]
fn a_new_table_beside_isolated_ones_is_warned_of() {
    let db = isolated();
    let hint = |name: &str| format!("HINT:  SELECT tenancy.enable_org_isolation('{name}')");
    for (statement, name) in [
        ("CREATE TABLE shop.new (organization_id uuid)", "shop.new"),
        (
            "CREATE UNLOGGED TABLE shop.\"New one\" (organization_id uuid) PARTITION BY LIST (organization_id)",
            "shop.\"New one\"",
        ),
        (
            "CREATE TABLE shop.new AS SELECT NULL::uuid AS organization_id",
            "shop.new",
        ),
        (
            "SELECT NULL::uuid AS organization_id INTO shop.new",
            "shop.new",
        ),
        ("CREATE TABLE crm.new (organization_id uuid)", "crm.new"),
    ] {
        let said = said(&db, "postgres", &format!("BEGIN; {statement}; ROLLBACK"));
        assert!(
            said.contains(&format!(
                "WARNING:  table {name} is not isolated, and others of schema "
            )),
            "{statement}: {said}"
        );
        assert!(said.contains(&hint(name)), "{statement}: {said}");
    }
    let without = said(
        &db,
        "postgres",
        "BEGIN; CREATE TABLE shop.new (id integer); ROLLBACK",
    );
    assert!(
        without.contains("HINT:  Where its rows are organizations': ALTER TABLE shop.new ADD COLUMN organization_id uuid NOT NULL; SELECT tenancy.enable_org_isolation('shop.new')"),
        "{without}"
    );
    let far = said(
        &db,
        "postgres",
        "BEGIN; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE FOREIGN TABLE shop.new (organization_id uuid) SERVER s; ROLLBACK",
    );
    assert!(
        far.contains("DETAIL:  Row-level security does not bind foreign tables."),
        "{far}"
    );
}

#[test]
fn other_statements_are_not() {
    let db = isolated();
    for statement in [
        "CREATE TABLE public.new (organization_id uuid)",
        "CREATE SCHEMA more CREATE TABLE new (organization_id uuid)",
        "CREATE TEMPORARY TABLE new (organization_id uuid)",
        "CREATE TABLE IF NOT EXISTS shop.things (organization_id uuid)",
        "CREATE TABLE shop.child () INHERITS (shop.things)",
        "CREATE TABLE public.child PARTITION OF shop.visits DEFAULT",
        "ALTER TABLE shop.things ADD COLUMN more text",
        "ALTER TABLE shop.visits ADD COLUMN more text",
        "CREATE VIEW shop.new AS SELECT 1",
        "CREATE INDEX ON shop.things (name)",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE shop.new (id uuid) SERVER s",
        "CREATE SEQUENCE shop.numbers",
    ] {
        let said = said(&db, "postgres", &format!("BEGIN; {statement}; ROLLBACK"));
        assert!(!said.contains("WARNING"), "{statement}: {said}");
    }
}

/// What a table's owner does to a part on purpose is the owner's.
#[test]
fn only_what_is_new_is_secured() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec("ALTER TABLE shop.visits_2019 NO FORCE ROW LEVEL SECURITY");
    dba.exec("ALTER TABLE shop.visits ADD COLUMN more text");
    dba.exec("CREATE TABLE shop.visits_2018 PARTITION OF shop.visits FOR VALUES FROM ('2018-01-01') TO ('2019-01-01')");
    assert_eq!(
        security(&mut dba, "shop.visits_2019"),
        "t|f|org_isolation,short|0"
    );
}

#[test]
fn a_part_that_leaves_stays_secured() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec("CREATE TABLE shop.visits_2018 PARTITION OF shop.visits FOR VALUES FROM ('2018-01-01') TO ('2019-01-01')");
    dba.exec("ALTER TABLE shop.visits DETACH PARTITION shop.visits_2018");
    dba.exec("ALTER TABLE shop.visits DETACH PARTITION shop.visits_2019 CONCURRENTLY");
    for part in ["shop.visits_2018", "shop.visits_2019"] {
        assert_eq!(security(&mut dba, part), "t|t|org_isolation,short|0");
    }
}
