//! Scores are those of the contacts that the caller sees, whichever rules say so: contacts are read below
//! the executor where the tables have the installer's own policies, and by it everywhere else.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, psql, shared};

use super::{AT, contact, start};

/// Two contacts with 10 points each, of two organizations.
fn two(db: &Db) -> (Client, Org, Uuid, Uuid) {
    let (mut app, acme, ann) = start(db);
    let globex = db.org("Globex");
    let ben = app.in_org(&globex, |tx| contact(tx, "Ben"));
    for (org, id) in [(&acme, ann), (&globex, ben)] {
        app.in_org(org, |tx| {
            tx.exec(&format!(
                "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ('{id}', {AT})"
            ));
        });
    }
    (app, acme, ann, ben)
}

/// What the functions answer about both, at a time for which the state answers.
#[track_caller]
fn scores(client: &mut impl Sql, ann: Uuid, ben: Uuid) -> String {
    client.one(
        &format!(
            "SELECT concat_ws(' ', coalesce(crm.calculate_contact_score('{ann}', {AT})::text, '-'),
                                   coalesce(crm.calculate_contact_score('{ben}', {AT})::text, '-'),
                                   (SELECT string_agg(coalesce(score::text, '-'), ' ')
                                      FROM crm.calculate_contact_scores(ARRAY['{ann}', '{ben}', NULL]::uuid[], {AT})))"
        ),
        &[],
    )
}

#[test]
fn whoever_bypasses_policies_sees_all_contacts() {
    let db = shared().fresh_db();
    let (mut app, acme, ann, ben) = two(&db);
    // No role of the application: the report would find it in every database.
    db.cluster()
        .require_role("bypassing_user", "LOGIN BYPASSRLS");
    db.superuser().exec(
        "GRANT USAGE ON SCHEMA crm, tenancy, inbox, commerce TO bypassing_user;
         GRANT SELECT ON ALL TABLES IN SCHEMA crm, inbox, commerce TO bypassing_user",
    );
    assert_eq!(scores(&mut db.superuser(), ann, ben), "10 10 10 10 -");
    let mut bypassing = db.connect_as("bypassing_user");
    assert_eq!(scores(&mut bypassing, ann, ben), "10 10 10 10 -");
    for mut bound in [db.app(), db.readonly(), db.admin()] {
        assert_eq!(scores(&mut bound, ann, ben), "- - - - -", "no organization");
        let own = bound.in_org(&acme, |tx| scores(tx, ann, ben));
        assert_eq!(own, "10 - 10 - -");
    }
    // One session after the other, as roles change.
    let mut dba = db.superuser();
    for (role, expected) in [
        ("app_user", "- - - - -"),
        ("bypassing_user", "10 10 10 10 -"),
        ("readonly_user", "- - - - -"),
    ] {
        dba.exec(&format!("SET ROLE {role}"));
        assert_eq!(scores(&mut dba, ann, ben), expected, "{role}");
    }
    dba.exec("RESET ROLE");
    assert_eq!(scores(&mut dba, ann, ben), "10 10 10 10 -");
    assert_eq!(app.in_org(&acme, |tx| scores(tx, ann, ben)), "10 - 10 - -");
}

/// Policies that somebody adds, and what both applications see then.
#[test]
fn other_policies_are_obeyed_at_once() {
    let db = shared().fresh_db();
    let (mut app, acme, ann, ben) = two(&db);
    let mut dba = db.superuser();
    let seen = |app: &mut Client| app.in_org(&acme, |tx| scores(tx, ann, ben));
    assert_eq!(seen(&mut app), "10 - 10 - -");
    for (change, expected, back) in [
        (
            "CREATE POLICY no_anns ON crm.contacts AS RESTRICTIVE USING (first_name <> 'Ann')",
            "- - - - -",
            "DROP POLICY no_anns ON crm.contacts",
        ),
        (
            "CREATE POLICY all_of_them ON crm.contacts FOR SELECT TO crm_app USING (true)",
            // Of the other one the contact is seen, but not what is kept of it.
            "10 0 10 0 -",
            "DROP POLICY all_of_them ON crm.contacts",
        ),
        (
            "CREATE POLICY nothing_kept ON crm.contact_engagement AS RESTRICTIVE USING (false)",
            // The rows are asked.
            "10 - 10 - -",
            "DROP POLICY nothing_kept ON crm.contact_engagement",
        ),
        (
            "ALTER TABLE crm.contacts DISABLE ROW LEVEL SECURITY; ALTER TABLE crm.contact_engagement DISABLE ROW LEVEL SECURITY",
            "10 10 10 10 -",
            "ALTER TABLE crm.contacts ENABLE ROW LEVEL SECURITY; ALTER TABLE crm.contact_engagement ENABLE ROW LEVEL SECURITY",
        ),
        (
            "ALTER POLICY org_isolation ON crm.contacts TO crm_readonly",
            "- - - - -",
            "ALTER POLICY org_isolation ON crm.contacts TO PUBLIC",
        ),
    ] {
        dba.exec(change);
        assert_eq!(seen(&mut app), expected, "{change}");
        assert_eq!(seen(&mut db.app()), expected, "a new session: {change}");
        dba.exec(back);
        assert_eq!(seen(&mut app), "10 - 10 - -", "{back}");
    }
}

#[test]
fn who_may_not_read_contacts_gets_an_error() {
    let db = shared().fresh_db();
    let (mut app, acme, ann, ben) = two(&db);
    let call = format!("SELECT crm.calculate_contact_score('{ann}', {AT})");
    assert_eq!(app.in_org(&acme, |tx| scores(tx, ann, ben)), "10 - 10 - -");
    db.superuser()
        .exec("REVOKE SELECT ON crm.contacts FROM crm_app");
    app.in_org(&acme, |tx| {
        tx.fails_with(&call, "42501");
    });
    db.superuser()
        .exec("GRANT SELECT ON crm.contacts TO crm_app");
    assert_eq!(app.in_org(&acme, |tx| scores(tx, ann, ben)), "10 - 10 - -");
    // Who insists on an error where policies would hide rows gets it.
    app.in_org(&acme, |tx| {
        tx.exec("SET LOCAL row_security = off");
        tx.fails_with(&call, "42501");
    });
    assert_eq!(app.in_org(&acme, |tx| scores(tx, ann, ben)), "10 - 10 - -");
}

/// Speed rests on it, and no answer tells whether it is so.
#[test]
fn contacts_are_read_by_their_key_as_the_installer_leaves_them() {
    let db = shared().fresh_db();
    let (_, acme, ann, _) = two(&db);
    let how = |before: &str| {
        let script = format!(
            "{before}; SET SESSION AUTHORIZATION app_user; BEGIN; SELECT tenancy.set_context('{acme}');
             SET LOCAL client_min_messages = debug1; SELECT crm.calculate_contact_score('{ann}')"
        );
        let output = psql(&db, &["-q", "-f", "-"], script);
        let told = output
            .stderr
            .lines()
            .filter_map(|line| line.split_once("is read "));
        told.map(|(_, how)| how.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(how("SELECT 1"), ["by its key", "by its key"]);
    let policy = "CREATE POLICY p ON crm.contacts AS RESTRICTIVE USING (first_name <> 'x')";
    assert_eq!(
        how(policy),
        [
            "by its key",
            "through the executor: a policy is restrictive, or for some roles"
        ]
    );
}

/// Few are found by their key, many by reading all.
#[test]
fn many_at_once_have_the_scores_that_they_have_one_by_one() {
    let db = shared().fresh_db();
    let (mut app, acme, _, _) = two(&db);
    let (large, other) = (db.org("Large"), db.org("Other"));
    for org in [&large, &other] {
        app.in_org(org, |tx| {
            tx.exec(
                "INSERT INTO crm.contacts (first_name) SELECT 'c' || i FROM generate_series(1, 900) AS i;
                 INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
                 SELECT c.id, 'sms', 'inbound', 'received', timestamptz '2024-01-01' + n * interval '9 days'
                   FROM crm.contacts AS c, generate_series(1, 1 + abs(hashtext(c.first_name)) % 7) AS n;
                 UPDATE crm.contacts SET deleted_at = now() WHERE first_name LIKE '%7'",
            );
        });
    }
    let mut dba = db.superuser();
    // Of some nothing is kept, of some not all.
    dba.exec(
        "DELETE FROM crm.contact_engagement WHERE contact_id IN (SELECT id FROM crm.contacts WHERE first_name LIKE 'c11%');
         UPDATE crm.contact_engagement SET fit = NULL WHERE contact_id IN (SELECT id FROM crm.contacts WHERE first_name LIKE 'c22%')",
    );
    let ids: String = dba.one(
        "SELECT array_agg(id ORDER BY md5(id::text))::text FROM (SELECT id FROM crm.contacts UNION ALL SELECT id FROM crm.contacts WHERE first_name LIKE 'c1%') AS c",
        &[],
    );
    let differing = format!(
        "SELECT concat_ws(' ', count(*), count(s.score),
                          count(*) FILTER (WHERE s.score IS DISTINCT FROM crm.calculate_contact_score(s.contact_id, at)),
                          bool_and(s.contact_id IS NOT DISTINCT FROM a.id))
           FROM (VALUES (timestamptz '2024-06-01'), ('2024-01-20')) AS t (at)
          CROSS JOIN LATERAL ROWS FROM (crm.calculate_contact_scores('{ids}'::uuid[] || NULL::uuid, at),
                                        unnest('{ids}'::uuid[] || NULL::uuid)) AS s (contact_id, score, id)
          CROSS JOIN LATERAL (SELECT s.id) AS a"
    );
    let mut seen = |org: &Org| -> String { app.in_org(org, |tx| tx.one(&differing, &[])) };
    let (of_large, of_acme) = (seen(&large), seen(&acme));
    assert!(
        of_large.ends_with(" 0 t") && of_acme.ends_with(" 0 t"),
        "{of_large}; {of_acme}"
    );
    let count = |told: &str| told.split(' ').nth(1).and_then(|n| n.parse::<i32>().ok());
    assert!(
        count(&of_large) > Some(1600) && count(&of_acme) == Some(2),
        "{of_large}; {of_acme}"
    );
}
