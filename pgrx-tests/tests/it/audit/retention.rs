//! The oldest rows leave a chain, and what is left verifies.

use pg_crm_tests::{Sql, shared};

use super::{problems, tamper};

#[test]
fn what_is_left_of_a_chain_verifies() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    // A long transaction wrote the seventh row late.
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, created_at)
         SELECT o, 'a', 'b', timestamptz '2026-01-01' + CASE i WHEN 7 THEN 2 ELSE i END * interval '1 day'
         FROM unnest('{{{acme},{globex}}}'::uuid[]) AS o, generate_series(1, 10) AS i;
         INSERT INTO audit.audit_logs (organization_id, action, resource, category, created_at)
         SELECT '{acme}', 'a', 'b', 'compliance', timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 3) AS i"
    ));
    let mut remove = |before: &str| -> i64 {
        dba.one(
            "SELECT audit.remove_entries('audit_logs', $1, 0, $2::text::timestamptz)",
            &[&acme.id, &before],
        )
    };
    for (before, removed) in [
        ("2025-01-01", 0),
        ("2026-01-04", 2),
        ("2026-01-04", 0),
        // The fifth and sixth are not older than the seventh, and stay before it.
        ("2026-01-05", 1),
        ("2026-01-08 12:00", 4),
        ("2027-01-01", 3),
        ("2027-01-01", 0),
    ] {
        assert_eq!(remove(before), removed, "before {before}");
        assert_eq!(problems(&mut db.superuser()), [] as [&str; 0], "{before}");
    }
    let left = dba.lines(&format!(
        "SELECT category, count(*) FROM audit.audit_logs WHERE organization_id = '{acme}' GROUP BY 1"
    ));
    assert_eq!(left, ["compliance|3"]);
    // The chain goes on where it was.
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource) VALUES ('{acme}', 'a', 'b')"
    ));
    let seq: i64 = dba.one(
        "SELECT seq FROM audit.audit_logs WHERE organization_id = $1 AND chain = 0",
        &[&acme.id],
    );
    assert_eq!(seq, 11);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
}

#[test]
fn a_chain_of_no_organization_loses_rows_likewise() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO audit.security_events (kind, created_at)
         SELECT 'login', timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 4) AS i",
    );
    let removed: i64 = dba.one(
        "SELECT audit.remove_entries('security_events', NULL, 0, '2026-01-04')",
        &[],
    );
    assert_eq!(removed, 2);
    assert_eq!(problems(&mut dba), [] as [&str; 0]);
    let absent: i64 = dba.one(
        "SELECT audit.remove_entries('security_events', NULL, 5, '2026-01-04')",
        &[],
    );
    assert_eq!(absent, 0);
}

#[test]
fn who_removes_rows_by_hand_is_found_out() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, created_at)
         SELECT '{acme}', 'a', 'b', timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 4) AS i;
         SELECT audit.remove_entries('audit_logs', '{acme}', 0, '2026-01-03')"
    ));
    tamper(&mut dba, "DELETE FROM audit.audit_logs WHERE seq = 2");
    assert_eq!(
        problems(&mut dba),
        ["audit_logs|3|rows are missing: 2 to 2"]
    );
}

#[test]
fn removal_is_not_the_applications() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    for mut session in [db.app(), db.readonly(), db.admin()] {
        session.in_org(&acme, |tx| {
            for call in [
                format!("audit.remove_entries('audit_logs', '{acme}', 0, now())"),
                format!("audit.remove_organization('{acme}')"),
                format!("audit.take_chain('audit_logs', '{acme}', 0)"),
                format!("tenancy.delete_rows('crm.contacts', '{acme}')"),
            ] {
                tx.fails_with(&format!("SELECT {call}"), "42501");
            }
        });
    }
}
