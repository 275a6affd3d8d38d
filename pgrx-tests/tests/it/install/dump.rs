//! pg_dump and pg_restore: what comes back equals what was there.

use pg_crm_tests::{Db, Sql, pg_dump, pg_restore, psql, shared};

use super::fixture::{catalog, difference, lived_in};

/// A dump as text, without the random key that newer pg_dump versions write around it.
fn dump(db: &Db) -> String {
    pg_dump(db, &[])
        .ok()
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[track_caller]
fn assert_same(original: &Db, copy: &Db) {
    let (before, after) = (catalog(original), catalog(copy));
    assert!(before == after, "{}", difference(&before, &after));
    let (rows, restored) = (original.snapshot(), copy.snapshot());
    for (table, rows) in &rows {
        assert_eq!(Some(rows), restored.get(table), "{table}");
    }
    assert!(dump(original) == dump(copy), "the dumps differ");
}

#[test]
fn a_plain_dump_restores_in_one_transaction() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    assert_same(&db, &copy);
    let position: i64 = copy
        .superuser()
        .one("SELECT nextval('crm.users_sequence')", &[]);
    assert_eq!(position, 42);
}

#[test]
fn an_archive_restores_in_parallel() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    // A name in the cluster's directory, where the programs run.
    let archive = format!("{}.dump", copy.name());
    pg_dump(&db, &["-Fc", "-f", &archive]).ok();
    pg_restore(&copy, &["-j2", "--exit-on-error", &archive], "").ok();
    assert_same(&db, &copy);
}

#[test]
fn a_copy_of_a_copy_is_the_same_and_works() {
    let (db, acme) = lived_in();
    let (copy, second) = (shared().empty_db(), shared().empty_db());
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    psql(&second, &["-1", "-q"], pg_dump(&copy, &[]).ok()).ok();
    assert_same(&db, &second);
    let score: i32 = second.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name, email) VALUES ('New', 'new@example.com');
             INSERT INTO inbox.messages (contact_id, channel, direction, content)
             SELECT id, 'sms', 'inbound', 'hi' FROM crm.contacts WHERE first_name = 'New'",
        );
        tx.one(
            "SELECT crm.calculate_contact_score(id) FROM crm.contacts WHERE first_name = 'New'",
            &[],
        )
    });
    assert_eq!(score, 9);
}

#[test]
fn triggers_do_not_fire_again() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    for table in ["crm.contact_engagement", "public.firings"] {
        assert_eq!(copy.table(table), db.table(table), "{table}");
    }
}

#[test]
fn a_restored_database_drops_and_re_attaches_like_the_original() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    copy.superuser().exec(
        "SET client_min_messages = error;
         DROP EXTENSION pg_crm CASCADE;
         CREATE EXTENSION pg_crm",
    );
    let (before, after) = (catalog(&db), catalog(&copy));
    assert!(before == after, "{}", difference(&before, &after));
}

#[test]
fn a_dump_taken_with_row_security_restores_with_install_never() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    let script = pg_dump(&db, &["--enable-row-security"]).ok();
    // Such a dump does not switch row security off, so it must be said.
    psql(
        &copy,
        &["-1", "-q", "-v", "ON_ERROR_STOP=1"],
        format!("SET pg_crm.install = 'never';\n{script}"),
    )
    .ok();
    let (before, after) = (catalog(&db), catalog(&copy));
    assert!(before == after, "{}", difference(&before, &after));
}

#[test]
fn a_schema_only_dump_makes_an_empty_equal_model() {
    let (db, _) = lived_in();
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &["--schema-only"]).ok()).ok();
    let (before, after) = (catalog(&db), catalog(&copy));
    assert!(before == after, "{}", difference(&before, &after));
}
