//! Ways around the ordinary path to a table: partitions read directly, owners of tables.

use pg_crm_tests::{Db, Sql, Uuid};

use super::{sessions, two_organizations};

#[track_caller]
fn partitions(db: &Db) -> Vec<String> {
    let partitions: Vec<String> = db.superuser().column(
        "SELECT oid::regclass::text FROM pg_class
         WHERE relispartition AND relkind IN ('r', 'p') ORDER BY 1",
        &[],
    );
    assert!(!partitions.is_empty(), "there are no partitions");
    partitions
}

#[test]
fn a_partition_is_closed_to_every_group() {
    let (db, _, globex) = two_organizations();
    for (role, mut session) in sessions(&db) {
        for partition in partitions(&db) {
            for statement in [
                format!("SELECT FROM {partition}"),
                format!("COPY {partition} TO STDOUT"),
                format!("INSERT INTO {partition} DEFAULT VALUES"),
                format!("UPDATE {partition} SET organization_id = NULL"),
                format!("DELETE FROM {partition}"),
            ] {
                session.in_org(&globex, |tx| {
                    let error = tx.fails_with(&statement, "42501");
                    assert!(
                        error.message().starts_with("permission denied for table"),
                        "{role}: {statement}: {}",
                        error.message()
                    );
                });
            }
        }
    }
}

#[test]
fn a_partition_that_a_dba_opens_shows_ones_own_rows_only() {
    let (db, _, globex) = two_organizations();
    for partition in partitions(&db) {
        db.superuser()
            .exec(&format!("GRANT SELECT ON {partition} TO crm_app"));
    }
    let mut seen = Vec::new();
    db.app().in_org(&globex, |tx| {
        for partition in partitions(&db) {
            seen.extend(
                tx.column::<Uuid>(&format!("SELECT organization_id FROM {partition}"), &[]),
            );
        }
    });
    seen.dedup();
    assert_eq!(seen, [globex.id]);
    for partition in partitions(&db) {
        let without: i64 = db
            .app()
            .one(&format!("SELECT count(*) FROM {partition}"), &[]);
        assert_eq!(without, 0, "{partition} without a context");
    }
}

#[test]
fn a_partition_made_later_is_as_closed_as_the_first() {
    let (db, _, _) = two_organizations();
    let before = partitions(&db).len();
    db.superuser()
        .exec("UPDATE maint.partition_config SET premake = premake + 2");
    db.admin().exec("CALL maint.maintain_partitions()");
    let all = partitions(&db).len();
    assert!(all > before, "{before} partitions became {all}");
    let state = db.superuser().lines(
        "SELECT DISTINCT c.relrowsecurity, c.relforcerowsecurity,
            (SELECT string_agg(p.polname, ' ') FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polpermissive),
            has_table_privilege('crm_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
         FROM pg_class AS c WHERE c.relispartition AND c.relkind = 'r'
            AND c.relname !~ '^security_events_' -- with a policy more, copied from their parent
        ",
    );
    assert_eq!(state, ["t|t|org_isolation|f"]);
}

/// FORCE: without it a table's owner, who is no superuser, would see all.
#[test]
fn an_owner_of_a_table_is_bound_too() {
    let (db, _, globex) = two_organizations();
    db.cluster()
        .require_role("table_owner", "LOGIN IN ROLE crm_app");
    db.superuser()
        .exec("ALTER TABLE crm.contacts OWNER TO table_owner");
    let mut owner = db.connect_as("table_owner");
    let organizations = "SELECT organization_id FROM crm.contacts";
    assert!(owner.column::<Uuid>(organizations, &[]).is_empty());
    owner.in_org(&globex, |tx| {
        assert_eq!(tx.column::<Uuid>(organizations, &[]), [globex.id]);
    });
}
