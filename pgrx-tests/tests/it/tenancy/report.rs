//! Defects, sown one at a time: each is reported, nothing else is, and its remedy ends it.

mod code;
mod grants;
mod keys;
mod policies;
mod roles;
mod tables;

use pg_crm_tests::{Cluster, Db, Sql, Transaction, shared};

/// A way by which rows get from one organization to another.
pub struct Defect {
    pub name: &'static str,
    /// The SQL that makes it.
    pub seed: &'static str,
    /// What is reported then: severity, object (`{db}` is the database's name), finding.
    pub found: &'static [(&'static str, &'static str, &'static str)],
}

const REPORT: &str = "SELECT severity, object, finding FROM tenancy.org_isolation_report()";

/// A database with a schema of a user's that has none.
#[track_caller]
fn sound(cluster: &Cluster) -> Db {
    let db = cluster.fresh_db();
    db.superuser().exec(include_str!("report/sound.sql"));
    db
}

#[track_caller]
fn check(db: &Db, defects: &[Defect]) {
    let mut dba = db.superuser();
    for defect in defects {
        // Rolled back.
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(defect.seed);
        let mut found = tx.lines(REPORT);
        found.sort();
        let mut expected: Vec<String> = defect
            .found
            .iter()
            .map(|(severity, object, finding)| {
                format!("{severity}|{object}|{finding}").replace("{db}", db.name())
            })
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{}: {}", defect.name, defect.seed);
        remedy(&mut tx, defect);
    }
}

/// Executes what the report says, as it stands. What one remedy brings out is remedied as well.
#[track_caller]
fn remedy(tx: &mut Transaction<'_>, defect: &Defect) {
    for _ in 0..3 {
        let remedies: Vec<String> =
            tx.column("SELECT remedy FROM tenancy.org_isolation_report()", &[]);
        if remedies.is_empty() {
            return;
        }
        for remedy in remedies {
            tx.exec(&remedy);
        }
    }
    assert_eq!(tx.lines(REPORT), [""; 0], "{}, remedied", defect.name);
}

#[test]
fn a_fresh_installation_has_none() {
    let db = shared().fresh_db();
    assert_eq!(db.superuser().lines(REPORT), [""; 0]);
}

#[test]
fn a_sound_schema_has_none() {
    let db = sound(shared());
    assert_eq!(db.superuser().lines(REPORT), [""; 0]);
}

#[test]
fn tables() {
    check(&sound(shared()), tables::TABLES);
}

#[test]
fn policies() {
    check(&sound(shared()), policies::POLICIES);
}

#[test]
fn keys_and_references() {
    check(&sound(shared()), keys::KEYS);
}

#[test]
fn grants() {
    check(&sound(shared()), grants::GRANTS);
}

#[test]
fn views_functions_and_settings() {
    let db = sound(shared());
    for defects in [code::VIEWS, code::FUNCTIONS, code::SETTINGS] {
        check(&db, defects);
    }
}

/// Roles are all databases', so these tests have a cluster of their own.
#[test]
fn roles_of_the_application() {
    let cluster = Cluster::start(&[]);
    let db = sound(&cluster);
    check(&db, roles::ROLES);
    // What is not the application's may be anything.
    let mut dba = db.superuser();
    dba.exec(
        "CREATE ROLE backup BYPASSRLS REPLICATION IN ROLE pg_read_all_data;
         CREATE ROLE dba SUPERUSER;
         CREATE ROLE shop IN ROLE crm_app;
         CREATE POLICY backup ON shop.customers FOR SELECT TO backup USING (true);
         GRANT ALL ON shop.customers, shop.visits_2020 TO backup;
         ALTER ROLE backup SET app.current_org_id = ''",
    );
    assert_eq!(dba.lines(REPORT), [""; 0]);
}

#[test]
fn operators_read_what_the_superuser_reads_and_nobody_else_does() {
    let db = sound(shared());
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE tenancy.users DISABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON shop.customers USING (true);
         ALTER TABLE shop.customers ADD CONSTRAINT k UNIQUE (email);
         CREATE VIEW maint.everybody AS SELECT * FROM crm.contacts;
         CREATE FUNCTION maint.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
         GRANT TRUNCATE ON crm.contacts TO crm_app",
    );
    let report = "SELECT * FROM tenancy.org_isolation_report()";
    let expected = dba.lines(report);
    assert_eq!(expected.len(), 7, "{expected:#?}");
    assert_eq!(db.admin().lines(report), expected);
    // It writes nothing, not even a transaction's number.
    let mut admin = db.admin();
    let mut tx = admin.transaction().expect("a transaction begins");
    tx.exec("SET TRANSACTION READ ONLY");
    assert_eq!(tx.lines(report), expected);
    let untouched: bool = tx.one("SELECT pg_current_xact_id_if_assigned() IS NULL", &[]);
    assert!(untouched);
    drop(tx);
    for mut other in [db.app(), db.readonly()] {
        other.fails_with(report, "42501");
        other.fails_with("SELECT * FROM tenancy.role_findings()", "42501");
    }
}

#[test]
fn the_worst_comes_first() {
    let db = sound(shared());
    let mut dba = db.superuser();
    dba.exec(
        "DROP POLICY org_isolation ON crm.tags;
         ALTER TABLE crm.deals NO FORCE ROW LEVEL SECURITY;
         CREATE POLICY p ON shop.visits USING (true);
         ALTER TABLE shop.customers ADD CONSTRAINT k UNIQUE (email)",
    );
    let severities: Vec<String> =
        dba.column("SELECT severity FROM tenancy.org_isolation_report()", &[]);
    // The partition of visits lacks the policy.
    assert_eq!(severities, ["critical", "high", "high", "medium", "low"]);
}
