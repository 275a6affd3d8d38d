//! Which PostgreSQL the tests run against, and as whom its programs run.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of a PostgreSQL program, in the bindir of `PG_CRM_PG_CONFIG` or of `pg_config`.
pub(crate) fn pg_program(name: &str) -> PathBuf {
    static BINDIR: OnceLock<PathBuf> = OnceLock::new();
    let bindir = BINDIR.get_or_init(|| {
        let pg_config = std::env::var_os("PG_CRM_PG_CONFIG").unwrap_or_else(|| "pg_config".into());
        let output = Command::new(&pg_config)
            .arg("--bindir")
            .output()
            .unwrap_or_else(|error| panic!("could not run {}: {error}", pg_config.display()));
        assert!(
            output.status.success(),
            "{} --bindir failed: {}",
            pg_config.display(),
            String::from_utf8_lossy(&output.stderr),
        );
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
    });
    bindir.join(name)
}

/// The path of PgBouncer, which `PG_CRM_PGBOUNCER` may name; sbin is seldom in a user's PATH.
pub(crate) fn pgbouncer() -> PathBuf {
    std::env::var_os("PG_CRM_PGBOUNCER").map_or_else(|| "/usr/sbin/pgbouncer".into(), PathBuf::from)
}

/// Where clusters live: `PG_CRM_TEST_DIR`, or `/dev/shm` where it has room, or `/tmp`.
///
/// Tests make and drop databases of a thousand files each. Memory does that in 0.1 s; ext4 without
/// a journal took 2 to 3 s, because it searches long for an inode that was not deleted lately.
pub(crate) fn data_root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| match std::env::var_os("PG_CRM_TEST_DIR") {
        Some(dir) => dir.into(),
        None if available_kib("/dev/shm") >= ROOM_KIB => "/dev/shm".into(),
        None => "/tmp".into(),
    })
}

/// A cluster begins with 40 MB and may have a gigabyte of WAL (`max_wal_size`).
const ROOM_KIB: u64 = 2 * 1024 * 1024;

fn available_kib(dir: &str) -> u64 {
    let df = Command::new("df")
        .args(["--output=avail", "-k", dir])
        .output();
    let text = df.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .unwrap_or(0)
}

/// A command that runs `program` as the server's user, in an environment where nothing names
/// another server or changes messages: a Rust panic in a server (`RUST_BACKTRACE`) must look in
/// tests as it looks in production. That user is, as PostgreSQL refuses to run as root, then
/// `PG_CRM_SERVER_USER` or `postgres`.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = if is_root() {
        let user = std::env::var("PG_CRM_SERVER_USER").unwrap_or_else(|_| "postgres".to_owned());
        let mut command = Command::new("runuser");
        command.args(["-u", &user, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
