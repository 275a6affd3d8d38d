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
