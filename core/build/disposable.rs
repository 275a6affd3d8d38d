//! `data/disposable_domains.txt` as an automaton: an `fst` set of the domains read backwards.

use std::fs;
use std::path::Path;

use crate::Result;

const LIST: &str = "data/disposable_domains.txt";

pub fn build(directory: &Path) -> Result<()> {
    println!("cargo::rerun-if-changed={LIST}");
    let text = fs::read_to_string(LIST)?;

    let field = |name: &str| {
        let prefix = format!("# {name}: ");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.ok_or_else(|| format!("{LIST} has no line {prefix}"))
    };
    let version = format!("{} ({})", field("Version")?, field("Date")?);
    println!("cargo::rustc-env=PG_CRM_DISPOSABLE_DOMAINS={version}");

    let mut backwards: Vec<Vec<u8>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|domain| domain.bytes().rev().collect())
        .collect();
    backwards.sort();
    let set = fst::Set::from_iter(backwards)?;
    fs::write(
        directory.join("disposable_domains.fst"),
        set.as_fst().as_bytes(),
    )?;
    Ok(())
}
