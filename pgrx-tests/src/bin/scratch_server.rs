//! Starts a private server, says how to connect to it, and keeps it until standard input ends.
//!
//! For trying something by hand: `cargo run -p pg_crm_tests --bin scratch_server [setting=value]...`

use std::io::{Write, copy, sink, stdin, stdout};

use pg_crm_tests::Cluster;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let settings: Vec<(&str, &str)> = args
        .iter()
        .map(|arg| arg.split_once('=').expect("arguments are setting=value"))
        .collect();
    let cluster = Cluster::start(&settings);
    println!("psql '{}'", cluster.conninfo("postgres", "postgres"));
    stdout()
        .flush()
        .expect("could not write to standard output");
    copy(&mut stdin(), &mut sink()).expect("could not read standard input");
}
