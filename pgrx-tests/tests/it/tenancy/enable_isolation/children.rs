//! Partitions and inheritance children are as closed as their table.

use pg_crm_tests::{Db, Org, Sql, Uuid, shared};

use super::{ISOLATED, said, security};

/// Partitions of partitions, and grants on all of them.
const VISITS: &str = "
    CREATE TABLE public.visits (id integer NOT NULL, organization_id uuid NOT NULL, at date NOT NULL, note text,
        CONSTRAINT visits_pkey PRIMARY KEY (id, organization_id, at)) PARTITION BY RANGE (at);
    CREATE TABLE public.visits_2020 (note text, at date NOT NULL, extra text, organization_id uuid NOT NULL, id integer NOT NULL);
    ALTER TABLE public.visits_2020 DROP COLUMN extra;
    ALTER TABLE public.visits ATTACH PARTITION public.visits_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE public.visits_2021 PARTITION OF public.visits FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (organization_id);
    CREATE TABLE public.visits_2021_rest PARTITION OF public.visits_2021 DEFAULT;
    CREATE TABLE public.visits_rest PARTITION OF public.visits DEFAULT;
    GRANT SELECT, INSERT ON public.visits, public.visits_2020, public.visits_2021_rest TO crm_app, PUBLIC;
    GRANT SELECT (note) ON public.visits_rest TO crm_readonly";

const PARTITIONS: [&str; 4] = [
    "public.visits_2020",
    "public.visits_2021",
    "public.visits_2021_rest",
    "public.visits_rest",
];

fn visits() -> (Db, Org, Org) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.superuser().exec(&format!(
        "{VISITS};
         INSERT INTO public.visits SELECT 1, o.id, d.at, 'x' FROM tenancy.organizations AS o,
             (VALUES ('2020-05-05'::date), ('2021-05-05'), ('1999-05-05')) AS d (at)"
    ));
    (db, acme, globex)
}

#[test]
fn partitions_of_partitions_are_secured_and_lose_their_grants() {
    let (db, acme, globex) = visits();
    let notices = said(&db, "SELECT tenancy.enable_org_isolation('public.visits')");
    for (partition, roles) in [
        ("visits_2020", "PUBLIC, crm_app"),
        ("visits_2021_rest", "PUBLIC, crm_app"),
        ("visits_rest", "crm_readonly"),
    ] {
        assert!(
            notices.contains(&format!(
                "NOTICE:  privileges on partition public.{partition} are revoked\nDETAIL:  REVOKE ALL ON public.{partition} FROM {roles}"
            )),
            "{notices}"
        );
    }
    assert!(!notices.contains("WARNING"), "{notices}");
    let mut dba = db.superuser();
    for partition in PARTITIONS {
        assert_eq!(security(&mut dba, partition), ISOLATED, "{partition}");
    }
    assert_eq!(
        dba.lines("SELECT * FROM tenancy.org_isolation_report()"),
        [""; 0]
    );
    for org in [&acme, &globex] {
        let mut app = db.app();
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with("SELECT tenancy.set_context($1)", &[&org.id]);
        let seen: Vec<Uuid> = tx.column("SELECT organization_id FROM public.visits", &[]);
        assert_eq!(seen, [org.id; 3]);
        for partition in PARTITIONS {
            for statement in ["SELECT FROM", "DELETE FROM", "TABLE"] {
                tx.fails_with(&format!("{statement} {partition}"), "42501");
            }
        }
    }
    // Whoever is granted a partition by name later is bound all the same.
    dba.exec("GRANT SELECT ON public.visits_2020, public.visits_2021, public.visits_2021_rest, public.visits_rest TO crm_app");
    for partition in PARTITIONS {
        let mut app = db.app();
        let count = format!("SELECT count(*) FROM {partition}");
        assert_eq!(app.one::<i64>(&count, &[]), 0, "{partition}");
        let seen: i64 = app.in_org(&acme, |tx| tx.one(&count, &[]));
        assert_eq!(seen, 1, "{partition}");
    }
}

#[test]
fn a_second_call_finds_nothing_to_do() {
    let (db, ..) = visits();
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.enable_org_isolation('public.visits')");
    let mut tx = dba.transaction().expect("a transaction begins");
    tx.exec("SELECT tenancy.enable_org_isolation('public.visits')");
    assert_eq!(
        tx.lines(
            "SELECT DISTINCT relation::regclass, mode FROM pg_locks
              WHERE pid = pg_backend_pid() AND relation::regclass::text LIKE '%visits%' AND mode <> 'AccessShareLock'"
        ),
        [""; 0]
    );
}

/// A policy's sub-select may name its table, and columns may be in another order.
#[test]
fn all_policies_are_the_partitions_too() {
    let (db, acme, _) = visits();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE POLICY known ON public.visits AS RESTRICTIVE FOR SELECT TO crm_app, crm_admin
         USING (EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = visits.organization_id) AND visits.note <> 'secret''s');
         CREATE POLICY outdated ON public.visits_rest USING (true);
         CREATE POLICY known ON public.visits_rest USING (true);
         SELECT tenancy.enable_org_isolation('public.visits')",
    );
    let parent = security(&mut dba, "public.visits");
    for partition in PARTITIONS {
        let name = partition.trim_start_matches("public.");
        let expected: Vec<String> = parent[..3]
            .iter()
            .map(|line| line.replace("visits.organization_id", &format!("{name}.organization_id")))
            .collect();
        let mut found = security(&mut dba, partition);
        found.retain(|line| !line.starts_with("outdated"));
        assert_eq!(found, expected, "{partition}");
    }
    let seen: i64 = db.app().in_org(&acme, |tx| {
        tx.one("SELECT count(*) FROM public.visits", &[])
    });
    assert_eq!(seen, 3);
    assert_eq!(
        dba.lines("SELECT object, finding FROM tenancy.org_isolation_report()"),
        [
            "policy outdated on partition public.visits_rest|permissive, and lets other organizations' rows be read and written"
        ]
    );
}

#[test]
fn children_by_inheritance_are_secured_and_keep_their_grants() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE public.things (organization_id uuid NOT NULL, name text);
         CREATE TABLE public.places (organization_id uuid NOT NULL, name text);
         CREATE TABLE public.houses (floors integer) INHERITS (public.things, public.places);
         CREATE TABLE public.huts () INHERITS (public.houses);
         GRANT SELECT ON public.things, public.houses, public.huts TO crm_app;
         INSERT INTO public.huts VALUES ('{acme}', 'a', 1), ('{globex}', 'g', 1);
         SELECT tenancy.enable_org_isolation('public.things');
         SELECT tenancy.enable_org_isolation('public.places')"
    ));
    for child in ["public.houses", "public.huts"] {
        assert_eq!(
            security(&mut dba, child),
            [ISOLATED[0], ISOLATED[1], "crm_app|SELECT"],
            "{child}"
        );
    }
    assert_eq!(
        dba.lines("SELECT * FROM tenancy.org_isolation_report()"),
        [""; 0]
    );
    db.app().in_org(&acme, |tx| {
        for table in [
            "public.things",
            "public.houses",
            "public.huts",
            "ONLY public.huts",
        ] {
            assert_eq!(
                tx.lines(&format!("SELECT name FROM {table}")),
                ["a"],
                "{table}"
            );
        }
    });
}

#[test]
fn a_partition_named_itself_is_secured_and_its_open_table_warned_of() {
    let (db, ..) = visits();
    let mut dba = db.superuser();
    let alone = said(
        &db,
        "SELECT tenancy.enable_org_isolation('public.visits_2020')",
    );
    assert!(
        alone.contains("WARNING:  table public.visits: row-level security is off"),
        "{alone}"
    );
    assert!(
        alone.contains("HINT:  SELECT tenancy.enable_org_isolation('public.visits')"),
        "{alone}"
    );
    // Its rows are not reached through an isolated table, so its grants are its own.
    assert_eq!(security(&mut dba, "public.visits_2020").len(), 4);

    dba.exec("SELECT tenancy.enable_org_isolation('public.visits')");
    dba.exec(
        "ALTER TABLE public.visits_2021 NO FORCE ROW LEVEL SECURITY;
         GRANT SELECT ON public.visits_2021 TO PUBLIC;
         DROP POLICY org_isolation ON public.visits_2021_rest",
    );
    let below = said(
        &db,
        "SELECT tenancy.enable_org_isolation('public.visits_2021')",
    );
    assert!(
        below.contains("NOTICE:  privileges on partition public.visits_2021 are revoked"),
        "{below}"
    );
    assert!(!below.contains("WARNING"), "{below}");
    for partition in ["public.visits_2021", "public.visits_2021_rest"] {
        assert_eq!(security(&mut dba, partition), ISOLATED, "{partition}");
    }
    let off = said(
        &db,
        "SELECT tenancy.disable_org_isolation('public.visits_2021')",
    );
    assert!(
        off.contains("WARNING:  table public.visits is still isolated, and its partition or child public.visits_2021 is not"),
        "{off}"
    );
}

#[test]
fn isolation_is_taken_off_all_of_them() {
    let (db, ..) = visits();
    let mut dba = db.superuser();
    dba.exec(
        "SELECT tenancy.enable_org_isolation('public.visits');
         CREATE POLICY mine ON public.visits_rest USING (organization_id = tenancy.current_org_id());
         CREATE POLICY narrow ON public.visits_2020 AS RESTRICTIVE USING (true)",
    );
    let notices = said(&db, "SELECT tenancy.disable_org_isolation('public.visits')");
    assert!(
        notices.contains("NOTICE:  row-level security of table public.visits_rest stays on"),
        "{notices}"
    );
    for (relation, on) in [
        ("public.visits", "f|f"),
        ("public.visits_2020", "f|f"),
        ("public.visits_2021", "f|f"),
        ("public.visits_2021_rest", "f|f"),
        ("public.visits_rest", "t|t"),
    ] {
        assert_eq!(security(&mut dba, relation)[0], on, "{relation}");
    }
    let policies: Vec<String> = dba.column(
        "SELECT polname::text FROM pg_policy WHERE polrelid::regclass::text LIKE '%visits%' ORDER BY 1",
        &[],
    );
    assert_eq!(policies, ["mine", "narrow"]);
}

#[test]
fn a_foreign_partition_loses_its_grants() {
    let (db, ..) = visits();
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE public.visits DROP CONSTRAINT visits_pkey;
         CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE FOREIGN TABLE public.visits_far PARTITION OF public.visits FOR VALUES FROM ('2000-01-01') TO ('2001-01-01') SERVER s;
         GRANT SELECT ON public.visits_far TO crm_app",
    );
    dba.exec("SELECT tenancy.enable_org_isolation('public.visits')");
    assert_eq!(security(&mut dba, "public.visits_far"), ["f|f"]);
    assert_eq!(
        dba.lines("SELECT * FROM tenancy.org_isolation_report()"),
        [""; 0]
    );
}
