//! Schema `marketplace`: states of opportunities, contracts, payouts and ambassadors.

use pg_crm_tests::{Sql, shared};

use crate::billing::states::States;
use crate::creator::BASE;

/// What the rows of this module refer to besides those of creator.
const MORE: &str = "
    INSERT INTO marketplace.opportunities (id, title) VALUES ('00000000-0000-7000-8000-0000000000f1', 'Film');
    INSERT INTO marketplace.contracts (id, creator_id, title) VALUES ('00000000-0000-7000-8000-0000000000f2', '00000000-0000-7000-8000-0000000000c1', 'Film');
    INSERT INTO marketplace.payout_methods (id, creator_id, type, provider, provider_token)
    VALUES ('00000000-0000-7000-8000-0000000000f3', '00000000-0000-7000-8000-0000000000c1', 'wallet', 'payer', 'x');
    INSERT INTO marketplace.ambassador_programs (id, code, name) VALUES ('00000000-0000-7000-8000-0000000000f4', 'friends', 'Friends');";

const PAYOUTS: States = States {
    table: "marketplace.payouts",
    needs: (
        "creator_id, payout_method_id, idempotency_key, amount",
        "'00000000-0000-7000-8000-0000000000c1', '00000000-0000-7000-8000-0000000000f3', '1', 10",
    ),
    times: &[
        "approved_at",
        "submitted_at",
        "paid_at",
        "failed_at",
        "returned_at",
        "cancelled_at",
    ],
    born: &[
        ("approved", "approved_at"),
        (
            "processing; approved_at = now()",
            "approved_at submitted_at",
        ),
        (
            "paid; approved_at = now()",
            "approved_at submitted_at paid_at",
        ),
        ("cancelled", "cancelled_at"),
    ],
    walk: &[
        ("pending", ""),
        ("approved", "approved_at"),
        ("processing", "approved_at submitted_at"),
        ("failed", "approved_at submitted_at failed_at"),
        ("processing", "approved_at submitted_at failed_at"),
        ("paid", "approved_at submitted_at paid_at failed_at"),
        (
            "returned",
            "approved_at submitted_at paid_at failed_at returned_at",
        ),
        ("pending; failed_at = NULL", ""),
        ("cancelled", "cancelled_at"),
    ],
};

const CONTRACTS: States = States {
    table: "marketplace.contracts",
    needs: (
        "creator_id, title",
        "'00000000-0000-7000-8000-0000000000c1', 'Photo'",
    ),
    times: &["sent_at", "completed_at", "terminated_at", "cancelled_at"],
    born: &[
        ("sent", "sent_at"),
        (
            "active; organization_signed_at = now(), creator_signed_at = now()",
            "",
        ),
        (
            "completed; organization_signed_at = now(), creator_signed_at = now()",
            "completed_at",
        ),
        ("cancelled", "cancelled_at"),
    ],
    walk: &[
        ("draft", ""),
        ("sent", "sent_at"),
        ("draft", ""),
        ("sent", "sent_at"),
        (
            "active; organization_signed_at = now(), creator_signed_at = now()",
            "sent_at",
        ),
        ("terminated", "sent_at terminated_at"),
        ("completed", "sent_at completed_at"),
        (
            "cancelled; creator_signed_at = NULL",
            "sent_at cancelled_at",
        ),
    ],
};

const STATES: &[States] = &[
    PAYOUTS,
    CONTRACTS,
    States {
        table: "marketplace.opportunities",
        needs: ("title", "'Film'"),
        times: &["opened_at", "awarded_at", "cancelled_at"],
        born: &[
            ("awarded", "opened_at awarded_at"),
            ("cancelled", "cancelled_at"),
        ],
        walk: &[
            ("draft", ""),
            ("open", "opened_at"),
            ("awarded", "opened_at awarded_at"),
            ("closed", "opened_at"),
            ("cancelled", "opened_at cancelled_at"),
            ("draft", ""),
        ],
    },
    States {
        table: "marketplace.bids",
        needs: (
            "opportunity_id, creator_id, amount",
            "'00000000-0000-7000-8000-0000000000f1', '00000000-0000-7000-8000-0000000000c1', 10",
        ),
        times: &["decided_at", "withdrawn_at"],
        born: &[("accepted", "decided_at")],
        walk: &[
            ("submitted", ""),
            ("accepted", "decided_at"),
            ("shortlisted", ""),
            ("rejected", "decided_at"),
            ("withdrawn", "withdrawn_at"),
            ("submitted", ""),
        ],
    },
    States {
        table: "marketplace.payout_methods",
        needs: (
            "creator_id, type, provider, provider_token",
            "'00000000-0000-7000-8000-0000000000c1', 'wallet', 'payer', 'y'",
        ),
        times: &["verified_at", "disabled_at"],
        born: &[("verified", "verified_at"), ("disabled", "disabled_at")],
        walk: &[
            ("pending", ""),
            ("verified", "verified_at"),
            ("disabled", "verified_at disabled_at"),
            ("verified", "verified_at"),
            ("pending", ""),
        ],
    },
    States {
        table: "marketplace.disputes",
        needs: (
            "contract_id, opened_by_party, reason, description",
            "'00000000-0000-7000-8000-0000000000f2', 'creator', 'payment', 'x'",
        ),
        times: &["escalated_at", "resolved_at", "withdrawn_at"],
        born: &[
            ("escalated", "escalated_at"),
            ("resolved; resolution = 'dismissed'", "resolved_at"),
        ],
        walk: &[
            ("open", ""),
            ("escalated", "escalated_at"),
            (
                "resolved; resolution = 'settled'",
                "escalated_at resolved_at",
            ),
            ("withdrawn; resolution = NULL", "escalated_at withdrawn_at"),
            ("open", "escalated_at"),
        ],
    },
    States {
        table: "marketplace.ambassador_programs",
        needs: ("code, name", "'family', 'Family'"),
        times: &["ended_at"],
        born: &[("ended", "ended_at")],
        walk: &[
            ("draft", ""),
            ("active", ""),
            ("ended", "ended_at"),
            ("paused", ""),
        ],
    },
    States {
        table: "marketplace.ambassadors",
        needs: (
            "program_id, creator_id, referral_code",
            "'00000000-0000-7000-8000-0000000000f4', '00000000-0000-7000-8000-0000000000c1', 'ann'",
        ),
        times: &[
            "invited_at",
            "applied_at",
            "approved_at",
            "rejected_at",
            "ended_at",
        ],
        born: &[
            ("applied", "applied_at"),
            ("invited", "invited_at"),
            ("active", "applied_at approved_at"),
            ("rejected", "applied_at rejected_at"),
        ],
        walk: &[
            ("invited", "invited_at"),
            ("applied", "invited_at applied_at"),
            ("active", "invited_at applied_at approved_at"),
            ("paused", "invited_at applied_at approved_at"),
            ("ended", "invited_at applied_at approved_at ended_at"),
            ("rejected", "invited_at applied_at rejected_at"),
            ("invited", "invited_at"),
        ],
    },
];

#[test]
fn who_sets_the_state_in_the_marketplace_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        tx.exec(MORE);
        for states in STATES {
            states.check(tx);
        }
    });
}

#[test]
fn signatures_approvals_and_payments_are_neither_made_up_nor_forgotten() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        tx.exec(MORE);
        PAYOUTS.refuses(
            tx,
            &[
                ("pending", "status = 'processing'", "payouts_approved_check"),
                ("pending", "status = 'paid'", "payouts_approved_check"),
                (
                    "approved",
                    "status = 'returned', submitted_at = now()",
                    "payouts_paid_at_check",
                ),
                (
                    "paid; approved_at = now()",
                    "status = 'cancelled'",
                    "payouts_paid_at_check",
                ),
                (
                    "processing; approved_at = now()",
                    "status = 'cancelled'",
                    "payouts_submitted_at_check",
                ),
                ("approved", "paid_at = now()", "payouts_paid_at_check"),
            ],
        );
        PAYOUTS.refuses_new(
            tx,
            &[(
                "status, paid_at",
                "'pending', now()",
                "payouts_paid_at_check",
            )],
        );
        CONTRACTS.refuses(
            tx,
            &[
                ("sent", "status = 'active'", "contracts_signed_check"),
                ("draft", "status = 'completed'", "contracts_signed_check"),
                (
                    "active; organization_signed_at = now(), creator_signed_at = now()",
                    "status = 'draft'",
                    "contracts_signed_check",
                ),
            ],
        );
    });
}

#[test]
fn a_payouts_attempts_are_counted_and_timed() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        tx.exec(MORE);
        tx.exec(&format!(
            "INSERT INTO marketplace.payouts ({}, status, approved_at) VALUES ({}, 'approved', '2020-01-01')",
            PAYOUTS.needs.0, PAYOUTS.needs.1
        ));
        for (assignments, expected) in [
            ("status = 'processing', submitted_at = '2020-01-02'", "1|2020-01-02|"),
            ("status = 'processing'", "1|2020-01-02|"),
            ("status = 'failed', failed_at = '2020-01-03'", "1|2020-01-02|2020-01-03"),
            ("status = 'processing'", "2|now|2020-01-03"),
            ("status = 'failed'", "2|now|now"),
            ("status = 'processing', attempt_count = 9", "9|now|now"),
        ] {
            tx.exec(&format!("UPDATE marketplace.payouts SET {assignments}"));
            let seen = tx.lines(
                "SELECT attempt_count,
                        CASE submitted_at WHEN now() THEN 'now' ELSE submitted_at::date::text END,
                        CASE failed_at WHEN now() THEN 'now' ELSE failed_at::date::text END
                   FROM marketplace.payouts",
            );
            assert_eq!(seen, [expected], "{assignments}");
        }
    });
}
