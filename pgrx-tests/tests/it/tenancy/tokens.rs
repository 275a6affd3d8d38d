//! Signed tokens: `tenancy.authenticate`, the functions that make tokens, and their keys.

mod forge;
mod forgeries;
mod issuing;
mod keys;
mod reference;
mod transactions;

use pg_crm_tests::{Client, Db, DbError, Org, Sql, Uuid, Value, json, shared};

use forge::{Hs256, now};

/// The organization and the user of a session.
type Context = (Option<Uuid>, Option<Uuid>);

const NONE: Context = (None, None);

#[track_caller]
fn context(client: &mut impl Sql) -> Context {
    (
        client.one("SELECT tenancy.current_org_id()", &[]),
        client.one("SELECT tenancy.current_user_id()", &[]),
    )
}

/// A database with an organization, and a key that the test can sign anything with.
fn acme() -> (Db, Org, Hs256) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let key = Hs256::new("default");
    key.install(&db, "");
    (db, acme, key)
}

/// Claims that are accepted.
fn claims(org: &Org) -> Value {
    json!({"aud": "pg_crm", "exp": now() + 600, "org_id": org.to_string()})
}

/// Claims that are accepted, with another member, or without that one where it is NULL.
fn claims_with(org: &Org, name: &str, value: Value) -> Value {
    let mut claims = claims(org);
    let members = claims.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    claims
}

#[track_caller]
fn authenticate(client: &mut impl Sql, token: &str) -> Uuid {
    client.one("SELECT tenancy.authenticate($1)", &[&token])
}

#[track_caller]
fn refused(client: &mut impl Sql, token: &str) -> DbError {
    client.fails_with_params("SELECT tenancy.authenticate($1)", &[&token], "28000")
}

/// Makes a token as the superuser, with arguments as SQL.
#[track_caller]
fn issued(db: &Db, arguments: &str) -> String {
    db.superuser()
        .one(&format!("SELECT tenancy.issue_token({arguments})"), &[])
}

/// Why tokens of this session were refused, as the server's log says, in order.
#[track_caller]
fn logged_reasons(db: &Db, client: &mut Client) -> Vec<String> {
    let pid: i32 = client.one("SELECT pg_backend_pid()", &[]);
    let prefix = format!("[{pid}] LOG:  token was refused: it ");
    db.cluster()
        .log()
        .lines()
        .filter_map(|line| Some(line.split_once(&prefix)?.1.to_owned()))
        .collect()
}
