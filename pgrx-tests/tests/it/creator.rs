//! Schema `creator`: states of creators, campaigns, contents and what is delivered.

use pg_crm_tests::{Sql, shared};

use crate::billing::states::States;

/// What the rows of this module refer to; ids that a reader can tell apart.
pub const BASE: &str = "
    INSERT INTO creator.creators (id, display_name) VALUES ('00000000-0000-7000-8000-0000000000c1', 'Ann');
    INSERT INTO creator.campaigns (id, name) VALUES ('00000000-0000-7000-8000-0000000000ca', 'Summer');
    INSERT INTO creator.contents (id, title, type) VALUES ('00000000-0000-7000-8000-0000000000c0', 'Sea', 'image');";

const STATES: &[States] = &[
    States {
        table: "creator.creators",
        needs: ("display_name", "'Bob'"),
        times: &["onboarded_at", "blocked_at"],
        born: &[
            ("paused", "onboarded_at"),
            ("blocked", "blocked_at"),
            ("invited", ""),
        ],
        walk: &[
            ("prospect", ""),
            ("active", "onboarded_at"),
            ("blocked", "onboarded_at blocked_at"),
            ("archived", "onboarded_at"),
        ],
    },
    States {
        table: "creator.creator_verifications",
        needs: (
            "creator_id, type",
            "'00000000-0000-7000-8000-0000000000c1', 'identity'",
        ),
        times: &["submitted_at", "reviewed_at", "verified_at", "revoked_at"],
        born: &[
            ("in_review", "submitted_at"),
            ("verified", "reviewed_at verified_at"),
            ("rejected; rejection_reason = 'dark'", "reviewed_at"),
        ],
        walk: &[
            ("pending", ""),
            ("in_review", "submitted_at"),
            ("verified", "submitted_at reviewed_at verified_at"),
            ("revoked", "submitted_at reviewed_at verified_at revoked_at"),
            ("verified", "submitted_at reviewed_at verified_at"),
            (
                "expired; expires_at = 'infinity'",
                "submitted_at reviewed_at verified_at",
            ),
            ("pending; expires_at = NULL", "submitted_at reviewed_at"),
        ],
    },
    States {
        table: "creator.campaigns",
        needs: ("name", "'Winter'"),
        times: &["launched_at", "completed_at", "cancelled_at"],
        born: &[
            ("active", "launched_at"),
            ("completed", "launched_at completed_at"),
            ("cancelled", "cancelled_at"),
        ],
        walk: &[
            ("draft", ""),
            ("recruiting", ""),
            ("active", "launched_at"),
            ("paused", "launched_at"),
            ("completed", "launched_at completed_at"),
            ("active", "launched_at"),
            ("cancelled", "launched_at cancelled_at"),
            ("planned", ""),
        ],
    },
    States {
        table: "creator.campaign_briefs",
        needs: (
            "campaign_id, title",
            "'00000000-0000-7000-8000-0000000000ca', 'Brief'",
        ),
        times: &["published_at", "superseded_at"],
        born: &[("superseded", "published_at superseded_at")],
        walk: &[
            ("draft", ""),
            ("published", "published_at"),
            ("superseded", "published_at superseded_at"),
            ("draft", ""),
        ],
    },
    States {
        table: "creator.milestones",
        needs: (
            "campaign_id, name",
            "'00000000-0000-7000-8000-0000000000ca', 'Shoot'",
        ),
        times: &["submitted_at", "approved_at", "paid_at", "cancelled_at"],
        born: &[
            ("submitted", "submitted_at"),
            ("paid", "approved_at paid_at"),
        ],
        walk: &[
            ("pending", ""),
            ("submitted", "submitted_at"),
            ("approved", "submitted_at approved_at"),
            ("paid", "submitted_at approved_at paid_at"),
            ("approved", "submitted_at approved_at"),
            ("cancelled", "submitted_at cancelled_at"),
        ],
    },
    States {
        table: "creator.creator_applications",
        needs: (
            "campaign_id, creator_id",
            "'00000000-0000-7000-8000-0000000000ca', '00000000-0000-7000-8000-0000000000c1'",
        ),
        times: &["invited_at", "submitted_at", "decided_at", "withdrawn_at"],
        born: &[
            ("submitted", "submitted_at"),
            ("invited", "invited_at"),
            ("rejected", "submitted_at decided_at"),
            ("withdrawn", "submitted_at withdrawn_at"),
        ],
        walk: &[
            ("invited", "invited_at"),
            ("declined", "invited_at decided_at"),
            ("submitted", "invited_at submitted_at"),
            ("accepted", "invited_at submitted_at decided_at"),
            ("withdrawn", "invited_at submitted_at withdrawn_at"),
            ("invited", "invited_at"),
        ],
    },
    States {
        table: "creator.contents",
        needs: ("title, type", "'Sun', 'video'"),
        times: &[
            "submitted_at",
            "approved_at",
            "published_at",
            "rejected_at",
            "archived_at",
        ],
        born: &[
            ("in_review", "submitted_at"),
            ("published", "approved_at published_at"),
            ("archived", "archived_at"),
        ],
        walk: &[
            ("draft", ""),
            ("in_review", "submitted_at"),
            ("rejected", "submitted_at rejected_at"),
            ("approved", "submitted_at approved_at"),
            ("published", "submitted_at approved_at published_at"),
            (
                "archived",
                "submitted_at approved_at published_at archived_at",
            ),
            ("approved", "submitted_at approved_at"),
            ("draft", "submitted_at"),
        ],
    },
    States {
        table: "creator.deliverables",
        needs: (
            "campaign_id, name, type",
            "'00000000-0000-7000-8000-0000000000ca', 'Reel', 'reel'",
        ),
        times: &[
            "submitted_at",
            "approved_at",
            "published_at",
            "rejected_at",
            "cancelled_at",
        ],
        born: &[
            ("submitted", "submitted_at"),
            ("published", "approved_at published_at"),
        ],
        walk: &[
            ("pending", ""),
            ("submitted", "submitted_at"),
            ("revision_requested", "submitted_at"),
            ("approved", "submitted_at approved_at"),
            ("published", "submitted_at approved_at published_at"),
            ("rejected", "submitted_at rejected_at"),
            ("cancelled", "submitted_at cancelled_at"),
        ],
    },
    States {
        table: "creator.campaign_content",
        needs: (
            "campaign_id, content_id",
            "'00000000-0000-7000-8000-0000000000ca', '00000000-0000-7000-8000-0000000000c0'",
        ),
        times: &[
            "submitted_at",
            "approved_at",
            "rejected_at",
            "published_at",
            "removed_at",
        ],
        born: &[
            ("published", "approved_at published_at"),
            ("removed", "approved_at published_at removed_at"),
        ],
        walk: &[
            ("planned", ""),
            ("submitted", "submitted_at"),
            ("rejected", "submitted_at rejected_at"),
            (
                "scheduled; scheduled_at = now()",
                "submitted_at approved_at",
            ),
            ("published", "submitted_at approved_at published_at"),
            (
                "removed",
                "submitted_at approved_at published_at removed_at",
            ),
            ("approved", "submitted_at approved_at"),
        ],
    },
    States {
        table: "creator.creator_reviews",
        needs: (
            "creator_id, rating",
            "'00000000-0000-7000-8000-0000000000c1', 5",
        ),
        times: &["published_at", "hidden_at", "responded_at"],
        born: &[(
            "published; response = 'Thanks'",
            "published_at responded_at",
        )],
        walk: &[
            ("pending", ""),
            ("published", "published_at"),
            (
                "hidden; response = 'Why?'",
                "published_at hidden_at responded_at",
            ),
            ("published", "published_at responded_at"),
            ("pending; response = NULL, responded_at = NULL", ""),
        ],
    },
];

fn states(table: &str) -> &'static States {
    STATES
        .iter()
        .find(|states| states.table == table)
        .expect("a table of the list")
}

#[test]
fn who_sets_the_state_of_a_creators_work_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        for states in STATES {
            states.check(tx);
        }
    });
}

#[test]
fn what_somebody_else_must_have_done_is_not_made_up() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        for (table, begin, assignments, check) in [
            (
                "creator.creator_verifications",
                "pending",
                "status = 'expired', expires_at = 'infinity'",
                "creator_verifications_verified_at_check",
            ),
            (
                "creator.creator_verifications",
                "pending",
                "status = 'revoked'",
                "creator_verifications_verified_at_check",
            ),
            (
                "creator.creator_applications",
                "submitted",
                "status = 'declined'",
                "creator_applications_invited_check",
            ),
            (
                "creator.creator_applications",
                "invited",
                "status = 'rejected'",
                "creator_applications_submitted_at_check",
            ),
            (
                "creator.deliverables",
                "pending",
                "status = 'revision_requested'",
                "deliverables_submitted_at_check",
            ),
            // A time alone is a mistake, whether it is given or taken away.
            (
                "creator.milestones",
                "paid",
                "paid_at = NULL",
                "milestones_paid_at_check",
            ),
            (
                "creator.milestones",
                "pending",
                "paid_at = now()",
                "milestones_paid_at_check",
            ),
            (
                "creator.creator_reviews",
                "published; response = 'x'",
                "responded_at = NULL",
                "creator_reviews_response_check",
            ),
        ] {
            states(table).refuses(tx, &[(begin, assignments, check)]);
        }
        states("creator.milestones").refuses_new(
            tx,
            &[(
                "status, paid_at",
                "'pending', now()",
                "milestones_paid_at_check",
            )],
        );
        states("creator.creator_applications").refuses_new(
            tx,
            &[(
                "status, submitted_at",
                "'invited', '2020-01-01'",
                "creator_applications_submitted_at_check",
            )],
        );
    });
}

/// The times that the comments call those of the last time.
#[test]
fn what_happens_again_is_timed_again() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| tx.exec(BASE));
    for (table, away, back) in [
        ("creator.milestones", "in_progress", "submitted"),
        ("creator.deliverables", "revision_requested", "submitted"),
        ("creator.contents", "rejected", "in_review"),
        ("creator.campaign_content", "rejected", "submitted"),
    ] {
        let (columns, values) = states(table).needs;
        app.in_org(&acme, |tx| {
            if table == "creator.contents" {
                tx.exec("DELETE FROM creator.campaign_content; DELETE FROM creator.contents");
            }
            if table == "creator.campaign_content" {
                tx.exec("INSERT INTO creator.contents (id, title, type) VALUES ('00000000-0000-7000-8000-0000000000c0', 'Sea', 'image')");
            }
            tx.exec(&format!(
                "INSERT INTO {table} ({columns}, status, submitted_at) VALUES ({values}, '{back}', '2020-01-01')"
            ));
            let submitted = format!(
                "SELECT CASE submitted_at WHEN now() THEN 'now' ELSE submitted_at::date::text END FROM {table} WHERE status = '{back}'"
            );
            tx.exec(&format!("UPDATE {table} SET status = '{back}'"));
            assert_eq!(tx.lines(&submitted), ["2020-01-01"], "{table}: nothing happened");
            tx.exec(&format!("UPDATE {table} SET status = '{away}'"));
            tx.exec(&format!("UPDATE {table} SET status = '{back}'"));
            assert_eq!(tx.lines(&submitted), ["now"], "{table}");
            tx.exec(&format!("UPDATE {table} SET status = '{away}'"));
            tx.exec(&format!("UPDATE {table} SET status = '{back}', submitted_at = '2021-01-01'"));
            assert_eq!(tx.lines(&submitted), ["2021-01-01"], "{table}: as it is told");
        });
    }
}

#[test]
fn revisions_are_counted_once_each() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(BASE);
        tx.exec(
            "INSERT INTO creator.deliverables (campaign_id, name, type, status)
             SELECT '00000000-0000-7000-8000-0000000000ca', 'Reel', 'reel', 'submitted' FROM generate_series(1, 3)",
        );
        for (statement, count) in [
            ("UPDATE creator.deliverables SET status = 'revision_requested'", 1),
            ("UPDATE creator.deliverables SET status = 'revision_requested', feedback = 'Too dark'", 1),
            ("UPDATE creator.deliverables SET status = 'submitted'", 1),
            ("UPDATE creator.deliverables SET status = 'revision_requested', revision_count = revision_count + 1", 2),
            ("UPDATE creator.deliverables SET status = 'submitted', revision_count = 7", 7),
            ("UPDATE creator.deliverables SET status = 'revision_requested'", 8),
        ] {
            tx.exec(statement);
            assert_eq!(
                tx.column::<i32>("SELECT revision_count FROM creator.deliverables", &[]),
                [count; 3],
                "{statement}"
            );
        }
    });
}
