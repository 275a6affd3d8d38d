//! The harness itself, on PostgreSQL without the extension: a stand-in script makes what it
//! relies on.

mod clusters;
mod databases;
mod programs;
mod queries;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pg_crm_tests::{Cluster, Sql, Uuid, shared};

/// What `shared()` is for the other modules, with the stand-in instead of the extension.
fn stand_in() -> &'static Cluster {
    static STAND_IN: OnceLock<Cluster> = OnceLock::new();
    STAND_IN.get_or_init(|| start(&[]))
}

/// What `Cluster::start` is for the other modules.
fn start(settings: &[(&str, &str)]) -> Cluster {
    Cluster::with_setup(settings, include_str!("harness/stand_in.sql")).expect("the server starts")
}

/// Whether a process works in the directory or below.
fn has_processes(dir: &Path) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc is there");
    let works_here = |cwd: std::io::Result<PathBuf>| cwd.is_ok_and(|cwd| cwd.starts_with(dir));
    processes
        .flatten()
        .any(|process| works_here(fs::read_link(process.path().join("cwd"))))
}

// What follows needs the extension itself.

#[test]
fn fresh_databases_have_the_extension_and_empty_ones_have_not() {
    let installed = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_crm'";
    let (fresh, empty) = (shared().fresh_db(), shared().empty_db());
    assert_eq!(fresh.superuser().one::<i64>(installed, &[]), 1);
    assert_eq!(empty.superuser().one::<i64>(installed, &[]), 0);
}

#[test]
fn organizations_and_roles_are_those_of_the_extension() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let current = "SELECT tenancy.current_org_id()";
    assert_eq!(
        db.app().in_org(&acme, |tx| tx.one::<Uuid>(current, &[])),
        acme.id
    );
    for (client, group) in [
        (db.app(), "crm_app"),
        (db.readonly(), "crm_readonly"),
        (db.admin(), "crm_admin"),
    ] {
        let mut client = client;
        assert!(client.one::<bool>("SELECT pg_has_role($1::text::name, 'MEMBER')", &[&group]));
    }
}
