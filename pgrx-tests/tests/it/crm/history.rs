//! Random histories: the kept engagement and the scores equal what a program reckons from the rows.

use std::io::Read;

use pg_crm_tests::{Client, Db, Org, Sql, Transaction, Uuid, shared};

use super::{contact, oracle};

/// What the rows lead to, and what the extension says, as `oracles/score.py` reads it.
const EXPORT: &str = "COPY (
    SELECT to_jsonb(r) || '{\"table\": \"inbox.messages\"}' FROM inbox.messages AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"inbox.calls\"}' FROM inbox.calls AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"inbox.emails\"}' FROM inbox.emails AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.activities\"}' FROM crm.activities AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.deals\"}' FROM crm.deals AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.signals\"}' FROM crm.signals AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"analytics.events\"}' FROM analytics.events AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"commerce.orders\"}' FROM commerce.orders AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.contacts\"}' FROM crm.contacts AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.companies\"}' FROM crm.companies AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.industries\"}' FROM crm.industries AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.job_roles\"}' FROM crm.job_roles AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.lifecycle_stages\"}' FROM crm.lifecycle_stages AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.score_models\"}' FROM crm.score_models AS r
    UNION ALL SELECT to_jsonb(r) || '{\"table\": \"crm.contact_engagement\"}' FROM crm.contact_engagement AS r
    UNION ALL
    SELECT jsonb_build_object(
               'table', 'asked', 'contact_id', c.id, 'as_of', at.as_of,
               'engagement', crm.contact_engagement_at(c.id, at.as_of),
               'score', crm.calculate_contact_score(c.id, at.as_of),
               'explained', (SELECT coalesce(sum(e.points), 0) FROM crm.explain_contact_score(c.id, at.as_of) AS e))
      FROM crm.contacts AS c,
           (SELECT timestamptz '2023-12-01 00:00+00' + i * interval '61 days 7 hours' AS as_of
              FROM generate_series(0, 9) AS i) AS at
    UNION ALL
    SELECT jsonb_build_object(
               'table', 'hottest', 'as_of', at.as_of,
               'contacts', (SELECT coalesce(jsonb_agg(h.contact_id ORDER BY h.place), '[]')
                              FROM crm.hottest_contacts(5, at.as_of) WITH ORDINALITY AS h (contact_id, engagement, score, place)))
      FROM (SELECT timestamptz '2024-12-01 00:00+00' + i * interval '23 days 7 hours' AS as_of
              FROM generate_series(0, 19) AS i) AS at
) TO STDOUT";

/// Asserts that state and scores of the organization are what its rows make them.
#[track_caller]
pub fn assert_kept(client: &mut Client, org: &Org, what: &str) {
    let mut rows = String::new();
    client.in_org(org, |tx| {
        tx.copy_out(EXPORT)
            .expect("rows can be copied out")
            .read_to_string(&mut rows)
            .expect("JSON is text");
    });
    let differences = oracle::ask("score.py", &rows);
    assert!(
        differences.is_empty(),
        "{what}: {} differences, such as\n{}",
        differences.lines().count(),
        differences.lines().take(10).collect::<Vec<_>>().join("\n")
    );
}

/// Random values for the statements below. A moment is in the 400 days from 2024 on, and seldom has
/// whole seconds.
const DICE: &str = "
    CREATE FUNCTION pg_temp.moment() RETURNS timestamptz VOLATILE LANGUAGE sql
        AS $$ SELECT timestamptz '2024-01-01 00:00+00' + random() * interval '400 days' $$;
    CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text VOLATILE LANGUAGE sql
        AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
    CREATE FUNCTION pg_temp.person() RETURNS uuid VOLATILE LANGUAGE sql
        AS $$ SELECT (array_agg(id ORDER BY first_name))[1 + floor(random() * count(*))::integer] FROM crm.contacts $$;
";

const INSERTS: &[&str] = &[
    "INSERT INTO inbox.messages (contact_id, channel, direction, status, scheduled_at, sent_at, created_at)
     SELECT pg_temp.person(), 'sms', split_part(s, ' ', 1), split_part(s, ' ', 2), now(),
            CASE WHEN s !~ 'draft|scheduled|cancelled' AND random() < 0.8 THEN pg_temp.moment() END, pg_temp.moment()
       FROM (SELECT pg_temp.pick('inbound received', 'inbound read', 'outbound sent', 'outbound draft', 'outbound queued',
                                 'outbound delivered', 'outbound failed', 'outbound scheduled') AS s
               FROM generate_series(1, 12)) AS dice",
    "INSERT INTO inbox.calls (contact_id, direction, status, started_at, created_at)
     SELECT pg_temp.person(), pg_temp.pick('inbound', 'outbound'), pg_temp.pick('completed', 'missed', 'busy', 'ringing'),
            CASE WHEN random() < 0.8 THEN pg_temp.moment() END, pg_temp.moment()
       FROM generate_series(1, 8)",
    "INSERT INTO inbox.emails (contact_id, direction, sent_at, opened_at, clicked_at, replied_at, bounced_at, created_at)
     SELECT pg_temp.person(), pg_temp.pick('inbound', 'outbound'), at,
            CASE WHEN random() < 0.5 THEN at + random() * interval '3 days' END,
            CASE WHEN random() < 0.3 THEN at + random() * interval '3 days' END,
            CASE WHEN random() < 0.2 THEN at + random() * interval '3 days' END,
            CASE WHEN random() < 0.1 THEN at + random() * interval '3 days' END, pg_temp.moment()
       FROM (SELECT CASE WHEN random() < 0.8 THEN pg_temp.moment() END AS at FROM generate_series(1, 8)) AS dice",
    "INSERT INTO crm.activities (contact_id, kind, status, completed_at)
     SELECT pg_temp.person(), pg_temp.pick('task', 'meeting', 'call', 'follow_up'),
            CASE WHEN at IS NULL THEN 'pending' ELSE 'completed' END, at
       FROM (SELECT CASE WHEN random() < 0.8 THEN pg_temp.moment() END AS at FROM generate_series(1, 8)) AS dice",
    "INSERT INTO crm.deals (contact_id, name, status, closed_at, created_at)
     SELECT pg_temp.person(), 'deal', CASE WHEN at IS NULL THEN 'open' ELSE pg_temp.pick('won', 'lost') END, at, pg_temp.moment()
       FROM (SELECT CASE WHEN random() < 0.6 THEN pg_temp.moment() END AS at FROM generate_series(1, 5)) AS dice",
    "INSERT INTO commerce.orders (contact_id, status, placed_at)
     SELECT pg_temp.person(), pg_temp.pick('draft', 'pending', 'paid', 'completed', 'cancelled', 'refunded'), pg_temp.moment()
       FROM generate_series(1, 8)",
    "INSERT INTO crm.signals (contact_id, signal, weight, occurred_at)
     SELECT pg_temp.person(), pg_temp.pick('webinar_attended', 'complaint', 'email_opened', 'demo.asked'),
            pg_temp.pick('1', '1', '2.5', '-3')::double precision, pg_temp.moment()
       FROM generate_series(1, 8)",
    "INSERT INTO analytics.events (contact_id, name, occurred_at)
     SELECT pg_temp.person(), pg_temp.pick('page_viewed', 'pricing_viewed', 'signed_up'), now() - random() * interval '20 days'
       FROM generate_series(1, 6)",
    // One row, and a guest's.
    "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
     VALUES (pg_temp.person(), 'email', 'inbound', 'received', pg_temp.moment())",
    "INSERT INTO commerce.orders (placed_at) VALUES (pg_temp.moment())",
];

const CHANGES: &[&str] = &[
    "UPDATE inbox.messages SET sent_at = pg_temp.moment() WHERE sent_at IS NOT NULL AND random() < 0.3",
    "UPDATE inbox.messages SET contact_id = pg_temp.person() WHERE random() < 0.3",
    "UPDATE inbox.messages SET direction = 'inbound', status = 'received' WHERE random() < 0.2",
    "UPDATE inbox.messages SET status = 'failed' WHERE direction = 'outbound' AND random() < 0.3",
    "UPDATE inbox.messages SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE random() < 0.3",
    "UPDATE inbox.calls SET status = pg_temp.pick('completed', 'missed'), started_at = pg_temp.moment() WHERE random() < 0.4",
    "UPDATE inbox.calls SET direction = pg_temp.pick('inbound', 'outbound') WHERE random() < 0.3",
    "UPDATE inbox.calls SET message_id = NULL WHERE message_id IS NOT NULL",
    "UPDATE inbox.calls SET message_id = (SELECT max(id::text)::uuid FROM inbox.messages)
      WHERE id = (SELECT max(id::text)::uuid FROM inbox.calls)",
    "UPDATE inbox.emails SET clicked_at = coalesce(sent_at, created_at) + interval '1 hour', bounced_at = NULL WHERE random() < 0.3",
    "UPDATE inbox.emails SET deleted_at = now() WHERE random() < 0.2",
    "UPDATE crm.activities SET contact_id = NULL WHERE random() < 0.1",
    "UPDATE crm.activities SET outcome = pg_temp.pick('No show', 'won over', '', '?') WHERE random() < 0.3",
    "UPDATE crm.deals SET advanced_at = pg_temp.moment() WHERE status = 'open' AND random() < 0.4",
    "UPDATE crm.signals SET weight = -weight, signal = pg_temp.pick('complaint', 'demo.asked') WHERE random() < 0.3",
    "UPDATE crm.signals SET contact_id = pg_temp.person() WHERE random() < 0.3",
    "DELETE FROM crm.signals WHERE random() < 0.2",
    "UPDATE crm.contacts SET title = pg_temp.pick('Director', 'CTO', 'Intern'), city = pg_temp.pick('Paris', 'Rome') WHERE random() < 0.3",
    "UPDATE crm.contacts SET tags = CASE WHEN random() < 0.5 THEN '{hot,vip}'::text[] ELSE '{cold}' END WHERE random() < 0.3",
    "UPDATE crm.contacts SET custom_fields = jsonb_build_object('seats', floor(random() * 100), 'uses', jsonb_build_array('crm'))
      WHERE random() < 0.3",
    "UPDATE crm.contacts SET company_id = (SELECT id FROM crm.companies ORDER BY random() LIMIT 1) WHERE random() < 0.3",
    "UPDATE crm.contacts SET job_role_id = (SELECT id FROM crm.job_roles ORDER BY random() LIMIT 1) WHERE random() < 0.3",
    "UPDATE crm.companies SET number_of_employees = floor(random() * 1000), city = pg_temp.pick('Paris', 'Rome') WHERE random() < 0.5",
    "UPDATE crm.lifecycle_stages SET code = CASE code WHEN 'lead' THEN 'unheard_of' ELSE 'lead' END WHERE code IN ('lead', 'unheard_of') AND random() < 0",
    "UPDATE crm.job_roles SET seniority = pg_temp.pick('entry', 'c_level') WHERE random() < 0.5",
    "UPDATE crm.activities SET kind = 'meeting', status = 'completed', completed_at = pg_temp.moment() WHERE random() < 0.3",
    "UPDATE crm.activities SET status = 'cancelled', completed_at = NULL WHERE random() < 0.2",
    "UPDATE crm.deals SET status = 'won', closed_at = pg_temp.moment() WHERE status = 'open' AND random() < 0.5",
    "UPDATE crm.deals SET status = 'open', closed_at = NULL, created_at = pg_temp.moment() WHERE random() < 0.3",
    "UPDATE commerce.orders SET status = pg_temp.pick('paid', 'refunded'), contact_id = pg_temp.person() WHERE random() < 0.4",
    "UPDATE crm.contacts SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE random() < 0.1",
    "DELETE FROM inbox.messages WHERE random() < 0.15",
    "DELETE FROM inbox.calls WHERE random() < 0.15",
    "DELETE FROM inbox.emails WHERE random() < 0.15",
    "DELETE FROM crm.activities WHERE random() < 0.15",
    "DELETE FROM crm.deals WHERE random() < 0.15",
    "DELETE FROM commerce.orders WHERE random() < 0.15",
    // Two tables by one statement.
    "WITH gone AS (DELETE FROM inbox.messages WHERE random() < 0.1 RETURNING contact_id)
     INSERT INTO commerce.orders (contact_id, placed_at) SELECT contact_id, pg_temp.moment() FROM gone",
];

/// Signals from before all others.
const LATE: &[&str] = &[
    "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
     SELECT pg_temp.person(), 'sms', 'inbound', 'received', pg_temp.moment() - interval '1 year' FROM generate_series(1, 10)",
    "INSERT INTO commerce.orders (contact_id, placed_at)
     SELECT pg_temp.person(), pg_temp.moment() - interval '1 year' FROM generate_series(1, 10)",
];

fn run(tx: &mut Transaction<'_>, statements: &[&str]) {
    for statement in statements {
        tx.exec(statement);
    }
}

/// An organization with 12 contacts, some with attributes and stages that count.
fn people(db: &Db, client: &mut Client) -> Org {
    let org = db.org("Acme");
    client.exec(DICE);
    client.in_org(&org, |tx| {
        for i in 0..12 {
            contact(tx, &format!("Contact {i:02}"));
        }
        tx.exec(
            "INSERT INTO crm.companies (name, number_of_employees) VALUES ('Globex', 50), ('Initech', NULL);
             INSERT INTO crm.job_roles (organization_id, code, name, seniority)
             VALUES (tenancy.current_org_id(), 'buyer', 'Buyer', 'manager'), (tenancy.current_org_id(), 'boss', 'Boss', 'c_level');
             INSERT INTO crm.lifecycle_stages (organization_id, code, name)
             SELECT tenancy.current_org_id(), code, code FROM unnest('{lead,customer,unheard_of}'::text[]) AS code;
             UPDATE crm.contacts
                SET title = CASE WHEN right(first_name, 1) < '4' THEN 'Director' END,
                    email = CASE WHEN right(first_name, 1) < '6' THEN 'a@b.example' END,
                    phone = CASE WHEN right(first_name, 1) IN ('1', '2') THEN '650 253 0000' END,
                    phone_region = CASE WHEN right(first_name, 1) = '1' THEN 'US' END,
                    company_name = CASE WHEN right(first_name, 1) = '5' THEN 'Globex' END,
                    lifecycle_stage_id = (SELECT id FROM crm.lifecycle_stages AS s
                                           WHERE s.code = CASE right(first_name, 1) WHEN '3' THEN 'lead' WHEN '4' THEN 'customer'
                                                                                    WHEN '6' THEN 'unheard_of' END)",
        );
    });
    org
}

/// An organization's own rules: everything that rules can say.
const OWN: &str = r#"{
    "fit": [{"attribute": "title", "operator": "in", "value": ["CTO", "director"], "points": 8, "group": "person"},
            {"attribute": "job_role.seniority", "operator": "not_in", "value": ["entry"], "points": 9, "group": "person"},
            {"attribute": "company.number_of_employees", "operator": "between", "value": [10, 500], "points": 7},
            {"attribute": "company.city", "operator": "starts_with", "value": "par", "points": 3},
            {"attribute": "custom.seats", "operator": "at_least", "value": 20, "points": 5.5},
            {"attribute": "custom.uses", "operator": "contains", "value": "cr", "points": 1},
            {"attribute": "tag", "operator": "equals", "value": "hot", "points": 6, "group": "person"},
            {"attribute": "tag", "operator": "equals", "value": "cold", "points": -4},
            {"attribute": "phone", "operator": "is_not_set", "points": -1.25},
            {"attribute": "company", "points": 2}],
    "fit_groups": {"person": {"cap": 15}},
    "lifecycle_stages": {"lead": 3, "customer": 12},
    "groups": {"web": {"half_life_days": 7, "cap": 20}, "talk": {"half_life_days": 45, "cap": 40}, "money": {"half_life_days": 180, "cap": 60}},
    "signals": {"message_inbound": {"group": "talk", "weight": 3}, "call_inbound": {"group": "talk", "weight": 4},
                "meeting_completed": {"group": "talk", "weight": 6}, "meeting_completed.no_show": {"group": "talk", "weight": -7},
                "email_clicked": {"group": "web", "weight": 2}, "email_bounced": {"group": "web", "weight": -3},
                "event.pricing_viewed": {"group": "web", "weight": 5}, "event.signed_up": {"group": "money", "weight": 12},
                "order_placed": {"group": "money", "weight": 9}, "deal_advanced": {"group": "money", "weight": 5},
                "complaint": {"group": "talk", "weight": -6}, "*": {"group": "web", "weight": 1.5}}
}"#;

/// The phases of a history; after each one the state is compared with the rows.
fn history_is_kept(seed: f64, model: Option<&str>) {
    let db = shared().fresh_db();
    let mut app = db.app();
    let org = people(&db, &mut app);
    if let Some(rules) = model {
        app.in_org(&org, |tx| {
            tx.exec_with(
                "INSERT INTO crm.score_models (name, status, rules) VALUES ('own', 'active', $1::text::jsonb)",
                &[&rules],
            )
        });
        assert_kept(&mut app, &org, "a model of the organization's own");
    }
    app.exec(&format!("SELECT setseed({seed})"));

    for (phase, statements) in [
        ("inserts", INSERTS),
        ("changes", CHANGES),
        ("more inserts", INSERTS),
        ("late arrivals", LATE),
        ("more changes", CHANGES),
    ] {
        app.in_org(&org, |tx| run(tx, statements));
        assert_kept(&mut app, &org, phase);
    }

    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&org.id]);
    run(&mut tx, INSERTS);
    run(&mut tx, CHANGES);
    tx.rollback().expect("it is rolled back");
    assert_kept(&mut app, &org, "a rollback");

    app.in_org(&org, |tx| {
        run(tx, INSERTS);
        let mut savepoint = tx.transaction().expect("a savepoint is set");
        run(&mut savepoint, CHANGES);
        savepoint.rollback().expect("it is rolled back");
        run(tx, LATE);
    });
    assert_kept(&mut app, &org, "a rollback to a savepoint");
    points_add_up(&mut app, &org);
    ways_agree(&mut app, &org);

    db.admin()
        .exec(&format!("CALL crm.rebuild_engagement('{org}')"));
    assert_kept(&mut app, &org, "a rebuild");
    db.superuser().exec("TRUNCATE crm.contact_engagement");
    db.admin().exec("CALL crm.rebuild_engagement()");
    assert_kept(&mut app, &org, "a rebuild from nothing");

    // From the built-in rules to others, or from those back.
    if model.is_some() {
        app.in_org(&org, |tx| {
            tx.exec("UPDATE crm.score_models SET status = 'retired'")
        });
    } else {
        let id: Uuid = app.in_org(&org, |tx| {
            tx.one(
                "INSERT INTO crm.score_models (name, rules) VALUES ('own', $1::text::jsonb) RETURNING id",
                &[&OWN],
            )
        });
        db.admin()
            .exec(&format!("CALL crm.activate_score_model('{id}')"));
    }
    assert_kept(&mut app, &org, "other rules");
    app.in_org(&org, |tx| run(tx, CHANGES));
    assert_kept(&mut app, &org, "changes under other rules");
}

/// The lines of each explanation add up to the score before rounding and clamping.
fn points_add_up(client: &mut Client, org: &Org) {
    let (asked, differing) = client.in_org(org, |tx| {
        let answers = "FROM crm.contacts AS c,
                  (SELECT timestamptz '2023-12-01 00:00+00' + i * interval '61 days 7 hours' FROM generate_series(0, 9) AS i) AS at (as_of),
                  LATERAL (SELECT crm.calculate_contact_score(c.id, at.as_of) AS score,
                                  coalesce(sum(e.points), 0)::numeric AS points
                             FROM crm.explain_contact_score(c.id, at.as_of) AS e) AS answer
            WHERE c.deleted_at IS NULL";
        (
            tx.one::<i64>(&format!("SELECT count(DISTINCT answer.score) {answers}"), &[]),
            tx.lines(&format!(
                "SELECT c.first_name, at.as_of, answer.score, answer.points {answers}
                    AND answer.score IS DISTINCT FROM greatest(0, least(100, round(answer.points)))"
            )),
        )
    });
    assert!(asked > 10, "only {asked} different scores");
    assert_eq!(
        differing, [""; 0],
        "score, and what its explanation adds up to"
    );
}

/// The hottest contacts are those that all contacts' engagement says, at each of 20 times before,
/// during and after the history; and scores of many contacts are those of each one.
fn ways_agree(client: &mut Client, org: &Org) {
    let times = "(SELECT timestamptz '2024-12-01 00:00+00' + i * interval '23 days 5 hours' AS as_of FROM generate_series(0, 19) AS i) AS at";
    client.in_org(org, |tx| {
        for n in [1, 3, 7, 12] {
            let differing = tx.lines(&format!(
                "SELECT at.as_of, hottest, brute
                   FROM {times},
                        LATERAL (SELECT array_agg(h.contact_id ORDER BY h.place) AS hottest
                                   FROM crm.hottest_contacts({n}, at.as_of) WITH ORDINALITY AS h (contact_id, engagement, score, place)) AS h,
                        LATERAL (SELECT array_agg(b.id ORDER BY b.engagement DESC, b.id) AS brute
                                   FROM (SELECT c.id, crm.contact_engagement_at(c.id, at.as_of) AS engagement
                                           FROM crm.contacts AS c JOIN crm.contact_engagement AS kept ON kept.contact_id = c.id AND kept.sums <> '{{}}'
                                          WHERE c.deleted_at IS NULL
                                          ORDER BY 2 DESC, 1 LIMIT {n}) AS b) AS b
                  WHERE hottest IS DISTINCT FROM brute"
            ));
            assert_eq!(differing, [""; 0], "the {n} hottest, and by brute force");
        }
        let differing = tx.lines(&format!(
            "SELECT at.as_of, c.id, one.score, many.score, of_all.score, rated.score
               FROM {times}
              CROSS JOIN crm.contacts AS c
              CROSS JOIN LATERAL (SELECT crm.calculate_contact_score(c.id, at.as_of) AS score) AS one
               LEFT JOIN LATERAL crm.calculate_contact_scores(ARRAY[c.id], at.as_of) AS many ON many.contact_id = c.id
               LEFT JOIN LATERAL crm.contact_scores(at.as_of) AS of_all ON of_all.contact_id = c.id
               LEFT JOIN LATERAL crm.rate_contacts(ARRAY[c.id], at.as_of) AS rated ON rated.contact_id = c.id
              WHERE (one.score, one.score, one.score) IS DISTINCT FROM (many.score, of_all.score, rated.score)
                 OR one.score <> greatest(0, least(100, round((rated.fit + rated.engagement)::numeric)))"
        ));
        assert_eq!(differing, [""; 0], "one score, of many, of all, and rated");
    });
}

#[test]
fn a_random_history_is_kept() {
    history_is_kept(0.1, None);
}

#[test]
fn another_random_history_is_kept() {
    history_is_kept(0.2, None);
}

#[test]
fn a_random_history_is_kept_by_a_model_of_ones_own() {
    history_is_kept(-0.7, Some(OWN));
}

#[test]
fn another_random_history_is_kept_by_a_model_of_ones_own() {
    history_is_kept(0.4, Some(OWN));
}
