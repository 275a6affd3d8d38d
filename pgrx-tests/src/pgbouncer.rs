//! A connection pooler before a cluster.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use postgres::{Client, Config, NoTls};

use crate::cluster::SUPERUSER;
use crate::db::LOGIN_ROLES;
use crate::watchdog::{Watchdog, is_alive};
use crate::{Cluster, Db, Sql, eventually, install};

const PORT: u16 = 6432;

/// When a server connection goes back to the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// When the client leaves.
    Session,
    /// When a transaction ends.
    Transaction,
    /// When a statement ends.
    Statement,
}

/// A PgBouncer before a cluster, for all databases of it and the login roles that exist at its
/// start; it trusts everybody. It stops with the value, or with the process.
pub struct PgBouncer {
    watchdog: Watchdog,
    /// The cluster outlives its pooler.
    _cluster: Cluster,
}

impl PgBouncer {
    /// Starts it with at most `pool_size` server connections for each pair of database and role.
    #[track_caller]
    pub fn start(cluster: &Cluster, pool_mode: PoolMode, pool_size: u32) -> Self {
        let watchdog = Watchdog::new("TERM");
        let dir = watchdog.dir().display();
        let config = format!(
            "[databases]
* = host={} port={}
[pgbouncer]
listen_port = {PORT}
unix_socket_dir = {dir}
auth_type = trust
auth_file = {dir}/users.txt
admin_users = {SUPERUSER}
pool_mode = {}
default_pool_size = {pool_size}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
",
            cluster.socket_dir().display(),
            cluster.port(),
            format!("{pool_mode:?}").to_lowercase(),
        );
        write(&watchdog.dir().join("pgbouncer.ini"), &config);
        write(&watchdog.dir().join("users.txt"), &users(cluster));

        let program = install::pgbouncer();
        let pid = watchdog.start(&[&program.to_string_lossy(), "pgbouncer.ini"]);
        let socket = watchdog.dir().join(format!(".s.PGSQL.{PORT}"));
        eventually("PgBouncer listens", || {
            assert!(
                is_alive(pid),
                "PgBouncer did not start:\n{}",
                watchdog.log()
            );
            UnixStream::connect(&socket).is_ok()
        });
        Self {
            watchdog,
            _cluster: cluster.clone(),
        }
    }

    /// Connects to a database through the pool.
    ///
    /// In the modes transaction and statement, statements with parameters belong in a transaction:
    /// they are prepared and executed by two messages, which may reach two servers otherwise.
    #[track_caller]
    pub fn connect(&self, db: &Db, role: &str) -> Client {
        db.cluster().require_login_role(role);
        self.client(role, db.name())
    }

    /// Connects to the admin console, which understands `SHOW POOLS` and the like, by
    /// [`rows_text`](Sql::rows_text).
    #[track_caller]
    pub fn console(&self) -> Client {
        self.client(SUPERUSER, "pgbouncer")
    }

    /// The directory of its Unix socket.
    pub fn socket_dir(&self) -> &Path {
        self.watchdog.dir()
    }

    /// The number in its socket's name.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        self.watchdog.log()
    }

    #[track_caller]
    fn client(&self, role: &str, database: &str) -> Client {
        Config::new()
            .host_path(self.socket_dir())
            .port(PORT)
            .user(role)
            .dbname(database)
            .connect(NoTls)
            .unwrap_or_else(|error| {
                panic!("could not connect by PgBouncer: {error:?}\n{}", self.log())
            })
    }
}

/// PgBouncer lets in only whom its file names, even where it trusts.
fn users(cluster: &Cluster) -> String {
    let sql = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolcanlogin";
    let mut roles: Vec<String> = cluster.with_keeper(|keeper| keeper.column(sql, &[]));
    roles.extend(LOGIN_ROLES.iter().map(|(role, _)| (*role).to_owned()));
    roles.sort();
    roles.dedup();
    roles
        .iter()
        .map(|role| format!("\"{role}\" \"\"\n"))
        .collect()
}

/// The directory is the server user's alone, the file root's perhaps: so others must be able to read it.
fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the directory is ours");
    fs::set_permissions(path, Permissions::from_mode(0o644)).expect("the file is ours");
}
