//! An ordinary object of the database: switched off, dumped, restored, made again.

use pg_crm_tests::{Sql, pg_dump, psql, shared};

use super::{isolated, said, security};

#[test]
fn it_can_be_switched_off_and_stays_so() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec("ALTER EVENT TRIGGER pg_crm_org_isolation DISABLE");
    dba.exec("SELECT maint.install_schema()");
    let said = said(
        &db,
        "postgres",
        "CREATE TABLE shop.child PARTITION OF shop.visits DEFAULT; CREATE TABLE shop.new (organization_id uuid)",
    );
    assert_eq!(said, "");
    assert_eq!(security(&mut dba, "shop.child"), "f|f||4");
    db.app()
        .fails_with("ALTER EVENT TRIGGER pg_crm_org_isolation ENABLE", "42501");
    // A dump carries it as it is.
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    assert_eq!(
        copy.superuser()
            .lines("SELECT evtname, evtenabled FROM pg_event_trigger"),
        ["pg_crm_org_isolation|D"]
    );
}

#[test]
fn a_restored_database_has_it() {
    let db = isolated();
    let copy = shared().empty_db();
    psql(&copy, &["-1", "-q"], pg_dump(&db, &[]).ok()).ok();
    let mut dba = copy.superuser();
    dba.exec("CREATE TABLE shop.child PARTITION OF shop.visits DEFAULT");
    assert_eq!(
        security(&mut dba, "shop.child"),
        "t|t|org_isolation,short|0"
    );
}

#[test]
fn dropping_the_extension_takes_it_and_creating_it_brings_it_back() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec("SET client_min_messages = error; DROP EXTENSION pg_crm CASCADE");
    assert_eq!(dba.lines("SELECT evtname FROM pg_event_trigger"), [""; 0]);
    let output = psql(&db, &["-q"], "CREATE EXTENSION pg_crm");
    let told = output.stderr.clone();
    output.ok();
    assert!(told.contains("1 event trigger"), "{told}");
    assert!(!told.contains("WARNING"), "{told}");
    assert_eq!(
        dba.lines("SELECT evtname, evtenabled, evtfoid::regproc FROM pg_event_trigger"),
        ["pg_crm_org_isolation|O|tenancy.keep_org_isolation"]
    );
}

/// A table that an upgrade adds is not finished before the installer's run is.
#[test]
fn the_installer_is_not_warned_of_its_own_tables() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("DROP TABLE crm.contact_engagement CASCADE");
    let output = psql(&db, &["-q"], "SELECT maint.install_schema()");
    let told = output.stderr.clone();
    output.ok();
    assert!(told.contains("INFO:  pg_crm: "), "{told}");
    assert!(!told.contains("WARNING"), "{told}");
    assert_eq!(
        security(&mut dba, "crm.contact_engagement"),
        "t|t|org_isolation|3"
    );
}
