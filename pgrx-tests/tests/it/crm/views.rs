//! The views for pages: contacts, pipeline, activities.

use pg_crm_tests::{Client, Db, Org, Sql, shared};

fn start(db: &Db, name: &str) -> (Client, Org) {
    let org = db.org(name);
    let mut app = db.app();
    app.in_org_as(&org, org.owner, |tx| {
        tx.exec(
            "INSERT INTO crm.companies (name) VALUES ('Initech');
             INSERT INTO crm.contacts (first_name, email, company_id, company_name, owner_id, tags)
             SELECT 'Ann', 'ann@example.com', id, 'as entered', tenancy.current_user_id(), '{b,a}' FROM crm.companies;
             INSERT INTO crm.contacts (first_name, company_name) VALUES ('Bob', 'Hooli');
             INSERT INTO crm.contacts (first_name, deleted_at) VALUES ('Gone', now());
             INSERT INTO inbox.messages (contact_id, channel, direction, status, created_at, deleted_at)
             SELECT c.id, 'sms', v.direction, v.status, v.created_at::timestamptz, v.deleted_at::timestamptz
               FROM crm.contacts AS c,
                    (VALUES ('inbound', 'received', '2024-01-01', NULL), ('outbound', 'sent', '2024-01-02', NULL),
                            ('outbound', 'draft', '2024-01-03', NULL), ('inbound', 'received', '2024-01-04', '2024-01-05'))
                      AS v (direction, status, created_at, deleted_at)
              WHERE c.first_name = 'Ann';
             INSERT INTO inbox.calls (contact_id, direction, started_at) SELECT id, 'inbound', '2024-02-01' FROM crm.contacts WHERE first_name = 'Ann';
             INSERT INTO inbox.emails (contact_id, direction, sent_at) SELECT id, 'outbound', v.at::timestamptz FROM crm.contacts, (VALUES ('2024-03-01'), (NULL)) AS v (at) WHERE first_name = 'Ann';
             INSERT INTO crm.pipelines (name) VALUES ('p');
             INSERT INTO crm.deal_stages (pipeline_id, name, position, probability, is_won)
             SELECT p.id, v.* FROM crm.pipelines AS p, (VALUES ('new', 0, 10, false), ('empty', 1, 50, false), ('won', 2, 100, true)) AS v;
             INSERT INTO crm.deals (contact_id, name, amount, currency, probability, stage_id, stage_entered_at)
             SELECT c.id, 'd', v.amount, v.currency, v.probability, s.id, now() - v.days * interval '1 day'
               FROM crm.contacts AS c,
                    (VALUES (100, 'USD', NULL, 'new', 2), (50, 'USD', 50, 'new', 4), (NULL, 'EUR', NULL, 'new', 1), (70, 'USD', 1, 'won', 9))
                      AS v (amount, currency, probability, stage, days)
               JOIN crm.deal_stages AS s ON s.name = v.stage
              WHERE c.first_name = 'Ann';
             INSERT INTO crm.activities (contact_id, status, due_at, completed_at, assignee_id, deleted_at)
             SELECT c.id, v.status, v.due_at, v.completed_at, tenancy.current_user_id(), v.deleted_at
               FROM crm.contacts AS c,
                    (VALUES ('pending', now() + interval '40 days', NULL::timestamptz, NULL::timestamptz),
                            ('pending', NULL, NULL, NULL),
                            ('overdue', now() - interval '40 days', NULL, NULL),
                            ('overdue', now() - interval '41 days', NULL, now()),
                            ('completed', NULL, now() - interval '6 days', NULL),
                            ('completed', NULL, now() - interval '8 days', NULL),
                            ('cancelled', NULL, NULL, NULL)) AS v (status, due_at, completed_at, deleted_at)
              WHERE c.first_name = 'Ann';
             INSERT INTO crm.activities (contact_id, due_at) SELECT id, date_trunc('day', now()) + interval '24 hours' - interval '1 microsecond' FROM crm.contacts WHERE first_name = 'Bob'",
        );
    });
    (app, org)
}

const CONTACTS: &str = "SELECT display_name, email, company_name, owner_name = tenancy.current_user_id()::text OR owner_name ~ 'owner@', tags,
        message_count, call_count, email_count, activity_count, open_activity_count, open_deal_count, open_deal_amounts,
        last_message_at::date, last_call_at::date, last_email_at::date,
        CASE WHEN display_name = 'Ann' THEN round(extract(epoch FROM now() - last_activity_completed_at) / 86400) END,
        CASE WHEN display_name = 'Ann' THEN round(extract(epoch FROM now() - next_activity_due_at) / 86400) END
   FROM crm.contact_summary ORDER BY display_name";

#[test]
fn the_summary_counts_what_was_exchanged_and_what_is_to_be_done() {
    let db = shared().fresh_db();
    let (mut app, acme) = start(&db, "Acme");
    start(&db, "Globex");
    let expected = [
        "Ann|ann@example.com|Initech|t|{a,b}|2|1|1|6|3|3|{\"EUR\": 0, \"USD\": 150.00}|2024-01-02|2024-02-01|2024-03-01|6|40",
        "Bob||Hooli||{}|0|0|0|1|1|0|{}|||||",
    ];
    let lines = app.in_org_as(&acme, acme.owner, |tx| tx.lines(CONTACTS));
    assert_eq!(lines, expected);
    let alone = app.lines("SELECT count(*) FROM crm.contact_summary");
    assert_eq!(alone, ["0"], "without an organization");
    assert_eq!(
        db.readonly().in_org(&acme, |tx| tx
            .lines("SELECT count(*) FROM crm.contact_summary")),
        ["2"]
    );
}

#[test]
fn the_pipeline_adds_up_by_stage_and_currency() {
    let db = shared().fresh_db();
    let (mut app, acme) = start(&db, "Acme");
    start(&db, "Globex");
    let pipeline = "SELECT pipeline_name, stage_name, outcome, currency, deal_count, amount, weighted_amount, round(average_days_in_stage::numeric, 1)
                      FROM crm.deal_pipeline ORDER BY position, currency";
    app.in_org(&acme, |tx| {
        assert_eq!(
            tx.lines(pipeline),
            [
                "p|new|open|EUR|1|0|0.00|1.0",
                "p|new|open|USD|2|150.00|35.00|3.0",
                "p|empty|open||0|0|0.00|",
                "p|won|won|USD|1|70.00|70.00|",
            ]
            .map(|line| line.to_owned())
        );
    });
}

#[test]
fn the_dashboard_goes_by_the_clock() {
    let db = shared().fresh_db();
    let (mut app, acme) = start(&db, "Acme");
    start(&db, "Globex");
    // Time passes: nobody has marked it yet.
    db.superuser().exec(
        "SET session_replication_role = replica;
         UPDATE crm.activities SET status = 'pending' WHERE status = 'overdue'",
    );
    app.in_org_as(&acme, acme.owner, |tx| {
        assert_eq!(
            tx.lines(
                "SELECT assignee_id, assignee_name IS NOT NULL, pending_count, overdue_count, due_today_count,
                        completed_last_7_days_count, round(extract(epoch FROM next_due_at - now()) / 86400)
                   FROM crm.activity_dashboard WHERE assignee_id IS NOT NULL"
            ),
            [format!("{}|t|2|1|0|1|40", acme.owner)]
        );
        assert_eq!(
            tx.lines("SELECT assignee_name, pending_count, due_today_count FROM crm.activity_dashboard WHERE assignee_id IS NULL"),
            ["|1|1"]
        );
    });
}

/// Lines of the plan that read a table of what is counted, with how often they ran.
#[test]
fn a_page_of_contacts_counts_for_its_own_contacts_alone() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "SET session_replication_role = replica;
         INSERT INTO crm.contacts (organization_id, first_name) SELECT '{acme}', 'c' || i FROM generate_series(1, 2000) AS i;
         INSERT INTO inbox.messages (organization_id, contact_id, channel, direction, status)
         SELECT organization_id, id, 'sms', 'inbound', 'received' FROM crm.contacts, generate_series(1, 5);
         INSERT INTO crm.deals (organization_id, contact_id, name) SELECT organization_id, id, 'd' FROM crm.contacts;
         INSERT INTO crm.activities (organization_id, contact_id) SELECT organization_id, id FROM crm.contacts"
    ));
    dba.exec("ANALYZE crm.contacts, inbox.messages, crm.deals, crm.activities");
    let mut app = db.app();
    for (condition, loops) in [
        ("ORDER BY display_name LIMIT 50", 50),
        ("ORDER BY score DESC, id LIMIT 50", 50),
        ("WHERE id = (SELECT id FROM crm.contacts LIMIT 1)", 1),
    ] {
        let plan = app.in_org(&acme, |tx| {
            tx.lines(&format!(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM crm.contact_summary {condition}"
            ))
        });
        for table in ["messages", "deals", "activities"] {
            let reads: Vec<&String> = plan
                .iter()
                .filter(|line| line.contains(&format!(" on {table} ")))
                .collect();
            assert!(
                !reads.is_empty(),
                "{table} is not read:\n{}",
                plan.join("\n")
            );
            for read in reads {
                assert!(
                    read.contains(&format!(" using {table}_organization_contact"))
                        && read.contains(&format!("loops={loops})")),
                    "{condition}: {read}"
                );
            }
        }
    }
}
