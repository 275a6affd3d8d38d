//! Writes the documents of the data model: `cargo run -p pg_crm_tests --bin schema_docs -- DIRECTORY`

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use pg_crm_tests::{schema_docs, shared};

fn main() -> ExitCode {
    let Some(directory) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: schema_docs DIRECTORY");
        return ExitCode::FAILURE;
    };
    let db = shared().fresh_db();
    let pages = match schema_docs::generate(&mut db.superuser()) {
        Ok(pages) => pages,
        Err(missing) => {
            eprintln!("error: without a COMMENT:");
            missing.iter().for_each(|object| eprintln!("  {object}"));
            return ExitCode::FAILURE;
        }
    };
    let mut changed = 0;
    fs::create_dir_all(&directory).expect("could not make the directory");
    for entry in fs::read_dir(&directory).expect("could not read the directory") {
        let path = entry.expect("could not read the directory").path();
        let is_page = path.extension() == Some(OsStr::new("md"));
        let name = path.file_name().map(OsStr::to_string_lossy);
        if is_page && name.is_some_and(|name| !pages.contains_key(&*name)) {
            fs::remove_file(&path).expect("could not remove a page that is no more");
            changed += 1;
        }
    }
    for (name, text) in &pages {
        let path = directory.join(name);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            fs::write(&path, text).expect("could not write a page");
            changed += 1;
        }
    }
    println!("{} pages, {changed} changed", pages.len());
    ExitCode::SUCCESS
}
