//! Schema `sales`: commissions and forecasts.

use pg_crm_tests::{Sql, shared};

use crate::billing::states::States;

const COMMISSIONS: States = States {
    table: "sales.commissions",
    needs: ("kind, amount", "'bonus', 10"),
    times: &["approved_at", "paid_at", "clawed_back_at", "cancelled_at"],
    born: &[
        ("pending", ""),
        ("approved", "approved_at"),
        ("paid", "paid_at"),
        ("cancelled", "cancelled_at"),
    ],
    walk: &[
        ("pending", ""),
        ("approved", "approved_at"),
        ("paid", "approved_at paid_at"),
        ("clawed_back", "approved_at paid_at clawed_back_at"),
        ("paid", "approved_at paid_at"),
        ("approved", "approved_at"),
        ("cancelled", "approved_at cancelled_at"),
        ("pending", ""),
    ],
};

const FORECASTS: States = States {
    table: "sales.forecasts",
    needs: (
        "period_start, period_end, forecast_amount, actual_amount",
        "'2026-01-01', '2026-03-31', 10, 9",
    ),
    times: &["submitted_at", "finalized_at"],
    born: &[
        ("draft", ""),
        ("submitted", "submitted_at"),
        ("final", "finalized_at"),
    ],
    walk: &[
        ("draft", ""),
        ("submitted", "submitted_at"),
        ("final", "submitted_at finalized_at"),
        ("submitted", "submitted_at"),
        ("draft", ""),
    ],
};

#[test]
fn who_sets_the_state_of_a_sale_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        COMMISSIONS.check(tx);
        FORECASTS.check(tx);
    });
}

#[test]
fn that_a_commission_was_paid_is_neither_made_up_nor_forgotten() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org_as(&acme, acme.owner, |tx| {
        let check = "commissions_status_check";
        COMMISSIONS.refuses(
            tx,
            &[
                ("approved", "status = 'clawed_back'", check),
                ("paid", "status = 'cancelled'", check),
                ("paid", "paid_at = NULL", check),
                ("pending", "paid_at = now()", check),
                ("pending", "status = 'pending', cancelled_at = now()", check),
            ],
        );
        COMMISSIONS.refuses_new(tx, &[("status, paid_at", "'pending', now()", check)]);
    });
}
