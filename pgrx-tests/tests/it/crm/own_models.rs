//! Scores by an organization's own rules, and rules that come into force.

use postgres::fallible_iterator::FallibleIterator;

use pg_crm_tests::{Client, Org, Pgbench, Sql, Uuid, shared};

use super::{AT, contact, start};

/// Points for a title, and messages that are worth much.
const RULES: &str = r#"{"fit": [{"name": "boss", "attribute": "title", "operator": "contains", "value": "chief", "points": 30}],
    "groups": {"talk": {"half_life_days": 10, "cap": 50}},
    "signals": {"message_inbound": {"group": "talk", "weight": 20}, "event.asked": {"group": "talk", "weight": 7}},
    "thresholds": [60, 40]}"#;

#[track_caller]
fn model(client: &mut Client, org: &Org, status: &str, rules: &str) -> Uuid {
    client.in_org(org, |tx| {
        tx.one(
            "INSERT INTO crm.score_models (name, status, rules) VALUES ('m', $1::text, $2::text::jsonb) RETURNING id",
            &[&status, &rules],
        )
    })
}

#[track_caller]
fn message(client: &mut Client, org: &Org, contact: Uuid, at: &str) {
    client.in_org(org, |tx| {
        tx.exec(&format!(
            "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
             VALUES ('{contact}', 'sms', 'inbound', 'received', {at})"
        ))
    });
}

#[track_caller]
fn score(client: &mut Client, org: &Org, contact: Uuid) -> Option<i32> {
    client.in_org(org, |tx| {
        tx.one(
            &format!("SELECT crm.calculate_contact_score($1, {AT})"),
            &[&contact],
        )
    })
}

/// By which models something is kept, and whether all of it is known.
const KEPT: &str = "SELECT coalesce(m.version, 0), count(*), bool_and(k.fit IS NOT NULL)
      FROM crm.contact_engagement AS k LEFT JOIN crm.score_models AS m ON m.id = k.model_id GROUP BY 1 ORDER BY 1";

#[test]
fn the_active_version_is_in_force_from_its_commit_on() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    let ben = app.in_org(&globex, |tx| contact(tx, "Ben"));
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET title = 'Chief of Staff'")
    });
    for (org, id) in [(&acme, ann), (&globex, ben)] {
        message(&mut app, org, id, AT);
    }
    assert_eq!(
        score(&mut app, &acme, ann),
        Some(9),
        "5 for the title, 4 for the message"
    );
    let draft = model(&mut app, &acme, "draft", RULES);
    assert_eq!(
        score(&mut app, &acme, ann),
        Some(9),
        "a draft rates nothing"
    );

    let mut reader = db.app();
    let mut writer = app.transaction().expect("a transaction begins");
    writer.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
    writer.exec_with(
        "UPDATE crm.score_models SET status = 'active' WHERE id = $1",
        &[&draft],
    );
    let own: i32 = writer.one(
        &format!("SELECT crm.calculate_contact_score($1, {AT})"),
        &[&ann],
    );
    assert_eq!(own, 50, "30 for the title, 20 for the message");
    assert_eq!(
        score(&mut reader, &acme, ann),
        Some(9),
        "others see the former rules"
    );
    writer.commit().expect("it commits");
    assert_eq!(score(&mut reader, &acme, ann), Some(50));
    assert_eq!(
        score(&mut reader, &globex, ben),
        Some(4),
        "another organization's rules stay"
    );

    // Signals and attributes are kept by them.
    message(&mut app, &acme, ann, AT);
    assert_eq!(score(&mut app, &acme, ann), Some(70));
    app.in_org(&acme, |tx| tx.exec("UPDATE crm.contacts SET title = NULL"));
    assert_eq!(score(&mut app, &acme, ann), Some(40));
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["1|1|t"]);
    let explained = format!("SELECT * FROM crm.explain_contact_score('{ann}', {AT})");
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(&explained)),
        ["engagement|message_inbound|2|40"]
    );
    // Retired without another, it leaves the built-in rules.
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.score_models SET status = 'retired'")
    });
    assert_eq!(score(&mut app, &acme, ann), Some(8));
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["0|1|t"]);
}

#[test]
fn rules_that_cannot_be_read_are_refused_by_their_names() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        for (rules, fault) in [
            (
                r#"{"fit": [{"name": "boss", "attribute": "titel", "points": 1}]}"#,
                "fit[0] (boss).attribute: is no attribute",
            ),
            (
                r#"{"groups": {"a": {"half_life_days": 0, "cap": 1}}}"#,
                "groups.a.half_life_days: is not between 0.001 and 36500",
            ),
            (
                r#"{"signals": {"s": {"group": "b", "weight": 1}}}"#,
                "signals.s.group: is none of groups",
            ),
        ] {
            let error = tx.fails_with(
                &format!("INSERT INTO crm.score_models (name, rules) VALUES ('m', '{rules}')"),
                "23514",
            );
            assert_eq!(error.detail(), Some(fault));
            assert!(error.hint().is_some());
        }
    });
}

#[test]
fn a_model_is_made_ready_while_others_write() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    message(&mut app, &acme, ann, AT);
    let id = model(&mut app, &acme, "draft", RULES);
    let mut dba = db.superuser();

    // Another session adds to a contact by the former rules alone, and is waited for.
    let mut other = db.app();
    let mut tx = other.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
    tx.exec(&format!(
        "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at) VALUES ('{ann}', 'sms', 'inbound', 'received', {AT})"
    ));
    let mut admin = db.admin();
    admin.exec("SET lock_timeout = '500ms'");
    admin.fails_with(&format!("CALL crm.activate_score_model('{id}')"), "55P03");
    assert_eq!(
        dba.lines("SELECT status FROM crm.score_models"),
        ["draft"],
        "nothing is half done"
    );
    tx.commit().expect("it commits");
    admin.exec(&format!("CALL crm.activate_score_model('{id}')"));
    assert_eq!(score(&mut app, &acme, ann), Some(40));
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["1|1|t"]);
    let runs = dba.lines("SELECT status, detail FROM maint.maintenance_runs WHERE task = 'scoring.activate_score_model' ORDER BY id");
    assert_eq!(runs, ["failed|interrupted", "succeeded|1 contacts"]);
    admin.exec(&format!("CALL crm.activate_score_model('{id}')"));
    admin.fails_with(&format!("CALL crm.activate_score_model('{ann}')"), "P0002");
    admin.fails_with("CALL crm.activate_score_model(NULL)", "P0002");
}

#[test]
fn a_model_in_the_making_is_kept_and_can_be_given_up() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    message(&mut app, &acme, ann, AT);
    let id = model(&mut app, &acme, "draft", RULES);
    let mut dba = db.superuser();
    dba.exec(&format!("SELECT crm.begin_score_model('{id}')"));
    let ben = app.in_org(&acme, |tx| contact(tx, "Ben"));
    for contact in [ann, ben] {
        message(&mut app, &acme, contact, AT);
    }
    assert_eq!(score(&mut app, &acme, ann), Some(8), "by the former rules");
    // Of Ann, who was there before, not all is known yet.
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["0|2|t", "1|2|f"]);
    app.in_org(&acme, |tx| {
        tx.fails_with(
            "UPDATE crm.score_models SET rules = '{\"fit\": {\"email\": 1}}'",
            "55000",
        );
        tx.exec("UPDATE crm.score_models SET status = 'draft'");
    });
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["0|2|t"]);
    dba.exec(&format!("SELECT crm.begin_score_model('{id}')"));
    db.admin()
        .exec(&format!("CALL crm.activate_score_model('{id}')"));
    for (contact, expected) in [(ann, 40), (ben, 20)] {
        assert_eq!(score(&mut app, &acme, contact), Some(expected));
    }
    assert_eq!(app.in_org(&acme, |tx| tx.lines(KEPT)), ["1|2|t"]);
}

#[test]
fn no_signal_is_lost_while_models_come_and_go() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) SELECT 'Contact ' || i FROM generate_series(1, 20) AS i")
    });
    let models: Vec<Uuid> = (0..2)
        .map(|_| model(&mut app, &acme, "draft", RULES))
        .collect();
    let script = format!(
        "\\set n random(1, 20)
         BEGIN; SELECT tenancy.set_context('{acme}');
         INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
         SELECT id, 'sms', 'inbound', 'received', now() FROM crm.contacts WHERE first_name = 'Contact :n';
         COMMIT;"
    );
    let result = std::thread::scope(|scope| {
        let writers = scope.spawn(|| {
            Pgbench::new(&db, &script)
                .role("app_user")
                .clients(6)
                .jobs(2)
                .transactions(150)
                .run()
        });
        let mut admin = db.admin();
        for _ in 0..3 {
            for id in &models {
                admin.exec(&format!("CALL crm.activate_score_model('{id}')"));
            }
            db.app().in_org(&acme, |tx| {
                tx.exec("UPDATE crm.score_models SET status = 'retired' WHERE status = 'active'")
            });
        }
        writers.join().expect("pgbench runs")
    });
    assert_eq!((result.transactions, result.failed), (900, 0));
    super::history::assert_kept(&mut app, &acme, "models that came and went");
}

#[test]
fn recorded_signals_count_by_their_rules() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    let record = |arguments: &str| format!("SELECT crm.record_signal('{ann}', {arguments})");
    app.in_org(&acme, |tx| {
        tx.exec(&record(&format!("'webinar_attended', {AT}, 6")));
        tx.exec(&record(&format!("'email_opened', {AT}")));
        tx.exec(&record(&format!("'complaint', {AT}, -2")));
        for (arguments, code) in [
            ("''", "23514"),
            ("NULL", "23502"),
            ("'x', 'infinity'", "23514"),
            ("'x', now(), 1001", "23514"),
            ("'x', now(), 'NaN'", "23514"),
            ("repeat('x', 301)", "23514"),
        ] {
            tx.fails_with(&record(arguments), code);
        }
        for id in ["NULL".to_owned(), format!("'{}'", Uuid::nil())] {
            tx.fails_with(&format!("SELECT crm.record_signal({id}, 'x')"), "23503");
        }
        let lines = tx.lines(&format!(
            "SELECT component, signal, raw, points FROM crm.explain_contact_score('{ann}', {AT})"
        ));
        assert_eq!(
            lines,
            [
                "engagement|email_opened|1|1",
                "engagement|complaint|1|-2",
                "engagement|webinar_attended|1|6"
            ]
        );
    });
    assert_eq!(score(&mut app, &acme, ann), Some(5));
    app.in_org(&globex, |tx| {
        tx.fails_with(&record("'x'"), "23503");
    });
    app.in_org(&acme, |tx| {
        tx.exec("DELETE FROM crm.signals WHERE signal = 'webinar_attended'")
    });
    assert_eq!(score(&mut app, &acme, ann), Some(0));
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE crm.contacts SET deleted_at = now()")
    });
    app.in_org(&acme, |tx| {
        tx.fails_with(&record("'x'"), "23503");
    });
}

#[test]
fn events_count_where_a_model_names_them() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let events = |app: &mut Client| {
        app.in_org(&acme, |tx| {
            tx.exec(&format!(
                "INSERT INTO analytics.events (contact_id, name, occurred_at)
                 SELECT '{ann}', name, now() FROM unnest('{{asked,looked}}'::text[]) AS name"
            ))
        })
    };
    let now = |app: &mut Client| -> i32 {
        app.in_org(&acme, |tx| {
            tx.one("SELECT crm.calculate_contact_score($1)", &[&ann])
        })
    };
    events(&mut app);
    assert_eq!(now(&mut app), 0);
    model(&mut app, &acme, "active", RULES);
    assert_eq!(now(&mut app), 7, "those of before, too");
    events(&mut app);
    assert_eq!(now(&mut app), 14);
}

#[test]
fn fit_follows_what_it_looks_at() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    model(
        &mut app,
        &acme,
        "active",
        r#"{"fit": [{"attribute": "company.industry", "operator": "equals", "value": "software", "points": 1},
                    {"attribute": "company.number_of_employees", "operator": "at_least", "value": 100, "points": 2},
                    {"attribute": "job_role.seniority", "operator": "equals", "value": "vp", "points": 4},
                    {"attribute": "tag", "operator": "equals", "value": "VIP", "points": 8},
                    {"attribute": "custom.plan", "operator": "equals", "value": "pro", "points": 16},
                    {"attribute": "company.custom.tier", "operator": "equals", "value": 1, "points": 32}],
            "lifecycle_stages": {"mine": 37}}"#,
    );
    for (change, expected) in [
        ("INSERT INTO crm.companies (name, number_of_employees) VALUES ('Globex', 99);
          UPDATE crm.contacts SET company_id = (SELECT id FROM crm.companies)", 0),
        ("UPDATE crm.companies SET number_of_employees = 100", 2),
        ("INSERT INTO crm.industries (organization_id, code, name) VALUES (tenancy.current_org_id(), 'hardware', 'x');
          UPDATE crm.companies SET industry_id = (SELECT id FROM crm.industries WHERE organization_id IS NOT NULL)", 2),
        ("UPDATE crm.industries SET code = 'software' WHERE organization_id IS NOT NULL", 3),
        ("INSERT INTO crm.job_roles (organization_id, code, name) VALUES (tenancy.current_org_id(), 'r', 'r');
          UPDATE crm.contacts SET job_role_id = (SELECT id FROM crm.job_roles WHERE organization_id IS NOT NULL)", 3),
        ("UPDATE crm.job_roles SET seniority = 'vp' WHERE organization_id IS NOT NULL", 7),
        ("INSERT INTO crm.tags (name) VALUES ('vip');
          INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT c.id, t.id FROM crm.contacts AS c, crm.tags AS t", 15),
        ("UPDATE crm.contacts SET custom_fields = '{\"plan\": \"Pro\"}'", 31),
        ("UPDATE crm.companies SET custom_fields = '{\"tier\": 1}'", 63),
        ("INSERT INTO crm.lifecycle_stages (organization_id, code, name) VALUES (tenancy.current_org_id(), 'x', 'x');
          UPDATE crm.contacts SET lifecycle_stage_id = (SELECT id FROM crm.lifecycle_stages WHERE organization_id IS NOT NULL)", 63),
        ("UPDATE crm.lifecycle_stages SET code = 'mine' WHERE organization_id IS NOT NULL", 100),
        ("UPDATE crm.companies SET name = 'Initech', custom_fields = '{}', industry_id = NULL", 67),
        ("DELETE FROM crm.contact_tags", 59),
        ("DELETE FROM crm.job_roles WHERE organization_id IS NOT NULL", 55),
        ("DELETE FROM crm.companies", 53),
    ] {
        app.in_org(&acme, |tx| tx.exec(change));
        assert_eq!(score(&mut app, &acme, ann), Some(expected), "{change}");
        super::history::assert_kept(&mut app, &acme, change);
    }
    // An error leaves nothing behind.
    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
    tx.fails_with("UPDATE crm.contacts SET custom_fields = '{}', do_not_contact = 1 / (random() * 0)::integer > 0", "22012");
    tx.rollback().expect("it is rolled back");
    assert_eq!(score(&mut app, &acme, ann), Some(53));
}

/// The payload of the next notification.
#[track_caller]
fn notification(client: &mut Client) -> String {
    let wait = std::time::Duration::from_secs(10);
    let mut notifications = client.notifications();
    let told = notifications.timeout_iter(wait).next();
    let told = told
        .expect("the connection lives")
        .expect("it comes in time");
    told.payload().to_owned()
}

#[test]
fn thresholds_are_crossed_and_told() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    model(&mut app, &acme, "active", RULES);
    let mut admin = db.admin();
    let mut listener = db.superuser();
    listener.exec(&format!("LISTEN \"pg_crm_score_{acme}\""));
    let crossings = "SELECT threshold, rose_at <= clock_timestamp(), round(extract(epoch FROM falls_at - rose_at) / 86400, 1)
                       FROM crm.score_crossings ORDER BY 1";
    for _ in 0..3 {
        message(&mut app, &acme, ann, "clock_timestamp()");
    }
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(crossings)),
        [""; 0],
        "a refresh finds out"
    );
    admin.exec("CALL crm.refresh_contact_scores()");
    // 60 points, of which 50 count: below 39.5 after 10 * log2(60 / 39.5) days.
    assert_eq!(app.in_org(&acme, |tx| tx.lines(crossings)), ["40|t|6.0"]);
    let stored = "SELECT c.score, k.refresh_at > now() + interval '2 days' FROM crm.contacts AS c JOIN crm.contact_engagement AS k ON k.contact_id = c.id";
    // 50 until 60 have become 49.5.
    assert_eq!(app.in_org(&acme, |tx| tx.lines(stored)), ["50|t"]);

    // A score that is not due is not looked at, one that is due is.
    db.superuser().exec("UPDATE crm.contact_engagement SET sums = ARRAY[0, 0], refresh_at = now() + interval '1 hour'");
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx
            .one::<i32>("SELECT score FROM crm.contacts", &[])),
        50
    );
    db.superuser()
        .exec("UPDATE crm.contact_engagement SET refresh_at = now()");
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx
            .one::<i32>("SELECT score FROM crm.contacts", &[])),
        0
    );
    assert_eq!(app.in_org(&acme, |tx| tx.lines(crossings)), [""; 0]);
    let told = [(); 2].map(|()| notification(&mut listener));
    assert_eq!(
        told,
        [
            format!(r#"{{"contact_id" : "{ann}", "threshold" : 40, "direction" : "up"}}"#),
            format!(r#"{{"contact_id" : "{ann}", "threshold" : 40, "direction" : "down"}}"#)
        ]
    );
    // What somebody writes by hand is put right.
    app.in_org(&acme, |tx| tx.exec("UPDATE crm.contacts SET score = 77"));
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx
            .one::<i32>("SELECT score FROM crm.contacts", &[])),
        0
    );
}

#[test]
fn other_rules_are_the_reason_of_a_change() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    message(&mut app, &acme, ann, "now()");
    let mut admin = db.admin();
    admin.exec("CALL crm.refresh_contact_scores()");
    let id = model(&mut app, &acme, "active", RULES);
    admin.exec("CALL crm.refresh_contact_scores()");
    message(&mut app, &acme, ann, "now()");
    admin.exec("CALL crm.refresh_contact_scores()");
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines("SELECT previous_score, score, reason, model_id FROM crm.score_history ORDER BY scored_at")),
        ["|4|refresh|".to_owned(), format!("4|20|model|{id}"), format!("20|40|refresh|{id}")]
    );
    assert_eq!(
        app.in_org(&acme, |tx| tx
            .lines("SELECT score, score_model_id FROM crm.contacts")),
        [format!("40|{id}")]
    );
}

#[test]
fn tags_of_many_contacts_come_in_the_order_asked() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    let other = app.in_org(&globex, |tx| contact(tx, "Other"));
    let ben = app.in_org(&acme, |tx| {
        let ben = contact(tx, "Ben");
        tx.exec(&format!(
            "UPDATE crm.contacts SET tags = '{{b,a}}' WHERE id = '{ann}'"
        ));
        ben
    });
    let asked = format!(
        "SELECT contact_id, tags FROM crm.get_tags_of_contacts(ARRAY['{ben}', '{other}', '{ann}', NULL]::uuid[])"
    );
    assert_eq!(
        app.in_org(&acme, |tx| tx.lines(&asked)),
        [
            format!("{ben}|{{}}"),
            format!("{other}|"),
            format!("{ann}|{{a,b}}"),
            "|".to_owned()
        ]
    );
    for none in ["NULL", "'{}'"] {
        let lines = app.in_org(&acme, |tx| {
            tx.lines(&format!(
                "SELECT * FROM crm.get_tags_of_contacts({none}::uuid[])"
            ))
        });
        assert_eq!(lines, [""; 0]);
    }
}
