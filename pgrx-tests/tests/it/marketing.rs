//! Schema `marketing`: leads.

use pg_crm_tests::{Sql, shared};

use crate::billing::states::States;

const LEADS: States = States {
    table: "marketing.leads",
    needs: ("first_name", "'Ann'"),
    times: &["qualified_at", "converted_at"],
    born: &[
        ("new", ""),
        ("qualified", "qualified_at"),
        ("converted", "converted_at"),
    ],
    walk: &[
        ("new", ""),
        ("contacted", ""),
        ("qualified", "qualified_at"),
        ("converted", "qualified_at converted_at"),
        ("qualified", "qualified_at"),
        ("unqualified", ""),
    ],
};

#[test]
fn who_converts_a_lead_need_not_tell_the_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| LEADS.check(tx));
}

#[test]
fn a_lead_that_is_not_converted_became_nothing() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        LEADS.refuses(
            tx,
            &[
                ("new", "converted_at = now()", "leads_converted_at_check"),
                (
                    "converted",
                    "converted_at = NULL",
                    "leads_converted_at_check",
                ),
                (
                    "new",
                    "converted_by = tenancy.current_user_id()",
                    "leads_converted_check",
                ),
                (
                    "converted; converted_by = tenancy.current_user_id()",
                    "status = 'new'",
                    "leads_converted_check",
                ),
            ],
        );
        LEADS.refuses_new(tx, &[("converted_at", "now()", "leads_converted_at_check")]);
    });
}

#[test]
fn leads_are_converted_many_at_once_and_times_that_are_told_stand() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO marketing.leads (first_name) SELECT 'Ann' FROM generate_series(1, 1000);
             UPDATE marketing.leads SET status = 'converted'",
        );
        assert_eq!(
            tx.one::<i64>(
                "SELECT count(*) FROM marketing.leads WHERE converted_at = now()",
                &[]
            ),
            1000
        );
        tx.exec("UPDATE marketing.leads SET status = 'converted', converted_at = '2020-01-01'");
        assert_eq!(
            tx.one::<i64>(
                "SELECT count(*) FROM marketing.leads WHERE converted_at = '2020-01-01'",
                &[]
            ),
            1000
        );
    });
}

/// Scores and signals of leads.
mod scores {
    use pg_crm_tests::{Client, Org, Sql, Uuid, shared};

    const AT: &str = "timestamptz '2024-03-01 00:00+00'";

    #[track_caller]
    fn lead(client: &mut Client, org: &Org) -> Uuid {
        client.in_org(org, |tx| {
            tx.one(
                "INSERT INTO marketing.leads (first_name, email, title) VALUES ('Ann', 'ann@example.org', 'Director') RETURNING id",
                &[],
            )
        })
    }

    #[track_caller]
    fn score(client: &mut Client, org: &Org, lead: Uuid) -> Option<i32> {
        client.in_org(org, |tx| {
            tx.one(
                &format!("SELECT marketing.calculate_lead_score($1, {AT})"),
                &[&lead],
            )
        })
    }

    #[test]
    fn leads_are_scored_by_the_rules_of_contacts() {
        let db = shared().fresh_db();
        let (acme, globex) = (db.org("Acme"), db.org("Globex"));
        let mut app = db.app();
        let ann = lead(&mut app, &acme);
        assert_eq!(
            score(&mut app, &acme, ann),
            Some(10),
            "an address and a title"
        );
        let record = |what: &str| {
            format!(
                "SELECT marketing.record_lead_signal('{ann}', '{what}', {AT} - interval '30 days', 4)"
            )
        };
        app.in_org(&acme, |tx| {
            tx.exec(&record("brochure_read"));
            tx.fails_with(&record(""), "23514");
            tx.fails_with("SELECT marketing.record_lead_signal(NULL, 'x')", "23503");
        });
        app.in_org(&globex, |tx| {
            tx.fails_with(&record("x"), "23503");
        });
        assert_eq!(
            score(&mut app, &acme, ann),
            Some(12),
            "4 points, a half-life ago"
        );
        let explained = format!(
            "SELECT component, signal, points FROM marketing.explain_lead_score('{ann}', {AT})"
        );
        assert_eq!(
            app.in_org(&acme, |tx| tx.lines(&explained)),
            ["fit|email|5", "fit|title|5", "engagement|brochure_read|2"]
        );
        assert_eq!(score(&mut app, &globex, ann), None);
        assert_eq!(app.in_org(&globex, |tx| tx.lines(&explained)), [""; 0]);
        db.readonly().in_org(&acme, |tx| {
            assert_eq!(tx.lines(&explained).len(), 3);
        });

        db.admin().exec("CALL crm.refresh_contact_scores()");
        let stored = app.in_org(&acme, |tx| {
            tx.lines("SELECT score, scored_at IS NOT NULL, score_model_id FROM marketing.leads")
        });
        assert_eq!(stored, ["10|t|"], "the signal has faded by now");
        app.in_org(&acme, |tx| {
            tx.exec("UPDATE marketing.leads SET deleted_at = now()")
        });
        assert_eq!(score(&mut app, &acme, ann), None);
        app.in_org(&acme, |tx| {
            tx.fails_with(&record("x"), "23503");
        });
    }

    #[test]
    fn what_a_lead_did_is_its_contacts_once_it_is_converted() {
        let db = shared().fresh_db();
        let acme = db.org("Acme");
        let mut app = db.app();
        let ann = lead(&mut app, &acme);
        let record =
            format!("SELECT marketing.record_lead_signal('{ann}', 'webinar_attended', {AT}, 8)");
        app.in_org(&acme, |tx| tx.exec(&record));
        let contact: Uuid = app.in_org(&acme, |tx| {
            tx.one("INSERT INTO crm.contacts (first_name, phone) VALUES ('Ann', '+16502530000') RETURNING id", &[])
        });
        let of_contact = format!("SELECT crm.calculate_contact_score('{contact}', {AT})");
        assert_eq!(app.in_org(&acme, |tx| tx.one::<i32>(&of_contact, &[])), 5);
        app.in_org(&acme, |tx| {
            tx.exec(&format!(
                "UPDATE marketing.leads SET status = 'converted', converted_contact_id = '{contact}'"
            ));
            tx.exec(&record);
        });
        assert_eq!(
            app.in_org(&acme, |tx| tx.one::<i32>(&of_contact, &[])),
            21,
            "both signals"
        );
        assert_eq!(
            score(&mut app, &acme, ann),
            Some(21),
            "one person, one score"
        );
        app.in_org(&acme, |tx| tx.exec("DELETE FROM marketing.leads"));
        assert_eq!(
            app.in_org(&acme, |tx| tx.one::<i32>(&of_contact, &[])),
            21,
            "and it stays"
        );
    }
}
