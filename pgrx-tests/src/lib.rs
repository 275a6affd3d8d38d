//! Test harness of pg_crm: private servers, a fresh database for each test, and short ways to ask.
//!
//! The crate sees SQL only and links nothing of the extension. A test reads like this:
//!
//! ```ignore
//! use pg_crm_tests::{Sql, shared};
//!
//! #[test]
//! fn contacts_of_another_organization_are_invisible() {
//!     let db = shared().fresh_db();
//!     let (acme, globex) = (db.org("Acme"), db.org("Globex"));
//!     let mut app = db.app();
//!     app.in_org(&acme, |tx| tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')"));
//!     let seen: i64 = app.in_org(&globex, |tx| tx.one("SELECT count(*) FROM crm.contacts", &[]));
//!     assert_eq!(seen, 0);
//! }
//! ```
//!
//! | want | use |
//! |---|---|
//! | a database with pg_crm in it | [`shared`]`().`[`fresh_db`](Cluster::fresh_db)`()` |
//! | a database without it | [`shared`]`().`[`empty_db`](Cluster::empty_db)`()` |
//! | a server with other settings, or one to stop and kill | [`Cluster::start`] |
//! | values, errors, whole tables | [`Sql`], on connections and transactions |
//! | `pg_dump`, `psql`, `pg_restore` and others | [`pg_dump`], [`psql`], [`pg_restore`], [`tool`] |
//! | load, pooling | [`Pgbench`], [`PgBouncer`] |
//! | the SQL of a document | [`docs`] |
//! | the documents of the data model | [`schema_docs`] |
//!
//! Servers run the binaries of `pg_config`, or of the one named by `PG_CRM_PG_CONFIG`. As root they
//! run as `PG_CRM_SERVER_USER`, or as `postgres`. Their files are in `PG_CRM_TEST_DIR`, or in memory
//! (`/dev/shm`) where it has 2 GiB to spare, or in `/tmp`. Whatever happens to the test process, a
//! watchdog stops its servers and removes their files.

mod cluster;
mod db;
pub mod docs;
mod install;
mod pgbench;
mod pgbouncer;
pub mod schema_docs;
mod snapshot;
mod sql;
mod tools;
mod watchdog;

use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use cluster::Cluster;
pub use db::{Db, Org};
pub use pgbench::{BenchResult, Pgbench};
pub use pgbouncer::{PgBouncer, PoolMode};
pub use postgres::error::DbError;
pub use postgres::{Client, Transaction};
pub use serde_json::{Value, json};
pub use snapshot::Snapshot;
pub use sql::{Params, Sql};
pub use tools::{Output, pg_dump, pg_restore, psql, tool};
pub use uuid::Uuid;

/// The cluster that all tests of the process share, with default settings, started at first use.
///
/// A test that changes the cluster (settings, restarts, crashes) starts its own.
pub fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(&[]))
}

/// Asks again and again until the answer is yes; panics, naming `what`, after 30 seconds.
#[track_caller]
pub fn eventually(what: &str, mut answer: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !answer() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        sleep(Duration::from_millis(10));
    }
}
