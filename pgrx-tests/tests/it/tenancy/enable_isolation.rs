//! Isolation of a user's own tables: put on, taken off, and what an application sees then.

mod children;
mod refusals;

use pg_crm_tests::{Client, Db, Org, Sql, psql, shared};

/// What psql says on the side: notices and warnings.
#[track_caller]
fn said(db: &Db, script: &str) -> String {
    let output = psql(db, &["-q"], script);
    let said = output.stderr.clone();
    output.ok();
    said
}

/// Row-level security, its policies, and the grants of a relation.
fn security(client: &mut Client, relation: &str) -> Vec<String> {
    client.exec("SET search_path = ''");
    let mut lines = client.lines(&format!(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = '{relation}'::regclass"
    ));
    lines.extend(client.lines(&format!(
        "SELECT polname, polpermissive, polcmd, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
           FROM pg_policy WHERE polrelid = '{relation}'::regclass ORDER BY polname"
    )));
    lines.extend(client.lines(&format!(
        "SELECT coalesce(g.rolname, 'PUBLIC'), string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
           FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS g ON g.oid = a.grantee
          WHERE c.oid = '{relation}'::regclass AND a.grantee <> c.relowner GROUP BY 1 ORDER BY 1"
    )));
    client.exec("RESET search_path");
    lines
}

/// What [`security`] says of an isolated relation without grants.
const ISOLATED: [&str; 2] = [
    "t|t",
    "org_isolation|t|*|{0}|(organization_id = ( SELECT tenancy.current_org_id() AS current_org_id))|(organization_id = ( SELECT tenancy.current_org_id() AS current_org_id))",
];

const TABLE: &str = "
    CREATE TABLE public.items (id integer NOT NULL, organization_id uuid NOT NULL, name text,
        CONSTRAINT items_pkey PRIMARY KEY (id, organization_id))";

/// A table of the user's, with a row of each organization.
fn items() -> (Db, Org, Org) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.superuser().exec(&format!(
        "{TABLE};
         GRANT SELECT, INSERT, UPDATE, DELETE ON public.items TO crm_app;
         INSERT INTO public.items VALUES (1, '{acme}', 'a'), (1, '{globex}', 'g')"
    ));
    (db, acme, globex)
}

#[test]
fn a_table_with_rows_of_several_organizations_shows_each_its_own() {
    let (db, acme, globex) = items();
    assert_eq!(
        said(
            &db,
            "SELECT tenancy.enable_org_isolation('public.items') \\gset"
        ),
        ""
    );
    let mut dba = db.superuser();
    let found = security(&mut dba, "public.items");
    assert_eq!(found[..2], ISOLATED);
    assert_eq!(
        dba.lines(
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'public.items'::regclass
              UNION ALL
             SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.items'::regclass AND NOT indisprimary"
        ),
        [
            "tenancy.current_org_id()",
            "CREATE INDEX items_organization_id_idx ON public.items USING btree (organization_id)"
        ]
    );
    let mut app = db.app();
    assert_eq!(app.one::<i64>("SELECT count(*) FROM public.items", &[]), 0);
    for (org, name) in [(&acme, "a"), (&globex, "g")] {
        app.in_org(org, |tx| {
            assert_eq!(
                tx.lines("SELECT id, name FROM public.items"),
                [format!("1|{name}")]
            );
            tx.exec("INSERT INTO public.items (id) VALUES (2)");
            assert_eq!(tx.exec_with("UPDATE public.items SET name = 'x'", &[]), 2);
            tx.fails_with(
                "INSERT INTO public.items VALUES (3, gen_random_uuid())",
                "42501",
            );
            tx.fails_with(
                "UPDATE public.items SET organization_id = gen_random_uuid()",
                "42501",
            );
        });
    }
    assert_eq!(
        dba.lines(
            "SELECT id, count(*) FROM public.items WHERE name = 'x' OR id = 2 GROUP BY 1 ORDER BY 1"
        ),
        ["1|2", "2|2"]
    );
}

/// Places of all rows that the catalog has of a table.
const TRACES: &str = "
    SELECT 'class', ctid, xmin FROM pg_class WHERE oid = 'public.items'::regclass
    UNION ALL SELECT 'policy', ctid, xmin FROM pg_policy WHERE polrelid = 'public.items'::regclass
    UNION ALL SELECT 'column', ctid, xmin FROM pg_attribute WHERE attrelid = 'public.items'::regclass
    UNION ALL SELECT 'default', ctid, xmin FROM pg_attrdef WHERE adrelid = 'public.items'::regclass
    UNION ALL SELECT 'index', ctid, xmin FROM pg_index WHERE indrelid = 'public.items'::regclass
    ORDER BY 1, 2";

#[test]
fn a_second_call_changes_and_locks_nothing() {
    let (db, ..) = items();
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.enable_org_isolation('public.items')");
    let before = dba.lines(TRACES);
    let mut tx = dba.transaction().expect("a transaction begins");
    tx.exec("SELECT tenancy.enable_org_isolation('public.items')");
    assert_eq!(
        tx.lines(
            "SELECT DISTINCT mode FROM pg_locks
              WHERE pid = pg_backend_pid() AND relation = 'public.items'::regclass AND mode <> 'AccessShareLock'"
        ),
        [""; 0]
    );
    tx.commit().expect("it commits");
    assert_eq!(dba.lines(TRACES), before);
}

#[test]
fn what_is_missing_is_added_and_what_is_there_stays() {
    let (db, ..) = items();
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE public.items ALTER COLUMN organization_id SET DEFAULT '0190a0a0-0000-7000-8000-000000000001';
         CREATE INDEX half ON public.items (organization_id) WHERE name IS NULL;
         CREATE INDEX whole ON public.items (organization_id, name);
         CREATE POLICY mine ON public.items AS RESTRICTIVE USING (name IS NOT NULL)",
    );
    dba.exec("SELECT tenancy.enable_org_isolation('public.items')");
    let indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'public.items'::regclass";
    assert_eq!(dba.one::<i64>(indexes, &[]), 3);
    assert_eq!(
        dba.lines("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'public.items'::regclass"),
        ["'0190a0a0-0000-7000-8000-000000000001'::uuid"]
    );
    assert_eq!(
        dba.lines(
            "SELECT polname FROM pg_policy WHERE polrelid = 'public.items'::regclass ORDER BY 1"
        ),
        ["mine", "org_isolation"]
    );
    // Half an index, or one that failed, serves nobody.
    dba.exec(
        "DROP INDEX whole;
         ALTER TABLE public.items NO FORCE ROW LEVEL SECURITY;
         SELECT tenancy.enable_org_isolation('public.items')",
    );
    assert_eq!(dba.one::<i64>(indexes, &[]), 3);
    assert_eq!(security(&mut dba, "public.items")[0], "t|t");
}

#[test]
fn a_policy_of_the_name_that_says_something_else_is_replaced() {
    for other in [
        "USING (true)",
        "FOR SELECT USING (organization_id = (SELECT tenancy.current_org_id()))",
        "TO crm_app USING (organization_id = (SELECT tenancy.current_org_id()))",
        "AS RESTRICTIVE USING (organization_id = (SELECT tenancy.current_org_id()))",
        "USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (true)",
        "USING (organization_id = tenancy.current_org_id())",
    ] {
        let (db, ..) = items();
        let mut dba = db.superuser();
        dba.exec(&format!(
            "CREATE POLICY org_isolation ON public.items {other}"
        ));
        let said = said(&db, "SELECT tenancy.enable_org_isolation('public.items')");
        assert!(
            said.contains("NOTICE:  policy \"org_isolation\" of table public.items is replaced"),
            "{other}: {said}"
        );
        assert!(
            said.contains("DETAIL:  CREATE POLICY org_isolation ON public.items AS "),
            "{said}"
        );
        assert_eq!(security(&mut dba, "public.items")[..2], ISOLATED, "{other}");
    }
}

#[test]
fn names_may_be_odd_and_long() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("CREATE SCHEMA \"Odd place\"");
    for name in [
        "\"Odd place\".\"Table of \"\"things\"\"\"".to_owned(),
        "public.\"select\"".to_owned(),
        format!("\"Odd place\".{}", "a".repeat(63)),
        format!("public.\"{}\"", "Ü".repeat(31)),
    ] {
        for column in ["id integer", "\"id of\" integer"] {
            let mut tx = dba.transaction().expect("a transaction begins");
            tx.exec(&format!(
                "CREATE TABLE {name} ({column}, organization_id uuid NOT NULL) PARTITION BY LIST (organization_id);
                 CREATE TABLE public.\"Part, the first\" PARTITION OF {name} DEFAULT"
            ));
            for _ in 0..2 {
                tx.exec_with(
                    "SELECT tenancy.enable_org_isolation($1::text::regclass)",
                    &[&name],
                );
            }
            assert_eq!(
                tx.lines("SELECT object FROM tenancy.org_isolation_report()"),
                [""; 0],
                "{name}"
            );
            tx.exec_with(
                "SELECT tenancy.disable_org_isolation($1::text::regclass)",
                &[&name],
            );
            assert_eq!(
                tx.one::<i64>("SELECT count(*) FROM tenancy.org_isolation_report()", &[]),
                1,
                "{name}"
            );
        }
    }
}

#[test]
fn a_temporary_table_can_be_isolated() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE items (organization_id uuid, name text);
         INSERT INTO items VALUES (gen_random_uuid(), 'x');
         SELECT tenancy.enable_org_isolation('items')",
    );
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO items (name) VALUES ('a')");
        assert_eq!(tx.lines("SELECT name FROM items"), ["a"]);
    });
}

#[test]
fn what_is_left_is_warned_of_with_its_remedy() {
    let (db, ..) = items();
    let mut dba = db.superuser();
    dba.exec(
        "UPDATE public.items SET id = 2 WHERE name = 'g';
         ALTER TABLE public.items ADD COLUMN code text UNIQUE, ADD COLUMN parent integer, ADD UNIQUE (id),
             ADD CONSTRAINT items_parent_fkey FOREIGN KEY (parent) REFERENCES public.items (id);
         CREATE POLICY readers ON public.items FOR SELECT USING (name = 'public');
         CREATE VIEW public.names AS SELECT name FROM public.items;
         GRANT TRUNCATE ON public.items TO crm_app",
    );
    let said = said(&db, "SELECT tenancy.enable_org_isolation('public.items')");
    for warning in [
        "WARNING:  policy readers on table public.items: permissive, and lets other organizations' rows be read",
        "HINT:  ALTER POLICY readers ON public.items USING (((name = 'public'::text)) AND organization_id = (SELECT tenancy.current_org_id()))",
        "WARNING:  constraint items_code_key on table public.items: unique key without the organization",
        "WARNING:  constraint items_parent_fkey on table public.items: reference to public.items without the organization",
        "WARNING:  table public.items: TRUNCATE is granted to crm_app",
        "DETAIL:  TRUNCATE deletes the rows of all organizations.",
        "HINT:  REVOKE TRUNCATE ON public.items FROM crm_app",
        "WARNING:  view public.names: reads public.items with the rights of its owner",
    ] {
        assert!(said.contains(warning), "{warning}\n{said}");
    }
    // As much as the report says.
    let findings: i64 = dba.one("SELECT count(*) FROM tenancy.org_isolation_report()", &[]);
    assert_eq!(said.matches("WARNING:").count() as i64, findings, "{said}");
}

#[test]
fn isolation_is_taken_off_again() {
    let (db, ..) = items();
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.enable_org_isolation('public.items')");
    let off = "SELECT tenancy.disable_org_isolation('public.items')";
    assert_eq!(said(&db, &format!("{off} \\gset")), "");
    assert_eq!(
        security(&mut dba, "public.items"),
        ["f|f", "crm_app|DELETE INSERT SELECT UPDATE"]
    );
    assert_eq!(
        dba.one::<i64>(
            "SELECT (SELECT count(*) FROM pg_attrdef WHERE adrelid = 'public.items'::regclass)
                  + (SELECT count(*) FROM pg_index WHERE indrelid = 'public.items'::regclass)",
            &[]
        ),
        3,
        "default and index stay"
    );
    let again = said(&db, off);
    assert!(
        again.contains(
            "NOTICE:  policy \"org_isolation\" for table public.items does not exist, skipping"
        ),
        "{again}"
    );
    dba.exec(
        "SELECT tenancy.enable_org_isolation('public.items');
         CREATE POLICY mine ON public.items USING (organization_id = tenancy.current_org_id() AND name <> 'x')",
    );
    let kept = said(&db, off);
    assert!(
        kept.contains("NOTICE:  row-level security of table public.items stays on"),
        "{kept}"
    );
    assert!(
        kept.contains("DETAIL:  It has other policies: mine."),
        "{kept}"
    );
    assert_eq!(security(&mut dba, "public.items")[0], "t|t");
}

#[test]
fn a_table_of_the_model_is_opened_with_a_warning_and_closed_again() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    for table in ["crm.deals", "analytics.events"] {
        let before = security(&mut dba, table);
        let off = said(
            &db,
            &format!("SELECT tenancy.disable_org_isolation('{table}')"),
        );
        assert!(
            off.contains(&format!(
                "WARNING:  rows of all organizations in table {table} are open now"
            )),
            "{off}"
        );
        assert_eq!(security(&mut dba, table)[0], "f|f");
        let on = format!("SELECT tenancy.enable_org_isolation('{table}') \\gset");
        assert_eq!(said(&db, &on), "");
        assert_eq!(security(&mut dba, table), before);
        assert_eq!(
            dba.lines("SELECT * FROM tenancy.org_isolation_report()"),
            [""; 0]
        );
    }
}

/// An application's role may own tables, and isolate them: it is told what that is worth.
#[test]
fn an_owner_of_the_application_isolates_its_own_table() {
    let (db, acme, _) = items();
    db.cluster()
        .require_role("items_owner", "LOGIN IN ROLE crm_app");
    db.superuser()
        .exec("ALTER TABLE public.items OWNER TO items_owner; GRANT CREATE ON SCHEMA public TO items_owner");
    let output = psql(
        &db,
        &["-q", "-U", "items_owner"],
        "SELECT tenancy.enable_org_isolation('public.items')",
    );
    let told = output.stderr.clone();
    output.ok();
    assert!(
        told.contains(
            "WARNING:  table public.items: belongs to items_owner, a role of the application"
        ),
        "{told}"
    );
    let mut owner = db.connect_as("items_owner");
    assert_eq!(
        owner.one::<i64>("SELECT count(*) FROM public.items", &[]),
        0
    );
    let seen: i64 = owner.in_org(&acme, |tx| tx.one("SELECT count(*) FROM public.items", &[]));
    assert_eq!(seen, 1);
    owner.exec("SELECT tenancy.disable_org_isolation('public.items')");
    assert_eq!(
        owner.one::<i64>("SELECT count(*) FROM public.items", &[]),
        2
    );
}
