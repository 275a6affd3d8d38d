//! A shell process that owns a directory and a server, and cleans up when the test process is gone.
//!
//! Destructors do not run on SIGKILL, on abort or for statics; the end of a pipe is noticed always.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::install;

const SCRIPT: &str = include_str!("watchdog.sh");

pub(crate) struct Watchdog {
    process: Child,
    pipe: Mutex<Option<Pipe>>,
    dir: PathBuf,
}

struct Pipe {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Watchdog {
    /// Makes the directory; `signal` stops at once the server that will be started in it.
    pub(crate) fn new(signal: &str) -> Self {
        let mut process = install::command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "watchdog", signal])
            .arg(install::data_root())
            // The shell must not depend on a directory that the server's user cannot read.
            .current_dir("/")
            // Ctrl-C in a terminal reaches the test process alone; the pipe tells the rest.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("could not start a shell as the server's user");
        let requests = process.stdin.take().expect("stdin is piped");
        let mut answers = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let dir = read_line(&mut answers);
        assert!(!dir.is_empty(), "could not make a directory for a server");
        let pipe = Mutex::new(Some(Pipe { requests, answers }));
        Self {
            process,
            pipe,
            dir: dir.into(),
        }
    }

    /// The directory, of mode 0700, which vanishes with the watchdog.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the server and the commands before it wrote.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.dir.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Runs a command in the directory; panics with the log where it fails.
    pub(crate) fn run(&self, command: &[&str]) {
        let status = self.ask("run", &shell_words(command));
        assert!(
            status == "0",
            "{} failed with status {status}:\n{}",
            command[0],
            self.log()
        );
    }

    /// Starts the server and returns its process id.
    pub(crate) fn start(&self, command: &[&str]) -> u32 {
        self.ask("start", &shell_words(command))
            .parse()
            .expect("the watchdog answers a process id")
    }

    /// Signals the server and waits for its end.
    pub(crate) fn stop(&self, signal: &str) {
        self.ask("stop", signal);
    }

    /// SIGKILL for any process of the server's user; false where there is none of that id.
    pub(crate) fn kill9(&self, pid: u32) -> bool {
        self.ask("kill", &pid.to_string()) == "0"
    }

    fn ask(&self, verb: &str, rest: &str) -> String {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = pipe
            .as_mut()
            .expect("the pipe is open until the watchdog is dropped");
        writeln!(pipe.requests, "{verb} {rest}").expect("the watchdog of a server is gone");
        read_line(&mut pipe.answers)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.pipe
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Err(error) = self.process.wait() {
            eprintln!(
                "could not wait for the watchdog of {}: {error}",
                self.dir.display()
            );
        }
    }
}

/// Whether a process runs; one that has ended and was not waited for yet does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(") ")
            .is_some_and(|(_, state)| !state.starts_with('Z'))
    })
}

fn read_line(answers: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    answers
        .read_line(&mut line)
        .expect("could not read from the watchdog of a server");
    line.trim_end().to_owned()
}

fn shell_words(words: &[&str]) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    quoted.join(" ")
}
