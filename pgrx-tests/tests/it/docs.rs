//! The documents: their SQL runs, top to bottom, in a fresh database, and those of the schema say
//! what the catalog says.

mod schema;

use std::path::{Path, PathBuf};

use pg_crm_tests::{Sql, docs, shared};

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

#[test]
fn the_readme_does_what_it_says() {
    let db = shared().fresh_db();
    docs::run(&db, &document("README.md"));
    let mut dba = db.superuser();
    assert_eq!(
        dba.lines("SELECT display_name, email_norm, phone_e164 FROM crm.contacts"),
        ["Ada Lovelace|ada@example.com|+442079460018"]
    );
    // Eight days and the default partition.
    let partitions: i64 = dba.one(
        "SELECT count(*) FROM maint.partition_bounds('public.readings')",
        &[],
    );
    assert_eq!(partitions, 9);
}
