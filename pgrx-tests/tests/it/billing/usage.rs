//! Usage: the keys of records are written with them.

use std::thread;

use pg_crm_tests::{Sql, shared};

use super::one_waits;

const KEYS: &str = "
    SELECT k.idempotency_key, k.period, k.occurred_at = r.occurred_at
      FROM billing.usage_record_keys AS k
      LEFT JOIN billing.usage_records AS r ON r.id = k.usage_record_id AND r.idempotency_key = k.idempotency_key
     ORDER BY k.idempotency_key, k.period";

#[test]
fn a_record_writes_its_own_key() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO billing.usage_records (metric, idempotency_key, occurred_at) VALUES
             ('messages', 'a', '2026-01-31 23:59:59+00'), ('messages', 'b', '2026-02-01 00:30:00+01'), ('messages', NULL, now()), ('messages', NULL, now())",
        );
        assert_eq!(tx.lines(KEYS), ["a|2026-01-01|t", "b|2026-01-01|t"]);
        // A key counts once in a month.
        tx.exec("INSERT INTO billing.usage_records (metric, idempotency_key, occurred_at) VALUES ('messages', 'a', '2026-02-01 00:00+00')");
        assert_eq!(tx.lines(KEYS), ["a|2026-01-01|t", "a|2026-02-01|t", "b|2026-01-01|t"]);
    });
}

#[test]
fn a_record_that_comes_again_is_refused_by_its_key() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let insert = "INSERT INTO billing.usage_records (metric, idempotency_key, occurred_at) VALUES ('messages', 'a', '2026-01-01')";
    db.app().in_org(&acme, |tx| {
        tx.exec(insert);
        for again in [
            insert.to_owned(),
            insert.replace("2026-01-01", "2026-01-20"),
            insert.replace("VALUES", "VALUES ('messages', 'new', '2026-01-01'),"),
            "INSERT INTO billing.usage_records (metric, idempotency_key) VALUES ('messages', 'x'), ('calls', 'x')".to_owned(),
        ] {
            let error = tx.fails_with(&again, "23505");
            assert_eq!(error.constraint(), Some("usage_record_keys_pkey"), "{again}");
            assert!(error.detail().is_some_and(|detail| detail.contains("idempotency_key")), "{again}");
        }
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM billing.usage_records", &[]), 1);
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM billing.usage_record_keys", &[]), 1);
    });
    // Another organization's keys are its own.
    db.app().in_org(&globex, |tx| tx.exec(insert));
}

/// A sender who must not lose a batch for one record that came again writes the keys first.
#[test]
fn a_key_may_be_written_before_its_record() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let send = "
        WITH sent (id, key) AS (SELECT crm.uuid_v7(), unnest($1::text[])),
             fresh AS (INSERT INTO billing.usage_record_keys (idempotency_key, period, usage_record_id, occurred_at)
                       SELECT key, '2026-01-01', id, '2026-01-05' FROM sent
                       ON CONFLICT DO NOTHING
                       RETURNING usage_record_id, idempotency_key)
        INSERT INTO billing.usage_records (id, metric, idempotency_key, occurred_at)
        SELECT usage_record_id, 'messages', idempotency_key, '2026-01-05' FROM fresh";
    db.app().in_org(&acme, |tx| {
        assert_eq!(tx.exec_with(send, &[&vec!["a", "b"]]), 2);
        assert_eq!(tx.exec_with(send, &[&vec!["b", "c"]]), 1);
        assert_eq!(
            tx.lines(KEYS),
            ["a|2026-01-01|t", "b|2026-01-01|t", "c|2026-01-01|t"]
        );
    });
}

#[test]
fn usage_of_several_organizations_comes_in_one_statement() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec(
        "INSERT INTO billing.usage_records (organization_id, metric, idempotency_key)
         SELECT o.id, 'messages', 'key ' || i FROM tenancy.organizations AS o, generate_series(1, 500) AS i",
    );
    for org in [&acme, &globex] {
        assert_eq!(
            dba.one::<i64>(
                "SELECT count(*) FROM billing.usage_record_keys WHERE organization_id = $1",
                &[&org.id]
            ),
            500
        );
    }
    dba.exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&acme.id],
    );
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM billing.usage_record_keys", &[]),
        500
    );
    assert_eq!(
        dba.one::<i64>("SELECT count(*) FROM billing.usage_records", &[]),
        500
    );
}

#[test]
fn of_two_senders_of_a_key_the_second_waits_and_adds_nothing() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let insert = "INSERT INTO billing.usage_records (metric, idempotency_key, occurred_at) VALUES ('messages', 'a', '2026-01-01')";
    for (end, succeeds) in [("ROLLBACK", true), ("COMMIT", false)] {
        let mut first = db.app();
        let insert = insert.replace("'a'", &format!("'{end}'"));
        first.exec(&format!(
            "BEGIN; SELECT tenancy.set_context('{acme}'); {insert}"
        ));
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                db.app()
                    .in_org(&acme, |tx| tx.attempt(&insert, &[]).is_ok())
            });
            one_waits(&db);
            first.exec(end);
            assert_eq!(second.join().expect("it ends"), succeeds, "after {end}");
        });
    }
    db.app().in_org(&acme, |tx| {
        assert_eq!(
            tx.one::<i64>("SELECT count(*) FROM billing.usage_records", &[]),
            2
        );
    });
}
