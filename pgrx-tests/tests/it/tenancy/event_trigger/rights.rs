//! Whoever's statement fires it: nobody's fails, and nobody's code gets more rights.

use pg_crm_tests::Sql;

use super::{isolated, said, security};

/// Whose statement fires it need have no right on schema tenancy, nor be told of it.
#[test]
fn a_role_without_rights_makes_what_it_makes() {
    let db = isolated();
    db.cluster().require_role("ddl_stranger", "LOGIN");
    db.superuser().exec(
        "CREATE SCHEMA mine AUTHORIZATION ddl_stranger;
         CREATE TABLE mine.things (organization_id uuid NOT NULL, name text) PARTITION BY LIST (name);
         ALTER TABLE mine.things OWNER TO ddl_stranger;
         SELECT tenancy.enable_org_isolation('mine.things')",
    );
    let mut stranger = db.connect_as("ddl_stranger");
    stranger.exec("CREATE TABLE mine.other (a integer); ALTER TABLE mine.other ADD COLUMN b text");
    let said = said(
        &db,
        "ddl_stranger",
        "CREATE TABLE mine.child PARTITION OF mine.things DEFAULT",
    );
    // Its owner cannot name the policy's function. Without policies it is closed.
    assert!(
        said.contains("WARNING:  table mine.child is closed, but does not have the policies of the table that it belongs to: permission denied for schema tenancy"),
        "{said}"
    );
    assert!(
        said.contains("HINT:  CREATE POLICY org_isolation ON mine.child"),
        "{said}"
    );
    let mut dba = db.superuser();
    assert_eq!(security(&mut dba, "mine.child"), "t|t||0");
    dba.exec("INSERT INTO mine.things VALUES (gen_random_uuid(), 'x')");
    assert_eq!(
        stranger.one::<i64>("SELECT count(*) FROM mine.child", &[]),
        0
    );
    // The hint is the remedy.
    let remedy: String = dba.one(
        "SELECT remedy FROM tenancy.org_isolation_report() WHERE object = 'partition mine.child'",
        &[],
    );
    dba.exec(&remedy);
    assert_eq!(security(&mut dba, "mine.child"), "t|t|org_isolation|0");

    dba.exec("GRANT USAGE ON SCHEMA tenancy TO ddl_stranger");
    stranger.exec("CREATE TABLE mine.more PARTITION OF mine.things FOR VALUES IN ('x y')");
    assert_eq!(security(&mut dba, "mine.more"), "t|t|org_isolation|0");
}

/// Code of a table's owner is not run with more rights than the owner's.
#[test]
fn a_part_is_secured_with_its_owners_rights() {
    let db = isolated();
    db.cluster().require_role("ddl_stranger", "LOGIN");
    let mut dba = db.superuser();
    dba.exec(
        "GRANT USAGE ON SCHEMA tenancy TO ddl_stranger;
         CREATE TABLE public.seen (who name);
         GRANT INSERT ON public.seen TO PUBLIC;
         CREATE FUNCTION public.spy() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (CURRENT_USER); END $$;
         CREATE EVENT TRIGGER spy ON ddl_command_start EXECUTE FUNCTION public.spy();
         ALTER EVENT TRIGGER spy ENABLE ALWAYS;
         CREATE TABLE public.child (organization_id uuid NOT NULL, name text);
         ALTER TABLE public.child OWNER TO ddl_stranger",
    );
    dba.exec("TRUNCATE public.seen");
    dba.exec("ALTER TABLE public.child INHERIT shop.things");
    assert_eq!(
        dba.lines("SELECT DISTINCT who FROM public.seen ORDER BY 1"),
        ["ddl_stranger", "postgres"]
    );
    assert_eq!(
        dba.one::<i64>(
            "SELECT count(*) FROM public.seen WHERE who = 'postgres'",
            &[]
        ),
        1,
        "the statement itself"
    );
    assert_eq!(security(&mut dba, "public.child"), "t|t|org_isolation|0");
}

#[test]
fn a_part_that_is_in_use_does_not_hold_the_statement_up() {
    let db = isolated();
    let mut dba = db.superuser();
    dba.exec(
        "CREATE TABLE shop.child (organization_id uuid NOT NULL, name text);
         CREATE TABLE shop.grandchild () INHERITS (shop.child)",
    );
    let mut other = db.superuser();
    let mut reader = other.transaction().expect("a transaction begins");
    reader.exec("SELECT FROM shop.grandchild");
    let said = said(
        &db,
        "postgres",
        "SET statement_timeout = '60s'; ALTER TABLE shop.child INHERIT shop.things",
    );
    assert!(
        said.contains("WARNING:  table shop.grandchild does not have the isolation of the table that it belongs to: canceling statement due to lock timeout"),
        "{said}"
    );
    drop(reader);
    assert_eq!(security(&mut dba, "shop.child"), "t|t|org_isolation|4");
    let report = dba.lines("SELECT object, finding FROM tenancy.org_isolation_report()");
    assert_eq!(
        report,
        ["table shop.grandchild|not secured as its parent is"]
    );
}
