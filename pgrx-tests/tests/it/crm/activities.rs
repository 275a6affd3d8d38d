//! Activities that are past their due time.

use pg_crm_tests::{Sql, shared};

use super::contact;

#[test]
fn an_activity_is_overdue_by_the_clock_whenever_it_is_written() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    app.in_org(&acme, |tx| {
        contact(tx, "Ann");
        for (status, due, expected) in [
            ("pending", "now() - interval '1 second'", "overdue"),
            ("pending", "now()", "pending"),
            ("pending", "NULL", "pending"),
            ("overdue", "now() + interval '1 day'", "pending"),
            ("overdue", "now() - interval '1 day'", "overdue"),
            ("completed", "now() - interval '1 day'", "completed"),
            ("cancelled", "now() - interval '1 day'", "cancelled"),
        ] {
            let got: String = tx.one(
                &format!(
                    "INSERT INTO crm.activities (contact_id, status, due_at) SELECT id, '{status}', {due} FROM crm.contacts
                     RETURNING status::text"
                ),
                &[],
            );
            assert_eq!(got, expected, "{status} due {due}");
        }
        tx.exec("DELETE FROM crm.activities");
        tx.exec("INSERT INTO crm.activities (contact_id, due_at) SELECT id, now() + interval '1 day' FROM crm.contacts");
        for (update, expected) in [
            ("due_at = now() - interval '1 hour'", "overdue"),
            ("subject = 'x'", "overdue"),
            ("due_at = now() + interval '1 hour'", "pending"),
            ("due_at = '2020-01-01'", "overdue"),
            ("due_at = NULL", "pending"),
            ("due_at = '2020-01-01', status = 'cancelled'", "cancelled"),
            ("status = 'pending'", "overdue"),
            ("status = 'completed'", "completed"),
        ] {
            let got: String = tx.one(
                &format!("UPDATE crm.activities SET {update} RETURNING status::text"),
                &[],
            );
            assert_eq!(got, expected, "after {update}");
        }
        tx.exec("UPDATE crm.activities SET status = 'pending', due_at = NULL");
        let error = tx.fails_with("UPDATE crm.activities SET status = 'overdue'", "23514");
        assert_eq!(error.constraint(), Some("activities_overdue_check"));
    });
}

/// Pending activities that came to be overdue while nobody wrote them.
fn let_time_pass(db: &pg_crm_tests::Db, orgs: u32, each: u32) {
    let (mut app, mut dba) = (db.app(), db.superuser());
    for i in 0..orgs {
        let org = db.org(&format!("Org {i}"));
        app.in_org(&org, |tx| {
            contact(tx, "Ann");
        });
    }
    dba.exec(&format!(
        "SET session_replication_role = replica;
         INSERT INTO crm.activities (organization_id, contact_id, status, due_at, deleted_at)
         SELECT c.organization_id, c.id, v.status, v.due_at, v.deleted_at
           FROM crm.contacts AS c, generate_series(1, {each}),
                (VALUES ('pending', timestamptz '2020-01-01', NULL::timestamptz),
                        ('pending', now() + interval '1 year', NULL),
                        ('pending', NULL, NULL),
                        ('pending', '2020-01-01', now()),
                        ('cancelled', '2020-01-01', NULL)) AS v (status, due_at, deleted_at)"
    ));
}

const OVERDUE: &str = "SELECT count(*) FROM crm.activities WHERE status = 'overdue'";
const RUNS: &str = "SELECT task, target, status, detail FROM maint.maintenance_runs WHERE task ~ 'overdue' ORDER BY id";

#[test]
fn an_operator_marks_the_overdue_activities_of_all_organizations_in_batches() {
    let db = shared().fresh_db();
    let_time_pass(&db, 3, 5);
    let mut admin = db.admin();
    admin.exec("CALL maint.mark_overdue_activities(4)");
    let mut dba = db.superuser();
    assert_eq!(dba.one::<i64>(OVERDUE, &[]), 15);
    let before = db.physical_snapshot()["crm.activities"].clone();
    admin.exec("CALL maint.mark_overdue_activities()");
    assert_eq!(
        db.physical_snapshot()["crm.activities"],
        before,
        "nothing was left to do"
    );
    assert_eq!(
        dba.lines(RUNS),
        [
            "activities.mark_overdue|crm.activities|succeeded|15 activities",
            "activities.mark_overdue|crm.activities|succeeded|0 activities",
        ]
    );
}

#[test]
fn a_row_that_somebody_works_on_is_left_for_the_next_run() {
    let db = shared().fresh_db();
    let_time_pass(&db, 1, 3);
    let (mut dba, mut other) = (db.superuser(), db.superuser());
    let mut tx = other.transaction().expect("a transaction begins");
    tx.exec("SELECT FROM crm.activities WHERE status = 'pending' AND due_at < now() AND deleted_at IS NULL LIMIT 1 FOR UPDATE");
    dba.exec("CALL maint.mark_overdue_activities()");
    assert_eq!(dba.one::<i64>(OVERDUE, &[]), 2);
    tx.rollback().expect("it ends");
    dba.exec("CALL maint.mark_overdue_activities()");
    assert_eq!(dba.one::<i64>(OVERDUE, &[]), 3);
}

#[test]
fn a_failure_is_recorded_and_keeps_what_was_done() {
    let db = shared().fresh_db();
    let_time_pass(&db, 1, 3);
    let mut dba = db.superuser();
    dba.exec("ALTER TABLE crm.activities ADD CONSTRAINT never CHECK (status <> 'overdue')");
    dba.exec("CALL maint.mark_overdue_activities()");
    let runs = dba.lines(RUNS);
    assert_eq!(runs.len(), 1);
    assert!(
        runs[0].starts_with("activities.mark_overdue|crm.activities|failed|0 activities; ")
            && runs[0].ends_with("(SQLSTATE 23514)"),
        "{runs:?}"
    );
}

#[test]
fn who_may_not_mark_overdue_activities_is_refused() {
    let db = shared().fresh_db();
    for mut client in [db.app(), db.readonly()] {
        client.fails_with("CALL maint.mark_overdue_activities()", "42501");
        client.fails_with("SELECT maint.mark_overdue_batch(1)", "42501");
    }
    let mut admin = db.admin();
    for size in ["0", "-1", "NULL"] {
        admin.fails_with(
            &format!("CALL maint.mark_overdue_activities({size})"),
            "22023",
        );
    }
    let mut tx = admin.transaction().expect("a transaction begins");
    tx.fails_with("CALL maint.mark_overdue_activities()", "2D000");
}
