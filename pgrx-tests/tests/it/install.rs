//! CREATE EXTENSION, DROP EXTENSION and what they leave: code is the extension's, data is the
//! user's.

mod dump;
mod fixture;
mod reattach;
mod refusals;

use pg_crm_tests::{Cluster, Sql, shared};

#[test]
fn the_extension_owns_functions_and_nothing_else() {
    let db = shared().fresh_db();
    let owned = db.superuser().lines(
        "SELECT DISTINCT d.classid::regclass
           FROM pg_depend AS d
           JOIN pg_extension AS e ON e.oid = d.refobjid
          WHERE d.refclassid = 'pg_extension'::regclass
            AND d.deptype = 'e'
            AND e.extname = 'pg_crm'",
    );
    assert_eq!(owned, ["pg_proc"]);
}

#[test]
fn the_required_extensions_may_live_in_any_schema() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE SCHEMA \"Odd place\";
         CREATE EXTENSION pg_trgm SCHEMA \"Odd place\";
         CREATE EXTENSION pg_crm CASCADE",
    );
    assert_eq!(
        dba.one::<String>("SELECT maint.install_schema()", &[]),
        "the data model is complete, nothing was made"
    );
}

#[test]
fn the_callers_search_path_comes_back_and_plays_no_part() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE SCHEMA mine;
         CREATE FUNCTION mine.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$;
         SET search_path = mine, pg_catalog;
         SET pg_crm.install = 'never';
         CREATE EXTENSION pg_crm CASCADE;
         SET pg_crm.install = 'auto';
         SELECT maint.install_schema()",
    );
    assert_eq!(
        dba.one::<String>("SELECT current_setting('search_path')", &[]),
        "mine, pg_catalog"
    );
    let fooled: i64 = dba.one(
        "SELECT count(*) FROM pg_depend WHERE refobjid = 'mine.now'::regproc",
        &[],
    );
    assert_eq!(fooled, 0, "a default calls mine.now()");
}

#[test]
fn install_never_makes_only_the_code_and_the_call_by_hand_the_rest() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec("SET pg_crm.install = 'never'; CREATE EXTENSION pg_crm CASCADE");
    assert_eq!(
        dba.one::<Option<String>>("SELECT to_regclass('crm.contacts')::text", &[]),
        None
    );
    dba.exec("SET pg_crm.install = 'auto'");
    let made: String = dba.one("SELECT maint.install_schema()", &[]);
    assert!(made.starts_with("made the data model: "), "{made}");
    assert_eq!(
        dba.one::<String>("SELECT maint.install_schema()", &[]),
        "the data model is complete, nothing was made"
    );
}

#[test]
fn install_always_makes_the_model_with_row_security_off() {
    let db = shared().empty_db();
    let mut dba = db.superuser();
    dba.exec(
        "SET row_security = off;
         SET pg_crm.install = 'always';
         CREATE EXTENSION pg_crm CASCADE",
    );
    assert_eq!(dba.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 0);
}

#[test]
fn only_a_superuser_says_whether_the_model_is_made() {
    let db = shared().fresh_db();
    db.app()
        .fails_with("SELECT maint.install_schema()", "42501");
    let mut admin = db.admin();
    admin.fails_with("SELECT maint.install_schema()", "42501");
    admin.exec("SELECT tenancy.current_org_id()"); // loads the library
    admin.fails_with("SET pg_crm.install = 'never'", "42501");
    let mut dba = db.superuser();
    dba.exec("SELECT tenancy.current_org_id()");
    dba.fails_with("SET pg_crm.install = 'sometimes'", "22023");
}

#[test]
fn it_works_preloaded() {
    let cluster = Cluster::start(&[("shared_preload_libraries", "pg_crm")]);
    let db = cluster.fresh_db();
    let acme = db.org("Acme");
    let score: i32 = db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (email) VALUES ('ann@example.com')");
        tx.one(
            "SELECT crm.calculate_contact_score(id) FROM crm.contacts",
            &[],
        )
    });
    assert_eq!(score, 5);
    // Known before any function was called, since the library is loaded.
    db.app()
        .fails_with("SET app.current_org_id = 'no uuid'", "22023");
}

#[test]
fn two_databases_of_a_cluster_share_the_roles() {
    let cluster = Cluster::start(&[]);
    let (one, two) = (cluster.empty_db(), cluster.empty_db());
    std::thread::scope(|scope| {
        for db in [&one, &two] {
            scope.spawn(|| db.superuser().exec("CREATE EXTENSION pg_crm CASCADE"));
        }
    });
    let roles = one.superuser().lines(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles
          WHERE rolname LIKE 'crm\\_%' ORDER BY 1",
    );
    assert_eq!(
        roles,
        ["crm_admin|f|f|f", "crm_app|f|f|f", "crm_readonly|f|f|f"]
    );
}

#[test]
fn the_group_roles_get_what_they_need_and_no_more() {
    let db = shared().fresh_db();
    let grants = db.superuser().lines(
        "SELECT DISTINCT a.grantee::regrole, a.privilege_type
           FROM pg_class AS c, aclexplode(c.relacl) AS a
          WHERE c.relnamespace IN ('crm'::regnamespace, 'inbox'::regnamespace)
            AND c.relkind IN ('r', 'p', 'v')
            AND a.grantee <> c.relowner
          ORDER BY 1, 2",
    );
    assert_eq!(
        grants,
        [
            "crm_app|DELETE",
            "crm_app|INSERT",
            "crm_app|SELECT",
            "crm_app|UPDATE",
            "crm_readonly|SELECT",
            "crm_admin|DELETE",
            "crm_admin|INSERT",
            "crm_admin|SELECT",
            "crm_admin|UPDATE",
        ]
    );
    for (statement, case) in [
        ("UPDATE crm.contact_engagement SET rank = 1", "kept state"),
        ("DELETE FROM crm.countries", "reference data"),
        (
            "UPDATE crm.deal_stage_history SET changed_at = now()",
            "a ledger",
        ),
        ("TRUNCATE crm.contacts", "everything at once"),
        ("SELECT 1 FROM maint.schema_migrations", "maintenance"),
        ("SELECT 1 FROM analytics.events_default", "a partition"),
    ] {
        let mut app = db.app();
        assert!(app.attempt(statement, &[]).is_err(), "{case}: {statement}");
        app.fails_with(statement, "42501");
    }
    for hidden in ["user_credentials", "sessions", "password_resets"] {
        db.readonly()
            .fails_with(&format!("SELECT 1 FROM tenancy.{hidden}"), "42501");
    }
}

#[test]
fn what_a_dba_adds_later_is_granted_by_default() {
    let db = shared().fresh_db();
    db.superuser().exec("CREATE TABLE crm.extra (a integer)");
    db.app().exec("INSERT INTO crm.extra VALUES (1)");
    db.readonly().exec("SELECT * FROM crm.extra");
    db.readonly().fails_with("DELETE FROM crm.extra", "42501");
    db.app().fails_with("TRUNCATE crm.extra", "42501");
}
