//! The audit ledgers: what may be written into them, and that a change of it shows.

mod chain;
mod log;
mod retention;

use pg_crm_tests::{Client, Sql};

/// What is wrong with the chains: ledger, place and problem.
#[track_caller]
fn problems(client: &mut impl Sql) -> Vec<String> {
    client.lines("SELECT ledger, seq, problem FROM audit.verify_chain()")
}

/// Does what no trigger lets anybody do.
#[track_caller]
fn tamper(dba: &mut Client, statement: &str) {
    dba.exec("SET session_replication_role = replica");
    dba.exec(statement);
    dba.exec("RESET session_replication_role");
}
