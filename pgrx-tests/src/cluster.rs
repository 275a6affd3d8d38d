//! A private PostgreSQL server.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use crate::sql::Sql;
use crate::watchdog::{Watchdog, is_alive};
use crate::{eventually, install};

/// The superuser of every cluster.
pub(crate) const SUPERUSER: &str = "postgres";

/// The number in the socket's name; clusters differ by directory and listen on no address.
const PORT: u16 = 5432;

/// Start-up and recovery after a crash end within this time, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every cluster has before its own settings. Nothing here survives a power failure, and
/// nothing here has to.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("max_connections", "200"),
    // In the data directory: the default, /dev/shm, keeps what a killed postmaster leaves.
    ("dynamic_shared_memory_type", "mmap"),
];

/// SQL to be executed after CREATE EXTENSION, from the file that `PG_CRM_PATCH` names: a change of a
/// function can be tried on all tests before it is built.
fn patch() -> String {
    std::env::var("PG_CRM_PATCH").map_or_else(
        |_| String::new(),
        |path| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")),
    )
}

/// A private PostgreSQL server with a data directory and a socket directory of its own.
///
/// A cheap handle: the server stops and its files go with the last clone of it, the last
/// [`Db`](crate::Db) in it, or the process, whatever its end.
#[derive(Clone)]
pub struct Cluster(pub(crate) Arc<Server>);

pub(crate) struct Server {
    watchdog: Watchdog,
    /// What the template of [`Cluster::fresh_db`] is made with.
    pub(crate) setup: String,
    pub(crate) template: OnceLock<Result<(), String>>,
    pub(crate) roles: Mutex<BTreeSet<String>>,
    pub(crate) database_number: AtomicU32,
    /// Idle connections of the superuser to the database `postgres`, kept because making and
    /// dropping databases is what every test does.
    keepers: Mutex<Vec<Client>>,
}

impl Cluster {
    /// Starts a server with these settings besides the defaults; panics with its log where it
    /// does not come up.
    #[track_caller]
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::try_start(settings).unwrap_or_else(|log| panic!("server did not start:\n{log}"))
    }

    /// Like [`start`](Self::start), for settings that a server may refuse: the error is its log.
    pub fn try_start(settings: &[(&str, &str)]) -> Result<Self, String> {
        Self::with_setup(
            settings,
            &format!("CREATE EXTENSION pg_crm CASCADE;\n{}", patch()),
        )
    }

    /// A cluster whose template for fresh databases is made by another script. For the tests of
    /// the harness itself, which need no extension.
    #[doc(hidden)]
    pub fn with_setup(settings: &[(&str, &str)], setup: &str) -> Result<Self, String> {
        let watchdog = Watchdog::new("QUIT");
        let template = initdb_template().dir().join("data");
        watchdog.run(&[
            "cp",
            "-r",
            "--reflink=auto",
            &template.to_string_lossy(),
            "data",
        ]);
        let cluster = Self(Arc::new(Server {
            watchdog,
            setup: setup.to_owned(),
            template: OnceLock::new(),
            roles: Mutex::default(),
            database_number: AtomicU32::new(1),
            keepers: Mutex::default(),
        }));
        cluster.configure(SETTINGS);
        let socket_dir = cluster.socket_dir().to_string_lossy();
        cluster.configure(&[
            ("unix_socket_directories", &socket_dir),
            ("port", &PORT.to_string()),
        ]);
        cluster.configure(settings);
        cluster.start_server()?;
        Ok(cluster)
    }

    /// Adds settings to `postgresql.conf`, the last of a name being the one that counts.
    /// The server reads them when it starts, or by `SELECT pg_reload_conf()`.
    pub fn configure(&self, settings: &[(&str, &str)]) {
        let path = self.socket_dir().join("data/postgresql.conf");
        let mut file = OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("postgresql.conf is ours");
        for (name, value) in settings {
            let value = value.replace('\'', "''");
            writeln!(file, "{name} = '{value}'").expect("could not write postgresql.conf");
        }
    }

    /// Stops the server by a fast shutdown; its sessions are ended.
    pub fn stop(&self) {
        self.forget_keepers();
        self.0.watchdog.stop("INT");
    }

    /// Starts the server again, after [`stop`](Self::stop) or [`kill9_postmaster`](Self::kill9_postmaster).
    #[track_caller]
    pub fn start_again(&self) {
        self.start_server()
            .unwrap_or_else(|log| panic!("server did not start:\n{log}"));
    }

    /// Stops and starts the server.
    #[track_caller]
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// SIGKILL for the postmaster, as the kernel does when memory runs out; the server stays down.
    /// What was committed in the last moment is lost, unless the cluster has `synchronous_commit` on.
    pub fn kill9_postmaster(&self) {
        self.forget_keepers();
        self.0.watchdog.stop("KILL");
    }

    /// SIGKILL for one backend; returns when the server has ended all others, recovered, and
    /// accepts connections again. What was committed in the last moment is lost, unless the cluster
    /// has `synchronous_commit` on.
    #[track_caller]
    pub fn kill9_backend(&self, pid: i32) {
        const RECOVERING: &str = "all server processes terminated; reinitializing";
        let recoveries = || self.log().matches(RECOVERING).count();
        let before = recoveries();
        let pid = pid.try_into().expect("a process id is positive");
        assert!(self.0.watchdog.kill9(pid), "no process {pid}");
        eventually("recovery after a killed backend", || recoveries() > before);
        self.forget_keepers();
        self.with_keeper(|client| client.exec("SELECT"));
    }

    /// The directory of the Unix socket: what `-h` and `PGHOST` take.
    pub fn socket_dir(&self) -> &Path {
        self.0.watchdog.dir()
    }

    /// The number in the socket's name: what `-p` and `PGPORT` take.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// A path for a test's file in the cluster's directory, where the programs of
    /// [`tool`](crate::tool) may write; it goes with the cluster.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.socket_dir().join(name)
    }

    /// A libpq connection string.
    pub fn conninfo(&self, role: &str, database: &str) -> String {
        let dir = self.socket_dir().display();
        format!("host={dir} port={PORT} user={role} dbname={database}")
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        self.0.watchdog.log()
    }

    /// Connects, waiting while the server starts or recovers.
    #[track_caller]
    pub fn connect(&self, role: &str, database: &str) -> Client {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.try_connect(role, database) {
                Ok(client) => return client,
                Err(error)
                    if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
                        && Instant::now() < deadline =>
                {
                    sleep(Duration::from_millis(10));
                }
                Err(error) => panic!("{role} could not connect to {database}: {error:?}"),
            }
        }
    }

    /// Connects, or says why not: for roles and databases that must be refused.
    pub fn try_connect(&self, role: &str, database: &str) -> Result<Client, postgres::Error> {
        Config::new()
            .host_path(self.socket_dir())
            .port(PORT)
            .user(role)
            .dbname(database)
            .application_name("pg_crm_tests")
            .connect(NoTls)
    }

    /// Lends out a superuser's connection to the database `postgres`.
    #[track_caller]
    pub(crate) fn with_keeper<T>(&self, work: impl FnOnce(&mut Client) -> T) -> T {
        let mut keeper = self
            .idle_keeper()
            .unwrap_or_else(|| self.connect(SUPERUSER, "postgres"));
        let result = work(&mut keeper);
        self.keepers().push(keeper);
        result
    }

    /// Like [`with_keeper`](Self::with_keeper), but does nothing where the server is down.
    pub(crate) fn with_keeper_if_up(&self, work: impl FnOnce(&mut Client)) {
        let connect = || self.try_connect(SUPERUSER, "postgres").ok();
        if let Some(mut keeper) = self.idle_keeper().or_else(connect) {
            work(&mut keeper);
            self.keepers().push(keeper);
        }
    }

    /// A connection that still works: a crash that a test provoked ends these sessions too.
    fn idle_keeper(&self) -> Option<Client> {
        let mut keeper = self.keepers().pop()?;
        keeper.simple_query("").is_ok().then_some(keeper)
    }

    fn forget_keepers(&self) {
        self.keepers().clear();
    }

    fn keepers(&self) -> MutexGuard<'_, Vec<Client>> {
        self.0
            .keepers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn start_server(&self) -> Result<(), String> {
        let postgres = install::pg_program("postgres");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log_before = self.log().len();
            let pid = self
                .0
                .watchdog
                .start(&[&postgres.to_string_lossy(), "-D", "data"]);
            if self.is_ready(pid, deadline) {
                return Ok(());
            }
            self.0.watchdog.stop("QUIT");
            let log = self.log().split_off(log_before);
            // Backends of a killed postmaster notice its death within a moment.
            let in_use = log.contains("is still in use");
            if !in_use || Instant::now() > deadline {
                return Err(log);
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn is_ready(&self, pid: u32, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            if let Ok(client) = self.try_connect(SUPERUSER, "postgres") {
                self.keepers().push(client);
                return true;
            }
            if !is_alive(pid) {
                return false;
            }
            sleep(Duration::from_millis(10));
        }
        false
    }
}

/// A data directory that clusters are copied from, made once per process.
fn initdb_template() -> &'static Watchdog {
    static TEMPLATE: OnceLock<Watchdog> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let watchdog = Watchdog::new("QUIT");
        let initdb = install::pg_program("initdb");
        let options = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ];
        let mut command = vec![
            initdb.to_str().expect("the bindir is UTF-8"),
            "-D",
            "data",
            "-U",
            SUPERUSER,
        ];
        command.extend(options);
        watchdog.run(&command);
        watchdog
    })
}
