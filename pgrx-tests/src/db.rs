//! A database of a test's own, and who may connect to it.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::error::SqlState;
use uuid::Uuid;

use crate::cluster::{Cluster, SUPERUSER};
use crate::sql::{Sql, describe};

/// The database that [`Cluster::fresh_db`] clones.
const TEMPLATE: &str = "crm_template";

/// Login roles, none of them superuser, and the group role that each is a member of.
pub(crate) const LOGIN_ROLES: &[(&str, &str)] = &[
    ("app_user", "crm_app"),
    ("readonly_user", "crm_readonly"),
    ("admin_user", "crm_admin"),
];

/// A database of a test's own.
///
/// It is dropped with its sessions when the value goes: keep it in a variable as long as its
/// connections, `let db = shared().fresh_db();`.
pub struct Db {
    cluster: Cluster,
    name: String,
}

/// An organization with a user who owns it. It prints as the organization's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// `tenancy.organizations.id`
    pub id: Uuid,
    /// `tenancy.users.id` of the member with the role `owner`
    pub owner: Uuid,
}

impl fmt::Display for Org {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(formatter)
    }
}

impl Cluster {
    /// A new database with pg_crm installed, cloned from one where that was done once.
    #[track_caller]
    pub fn fresh_db(&self) -> Db {
        self.require_template();
        self.clone_database(TEMPLATE)
    }

    /// A new database as `CREATE DATABASE` makes it, without pg_crm.
    #[track_caller]
    pub fn empty_db(&self) -> Db {
        self.clone_database("template1")
    }

    /// A new database that takes texts for bytes of no encoding, without pg_crm.
    #[track_caller]
    pub fn unencoded_db(&self) -> Db {
        self.clone_database("template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    }

    /// Makes a role with options such as `LOGIN IN ROLE crm_app`, unless this cluster has it
    /// already: roles are shared by all databases of a cluster, hence by all tests.
    #[track_caller]
    pub fn require_role(&self, name: &str, options: &str) {
        let mut roles = self.0.roles.lock().unwrap_or_else(PoisonError::into_inner);
        if roles.insert(name.to_owned()) {
            self.with_keeper(|client| client.exec(&format!("CREATE ROLE \"{name}\" {options}")));
        }
    }

    /// Makes the template and the login roles; what went wrong once is told to every test.
    #[track_caller]
    fn require_template(&self) {
        let made = self.0.template.get_or_init(|| {
            self.create_database(TEMPLATE, "template1");
            let mut client = self.connect(SUPERUSER, TEMPLATE);
            client
                .batch_execute(&self.0.setup)
                .map_err(|error| describe(&self.0.setup, &error))?;
            // Statistics and hint bits once, instead of by autovacuum in every clone.
            client.exec("VACUUM (FREEZE, ANALYZE)");
            drop(client);
            self.with_keeper(|keeper| {
                keeper.exec(&format!(
                    "ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false"
                ));
            });
            for (role, group) in LOGIN_ROLES {
                self.require_role(role, &format!("LOGIN IN ROLE {group}"));
            }
            Ok(())
        });
        if let Err(error) = made {
            panic!("could not make the database {TEMPLATE}:\n{error}");
        }
    }

    /// The harness' own login roles come with the template; others are the test's matter.
    #[track_caller]
    pub(crate) fn require_login_role(&self, role: &str) {
        if LOGIN_ROLES.iter().any(|(login, _)| *login == role) {
            self.require_template();
        }
    }

    #[track_caller]
    fn clone_database(&self, template: &str) -> Db {
        let number = self.0.database_number.fetch_add(1, Ordering::Relaxed);
        let db = Db {
            cluster: self.clone(),
            name: database_name(number),
        };
        self.create_database(&db.name, template);
        db
    }

    /// Makes a database, waiting while a session (autovacuum, or one that is just ending) is
    /// connected to the template.
    #[track_caller]
    fn create_database(&self, name: &str, template: &str) {
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY {STRATEGY}");
        let deadline = Instant::now() + Duration::from_secs(30);
        self.with_keeper(|keeper| {
            while let Err(error) = keeper.batch_execute(&sql) {
                let busy = error.code() == Some(&SqlState::OBJECT_IN_USE);
                assert!(
                    busy && Instant::now() < deadline,
                    "{}",
                    describe(&sql, &error)
                );
            }
        });
    }
}

/// Measured in memory, on a template of 200 tables and 600 indexes (16 MB): 38 ms a clone, 76 ms by
/// `wal_log`. The checkpoints that `file_copy` asks for cost little where nothing is synced.
const STRATEGY: &str = "file_copy";

/// `t7_inbox_threads_are_sorted`: the name of the test's thread, so that logs and `\l` tell whose
/// database it is, within PostgreSQL's 63 bytes.
fn database_name(number: u32) -> String {
    let thread = std::thread::current();
    let test = thread
        .name()
        .unwrap_or("thread")
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let mut name = format!("t{number}_{}", test.to_ascii_lowercase());
    name.truncate(63);
    name
}

impl Db {
    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster that the database is in.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// A libpq connection string for this database.
    pub fn conninfo(&self, role: &str) -> String {
        self.cluster.conninfo(role, &self.name)
    }

    /// Connects as the superuser, whom row-level security does not bind.
    #[track_caller]
    pub fn superuser(&self) -> Client {
        self.connect_as(SUPERUSER)
    }

    /// Connects as `app_user`, a member of `crm_app`: an application.
    #[track_caller]
    pub fn app(&self) -> Client {
        self.connect_as("app_user")
    }

    /// Connects as `readonly_user`, a member of `crm_readonly`.
    #[track_caller]
    pub fn readonly(&self) -> Client {
        self.connect_as("readonly_user")
    }

    /// Connects as `admin_user`, a member of `crm_admin`.
    #[track_caller]
    pub fn admin(&self) -> Client {
        self.connect_as("admin_user")
    }

    /// Connects as any role; see [`Cluster::require_role`] for roles of a test's own.
    #[track_caller]
    pub fn connect_as(&self, role: &str) -> Client {
        self.cluster.require_login_role(role);
        self.cluster.connect(role, &self.name)
    }

    /// Makes an organization and a user who owns it. The slug is the name in lower case, so names
    /// differ within a test.
    #[track_caller]
    pub fn org(&self, name: &str) -> Org {
        let mut client = self.superuser();
        let slug = slug(name);
        let id = client.one(
            "INSERT INTO tenancy.organizations (name, slug) VALUES ($1, $2) RETURNING id",
            &[&name, &slug],
        );
        let owner = add_member(&mut client, id, &format!("owner@{slug}.example"), "owner");
        Org { id, owner }
    }

    /// Makes a user and a member of the organization with this role; returns the user's id.
    #[track_caller]
    pub fn member(&self, org: &Org, email: &str, role: &str) -> Uuid {
        add_member(&mut self.superuser(), org.id, email, role)
    }
}

#[track_caller]
fn add_member(client: &mut Client, organization_id: Uuid, email: &str, role: &str) -> Uuid {
    let user: Uuid = client.one(
        "INSERT INTO tenancy.users (email, name) VALUES ($1::text, $1::text) RETURNING id",
        &[&email],
    );
    client.exec_with(
        "INSERT INTO tenancy.organization_members (organization_id, user_id, role)
         VALUES ($1, $2, $3::text)",
        &[&organization_id, &user, &role],
    );
    user
}

fn slug(name: &str) -> String {
    name.to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

impl Drop for Db {
    fn drop(&mut self) {
        // A stopped server's databases go with its directory.
        self.cluster.with_keeper_if_up(|keeper| {
            // DROP DATABASE itself looks for sessions every 100 ms only, and finds at first the
            // test's own, which is just ending.
            let sessions = format!(
                "SELECT pg_catalog.pg_terminate_backend(pid)
                 FROM pg_catalog.pg_stat_activity
                 WHERE datname = '{}'",
                self.name,
            );
            for _ in 0..100 {
                match keeper.query(&sessions, &[]) {
                    Ok(rows) if !rows.is_empty() => sleep(Duration::from_millis(1)),
                    _ => break,
                }
            }
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            if let Err(error) = keeper.batch_execute(&sql) {
                // Not a panic: the test may be in one already.
                eprintln!("{}", describe(&sql, &error));
            }
        });
    }
}
