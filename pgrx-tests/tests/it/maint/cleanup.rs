//! What has expired, has failed, or is past its retention goes; what lives stays, whosever it is.

use pg_crm_tests::{Db, Org, Sql, shared};

/// Rows of each table of maint.expiry_rules(): one that has expired and one that has not, each with all
/// the columns that it needs, besides those that refer to others.
const ROWS: &[(&str, &str, &str, &str)] = &[
    (
        "runtime.cache",
        "organization_id, key, value, written_at, expires_at",
        "$org, 'old', '1', $past, $past2",
        "$org, 'new', '1', $past, $future",
    ),
    (
        "runtime.rate_limits",
        "organization_id, key, theoretical_arrival_at, max_requests, period",
        "$org, 'old', $past, 1, '1 s'",
        "$org, 'new', $future, 1, '1 s'",
    ),
    (
        "runtime.outbox",
        "organization_id, topic, published_at",
        "$org, 'x', now() - interval '8 days'",
        "$org, 'x', now() - interval '6 days'",
    ),
    (
        "runtime.queue_messages",
        "organization_id, queue, created_at, expires_at",
        "$org, 'kept', $past, $past2",
        "$org, 'kept', $past, $future",
    ),
    (
        "notify.notifications",
        "organization_id, user_id, topic, title, created_at, expires_at",
        "$org, $user, 'x', 'x', $past, $past2",
        "$org, $user, 'x', 'x', $past, $future",
    ),
    (
        "tenancy.idempotency_keys",
        "organization_id, scope, key, fingerprint, created_at, expires_at",
        "$org, 'x', 'old', sha256('x'), $past, $past2",
        "$org, 'x', 'new', sha256('x'), $past, $future",
    ),
    (
        "tenancy.sessions",
        "user_id, organization_id, token_hash, created_at, expires_at",
        "$user, $org, sha256('old' || $tag), $past, $past2",
        "$user, $org, sha256('new' || $tag), $past, $future",
    ),
    (
        "tenancy.verification_codes",
        "user_id, purpose, destination, code_hash, created_at, expires_at, used_at",
        "$user, 'login', 'x', sha256('old'), $past, $past2, $past",
        "$user, 'login', 'x', sha256('new'), $past, $future, NULL",
    ),
    (
        "tenancy.password_resets",
        "user_id, token_hash, created_at, expires_at, used_at",
        "$user, sha256('old' || $tag), $past, $past2, $past",
        "$user, sha256('new' || $tag), $past, $future, NULL",
    ),
];

fn fill(db: &Db, org: &Org, tag: &str) {
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO runtime.queues (organization_id, name, keeps_archive) VALUES ('{org}', 'kept', true), ('{org}', 'other', false)"
    ));
    for (table, columns, old, new) in ROWS {
        for values in [old, new] {
            let values = values
                .replace("$org", &format!("'{org}'"))
                .replace("$user", &format!("'{}'", org.owner))
                .replace("$tag", &format!("'{tag}'"))
                .replace("sha256('old' ||", "sha256(('old' ||")
                .replace("sha256('new' ||", "sha256(('new' ||")
                .replace(&format!("'{tag}')"), &format!("'{tag}')::bytea)"))
                .replace("$past2", "timestamptz '2020-01-02'")
                .replace("$past", "timestamptz '2020-01-01'")
                .replace("$future", "now() + interval '1 day'");
            dba.exec(&format!(
                "INSERT INTO {table} ({columns}) VALUES ({values})"
            ));
        }
    }
}

fn counts(db: &Db) -> Vec<String> {
    let mut dba = db.superuser();
    ROWS.iter()
        .map(|(table, ..)| {
            let count: i64 = dba.one(&format!("SELECT count(*) FROM {table}"), &[]);
            format!("{table} {count}")
        })
        .collect()
}

#[test]
fn what_has_expired_goes_and_what_lives_stays() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    fill(&db, &acme, "a");
    fill(&db, &globex, "g");
    let mut dba = db.superuser();
    // In the hands of a receiver, or of a queue that keeps nothing.
    dba.exec(&format!(
        "INSERT INTO runtime.queue_messages (organization_id, queue, created_at, expires_at) VALUES ('{acme}', 'other', '2020-01-01', '2020-01-02');
         INSERT INTO runtime.queue_messages (organization_id, queue, created_at, expires_at, status, receive_count, received_at)
         VALUES ('{acme}', 'kept', '2020-01-01', '2020-01-02', 'in_flight', 1, now())"
    ));
    // The tables whose rows belong to others.
    dba.exec(&format!(
        "SET session_replication_role = replica;
         INSERT INTO workflow.workflow_run_keys (organization_id, workflow_id, dedupe_key, run_id, run_created_at, created_at, expires_at)
         SELECT '{acme}', crm.uuid_v7(), 'x', crm.uuid_v7(), now(), '2020-01-01', e FROM unnest(ARRAY['2020-01-02', now() + interval '1 day', NULL]) AS e;
         INSERT INTO tenancy.refresh_tokens (id, user_id, session_id, family_id, token_hash, created_at, expires_at)
         SELECT crm.uuid_v7(), '{}', crm.uuid_v7(), crm.uuid_v7(), sha256(e::text::bytea), '2020-01-01', e FROM unnest(ARRAY['2020-01-02', now() + interval '1 day']) AS e;
         INSERT INTO maint.maintenance_runs (task, started_at, finished_at, status) VALUES ('old', now() - interval '2 years', now(), 'succeeded'), ('new', now() - interval '1 day', now(), 'succeeded');
         INSERT INTO maint.size_snapshots (schema_name, table_name, taken_at, table_bytes) VALUES ('x', 'x', now() - interval '3 years', 1), ('x', 'x', now(), 1);
         RESET session_replication_role",
        acme.owner
    ));
    let mut admin = db.admin();
    admin.exec("CALL maint.purge_expired()");
    assert_eq!(
        admin.lines(
            "SELECT task, target, detail FROM maint.maintenance_runs WHERE status = 'failed'"
        ),
        [""; 0]
    );
    let expected: Vec<String> = ROWS
        .iter()
        .map(|(table, ..)| match *table {
            "runtime.queue_messages" => format!("{table} 3"),
            table => format!("{table} 2"),
        })
        .collect();
    assert_eq!(counts(&db), expected);
    assert_eq!(
        dba.lines("SELECT queue, outcome, count(*) FROM runtime.queue_archive GROUP BY 1, 2"),
        ["kept|expired|2"]
    );
    assert_eq!(
        dba.lines("SELECT (SELECT count(*) FROM workflow.workflow_run_keys), (SELECT count(*) FROM tenancy.refresh_tokens), (SELECT count(*) FROM maint.maintenance_runs WHERE task IN ('old', 'new')), (SELECT count(*) FROM maint.size_snapshots)"),
        ["2|1|1|1"]
    );
    // Each table has its row in the record, with what it lost.
    assert_eq!(
        admin.lines("SELECT count(*) FROM maint.maintenance_runs WHERE task = 'expired.purge'"),
        admin.lines("SELECT count(*) FROM maint.expiry_rules()")
    );
    let sessions = "SELECT detail FROM maint.maintenance_runs WHERE target = 'tenancy.sessions'";
    assert_eq!(admin.lines(sessions), ["2 rows"]);
    for table in ["crm.contacts", "tenancy.users; DROP TABLE crm.contacts", ""] {
        admin.fails_with_params("SELECT maint.purge_batch($1, 1)", &[&table], "22023");
    }
    admin.fails_with("SELECT maint.purge_batch(NULL, 1)", "22023");
}

#[test]
fn a_session_lives_as_long_as_a_token_that_prolongs_it() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO tenancy.sessions (user_id, token_hash, created_at, expires_at)
         SELECT '{owner}', sha256(n::text::bytea), '2020-01-01', '2020-01-02' FROM generate_series(1, 3) AS n;
         INSERT INTO tenancy.refresh_tokens (user_id, session_id, family_id, token_hash, expires_at, revoked_at)
         SELECT '{owner}', s.id, s.id, s.token_hash, now() + interval '1 day', CASE WHEN s.token_hash = sha256('2') THEN now() END
           FROM tenancy.sessions AS s WHERE s.token_hash <> sha256('3')",
        owner = acme.owner
    ));
    db.admin().exec("CALL maint.purge_expired()");
    assert_eq!(
        dba.lines("SELECT token_hash = sha256('1') FROM tenancy.sessions"),
        ["t"]
    );
    assert_eq!(
        dba.lines("SELECT token_hash = sha256('1') FROM tenancy.refresh_tokens"),
        ["t"]
    );
}

#[test]
fn rows_that_somebody_holds_stay() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    fill(&db, &acme, "a");
    fill(&db, &globex, "g");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO maint.legal_holds (organization_id, name, reason) VALUES ('{acme}', 'a', 'a lawsuit')"
    ));
    // One that works on a row now.
    let mut other = db.superuser();
    let mut tx = other.transaction().expect("a transaction begins");
    tx.exec(&format!(
        "SELECT FROM notify.notifications WHERE organization_id = '{globex}' AND expires_at < now() FOR UPDATE"
    ));
    let mut admin = db.admin();
    admin.exec("CALL maint.purge_expired()");
    let left = |dba: &mut pg_crm_tests::Client, table: &str| {
        dba.lines(&format!(
            "SELECT o.name, count(*) FROM {table} AS t JOIN tenancy.organizations AS o ON o.id = t.organization_id GROUP BY 1 ORDER BY 1"
        ))
    };
    assert_eq!(
        left(&mut dba, "notify.notifications"),
        ["Acme|2", "Globex|2"]
    );
    assert_eq!(left(&mut dba, "tenancy.sessions"), ["Acme|2", "Globex|1"]);
    // What may be lost at any time is no evidence.
    assert_eq!(left(&mut dba, "runtime.cache"), ["Acme|1", "Globex|1"]);
    tx.rollback().expect("it ends");
    dba.exec("UPDATE maint.legal_holds SET released_at = now(), released_by = 'court'");
    admin.exec("CALL maint.purge_expired()");
    assert_eq!(
        left(&mut dba, "notify.notifications"),
        ["Acme|1", "Globex|1"]
    );
}

#[test]
fn many_rows_go_in_batches() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.superuser().exec(&format!(
        "INSERT INTO runtime.cache (organization_id, key, value, written_at, expires_at)
         SELECT '{acme}', n::text, '1', '2020-01-01', '2020-01-02' FROM generate_series(1, 10000) AS n"
    ));
    let mut admin = db.admin();
    assert_eq!(
        admin.one::<i64>("SELECT maint.purge_batch('runtime.cache', 10)", &[]),
        10
    );
    admin.exec("CALL maint.purge_expired()");
    assert_eq!(
        admin.lines("SELECT detail FROM maint.maintenance_runs WHERE target = 'runtime.cache'"),
        ["9990 rows"]
    );
}

/// Jobs of both organizations, by what becomes of them.
fn jobs(db: &Db, orgs: &[&Org]) {
    let mut dba = db.superuser();
    for org in orgs {
        dba.exec(&format!(
            "INSERT INTO workflow.scheduled_jobs (organization_id, type, status, attempts, created_at, started_at, completed_at, last_error, last_failed_at)
             SELECT '{org}', v.type, v.status, v.attempts, now() - interval '30 days', CASE WHEN v.attempts > 0 THEN now() - interval '30 days' END, v.completed_at, v.error, CASE WHEN v.error IS NOT NULL THEN now() END
               FROM (VALUES ('failed long ago', 'failed', 5, now() - interval '8 days', 'no'),
                            ('failed of late', 'failed', 5, now() - interval '6 days', 'no'),
                            ('to be tried again', 'pending', 3, NULL, 'no'),
                            ('done', 'completed', 1, now() - interval '20 days', NULL),
                            ('cancelled', 'cancelled', 0, now() - interval '20 days', NULL)) AS v (type, status, attempts, completed_at, error);
             INSERT INTO workflow.job_dead_letters (organization_id, job_id, type, queue, attempts, error)
             SELECT organization_id, id, type, queue, attempts, 'no' FROM workflow.scheduled_jobs WHERE organization_id = '{org}' AND status = 'failed'"
        ));
    }
}

const JOBS: &str = "SELECT o.name, string_agg(j.type, ', ' ORDER BY j.type) FROM workflow.scheduled_jobs AS j JOIN tenancy.organizations AS o ON o.id = j.organization_id GROUP BY 1 ORDER BY 1";

#[test]
fn jobs_that_failed_long_ago_go_and_their_dead_letters_stay() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    jobs(&db, &[&acme, &globex]);
    let mut admin = db.admin();
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO maint.legal_holds (organization_id, name, reason, target) VALUES ('{globex}', 'a', 'a lawsuit', 'workflow.scheduled_jobs')"
    ));
    admin.exec("CALL maint.cleanup_failed_jobs()");
    assert_eq!(
        dba.lines(JOBS),
        [
            "Acme|cancelled, done, failed of late, to be tried again",
            "Globex|cancelled, done, failed long ago, failed of late, to be tried again"
        ]
    );
    assert_eq!(
        dba.lines("SELECT count(*) FROM workflow.job_dead_letters"),
        ["4"]
    );
    dba.exec("UPDATE maint.legal_holds SET released_at = now(), released_by = 'court'");
    admin.exec("CALL maint.cleanup_failed_jobs(0)");
    assert_eq!(
        dba.lines(JOBS),
        [
            "Acme|cancelled, done, to be tried again",
            "Globex|cancelled, done, to be tried again"
        ]
    );
    assert_eq!(
        admin.lines("SELECT target, status, detail FROM maint.maintenance_runs ORDER BY id"),
        [
            "workflow.scheduled_jobs|succeeded|1 rows",
            "workflow.scheduled_jobs|succeeded|3 rows"
        ]
    );
}

const CONTACTS: &str = "SELECT o.name, string_agg(c.first_name, ', ' ORDER BY c.first_name) FROM crm.contacts AS c JOIN tenancy.organizations AS o ON o.id = c.organization_id GROUP BY 1 ORDER BY 1";

#[test]
fn rows_past_their_retention_go_by_the_narrowest_policy() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    for org in [&acme, &globex] {
        dba.exec(&format!(
            "INSERT INTO crm.contacts (organization_id, first_name, deleted_at, status)
             VALUES ('{org}', 'alive', NULL, 'active'), ('{org}', '10', now() - interval '10 days', 'active'),
                    ('{org}', '40', now() - interval '40 days', 'active'), ('{org}', '80', now() - interval '80 days', 'active'),
                    ('{org}', '80 held', now() - interval '80 days', 'active')"
        ));
    }
    dba.exec(&format!(
        "INSERT INTO maint.retention_policies (organization_id, target, age_column, retention, action, batch_size) VALUES
         (NULL, 'crm.contacts', 'deleted_at', '30 days', 'delete', 1),
         ('{globex}', 'crm.contacts', 'deleted_at', '60 days', 'delete', 5000);
         INSERT INTO maint.legal_holds (organization_id, name, reason, contact_id)
         SELECT organization_id, 'a', 'a lawsuit', id FROM crm.contacts WHERE first_name = '80 held' AND organization_id = '{acme}'"
    ));
    let mut admin = db.admin();
    admin.exec("CALL maint.apply_retention()");
    assert_eq!(
        admin.lines("SELECT task, target, status, detail FROM maint.maintenance_runs"),
        ["retention.apply|crm.contacts|succeeded|4 rows"]
    );
    assert_eq!(
        dba.lines(CONTACTS),
        ["Acme|10, 80 held, alive", "Globex|10, 40, alive"]
    );
    // One that empties personal data keeps the row from the wider one; a category is narrower still.
    dba.exec(&format!(
        "UPDATE maint.retention_policies SET action = 'anonymize' WHERE organization_id = '{globex}';
         UPDATE maint.legal_holds SET released_at = now(), released_by = 'court';
         INSERT INTO maint.retention_policies (organization_id, target, age_column, category_column, category, retention) VALUES
         (NULL, 'crm.contacts', 'deleted_at', 'first_name', '10', '5 days'),
         (NULL, 'crm.contacts', 'created_at', 'first_name', 'nobody', '0')"
    ));
    admin.exec("CALL maint.apply_retention()");
    assert_eq!(dba.lines(CONTACTS), ["Acme|alive", "Globex|10, 40, alive"]);
}

#[test]
fn the_tables_of_others_are_not_touched_with_a_superusers_rights() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.cluster().require_role("shop_owner", "LOGIN");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE SCHEMA shop AUTHORIZATION shop_owner;
         CREATE TABLE shop.visits (organization_id uuid, created_at timestamptz);
         ALTER TABLE shop.visits OWNER TO shop_owner;
         INSERT INTO shop.visits VALUES ('{acme}', '2020-01-01');
         INSERT INTO crm.contacts (organization_id, first_name, deleted_at) VALUES ('{acme}', 'Ann', '2020-01-01');
         INSERT INTO maint.retention_policies (target, retention) VALUES ('shop.visits', '1 day');
         INSERT INTO maint.retention_policies (target, age_column, retention) VALUES ('crm.contacts', 'deleted_at', '1 day')"
    ));
    db.admin().exec("CALL maint.apply_retention()");
    assert_eq!(
        dba.lines("SELECT target, status, substring(detail FROM 'SQLSTATE .....') FROM maint.maintenance_runs ORDER BY target"),
        ["crm.contacts|succeeded|", "shop.visits|failed|SQLSTATE 0A000"]
    );
    assert_eq!(
        dba.lines("SELECT (SELECT count(*) FROM shop.visits), (SELECT count(*) FROM crm.contacts)"),
        ["1|0"]
    );
}
