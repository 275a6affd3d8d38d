//! Sign-ins.

use pg_crm_tests::{Client, Db, Sql, Uuid, shared};

#[track_caller]
fn logins(db: &Db, user: Uuid) -> String {
    db.superuser()
        .lines(&format!(
            "SELECT login_count, last_login_at AT TIME ZONE 'UTC' FROM tenancy.users WHERE id = '{user}'"
        ))
        .remove(0)
}

#[track_caller]
fn sign_in(client: &mut impl Sql, user: Uuid, token: &str, at: &str) {
    client.exec_with(
        "INSERT INTO tenancy.sessions (user_id, token_hash, created_at, expires_at)
         VALUES ($1, sha256($2::text::bytea), $3::text::timestamptz, $3::text::timestamptz + interval '1 hour')",
        &[&user, &token, &at],
    );
}

/// Two users; each signs in as an application does.
fn users() -> (Db, Uuid, Uuid, Client) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let other = db.member(&acme, "other@acme.example", "member");
    let superuser = db.superuser();
    (db, acme.owner, other, superuser)
}

#[test]
fn a_session_counts_as_a_sign_in_of_its_user() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let other = db.member(&acme, "other@acme.example", "member");
    assert_eq!(logins(&db, acme.owner), "0|");
    for (token, at) in [("1", "2026-01-01 10:00+00"), ("2", "2026-01-02 10:00+00")] {
        db.app()
            .in_org_as(&acme, acme.owner, |tx| sign_in(tx, acme.owner, token, at));
    }
    assert_eq!(logins(&db, acme.owner), "2|2026-01-02 10:00:00");
    assert_eq!(logins(&db, other), "0|");
}

#[test]
fn an_older_session_that_is_added_later_leaves_the_last_sign_in() {
    let (db, owner, _, mut dba) = users();
    sign_in(&mut dba, owner, "1", "2026-01-02 10:00+00");
    sign_in(&mut dba, owner, "2", "2026-01-01 10:00+00");
    assert_eq!(logins(&db, owner), "2|2026-01-02 10:00:00");
}

#[test]
fn one_statement_with_many_sessions_counts_each() {
    let (db, owner, other, mut dba) = users();
    dba.exec(&format!(
        "INSERT INTO tenancy.sessions (user_id, token_hash, created_at, expires_at)
         SELECT CASE WHEN i % 3 = 0 THEN '{owner}' ELSE '{other}' END::uuid, sha256(i::text::bytea),
                timestamptz '2026-01-01 00:00+00' + i * interval '1 minute', '2027-01-01'
         FROM generate_series(1, 30) AS i"
    ));
    assert_eq!(logins(&db, owner), "10|2026-01-01 00:30:00");
    assert_eq!(logins(&db, other), "20|2026-01-01 00:29:00");
}

#[test]
fn what_becomes_of_a_session_does_not_count() {
    let (db, owner, _, mut dba) = users();
    sign_in(&mut dba, owner, "1", "2026-01-01 10:00+00");
    let before = logins(&db, owner);
    dba.exec("UPDATE tenancy.sessions SET revoked_at = now(), revoked_reason = 'signed_out'");
    dba.exec("DELETE FROM tenancy.sessions");
    dba.exec("INSERT INTO tenancy.sessions (user_id, token_hash, expires_at) SELECT id, sha256('x'), now() FROM tenancy.users WHERE false");
    assert_eq!(logins(&db, owner), before);
}

#[test]
fn a_sign_in_that_failed_or_was_rolled_back_does_not_count() {
    let (db, owner, _, mut dba) = users();
    dba.exec(&format!(
        "INSERT INTO tenancy.user_credentials (user_id, password_hash, failed_attempts, last_failed_at)
         VALUES ('{owner}', '$argon2id$v=19$0123456789abcdefghijklmnopqrstuv', 1, now())"
    ));
    let mut tx = dba.transaction().expect("a transaction begins");
    sign_in(&mut tx, owner, "1", "2026-01-01 10:00+00");
    let mut savepoint = tx.transaction().expect("a savepoint");
    sign_in(&mut savepoint, owner, "2", "2026-01-03 10:00+00");
    savepoint.rollback().expect("it is undone");
    tx.commit().expect("it is kept");
    assert_eq!(logins(&db, owner), "1|2026-01-01 10:00:00");
}
