//! The organization out of `request.jwt.claims`, where a setting names the claim.

use pg_crm_tests::{Client, Cluster, Db, Org, Sql, shared};

const CONTEXT: &str = "SELECT tenancy.current_org_id(), tenancy.current_user_id()";

/// A database with an organization, whose claims are named as a DBA does it.
fn with_claims(organization: &str, user: &str) -> (Db, Org) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.superuser().exec(&format!(
        "SELECT tenancy.current_org_id();
         ALTER DATABASE {db} SET pg_crm.jwt_claim = '{organization}';
         ALTER DATABASE {db} SET pg_crm.jwt_user_claim = '{user}'",
        db = db.name()
    ));
    (db, acme)
}

/// As PostgREST does it: for one transaction.
#[track_caller]
fn context(client: &mut Client, claims: &str) -> String {
    let mut tx = client.transaction().expect("a transaction begins");
    tx.exec_with(
        "SELECT set_config('request.jwt.claims', $1, true)",
        &[&claims],
    );
    tx.lines(CONTEXT).remove(0)
}

#[test]
fn claims_say_nothing_unless_a_setting_names_them() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let claims = format!(r#"{{"org_id": "{acme}", "sub": "{}"}}"#, acme.owner);
    assert_eq!(context(&mut db.app(), &claims), "|");
    let mut app = db.app();
    app.exec(CONTEXT);
    for setting in ["pg_crm.jwt_claim", "pg_crm.jwt_user_claim"] {
        app.fails_with(&format!("SET {setting} = 'org_id'"), "42501");
    }
    // Before the library is loaded the server takes it for a placeholder.
    let mut app = db.app();
    app.exec("SET pg_crm.jwt_claim = 'org_id'");
    assert_eq!(context(&mut app, &claims), "|");
}

#[test]
fn the_named_claims_are_the_context_of_the_transaction() {
    for (organization, user, claims) in [
        ("org_id", "sub", r#"{"org_id": "{o}", "sub": "{u}"}"#),
        (
            "/app_metadata/org_id",
            "sub",
            r#"{"app_metadata": {"org_id": "{o}"}, "sub": "{u}"}"#,
        ),
        (
            "https://pg-crm.example/org.id",
            "/user/0",
            r#"{"https://pg-crm.example/org.id": "{o}", "user": ["{u}"]}"#,
        ),
    ] {
        let (db, acme) = with_claims(organization, user);
        db.superuser().exec(&format!(
            "INSERT INTO crm.contacts (organization_id, first_name) VALUES ('{acme}', 'Ann')"
        ));
        let owner = acme.owner.to_string();
        let claims = claims
            .replace("{o}", &acme.to_string())
            .replace("{u}", &owner);
        let mut app = db.app();
        assert_eq!(context(&mut app, &claims), format!("{acme}|{owner}"));
        assert_eq!(app.lines(CONTEXT), ["|"], "after the transaction");
        app.exec(&format!("BEGIN; SET LOCAL request.jwt.claims = '{claims}'"));
        let contacts = "SELECT count(*) FROM crm.contacts";
        assert_eq!(app.one::<i64>(contacts, &[]), 1);
        app.exec("SET LOCAL force_parallel_mode = on");
        assert_eq!(app.one::<i64>(contacts, &[]), 1, "in a worker");
        app.exec("SAVEPOINT s; SET LOCAL request.jwt.claims = '{}'");
        assert_eq!(app.one::<i64>(contacts, &[]), 0);
        app.exec("ROLLBACK TO s");
        assert_eq!(app.one::<i64>(contacts, &[]), 1);
        app.exec("COMMIT");
        assert_eq!(app.one::<i64>(contacts, &[]), 0);
    }
}

#[test]
fn claims_that_name_no_organization_are_none() {
    let (db, acme) = with_claims("org_id", "");
    let mut app = db.app();
    for claims in [
        "",
        "x",
        "{}",
        "null",
        r#"{"org_id": null}"#,
        r#"{"org_id": 7}"#,
        r#"{"org_id": "x"}"#,
        r#"{"org_id": {"org_id": "x"}}"#,
        &format!(r#"["{acme}"]"#),
        &format!(r#"{{"org_id": "{acme}""#),
        &format!(r#"{{"sub": "{acme}"}}"#),
        &"[".repeat(1 << 20),
    ] {
        assert_eq!(context(&mut app, claims), "|", "{claims:.99}");
    }
    let claims = format!(r#"{{"org_id": "{acme}"}}"#);
    assert_eq!(context(&mut app, &claims), format!("{acme}|"));
}

#[test]
fn a_setting_goes_before_a_claim() {
    let (db, acme) = with_claims("org_id", "");
    let globex = db.org("Globex");
    let mut app = db.app();
    app.exec(&format!(
        "BEGIN; SET LOCAL request.jwt.claims = '{{\"org_id\": \"{acme}\"}}';
         SELECT tenancy.set_context('{globex}')"
    ));
    assert_eq!(app.lines(CONTEXT), [format!("{globex}|")]);
}

#[test]
fn claims_do_not_count_in_the_other_modes() {
    for mode in ["function", "token"] {
        let cluster = Cluster::start(&[
            ("pg_crm.context_mode", mode),
            ("pg_crm.jwt_claim", "org_id"),
            ("pg_crm.jwt_user_claim", "sub"),
        ]);
        let db = cluster.fresh_db();
        let acme = db.org("Acme");
        let claims = format!(r#"{{"org_id": "{acme}", "sub": "{}"}}"#, acme.owner);
        assert_eq!(context(&mut db.app(), &claims), "|", "{mode}");
    }
}
