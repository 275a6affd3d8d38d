//! `crm.contacts.tags` and `crm.contact_tags` say the same, whichever is written.

use pg_crm_tests::{Client, Db, Org, Pgbench, Sql, Uuid, shared};

use super::contact;

fn start(db: &Db, name: &str) -> (Client, Org, Uuid) {
    let org = db.org(name);
    let mut app = db.app();
    let ann = app.in_org(&org, |tx| contact(tx, "Ann"));
    (app, org, ann)
}

/// Contacts whose cache is not what their rows say; there should be none.
#[track_caller]
fn assert_kept(db: &Db) {
    let wrong = db.superuser().lines(
        "SELECT c.display_name, c.tags, crm.get_contact_tags(c.id) FROM crm.contacts AS c
          WHERE c.tags IS DISTINCT FROM crm.get_contact_tags(c.id)",
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TAGS: &str = "SELECT tags FROM crm.contacts";

#[test]
fn tags_that_are_written_to_a_contact_are_made_and_normalised() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.tags (name) VALUES (' VIP ')");
        for (written, cache) in [
            ("{b,a}", "{a,b}"),
            ("{vip,b}", "{VIP,b}"),
            ("{\" b \",B,\"\",c,VIP}", "{VIP,b,c}"),
            ("{Vip,b,c}", "{VIP,b,c}"),
            ("{}", "{}"),
            ("{\"  \"}", "{}"),
            ("{C}", "{c}"),
        ] {
            tx.exec(&format!("UPDATE crm.contacts SET tags = '{written}'"));
            assert_eq!(tx.lines(TAGS), [cache], "after {written}");
            let rows: i32 = tx.one("SELECT count(*)::integer FROM crm.contact_tags", &[]);
            let cached: i32 = tx.one("SELECT cardinality(tags) FROM crm.contacts", &[]);
            assert_eq!(rows, cached, "rows after {written}");
        }
        assert_eq!(
            tx.lines("SELECT name FROM crm.tags ORDER BY 1"),
            ["VIP", "a", "b", "c"]
        );
        for (tags, sqlstate) in [("'{a,NULL}'", "23514"), ("NULL", "23502")] {
            tx.fails_with(&format!("UPDATE crm.contacts SET tags = {tags}"), sqlstate);
        }
        let long = "x".repeat(101);
        tx.fails_with(
            &format!("UPDATE crm.contacts SET tags = '{{{long}}}'"),
            "22001",
        );
    });
    assert_kept(&db);
}

#[test]
fn contacts_come_with_their_tags() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name, tags)
             SELECT 'c' || i, ARRAY['t' || i % 3, 'All', 'all '] FROM generate_series(1, 50) AS i",
        );
        tx.exec_with(
            "INSERT INTO crm.contacts (id, first_name, tags) VALUES ($1, 'Ann', '{z}')
             ON CONFLICT (id, organization_id) DO UPDATE SET tags = excluded.tags || '{All}'",
            &[&ann],
        );
        assert_eq!(
            tx.lines("SELECT tags, count(*) FROM crm.contacts GROUP BY 1 ORDER BY 1"),
            ["{All,t0}|16", "{All,t1}|17", "{All,t2}|17", "{All,z}|1"]
        );
        assert_eq!(tx.lines("SELECT count(*) FROM crm.tags"), ["5"]);
    });
    assert_kept(&db);
}

#[test]
fn rows_that_come_go_and_change_are_seen_in_the_cache() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.tags (name) VALUES ('b'), ('a'), ('c')");
        for (statement, cache) in [
            ("INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT c.id, t.id FROM crm.contacts AS c, crm.tags AS t WHERE t.name <> 'c'", "{a,b}"),
            ("UPDATE crm.contact_tags SET tag_id = (SELECT id FROM crm.tags WHERE name = 'c') WHERE tag_id = (SELECT id FROM crm.tags WHERE name = 'a')", "{b,c}"),
            ("UPDATE crm.tags SET name = 'Z' WHERE name = 'c'", "{Z,b}"),
            ("UPDATE crm.tags SET name = name || '!'", "{Z!,b!}"),
            ("DELETE FROM crm.contact_tags WHERE tag_id = (SELECT id FROM crm.tags WHERE name = 'b!')", "{Z!}"),
            ("DELETE FROM crm.tags WHERE name = 'Z!'", "{}"),
        ] {
            tx.exec(statement);
            assert_eq!(tx.lines(TAGS), [cache], "after {statement}");
        }
    });
    assert_kept(&db);
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET tags = '{a,b}'")
    });
    let before = db.physical_snapshot();
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contact_tags (contact_id, tag_id)
             SELECT contact_id, tag_id FROM crm.contact_tags ON CONFLICT DO NOTHING;
             DELETE FROM crm.contact_tags WHERE false;
             INSERT INTO crm.tags (name) VALUES ('a') ON CONFLICT DO NOTHING",
        );
    });
    let after = db.physical_snapshot();
    for table in ["crm.contacts", "crm.contact_tags", "crm.tags"] {
        assert_eq!(before[table], after[table], "{table}");
    }
    // The tag is written, its name is not: no contact is touched.
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.tags SET color = '#000000'; UPDATE crm.contact_tags SET created_at = created_at");
    });
    assert_eq!(
        before["crm.contacts"],
        db.physical_snapshot()["crm.contacts"]
    );
}

#[test]
fn tags_of_several_organizations_stay_apart() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    let (_, globex, _) = start(&db, "Globex");
    let mut dba = db.superuser();
    app.in_org(&globex, |tx| {
        tx.exec("INSERT INTO crm.tags (name) VALUES ('VIP')")
    });
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET tags = '{vip}'");
        assert_eq!(tx.lines(TAGS), ["{vip}"]);
    });
    dba.exec("UPDATE crm.contacts SET tags = '{vip,x}'");
    dba.exec(&format!(
        "INSERT INTO crm.contacts (organization_id, first_name, tags)
         VALUES ('{acme}', 'Bob', '{{VIP,x}}'), ('{globex}', 'Bob', '{{vip,y}}')"
    ));
    assert_eq!(
        dba.lines("SELECT o.slug, c.tags FROM crm.contacts AS c JOIN tenancy.organizations AS o ON o.id = c.organization_id ORDER BY 1, 2"),
        ["acme|{vip,x}", "acme|{vip,x}", "globex|{VIP,x}", "globex|{VIP,y}"]
    );
    dba.exec("UPDATE crm.tags SET name = 'gold' WHERE name_norm = 'vip'");
    assert_kept(&db);
    dba.exec(&format!(
        "DELETE FROM tenancy.organizations WHERE id = '{acme}'"
    ));
    assert_eq!(
        dba.lines("SELECT count(*), count(DISTINCT organization_id) FROM crm.contact_tags"),
        ["4|1"]
    );
    assert_kept(&db);
}

#[test]
fn a_trigger_of_the_users_own_may_write_tags_too() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    db.superuser().exec(
        "CREATE FUNCTION public.customer() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           UPDATE crm.contacts SET tags = tags || 'customer'::text WHERE id = NEW.contact_id;
           RETURN NULL;
         END $$;
         CREATE TRIGGER customer AFTER INSERT ON commerce.orders FOR EACH ROW EXECUTE FUNCTION public.customer()",
    );
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO commerce.orders (contact_id) SELECT id FROM crm.contacts");
        assert_eq!(tx.lines(TAGS), ["{customer}"]);
        tx.exec("SAVEPOINT s; UPDATE crm.contacts SET tags = '{a}'; ROLLBACK TO s");
        assert_eq!(tx.lines("SELECT name FROM crm.tags"), ["customer"]);
    });
    assert_kept(&db);
}

#[test]
fn a_tag_is_put_only_on_what_its_scope_allows() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.tags (name, scope) VALUES ('any', 'any'), ('contact', 'contact'), ('deal', 'deal');
             INSERT INTO crm.deals (contact_id, name) VALUES ('{ann}', 'd');
             UPDATE crm.contacts SET tags = '{{any,contact}}';
             INSERT INTO crm.deal_tags (deal_id, tag_id) SELECT d.id, t.id FROM crm.deals AS d, crm.tags AS t WHERE t.name IN ('any', 'deal')"
        ));
        for (statement, constraint) in [
            ("UPDATE crm.contacts SET tags = '{deal}'", "contact_tags_scope_check"),
            ("INSERT INTO crm.contacts (first_name, tags) VALUES ('Bob', '{Deal}')", "contact_tags_scope_check"),
            ("UPDATE crm.contact_tags SET tag_id = (SELECT id FROM crm.tags WHERE name = 'deal') WHERE tag_id = (SELECT id FROM crm.tags WHERE name = 'any')", "contact_tags_scope_check"),
            ("INSERT INTO crm.deal_tags (deal_id, tag_id) SELECT d.id, t.id FROM crm.deals AS d, crm.tags AS t WHERE t.name = 'contact'", "deal_tags_scope_check"),
            ("UPDATE crm.tags SET scope = 'deal' WHERE name = 'any'", "tags_scope_check"),
            ("UPDATE crm.tags SET scope = 'contact' WHERE name = 'deal'", "tags_scope_check"),
        ] {
            let error = tx.fails_with(statement, "23514");
            assert_eq!(error.constraint(), Some(constraint), "{statement}");
        }
        tx.exec("UPDATE crm.tags SET scope = 'any'");
    });
    assert_kept(&db);
}

fn concurrently(setup: &str, statement: &str) {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db, "Acme");
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name) SELECT 'c' || i FROM generate_series(1, 5) AS i",
        );
        tx.exec(setup);
    });
    let script = format!("BEGIN; SELECT tenancy.set_context('{acme}'); {statement}; COMMIT;");
    let result = Pgbench::new(&db, &script)
        .role("app_user")
        .clients(8)
        .jobs(2)
        .transactions(20)
        .run();
    assert_eq!((result.transactions, result.failed), (160, 0));
    assert_kept(&db);
    let tags: i64 = app.in_org(&acme, |tx| tx.one("SELECT count(*) FROM crm.tags", &[]));
    assert!(tags > 0, "nothing was done");
}

#[test]
fn sessions_that_write_tags_of_one_contact_at_once_lose_none() {
    concurrently(
        "",
        "UPDATE crm.contacts SET tags = tags || ('t' || floor(random() * 6))::text
          WHERE id = (SELECT id FROM crm.contacts ORDER BY id LIMIT 1 OFFSET floor(random() * 2)::integer)",
    );
}

#[test]
fn sessions_that_tag_many_contacts_at_once_do_not_deadlock() {
    concurrently(
        "INSERT INTO crm.tags (name) SELECT 't' || i FROM generate_series(1, 6) AS i",
        "INSERT INTO crm.contact_tags (contact_id, tag_id)
         SELECT c.id, t.id FROM crm.contacts AS c, crm.tags AS t WHERE random() < 0.3 ORDER BY c.id, t.id
         ON CONFLICT DO NOTHING",
    );
}

#[test]
fn sessions_that_bring_contacts_with_the_same_new_tags_make_them_once() {
    concurrently(
        "",
        "INSERT INTO crm.contacts (first_name, tags)
         SELECT 'n', ARRAY(SELECT 't' || j FROM generate_series(1, 30) AS j ORDER BY random() LIMIT 4) FROM generate_series(1, 3)",
    );
}
