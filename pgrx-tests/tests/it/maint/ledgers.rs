//! Old entries leave the audit log, and what is left verifies.

use pg_crm_tests::{Client, Sql, shared};

/// What is wrong with the chains.
fn problems(client: &mut Client) -> Vec<String> {
    client.lines("SELECT ledger, seq, problem FROM audit.verify_chain()")
}

/// Entries of an organization, `days` days old.
fn log(dba: &mut Client, organization: &str, category: &str, days: &[i32]) {
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, category, action, resource, created_at)
         SELECT {organization}, '{category}', 'x', 'x', now() - d * interval '1 day' FROM unnest(ARRAY{days:?}) AS d"
    ));
}

/// The ages in days of what is left, by category; without the entries of maintenance itself.
fn left(dba: &mut Client) -> Vec<String> {
    dba.lines(
        "SELECT o.name, e.category, string_agg(round(extract(epoch FROM now() - e.created_at) / 86400)::text, ' ' ORDER BY e.seq)
           FROM audit.audit_logs AS e LEFT JOIN tenancy.organizations AS o ON o.id = e.organization_id
          WHERE e.action = 'x' GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2",
    )
}

#[test]
fn each_category_is_kept_for_its_time() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    for organization in [
        format!("'{acme}'"),
        format!("'{globex}'"),
        "NULL".to_owned(),
    ] {
        log(&mut dba, &organization, "activity", &[3000, 100, 91, 89, 1]);
        log(&mut dba, &organization, "security", &[3000, 100, 1]);
        log(&mut dba, &organization, "compliance", &[3000, 1000, 100]);
    }
    let mut admin = db.admin();
    // The organization's own policy is narrower than everybody's for a category.
    dba.exec(&format!(
        "INSERT INTO maint.retention_policies (organization_id, target, retention) VALUES ('{globex}', 'audit.audit_logs', '95 days')"
    ));
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(
        left(&mut dba),
        [
            "Acme|activity|89 1",
            "Acme|compliance|1000 100",
            "Acme|security|100 1",
            "Globex|activity|91 89 1",
            "Globex|compliance|",
            "Globex|security|1",
            "|activity|89 1",
            "|compliance|1000 100",
            "|security|100 1",
        ]
        .into_iter()
        .filter(|line| !line.ends_with("compliance|"))
        .collect::<Vec<_>>()
    );
    assert_eq!(problems(&mut dba), [""; 0]);
    // It tells of itself.
    let told = dba.lines(
        "SELECT organization_id, category, resource, actor_kind, detail ->> 'entries', detail ->> 'days'
           FROM audit.audit_logs WHERE action = 'entries.removed'",
    );
    assert_eq!(told, ["|system|audit.audit_logs|database|17|90"]);
    assert_eq!(
        admin.lines("SELECT target, status, detail FROM maint.maintenance_runs ORDER BY id"),
        [
            "audit.audit_logs|succeeded|17 rows",
            "audit.record_versions|succeeded|0 rows",
            "audit.security_events|succeeded|0 rows"
        ]
    );
    // Nothing is left to do.
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(
        dba.one::<i64>(
            "SELECT count(*) FROM audit.audit_logs WHERE action = 'entries.removed'",
            &[]
        ),
        1
    );
    admin.exec("CALL maint.cleanup_old_audit_logs(0)");
    assert_eq!(
        left(&mut dba),
        [
            "Acme|compliance|1000 100",
            "Acme|security|100 1",
            "Globex|activity|91 89 1",
            "Globex|security|1",
            "|compliance|1000 100",
            "|security|100 1"
        ]
    );
    assert_eq!(problems(&mut dba), [""; 0]);
}

#[test]
fn what_a_hold_reaches_stays_with_what_follows_it() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    for organization in [&acme, &globex] {
        log(
            &mut dba,
            &format!("'{organization}'"),
            "activity",
            &[400, 300, 200, 100],
        );
    }
    dba.exec(&format!(
        "INSERT INTO maint.legal_holds (organization_id, name, reason, from_time, until_time, target) VALUES
         ('{acme}', 'a', 'a lawsuit', now() - interval '350 days', now() - interval '250 days', 'audit.audit_logs'),
         ('{acme}', 'b', 'another table', NULL, NULL, 'crm.contacts'),
         ('{globex}', 'c', 'a lawsuit', NULL, now() - interval '500 days', NULL)"
    ));
    let mut admin = db.admin();
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(left(&mut dba), ["Acme|activity|300 200 100"]);
    assert_eq!(problems(&mut dba), [""; 0]);
    dba.exec(
        "UPDATE maint.legal_holds SET released_at = now(), released_by = 'court' WHERE name = 'a'",
    );
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(left(&mut dba), [""; 0]);
    assert_eq!(problems(&mut dba), [""; 0]);
}

#[test]
fn the_other_ledgers_are_kept_unless_a_policy_says_otherwise() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO audit.security_events (kind, created_at) SELECT 'login', now() - d * interval '1 day' FROM unnest(ARRAY[4000, 20, 5]) AS d",
    );
    let mut admin = db.admin();
    let count = "SELECT count(*) FROM audit.security_events";
    admin.exec("CALL maint.cleanup_old_audit_logs(1)");
    assert_eq!(dba.one::<i64>(count, &[]), 3);
    admin.exec(
        "INSERT INTO maint.retention_policies (target, retention) VALUES ('audit.security_events', '10 days')",
    );
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(dba.one::<i64>(count, &[]), 1);
    assert_eq!(problems(&mut dba), [""; 0]);
}

/// A partition of the log for one month of 2020.
fn month(dba: &mut Client, month: i32) {
    dba.exec(&format!(
        "CREATE TABLE audit.old_{month} PARTITION OF audit.audit_logs FOR VALUES FROM ('2020-{month:02}-01') TO ('2020-{:02}-01')",
        month + 1
    ));
}

const OLD: &str = "SELECT c.relname FROM pg_class AS c WHERE c.relname ~ '^old_[0-9]$' ORDER BY 1";

#[test]
fn whole_partitions_go_where_every_entry_may() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    for number in 1..=4 {
        month(&mut dba, number);
    }
    for (organization, category, at) in [
        (&acme, "activity", "2020-01-05"),
        (&globex, "access", "2020-01-06"),
        (&acme, "activity", "2020-02-05"),
        // Kept for longer: it stays, and the others of its month leave one by one.
        (&globex, "compliance", "2020-03-05"),
        (&acme, "activity", "2020-03-06"),
    ] {
        dba.exec(&format!(
            "INSERT INTO audit.audit_logs (organization_id, category, action, resource, created_at) VALUES ('{organization}', '{category}', 'x', 'x', '{at}')"
        ));
    }
    let mut admin = db.admin();
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(dba.lines(OLD), ["old_3"]);
    assert_eq!(
        dba.lines("SELECT category, created_at::date FROM audit.audit_logs WHERE action = 'x'"),
        ["compliance|2020-03-05"]
    );
    assert_eq!(problems(&mut dba), [""; 0]);
    let told = dba.lines(
        "SELECT resource_name, detail ->> 'entries' FROM audit.audit_logs WHERE action = 'entries.removed' ORDER BY seq",
    );
    assert_eq!(told, ["audit.old_1|2", "audit.old_2|1", "|1"]);
    assert_eq!(
        admin.lines("SELECT detail FROM maint.maintenance_runs WHERE target = 'audit.audit_logs'"),
        ["4 rows"]
    );
    // A hold keeps a partition as it is.
    month(&mut dba, 5);
    log(&mut dba, "NULL", "activity", &[3]);
    dba.exec("INSERT INTO maint.legal_holds (name, reason) VALUES ('all', 'a lawsuit')");
    admin.exec("CALL maint.cleanup_old_audit_logs(0)");
    assert_eq!(left(&mut dba).len(), 2);
    assert_eq!(problems(&mut dba), [""; 0]);
}

/// A long transaction wrote late what it began early: its entry is older than the one before it.
#[test]
fn a_partition_that_cuts_a_chain_waits_for_the_entries_before() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    month(&mut dba, 1);
    month(&mut dba, 2);
    for at in ["2020-02-01 10:00", "2020-01-31 23:00", "2020-02-01 12:00"] {
        dba.exec(&format!(
            "INSERT INTO audit.audit_logs (organization_id, action, resource, created_at) VALUES ('{acme}', 'x', 'x', '{at}+00')"
        ));
    }
    // Neither can go as a whole: each has an entry that the other's precedes.
    for partition in ["audit.old_1", "audit.old_2"] {
        let mut tx = dba.transaction().expect("a transaction begins");
        let whole: bool = tx.one(
            &format!("SELECT audit.release_partition('audit_logs', '{partition}')"),
            &[],
        );
        assert!(!whole, "{partition}");
        tx.rollback().expect("it ends");
    }
    let mut admin = db.admin();
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(left(&mut dba), [""; 0]);
    assert_eq!(problems(&mut dba), [""; 0]);
    assert_eq!(dba.lines(OLD), ["old_1", "old_2"]);
    // Empty by now.
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(dba.lines(OLD), [""; 0]);
    assert_eq!(problems(&mut dba), [""; 0]);
    assert_eq!(
        dba.lines("SELECT status FROM maint.maintenance_runs WHERE status <> 'succeeded'"),
        [""; 0]
    );
}

#[test]
fn a_partition_that_is_released_can_be_dropped() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    month(&mut dba, 1);
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, created_at)
         SELECT '{acme}', 'x', 'x', '2020-01-05' FROM generate_series(1, 3);
         INSERT INTO audit.audit_logs (organization_id, action, resource) VALUES ('{acme}', 'x', 'x')"
    ));
    let mut tx = dba.transaction().expect("a transaction begins");
    assert!(tx.one::<bool>(
        "SELECT audit.release_partition('audit_logs', 'audit.old_1')",
        &[]
    ));
    tx.exec("DROP TABLE audit.old_1");
    tx.commit().expect("it is committed");
    assert_eq!(problems(&mut dba), [""; 0]);
    assert_eq!(
        dba.lines(
            "SELECT last_seq, removed_seq FROM audit.chain_heads WHERE ledger = 'audit_logs'"
        ),
        ["4|3"]
    );
    for mut client in [db.app(), db.readonly(), db.admin()] {
        client.fails_with(
            "SELECT audit.release_partition('audit_logs', 'audit.audit_logs')",
            "42501",
        );
    }
}

/// The default partition's entries, batch by batch.
#[test]
fn many_entries_leave_in_batches() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO audit.audit_logs (organization_id, action, resource, created_at)
         SELECT '{acme}', 'x', 'x', '2020-01-05' FROM generate_series(1, 12001)"
    ));
    let removed: i64 = dba.one(
        "SELECT audit.remove_entries('audit_logs', $1, 0, now(), 7)",
        &[&acme.id],
    );
    assert_eq!(removed, 7);
    assert_eq!(problems(&mut dba), [""; 0]);
    let mut admin = db.admin();
    admin.exec("CALL maint.cleanup_old_audit_logs()");
    assert_eq!(left(&mut dba), [""; 0]);
    let batches = dba.lines("SELECT detail ->> 'entries' FROM audit.audit_logs WHERE action = 'entries.removed' ORDER BY seq");
    assert_eq!(batches, ["5000", "5000", "1994"]);
    assert_eq!(problems(&mut dba), [""; 0]);
}

#[test]
fn days_are_a_number_of_days() {
    let db = shared().fresh_db();
    let mut admin = db.admin();
    for procedure in ["cleanup_old_audit_logs", "cleanup_failed_jobs"] {
        for days in ["NULL", "-1", "100001"] {
            let error = admin.fails_with(&format!("CALL maint.{procedure}({days})"), "22023");
            assert!(
                error.detail().is_some() && error.hint().is_some(),
                "{error:?}"
            );
        }
    }
    assert_eq!(
        admin.lines("SELECT count(*) FROM maint.maintenance_runs"),
        ["0"]
    );
}
