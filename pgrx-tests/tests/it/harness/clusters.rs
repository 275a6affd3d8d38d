//! Servers: settings, restarts, crashes, and that they never outlive the process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use pg_crm_tests::{Cluster, Sql, eventually};
use postgres::NoTls;

use super::{has_processes, start};

#[test]
fn cluster_has_the_settings_it_was_given_and_no_address() {
    let cluster = start(&[
        ("work_mem", "5MB"),
        ("cluster_name", "it's mine"),
        ("max_connections", "7"),
    ]);
    let db = cluster.empty_db();
    let mut client = db.superuser();
    for (setting, value) in [
        ("work_mem", "5MB"),
        ("cluster_name", "it's mine"),
        ("max_connections", "7"),
        ("listen_addresses", ""),
        ("fsync", "off"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(
            client.lines(&format!("SHOW {setting}")),
            [value],
            "{setting}"
        );
    }
}

#[test]
fn refused_settings_are_an_error_with_the_log() {
    let Err(log) = Cluster::try_start(&[("work_mem", "a lot")]) else {
        panic!("started")
    };
    assert!(
        log.contains(r#"invalid value for parameter "work_mem""#),
        "{log}"
    );
}

#[test]
fn cluster_stops_and_starts_with_its_databases() {
    let cluster = start(&[]);
    let db = cluster.fresh_db();
    db.org("Acme");
    cluster.stop();
    assert!(cluster.try_connect("postgres", db.name()).is_err());
    cluster.configure(&[("work_mem", "6MB")]);
    cluster.start_again();
    let mut client = db.superuser();
    assert_eq!(client.lines("SHOW work_mem"), ["6MB"]);
    assert_eq!(
        client.lines("SELECT name FROM tenancy.organizations"),
        ["Acme"]
    );
    cluster.restart();
    assert_eq!(db.table("tenancy.organizations").len(), 1);
}

#[test]
fn cluster_survives_kill9() {
    let cluster = start(&[("synchronous_commit", "on")]);
    let db = cluster.fresh_db();
    let mut client = db.superuser();
    let pid: i32 = client.one("SELECT pg_backend_pid()", &[]);
    db.org("Acme");
    cluster.kill9_backend(pid);
    assert!(client.simple_query("SELECT").is_err());
    assert_eq!(db.table("tenancy.organizations").len(), 1);

    let _connected = db.superuser();
    cluster.kill9_postmaster();
    cluster.start_again();
    assert_eq!(db.table("tenancy.organizations").len(), 1);
    assert!(cluster.log().contains("automatic recovery in progress"));
}

#[test]
fn cluster_vanishes_with_its_value_even_by_a_panic() {
    let mut dir = None;
    catch_unwind(AssertUnwindSafe(|| {
        let db = start(&[]).empty_db();
        let _client = db.superuser();
        dir = Some(db.cluster().socket_dir().to_owned());
        panic!("a panic that the harness must survive");
    }))
    .expect_err("it panics");
    let dir = dir.expect("the cluster started");
    assert!(!dir.exists() && !has_processes(&dir));
}

#[test]
fn cluster_vanishes_with_its_shared_memory_after_kill9() {
    let cluster = start(&[]);
    let pid_file = fs::read_to_string(cluster.scratch("data/postmaster.pid")).expect("it runs");
    let segment = pid_file
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1));
    let segment = segment
        .expect("the seventh line has a key and an id")
        .to_owned();
    let exists = || {
        let segments = fs::read_to_string("/proc/sysvipc/shm").expect("/proc is there");
        segments
            .lines()
            .any(|line| line.split_whitespace().nth(1) == Some(&segment))
    };
    assert!(exists());
    cluster.kill9_postmaster();
    drop(cluster);
    assert!(!exists());
}

/// Another process with a cluster, and the conninfo that it printed.
fn scratch_server() -> (Child, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_scratch_server"))
        .arg("work_mem=5MB")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut line = String::new();
    let stdout = process.stdout.take().expect("stdout is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it says how to connect");
    let conninfo = line
        .trim_end()
        .strip_prefix("psql '")
        .and_then(|rest| rest.strip_suffix('\''));
    (process, conninfo.expect("a psql command").to_owned())
}

#[test]
fn cluster_vanishes_with_a_killed_process() {
    let (mut process, conninfo) = scratch_server();
    let dir = conninfo
        .split(' ')
        .find_map(|word| word.strip_prefix("host="))
        .expect("a host");
    let dir = PathBuf::from(dir);
    assert!(has_processes(&dir));

    process.kill().expect("SIGKILL is sent");
    process.wait().expect("it ends");
    eventually("directory and server of a killed process vanish", || {
        !dir.exists() && !has_processes(&dir)
    });
}

#[test]
fn server_environment_has_no_rust_backtrace() {
    let (mut process, conninfo) = scratch_server();
    let mut client = postgres::Client::connect(&conninfo, NoTls).expect("the server is up");
    // Not from /proc: PostgreSQL writes its process title over the environment there.
    client.exec(
        "CREATE TEMPORARY TABLE environment (line text); COPY environment FROM PROGRAM 'env'",
    );
    let lines = client.lines("SELECT line FROM environment");
    assert!(lines.iter().any(|line| line == "TZ=UTC"), "{lines:?}");
    assert!(
        !lines.iter().any(|line| line.contains("BACKTRACE")),
        "{lines:?}"
    );

    drop(process.stdin.take());
    assert!(process.wait().expect("it ends with its input").success());
}
