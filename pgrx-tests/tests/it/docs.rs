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

#[test]
fn the_page_on_maintenance_does_what_it_says() {
    let db = shared().fresh_db();
    docs::run(&db, &document("docs/MAINTENANCE.md"));
    let mut dba = db.superuser();
    let failed =
        "SELECT task, target, detail FROM maint.maintenance_runs WHERE status <> 'succeeded'";
    assert_eq!(dba.lines(failed), [""; 0]);
    // The table of tasks is that of the database.
    let text = std::fs::read_to_string(document("docs/MAINTENANCE.md")).expect("it is there");
    for task in dba.lines("SELECT task FROM maint.task_schedule WHERE rhythm IS NOT NULL") {
        assert!(text.contains(&format!("`{task}`")), "{task}");
    }
}

#[test]
fn the_page_on_tenancy_does_what_it_says() {
    let db = shared().fresh_db();
    let printed = docs::run(&db, &document("docs/TENANCY.md"));
    // Acme by its own name and by its token, and never Globex.
    assert_eq!(printed.matches("Acme").count(), 2, "{printed}");
    assert!(!printed.contains("Globex"), "{printed}");
    let mut dba = db.superuser();
    let findings = dba.lines("SELECT * FROM tenancy.org_isolation_report()");
    assert_eq!(findings, [] as [&str; 0]);
    let isolated = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'public.visits'::regclass";
    assert_eq!(dba.lines(isolated), ["t|t"]);
}

#[test]
fn the_page_on_scores_does_what_it_says() {
    let db = shared().fresh_db();
    docs::run(&db, &document("docs/SCORING.md"));
    let mut dba = db.superuser();
    let by_model = "SELECT count(*) > 0 AND bool_and(c.score_model_id = m.id)
                      FROM crm.contacts AS c, crm.score_models AS m WHERE c.scored_at IS NOT NULL";
    assert_eq!(dba.lines(by_model), ["t"], "the model is in force");
    assert!(dba.one::<bool>("SELECT count(*) > 0 FROM crm.signals", &[]));
}
