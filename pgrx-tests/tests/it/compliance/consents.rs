//! Decisions that cover others: for all addresses or all channels.

use pg_crm_tests::{Db, Org, Sql, Transaction, shared};

const ANN: &str = "11111111-1111-4111-8111-111111111111";
const BEN: &str = "22222222-2222-4222-8222-222222222222";

/// A decision: contact, address and channel, empty where it is for all of them or not known.
type Decision = (&'static str, &'static str, &'static str);

const GRANT: Decision = (ANN, "ann@home", "email");

#[track_caller]
fn decide(client: &mut impl Sql, decision: Decision, what: &str, day: u32) {
    let (contact, address, channel) = decision;
    client.exec(&format!(
        "INSERT INTO compliance.consent_records (contact_id, subject_hash, purpose, channel, status, occurred_at)
         VALUES (nullif('{contact}', '')::uuid, sha256(nullif('{address}', '')::bytea), 'newsletter', nullif('{channel}', ''),
                 '{what}', '2025-01-0{day}')"
    ));
}

/// As the application, in a transaction that leaves nothing.
#[track_caller]
fn undone(db: &Db, org: &Org, work: impl FnOnce(&mut Transaction<'_>)) {
    let mut app = db.app();
    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&org.id]);
    work(&mut tx);
}

/// Whether the decision's own row is effective.
#[track_caller]
fn is_effective(client: &mut impl Sql, decision: Decision) -> bool {
    let (contact, address, channel) = decision;
    client.one(
        &format!(
            "SELECT is_effective FROM compliance.current_consents
             WHERE contact_id IS NOT DISTINCT FROM nullif('{contact}', '')::uuid
               AND subject_hash IS NOT DISTINCT FROM sha256(nullif('{address}', '')::bytea)
               AND channel IS NOT DISTINCT FROM nullif('{channel}', '') AND purpose = 'newsletter'"
        ),
        &[],
    )
}

#[test]
fn a_grant_ends_with_a_later_withdrawal_that_covers_it() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    for (withdrawal, covers) in [
        (GRANT, true),
        ((ANN, "ann@home", ""), true),
        ((ANN, "", "email"), true),
        ((ANN, "", ""), true),
        // The address speaks for itself, whosever it is taken for.
        (("", "ann@home", "email"), true),
        (("", "ann@home", ""), true),
        ((BEN, "ann@home", ""), true),
        ((ANN, "ann@home", "sms"), false),
        ((ANN, "", "sms"), false),
        ((ANN, "ann@work", "email"), false),
        ((ANN, "ann@work", ""), false),
        (("", "ann@work", ""), false),
        ((BEN, "", ""), false),
        ((BEN, "ben@home", ""), false),
    ] {
        for what in ["withdrawn", "denied"] {
            undone(&db, &acme, |tx| {
                decide(tx, GRANT, "granted", 2);
                // Earlier ones, and requests, end nothing.
                decide(tx, withdrawal, what, 1);
                decide(tx, withdrawal, "requested", 3);
                assert!(is_effective(tx, GRANT), "before {withdrawal:?} is {what}");
                decide(tx, withdrawal, what, 4);
                assert_eq!(is_effective(tx, GRANT), !covers, "{withdrawal:?} is {what}");
                decide(tx, GRANT, "granted", 5);
                assert!(
                    is_effective(tx, GRANT),
                    "granted again after {withdrawal:?}"
                );
            });
        }
    }
}

/// It is still in force for the others.
#[test]
fn a_grant_for_all_outlives_a_withdrawal_for_one() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    for (grant, withdrawal) in [
        ((ANN, "", ""), (ANN, "", "email")),
        ((ANN, "", ""), (ANN, "ann@home", "")),
        ((ANN, "", "email"), (ANN, "ann@home", "email")),
        ((ANN, "ann@home", ""), (ANN, "ann@home", "email")),
    ] {
        undone(&db, &acme, |tx| {
            decide(tx, grant, "granted", 1);
            decide(tx, withdrawal, "withdrawn", 2);
            assert!(is_effective(tx, grant), "{grant:?} after {withdrawal:?}");
            assert!(!is_effective(tx, withdrawal), "{withdrawal:?}");
        });
    }
}

#[test]
fn a_withdrawal_ends_grants_of_its_purpose_and_organization_only() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let all = "SELECT purpose, is_effective FROM compliance.current_consents WHERE status = 'granted' ORDER BY 1";
    let grant = "INSERT INTO compliance.consent_records (contact_id, subject_hash, purpose, channel, status, occurred_at)
                 SELECT $1::text::uuid, sha256('ann@home'), p, 'email', 'granted', '2025-01-01' FROM unnest('{newsletter,profiling}'::text[]) AS p";
    let mut dba = db.superuser();
    for org in [&acme, &globex] {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec_with("SELECT tenancy.set_context($1)", &[&org.id]);
        tx.exec_with(grant, &[&ANN]);
        tx.commit().expect("it is kept");
    }
    let mut tx = dba.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
    decide(&mut tx, (ANN, "", ""), "withdrawn", 2);
    tx.commit().expect("it is kept");
    for (org, newsletter) in [(&acme, "newsletter|f"), (&globex, "newsletter|t")] {
        db.app().in_org(org, |tx| {
            assert_eq!(tx.lines(all), [newsletter, "profiling|t"]);
        });
    }
    // Row-level security does not keep the organizations apart for everybody.
    let effective: i64 = dba.one(
        "SELECT count(*) FROM compliance.current_consents WHERE is_effective",
        &[],
    );
    assert_eq!(effective, 3);
}

/// What is to come has not been said yet.
#[test]
fn a_withdrawal_dated_ahead_ends_nothing_before_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        decide(tx, GRANT, "granted", 1);
        tx.exec(&format!(
            "INSERT INTO compliance.consent_records (contact_id, purpose, status, occurred_at)
             VALUES ('{ANN}', 'newsletter', 'withdrawn', now() + interval '1 day')"
        ));
        assert!(is_effective(tx, GRANT));
    });
}
