//! Load by pgbench.

use crate::{Db, tool};

/// A pgbench run of a script; one client and one thread, one transaction, unless told otherwise.
pub struct Pgbench<'a> {
    db: &'a Db,
    script: &'a str,
    args: Vec<String>,
}

/// What pgbench reports at the end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchResult {
    /// Transactions that were processed.
    pub transactions: u64,
    /// Transactions that failed by a serialization failure or a deadlock; any other error ends the run.
    pub failed: u64,
    /// Milliseconds per transaction.
    pub latency_ms: f64,
    /// Transactions per second, connecting not counted.
    pub tps: f64,
}

impl<'a> Pgbench<'a> {
    /// A run of this script, as the superuser.
    pub fn new(db: &'a Db, script: &'a str) -> Self {
        Self {
            db,
            script,
            args: vec!["--no-vacuum".into(), "--file=-".into()],
        }
    }

    /// The role that connects.
    pub fn role(self, role: &str) -> Self {
        self.db.cluster().require_login_role(role);
        self.arg(format!("--username={role}"))
    }

    /// `-c`: sessions at the same time.
    pub fn clients(self, clients: u32) -> Self {
        self.arg(format!("--client={clients}"))
    }

    /// `-j`: threads of pgbench.
    pub fn jobs(self, jobs: u32) -> Self {
        self.arg(format!("--jobs={jobs}"))
    }

    /// `-t`: transactions of each client.
    pub fn transactions(self, transactions: u32) -> Self {
        self.arg(format!("--transactions={transactions}"))
    }

    /// `-T`: seconds, instead of a number of transactions.
    pub fn seconds(self, seconds: u32) -> Self {
        self.arg(format!("--time={seconds}"))
    }

    /// Any other option, such as `--protocol=prepared` or `--define=n=5`.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Runs it; panics with what pgbench said where a client was aborted.
    #[track_caller]
    pub fn run(self) -> BenchResult {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let report = tool(self.db, "pgbench", &args, self.script).ok();
        parse(&report).unwrap_or_else(|| panic!("pgbench reported something else:\n{report}"))
    }
}

fn parse(report: &str) -> Option<BenchResult> {
    // "number of transactions actually processed: 40/40", "tps = 812.345 (without initial ...)"
    let number = |label: &str| {
        let value = report.lines().find_map(|line| line.strip_prefix(label))?;
        value.split([' ', '/']).next()
    };
    Some(BenchResult {
        transactions: number("number of transactions actually processed: ")?
            .parse()
            .ok()?,
        failed: number("number of failed transactions: ")?.parse().ok()?,
        latency_ms: number("latency average = ")?.parse().ok()?,
        tps: number("tps = ")?.parse().ok()?,
    })
}
