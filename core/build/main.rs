//! Compiles the number plans into tables, in the build's own directory.
//!
//! The crate `rlibphonenumber` carries Google's metadata and needs tens of milliseconds and of
//! megabytes in every process to make use of it. All that it decides with regular expressions is
//! decided here once: what remains are small automata over digits, and numbers.
//!
//! Beside them, [`disposable`] makes an automaton of the list of disposable domains.
//!
//! - [`metadata`]: what the metadata says of each calling code and region;
//! - [`pattern`]: a regular expression becomes a program over digits;
//! - [`automaton`]: programs become automata, combined and in one pool without equal states;
//! - [`kinds`]: the automaton that says a number's region and type;
//! - [`formats`]: the automata that say how a number is written;
//! - [`prefix`]: national and international prefixes, to be interpreted;
//! - [`unicode`]: digits and letters of other scripts;
//! - [`tables`]: all of it written down.

mod automaton;
mod disposable;
mod formats;
mod kinds;
mod metadata;
mod pattern;
mod prefix;
mod tables;
mod unicode;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use tables::Tables;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // The metadata changes with the crate, and that rebuilds this program.
    println!("cargo::rerun-if-changed=build");
    let mut tables = Tables::new(&metadata::read()?)?;
    let directory = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(directory.join("phone_plans.rs"), tables.source()?)?;
    fs::write(directory.join("phone_states.bin"), tables.states()?)?;
    disposable::build(&directory)?;
    Ok(())
}
