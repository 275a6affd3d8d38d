//! PostgreSQL's client programs, of the server's own version.

use std::io::Write;
use std::process::{ExitStatus, Stdio};
use std::thread;

use crate::cluster::SUPERUSER;
use crate::{Db, install};

/// What a program wrote, and how it ended.
pub struct Output {
    program: String,
    /// Standard output; text but for archives.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
    /// Exit status.
    pub status: ExitStatus,
}

impl Output {
    /// Standard output as text; panics with standard error where the program failed.
    #[track_caller]
    pub fn ok(self) -> String {
        String::from_utf8(self.ok_bytes()).expect("output is UTF-8")
    }

    /// Standard output; panics with standard error where the program failed.
    #[track_caller]
    pub fn ok_bytes(self) -> Vec<u8> {
        assert!(
            self.status.success(),
            "{} failed with {}:\n{}",
            self.program,
            self.status,
            self.stderr
        );
        self.stdout
    }

    /// Standard error of a program that must fail; panics where it succeeded.
    #[track_caller]
    pub fn fails(self) -> String {
        assert!(
            !self.status.success(),
            "{} succeeded, and should have failed",
            self.program
        );
        self.stderr
    }
}

/// `pg_dump` of a database; give no `-f` to have the dump as the output.
#[track_caller]
pub fn pg_dump(db: &Db, args: &[&str]) -> Output {
    tool(db, "pg_dump", args, "")
}

/// `pg_restore` into a database, from the archive's bytes or, with an empty archive, from the file
/// or directory that the arguments name. `-j` needs the latter; see [`scratch`](crate::Cluster::scratch).
#[track_caller]
pub fn pg_restore(db: &Db, args: &[&str], archive: impl AsRef<[u8]>) -> Output {
    tool(
        db,
        "pg_restore",
        &[&["-d", db.name()], args].concat(),
        archive,
    )
}

/// `psql` as the superuser without a psqlrc; it stops at the first error, unless told
/// `-v ON_ERROR_STOP=0`.
#[track_caller]
pub fn psql(db: &Db, args: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    tool(
        db,
        "psql",
        &[&["-X", "-v", "ON_ERROR_STOP=1"], args].concat(),
        stdin,
    )
}

/// Any program of the bindir, connecting to the database as the superuser unless told `-U`, and run
/// by the server's user in the cluster's directory.
#[track_caller]
pub fn tool(db: &Db, program: &str, args: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    let (cluster, input) = (db.cluster(), stdin.as_ref());
    let mut process = install::command(&install::pg_program(program))
        .args(args)
        .env("PGHOST", cluster.socket_dir())
        .env("PGPORT", cluster.port().to_string())
        .env("PGUSER", SUPERUSER)
        .env("PGDATABASE", db.name())
        .env("PGAPPNAME", program)
        .env("PGCLIENTENCODING", "UTF8")
        .current_dir(cluster.socket_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("could not run {program}: {error}"));
    let mut pipe = process.stdin.take().expect("stdin is piped");
    // Written beside the reading: a program that answers before it has read all would block us.
    let output = thread::scope(|scope| {
        // A program that stops at an error closes its input early; its status tells.
        scope.spawn(move || pipe.write_all(input).ok());
        process.wait_with_output()
    })
    .unwrap_or_else(|error| panic!("could not wait for {program}: {error}"));
    Output {
        program: format!("{program} {}", args.join(" ")),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status,
    }
}
