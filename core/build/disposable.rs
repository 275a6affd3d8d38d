//! `data/disposable_domains.txt` as an automaton: an `fst` set of the domains read backwards.

use std::path::Path;
use std::{env, fs};

const LIST: &str = "data/disposable_domains.txt";

pub fn build() {
    println!("cargo::rerun-if-changed={LIST}");
    println!("cargo::rerun-if-changed=build/disposable.rs");
    let text = fs::read_to_string(LIST).unwrap();

    let field = |name: &str| {
        let prefix = format!("# {name}: ");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap().to_owned()
    };
    let version = format!("{} ({})", field("Version"), field("Date"));
    println!("cargo::rustc-env=PG_CRM_DISPOSABLE_DOMAINS={version}");

    let mut backwards: Vec<Vec<u8>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|domain| domain.bytes().rev().collect())
        .collect();
    backwards.sort();
    let set = fst::Set::from_iter(backwards).unwrap();
    let target = Path::new(&env::var_os("OUT_DIR").unwrap()).join("disposable_domains.fst");
    fs::write(target, set.as_fst().as_bytes()).unwrap();
}
