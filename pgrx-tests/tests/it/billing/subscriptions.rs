//! Subscriptions: their states and times, and the copies that organizations keep.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

use super::states::States;

const STATES: States = States {
    table: "billing.subscriptions",
    needs: (
        "plan_id, trial_ends_at",
        "(SELECT id FROM billing.plans LIMIT 1), '2030-01-01'",
    ),
    times: &[
        "past_due_since",
        "paused_at",
        "resumes_at",
        "cancelled_at",
        "ended_at",
    ],
    born: &[
        ("trialing", ""),
        ("past_due", "past_due_since"),
        ("paused", "paused_at"),
        ("cancelled", "cancelled_at ended_at"),
        ("expired", "ended_at"),
    ],
    walk: &[
        ("trialing", ""),
        ("active", ""),
        ("past_due", "past_due_since"),
        ("unpaid", "past_due_since"),
        ("paused; resumes_at = 'infinity'", "paused_at resumes_at"),
        ("active", ""),
        ("expired", "ended_at"),
        ("active; cancelled_at = now()", "cancelled_at"),
        ("cancelled", "cancelled_at ended_at"),
        ("active", "cancelled_at"),
    ],
};

/// Two plans for all, and a private one of each organization.
fn start() -> (Db, Org, Org, Client) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.superuser().exec(&format!(
        "INSERT INTO billing.plans (id, organization_id, code, name) VALUES
         ('00000000-0000-7000-8000-000000000001', NULL, 'basic', 'Basic'),
         ('00000000-0000-7000-8000-000000000002', NULL, 'pro', 'Pro'),
         ('00000000-0000-7000-8000-00000000000a', '{acme}', 'own', 'Own'),
         ('00000000-0000-7000-8000-00000000000b', '{globex}', 'own', 'Own')"
    ));
    let app = db.app();
    (db, acme, globex, app)
}

/// A statement with plan 1, 2, a or b.
fn with_plans(statement: &str) -> String {
    ["1", "2", "a", "b"]
        .iter()
        .fold(statement.to_owned(), |text, plan| {
            text.replace(
                &format!("plan_{plan}"),
                &format!("'00000000-0000-7000-8000-{plan:0>12}'"),
            )
        })
}

/// Code of the plan, status, and day that the trial ends.
#[track_caller]
fn copies(client: &mut impl Sql, org: &Org) -> String {
    client.one(
        "SELECT concat_ws(' ', coalesce(p.code, '-'), o.subscription_status, o.trial_ends_at::date)
           FROM tenancy.organizations AS o LEFT JOIN billing.plans AS p ON p.id = o.plan_id
          WHERE o.id = $1",
        &[&org.id],
    )
}

#[test]
fn who_sets_the_state_of_a_subscription_gets_its_time() {
    let (_db, acme, _globex, mut app) = start();
    app.in_org(&acme, |tx| {
        STATES.check(tx);
        STATES.refuses(
            tx,
            &[
                ("active", "ended_at = now()", "subscriptions_ended_at_check"),
                (
                    "paused",
                    "paused_at = NULL",
                    "subscriptions_paused_at_check",
                ),
                // A cancellation is not forgotten.
                (
                    "active; cancelled_at = now()",
                    "status = 'expired'",
                    "subscriptions_cancelled_at_check",
                ),
            ],
        );
        STATES.refuses_new(
            tx,
            &[(
                "status, ended_at",
                "'active', now()",
                "subscriptions_ended_at_check",
            )],
        );
    });
}

#[test]
fn an_organization_keeps_copies_of_its_subscription() {
    let (_db, acme, globex, mut app) = start();
    app.in_org(&acme, |tx| {
        for (statement, expected) in [
            ("SELECT 1", "- active"),
            (
                "INSERT INTO billing.subscriptions (id, plan_id, status, trial_ends_at, started_at)
                 VALUES ('00000000-0000-7000-8000-000000000011', plan_1, 'trialing', '2030-01-01', '2020-01-01')",
                "basic trialing 2030-01-01",
            ),
            ("UPDATE billing.subscriptions SET status = 'active'", "basic active 2030-01-01"),
            ("UPDATE billing.subscriptions SET plan_id = plan_2, trial_ends_at = NULL", "pro active"),
            ("UPDATE billing.subscriptions SET status = 'past_due'", "pro past_due"),
            ("SAVEPOINT s; UPDATE billing.subscriptions SET status = 'active'; ROLLBACK TO SAVEPOINT s", "pro past_due"),
            ("UPDATE billing.subscriptions SET status = 'cancelled'", "pro cancelled"),
            // A new one that has not ended goes before one that has.
            (
                "INSERT INTO billing.subscriptions (id, plan_id, started_at)
                 VALUES ('00000000-0000-7000-8000-000000000012', plan_a, '2019-01-01')",
                "own active",
            ),
            // One that ended long ago says nothing.
            (
                "INSERT INTO billing.subscriptions (plan_id, status, started_at, ended_at) VALUES (plan_1, 'expired', '2018-01-01', '2018-12-31')",
                "own active",
            ),
            ("UPDATE billing.subscriptions SET quantity = 7 WHERE ended_at IS NULL", "own active"),
            // Of those that ended, the last one.
            ("UPDATE billing.subscriptions SET status = 'expired', ended_at = '2019-06-01' WHERE ended_at IS NULL", "pro cancelled"),
            ("DELETE FROM billing.subscriptions WHERE plan_id = plan_2", "own expired"),
            ("DELETE FROM billing.subscriptions", "- active"),
        ] {
            tx.exec(&with_plans(statement));
            assert_eq!(copies(tx, &acme), expected, "{statement}");
        }
    });
    app.in_org(&globex, |tx| assert_eq!(copies(tx, &globex), "- active"));
}

#[test]
fn copies_of_many_organizations_are_kept_in_one_statement() {
    let (db, ..) = start();
    let mut dba = db.superuser();
    dba.exec("INSERT INTO tenancy.organizations (name, slug) SELECT 'Org', 'org-' || i FROM generate_series(1, 200) AS i");
    let kept = "SELECT string_agg(DISTINCT concat_ws(' ', coalesce(p.code, '-'), o.subscription_status), ', ')
                  FROM tenancy.organizations AS o LEFT JOIN billing.plans AS p ON p.id = o.plan_id";
    for (statement, expected) in [
        (
            "INSERT INTO billing.subscriptions (organization_id, plan_id) SELECT id, plan_1 FROM tenancy.organizations",
            "basic active",
        ),
        (
            "UPDATE billing.subscriptions SET plan_id = plan_2, status = 'unpaid'",
            "pro unpaid",
        ),
        ("DELETE FROM billing.subscriptions", "- active"),
    ] {
        dba.exec(&with_plans(statement));
        assert_eq!(dba.one::<String>(kept, &[]), expected, "{statement}");
    }
}

#[test]
fn a_statement_that_changes_no_copy_writes_no_organization() {
    let (_db, acme, _globex, mut app) = start();
    app.in_org(&acme, |tx| {
        tx.exec(&with_plans(
            "INSERT INTO billing.subscriptions (plan_id) VALUES (plan_1)",
        ));
    });
    let written = "SELECT xmin::text FROM tenancy.organizations";
    let before: String = app.in_org(&acme, |tx| tx.one(written, &[]));
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE billing.subscriptions SET status = status, quantity = 3");
        tx.exec("UPDATE billing.subscriptions SET started_at = '2020-01-01'");
        tx.exec("UPDATE billing.subscriptions SET status = 'paused' WHERE false");
    });
    assert_eq!(
        app.in_org(&acme, |tx| tx.one::<String>(written, &[])),
        before
    );
}

#[test]
fn copies_are_not_changed_against_the_subscription() {
    let (db, acme, _globex, mut app) = start();
    app.in_org(&acme, |tx| {
        // Before there is a subscription, the organization says for itself.
        tx.exec("UPDATE tenancy.organizations SET subscription_status = 'trialing', trial_ends_at = '2030-01-01'");
        tx.exec(&with_plans("INSERT INTO billing.subscriptions (plan_id, status) VALUES (plan_1, 'past_due')"));
        assert_eq!(copies(tx, &acme), "basic past_due");
    });
    for client in [&mut app, &mut db.admin(), &mut db.superuser()] {
        client.in_org_as(&acme, acme.owner, |tx| {
            for assignments in [
                "plan_id = plan_2",
                "plan_id = NULL",
                "subscription_status = 'active'",
                "trial_ends_at = '2040-01-01'",
                "name = 'Acme', subscription_status = 'cancelled'",
            ] {
                let error = tx.fails_with(
                    &with_plans(&format!("UPDATE tenancy.organizations SET {assignments} WHERE id = '{acme}'")),
                    "55000",
                );
                assert!(error.hint().is_some_and(|hint| hint.contains("billing.subscriptions")), "{assignments}");
            }
            tx.exec(&with_plans(
                "UPDATE tenancy.organizations SET name = 'Acme Inc.', plan_id = plan_1, subscription_status = 'past_due' WHERE slug = 'acme'",
            ));
            assert_eq!(copies(tx, &acme), "basic past_due");
        });
    }
}

#[test]
fn anothers_plan_looks_absent() {
    let (_db, acme, _globex, mut app) = start();
    app.in_org(&acme, |tx| {
        let subscribe = |plan: &str| with_plans(&format!("INSERT INTO billing.subscriptions (plan_id) VALUES ({plan})"));
        let of_another = tx.fails_with(&subscribe("plan_b"), "23503");
        let absent = tx.fails_with(&subscribe("'00000000-0000-7000-8000-00000000dead'"), "23503");
        assert_eq!(of_another.constraint(), Some("subscriptions_plan_fkey"));
        assert_eq!(of_another.message(), absent.message());
        tx.exec(&subscribe("plan_a"));
        tx.fails_with(&with_plans("UPDATE billing.subscriptions SET plan_id = plan_b"), "23503");
        let id = super::draft(tx, &[10]);
        let line = |plan: &str| {
            with_plans(&format!(
                "INSERT INTO billing.invoice_lines (invoice_id, plan_id, description, unit_price) VALUES ('{id}', {plan}, 'Plan', 1)"
            ))
        };
        let error = tx.fails_with(&line("plan_b"), "23503");
        assert_eq!(error.constraint(), Some("invoice_lines_plan_fkey"));
        for plan in ["plan_a", "plan_1", "NULL"] {
            tx.exec(&line(plan));
        }
        tx.fails_with(&with_plans("UPDATE billing.invoice_lines SET plan_id = plan_b"), "23503");
    });
}

#[test]
fn anothers_plan_looks_absent_to_an_organization_that_never_subscribed() {
    let (db, acme, globex, mut app) = start();
    app.in_org(&acme, |tx| {
        let choose = |plan: &str| {
            with_plans(&format!(
                "UPDATE tenancy.organizations SET plan_id = {plan}"
            ))
        };
        let of_another = tx.fails_with(&choose("plan_b"), "23503");
        let absent = tx.fails_with(&choose("'00000000-0000-7000-8000-00000000dead'"), "23503");
        assert_eq!(of_another.constraint(), Some("organizations_plan_fkey"));
        assert_eq!(of_another.table(), Some("organizations"));
        assert_eq!(of_another.message(), absent.message());
        assert_eq!(of_another.detail(), absent.detail());
        for plan in ["plan_a", "plan_1", "NULL"] {
            tx.exec(&choose(plan));
        }
    });
    let mut dba = db.superuser();
    dba.fails_with(
        &with_plans(&format!(
            "UPDATE tenancy.organizations SET plan_id = plan_a WHERE id = '{globex}'"
        )),
        "23503",
    );
    dba.fails_with(
        &with_plans(
            "INSERT INTO tenancy.organizations (name, slug, plan_id) VALUES ('New', 'new', plan_a)",
        ),
        "23503",
    );
    dba.exec(&with_plans(
        "INSERT INTO tenancy.organizations (name, slug, plan_id) VALUES ('New', 'new', plan_2)",
    ));
}

#[test]
fn an_organization_goes_with_its_subscriptions() {
    let (db, acme, globex, mut app) = start();
    for (org, plan) in [(&acme, "plan_a"), (&globex, "plan_1")] {
        app.in_org(org, |tx| {
            tx.exec(&with_plans(&format!(
                "INSERT INTO billing.subscriptions (plan_id) VALUES ({plan})"
            )));
        });
    }
    let mut dba = db.superuser();
    dba.exec_with(
        "DELETE FROM tenancy.organizations WHERE id = $1",
        &[&acme.id],
    );
    assert_eq!(
        dba.lines("SELECT organization_id FROM billing.subscriptions"),
        [globex.to_string()]
    );
    assert_eq!(copies(&mut dba, &globex), "basic active");
}

#[test]
fn the_current_subscription_is_told_to_who_may_see_it() {
    let (_db, acme, globex, mut app) = start();
    let current = "SELECT billing.current_subscription($1)";
    let id = app.in_org(&acme, |tx| {
        assert_eq!(tx.one::<Option<Uuid>>(current, &[&acme.id]), None);
        let id: Uuid = tx.one(
            &with_plans("INSERT INTO billing.subscriptions (plan_id) VALUES (plan_1) RETURNING id"),
            &[],
        );
        assert_eq!(tx.one::<Option<Uuid>>(current, &[&acme.id]), Some(id));
        id
    });
    app.in_org(&globex, |tx| {
        assert_eq!(
            tx.one::<Option<Uuid>>(current, &[&acme.id]),
            None,
            "{id} is Acme's"
        );
        assert_eq!(
            tx.one::<Option<Uuid>>("SELECT billing.current_subscription(NULL)", &[]),
            None
        );
    });
}
