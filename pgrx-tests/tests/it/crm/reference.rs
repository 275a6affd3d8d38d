//! Lists that all organizations share, and first pipelines.

use std::thread;

use pg_crm_tests::{Db, Sql, Uuid, shared};

const SEED: &str = "SELECT crm.seed_reference_data()";

/// What it fills, with how many rows where there is one organization.
const ROWS: &[(&str, i64)] = &[
    ("crm.countries", 249),
    ("crm.industries", 21 + 88),
    ("crm.job_roles", 65),
    ("crm.lifecycle_stages", 8),
    ("billing.plans", 4),
    ("billing.entitlements", 4 * 11),
    ("crm.pipelines", 1),
    ("crm.deal_stages", 6),
];

#[track_caller]
fn expect_rows(db: &Db) {
    let mut client = db.superuser();
    for (table, rows) in ROWS {
        let found: i64 = client.one(&format!("SELECT count(*) FROM {table}"), &[]);
        assert_eq!(found, *rows, "{table}");
    }
}

#[test]
fn reference_data_are_complete_and_seen_by_applications() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.admin().exec(SEED);
    expect_rows(&db);
    db.app().in_org(&acme, |tx| {
        for (query, expected) in [
            (
                "SELECT code, alpha3, numeric_code, name FROM crm.countries WHERE code IN ('AX', 'CI', 'DE', 'TR', 'ZW') ORDER BY code",
                "AX|ALA|248|Åland Islands
                 CI|CIV|384|Côte d'Ivoire
                 DE|DEU|276|Germany
                 TR|TUR|792|Türkiye
                 ZW|ZWE|716|Zimbabwe",
            ),
            (
                "SELECT code, name, is_customer FROM crm.lifecycle_stages ORDER BY position",
                "subscriber|Subscriber|f
                 lead|Lead|f
                 marketing_qualified|Marketing qualified lead|f
                 sales_qualified|Sales qualified lead|f
                 opportunity|Opportunity|f
                 customer|Customer|t
                 evangelist|Evangelist|t
                 other|Other|f",
            ),
            (
                "SELECT p.code, p.unit_amount, e.kind, e.is_enabled, e.limit_value, e.quota_interval
                   FROM billing.plans AS p JOIN billing.entitlements AS e ON e.plan_id = p.id
                  WHERE e.feature IN ('contacts', 'messages', 'single_sign_on') AND p.code IN ('free', 'enterprise')
                  ORDER BY p.position, e.feature",
                "free|0.00|limit|t|1000|
                 free|0.00|quota|t|500|month
                 free|0.00|switch|f||
                 enterprise|99.00|limit|t||
                 enterprise|99.00|quota|t|1000000|month
                 enterprise|99.00|switch|t||",
            ),
            (
                "SELECT p.name, p.is_default, s.name, s.probability, s.is_won, s.is_lost
                   FROM crm.pipelines AS p JOIN crm.deal_stages AS s ON s.pipeline_id = p.id ORDER BY s.position",
                "Sales|t|New|10|f|f
                 Sales|t|Qualified|25|f|f
                 Sales|t|Proposal|50|f|f
                 Sales|t|Negotiation|75|f|f
                 Sales|t|Won|100|t|f
                 Sales|t|Lost|0|f|t",
            ),
            (
                "SELECT count(*) FROM crm.job_roles WHERE seniority IS NULL AND code <> 'other'",
                "0",
            ),
        ] {
            let expected: Vec<&str> = expected.lines().map(str::trim).collect();
            assert_eq!(tx.lines(query), expected, "{query}");
        }
    });
}

#[test]
fn a_second_run_touches_no_row() {
    let db = shared().fresh_db();
    db.org("Acme");
    let mut admin = db.admin();
    admin.exec(SEED);
    let before = db.physical_snapshot();
    admin.exec(SEED);
    assert_eq!(db.physical_snapshot(), before);
}

#[test]
fn what_users_changed_stays_changed() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut superuser = db.superuser();
    superuser.exec(SEED);
    superuser.exec(
        "UPDATE crm.countries SET name = 'Turkey' WHERE code = 'TR';
         UPDATE crm.industries SET is_active = false WHERE code = 'isic.12';
         UPDATE crm.job_roles SET name = 'Boss' WHERE code = 'owner';
         UPDATE crm.lifecycle_stages SET position = 5 WHERE code = 'other';
         UPDATE billing.plans SET unit_amount = 25 WHERE code = 'starter';
         UPDATE billing.plans SET deleted_at = now() WHERE code = 'free';
         DELETE FROM billing.entitlements WHERE feature = 'ai_replies';
         UPDATE crm.pipelines SET name = 'Vendas';
         UPDATE crm.deal_stages SET deleted_at = now() WHERE name = 'Proposal'",
    );
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.job_roles (organization_id, code, name) VALUES (tenancy.current_org_id(), 'owner', 'Ours')");
    });
    let before = db.physical_snapshot();
    superuser.exec(SEED);
    assert_eq!(db.physical_snapshot(), before);
    superuser.exec("DELETE FROM crm.countries WHERE code = 'TR'");
    superuser.exec(SEED);
    let back: String = superuser.one("SELECT name FROM crm.countries WHERE code = 'TR'", &[]);
    assert_eq!(back, "Türkiye");
}

#[test]
fn organizations_that_have_or_had_a_pipeline_keep_theirs() {
    let db = shared().fresh_db();
    let orgs = ["None", "Own", "Former", "Gone"].map(|name| db.org(name));
    let mut superuser = db.superuser();
    for (org, deleted) in [(&orgs[1], "NULL"), (&orgs[2], "now()")] {
        superuser.exec(&format!(
            "INSERT INTO crm.pipelines (organization_id, name, deleted_at) VALUES ('{org}', 'Ours', {deleted})"
        ));
    }
    superuser.exec(&format!(
        "UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{}'",
        orgs[3]
    ));
    superuser.exec(SEED);
    let names = orgs.map(|org| {
        superuser
            .column::<String>(
                "SELECT name FROM crm.pipelines WHERE organization_id = $1",
                &[&org.id],
            )
            .join(" ")
    });
    assert_eq!(names, ["Sales", "Ours", "Ours", ""]);
}

#[test]
fn several_runs_at_once_make_one_set() {
    let db = shared().fresh_db();
    db.org("Acme");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| db.admin().exec(SEED));
        }
    });
    expect_rows(&db);
}

#[test]
fn reference_data_are_for_admins() {
    let db = shared().fresh_db();
    db.app().fails_with(SEED, "42501");
    db.readonly().fails_with(SEED, "42501");
    db.admin().exec(SEED);
}

#[test]
fn an_application_gets_its_first_pipeline_once() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut app = db.app();
    let (first, second): (Uuid, Uuid) = app.in_org(&acme, |tx| {
        let first = tx.one("SELECT crm.seed_pipeline()", &[]);
        (first, tx.one("SELECT crm.seed_pipeline($1)", &[&acme.id]))
    });
    assert_eq!(first, second);
    // A pipeline of one's own counts, whether it is the default or not.
    let own: Uuid = app.in_org(&globex, |tx| {
        let own: Uuid = tx.one(
            "INSERT INTO crm.pipelines (name) VALUES ('Ours') RETURNING id",
            &[],
        );
        assert_eq!(tx.one::<Uuid>("SELECT crm.seed_pipeline()", &[]), own);
        tx.fails_with(&format!("SELECT crm.seed_pipeline('{acme}')"), "42501");
        own
    });
    let mut superuser = db.superuser();
    let pipelines: Vec<Uuid> = superuser.column("SELECT id FROM crm.pipelines ORDER BY id", &[]);
    assert_eq!(pipelines, [first, own]);
    app.fails_with("SELECT crm.seed_pipeline()", "22004");
    superuser.fails_with("SELECT crm.seed_pipeline(NULL)", "22004");
    superuser.fails_with("SELECT crm.seed_pipeline(crm.uuid_v7())", "23503");
    db.readonly()
        .fails_with("SELECT crm.seed_pipeline()", "42501");
}

#[test]
fn sessions_that_ask_for_a_first_pipeline_at_once_get_the_same() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let pipelines: Vec<Uuid> = thread::scope(|scope| {
        let sessions: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    db.app()
                        .in_org(&acme, |tx| tx.one("SELECT crm.seed_pipeline()", &[]))
                })
            })
            .collect();
        sessions
            .into_iter()
            .map(|session| session.join().expect("no session fails"))
            .collect()
    });
    assert_eq!(pipelines, [pipelines[0]; 4]);
    let stages: i64 = db
        .superuser()
        .one("SELECT count(*) FROM crm.deal_stages", &[]);
    assert_eq!(stages, 6);
}
