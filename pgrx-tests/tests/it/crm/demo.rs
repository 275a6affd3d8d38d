//! Demonstration data.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, Value, json, shared};

/// What a call returns: rows by table.
#[track_caller]
fn seed(client: &mut impl Sql, org: &Org, arguments: &str) -> Value {
    client.one(
        &format!("SELECT crm.seed_demo_data('{org}'{arguments})"),
        &[],
    )
}

/// A database with reference data, and organizations with a member each.
fn start(names: &[&str]) -> (Db, Client, Vec<Org>) {
    let db = shared().fresh_db();
    let orgs = names.iter().map(|name| db.org(name)).collect();
    let mut superuser = db.superuser();
    superuser.exec("SELECT crm.seed_reference_data()");
    (db, superuser, orgs)
}

#[track_caller]
fn count(client: &mut Client, table: &str, org: &Org) -> i64 {
    client.one(
        &format!("SELECT count(*) FROM {table} WHERE organization_id = $1"),
        &[&org.id],
    )
}

#[test]
fn the_rows_that_it_reports_are_there() {
    let (_db, mut client, orgs) = start(&["Acme"]);
    let rows = seed(&mut client, &orgs[0], ", 300");
    assert_eq!(rows["crm.contacts"], json!(300));
    let rows = rows.as_object().expect("an object");
    assert_eq!(rows.len(), 14, "{rows:?}");
    for (table, rows) in rows {
        let rows = rows.as_i64().expect("a number");
        assert!(rows > 0, "{table}");
        assert_eq!(count(&mut client, table, &orgs[0]), rows, "{table}");
    }
}

#[test]
fn a_thousand_contacts_are_the_default() {
    let (_db, mut client, orgs) = start(&["Acme", "Globex"]);
    for (org, arguments) in [(&orgs[0], ""), (&orgs[1], ", NULL, NULL")] {
        assert_eq!(
            seed(&mut client, org, arguments)["crm.contacts"],
            json!(1000),
            "({arguments})"
        );
    }
    let seeds: Vec<String> = client.column(
        "SELECT DISTINCT regexp_replace(external_id, '[0-9]+', 'n') FROM crm.contacts",
        &[],
    );
    assert_eq!(seeds, ["demo-n"], "both are of seed 1");
}

/// Every condition that the data must meet, as a query for what does not.
#[test]
fn it_is_a_believable_organization() {
    let (db, mut client, orgs) = start(&["Acme"]);
    db.member(&orgs[0], "bob@acme.example", "member");
    let looker = db.member(&orgs[0], "eve@acme.example", "viewer");
    seed(&mut client, &orgs[0], ", 500");
    for (what, query) in [
        ("invalid addresses", "SELECT FROM crm.contacts WHERE NOT crm.is_valid_email(email)".to_owned()),
        (
            "addresses of real people",
            "SELECT FROM crm.contacts WHERE email !~ '@(example\\.(com|org|net)|[a-z0-9-]+\\.example)$'".to_owned(),
        ),
        ("addresses used twice", "SELECT FROM crm.contacts GROUP BY email_norm HAVING email_norm IS NOT NULL AND count(*) > 1".to_owned()),
        (
            "invalid numbers",
            "SELECT FROM (SELECT phone FROM crm.contacts UNION ALL SELECT phone FROM crm.companies) AS p WHERE NOT crm.is_valid_phone(phone)".to_owned(),
        ),
        (
            "numbers of another country",
            "SELECT FROM crm.contacts AS c JOIN crm.countries AS k ON k.id = c.country_id WHERE c.phone_region <> k.code".to_owned(),
        ),
        ("contacts without a name, job or stage", "SELECT FROM crm.contacts WHERE num_nulls(first_name, last_name, title, job_role_id, lifecycle_stage_id, country_id, owner_id, source) > 0".to_owned()),
        ("rows owned by who only looks", format!("SELECT FROM crm.contacts WHERE owner_id = '{looker}'")),
        (
            "signals before the contact was made",
            "SELECT FROM inbox.messages AS m JOIN crm.contacts AS c ON c.id = m.contact_id WHERE m.created_at <= c.created_at".to_owned(),
        ),
        (
            "what happened in the future",
            "SELECT FROM inbox.messages WHERE created_at > now()
             UNION ALL SELECT FROM inbox.calls WHERE ended_at > now() UNION ALL SELECT FROM inbox.emails WHERE replied_at > now()
             UNION ALL SELECT FROM crm.deals WHERE closed_at > now() UNION ALL SELECT FROM crm.activities WHERE completed_at > now()
             UNION ALL SELECT FROM commerce.orders WHERE greatest(placed_at, paid_at, shipped_at, delivered_at) > now()
             UNION ALL SELECT FROM analytics.events WHERE occurred_at > now()".to_owned(),
        ),
        (
            "e-mails without sense",
            "SELECT FROM inbox.emails WHERE (clicked_at IS NOT NULL OR replied_at IS NOT NULL) AND opened_at IS NULL
                OR bounced_at IS NOT NULL AND delivered_at IS NOT NULL".to_owned(),
        ),
        (
            "due times on the wrong side of now",
            "SELECT FROM crm.activities WHERE (status = 'pending' AND due_at < now()) OR (status = 'overdue' AND due_at > now())".to_owned(),
        ),
        (
            "totals that are not the sum of the lines",
            "SELECT FROM commerce.orders AS o
              WHERE subtotal_amount IS DISTINCT FROM (SELECT sum(total) FROM commerce.order_items AS i WHERE i.order_id = o.id)".to_owned(),
        ),
        (
            "deals whose status is not their stage's",
            "SELECT FROM crm.deals AS d JOIN crm.deal_stages AS s ON s.id = d.stage_id
              WHERE d.status <> CASE WHEN s.is_won THEN 'won' WHEN s.is_lost THEN 'lost' ELSE 'open' END".to_owned(),
        ),
        (
            "tags that are not the rows'",
            "SELECT FROM crm.contacts AS c WHERE tags <> crm.get_contact_tags(c.id)".to_owned(),
        ),
        (
            "a latest signal that is not the contact's",
            "SELECT FROM crm.contacts AS c
              WHERE last_activity_at IS DISTINCT FROM (SELECT max(coalesce(sent_at, created_at)) FROM inbox.messages AS m WHERE m.contact_id = c.id)".to_owned(),
        ),
    ] {
        let found = client.query(&query, &[]).unwrap_or_else(|error| panic!("{what}: {error:?}")).len();
        assert_eq!(found, 0, "{what}");
    }
    for (what, query) in [
        ("countries with numbers", "SELECT count(DISTINCT phone_region) >= 5 FROM crm.contacts"),
        ("states of activities", "SELECT count(DISTINCT status) = 4 FROM crm.activities"),
        ("states of deals", "SELECT count(DISTINCT status) = 3 FROM crm.deals"),
        ("stages of deals", "SELECT count(DISTINCT stage_id) = 6 FROM crm.deals"),
        (
            "fates of e-mails",
            "SELECT count(opened_at) > count(clicked_at) AND count(clicked_at) > count(replied_at) AND count(replied_at) > 0 AND count(bounced_at) > 0 FROM inbox.emails",
        ),
        ("both directions", "SELECT count(DISTINCT direction) = 2 FROM inbox.calls"),
        ("several owners", "SELECT count(DISTINCT owner_id) = 2 FROM crm.contacts"),
        (
            "working hours",
            "SELECT avg((extract(isodow FROM created_at) < 6)::integer) > 0.9 FROM inbox.emails",
        ),
        (
            "more of late than long ago",
            "SELECT count(*) FILTER (WHERE created_at > now() - interval '180 days') > count(*) / 2 FROM inbox.messages",
        ),
        (
            "some fifteen signals a contact",
            "SELECT sum(n) BETWEEN 10 * 500 AND 20 * 500 FROM (
                SELECT count(*) AS n FROM inbox.messages UNION ALL SELECT count(*) FROM inbox.calls
                UNION ALL SELECT count(sent_at) + count(opened_at) + count(clicked_at) + count(replied_at) + count(bounced_at) FROM inbox.emails
                UNION ALL SELECT count(completed_at) FROM crm.activities UNION ALL SELECT count(*) + count(closed_at) FROM crm.deals
                UNION ALL SELECT count(*) FROM commerce.orders UNION ALL SELECT count(*) FROM analytics.events) AS s",
        ),
    ] {
        assert!(client.one::<bool>(query, &[]), "{what}");
    }
}

#[test]
fn few_contacts_have_most_messages() {
    let (_db, mut client, orgs) = start(&["Acme"]);
    seed(&mut client, &orgs[0], ", 1000");
    let share: f64 = client.one(
        "SELECT (sum(n) FILTER (WHERE place <= 100) / sum(n))::float8
           FROM (SELECT count(m.id) AS n, row_number() OVER (ORDER BY count(m.id) DESC) AS place
                   FROM crm.contacts AS c LEFT JOIN inbox.messages AS m ON m.contact_id = c.id GROUP BY c.id) AS x",
        &[],
    );
    assert!(
        (0.4..0.9).contains(&share),
        "the first tenth has a share of {share}"
    );
}

/// Columns that hold no ids; a deal's history is written by triggers, with ids of their own.
const CONTENT: &[&str] = &[
    "SELECT external_id, name, domain, phone, annual_revenue, number_of_employees, city, created_at FROM crm.companies",
    "SELECT external_id, display_name, email, phone, title, company_name, job_role_id, tags, custom_fields, status, last_activity_at, created_at FROM crm.contacts",
    "SELECT channel, subject, status, labels, resolved_at, created_at FROM inbox.conversations",
    "SELECT channel, direction, content, status, sent_at, read_at, cost FROM inbox.messages",
    "SELECT direction, status, started_at, duration_seconds, summary FROM inbox.calls",
    "SELECT direction, subject, body_text, sent_at, opened_at, clicked_at, replied_at FROM inbox.emails",
    "SELECT external_id, name, amount, status, stage_entered_at, closed_at, lost_reason FROM crm.deals",
    "SELECT to_status, amount, changed_at, seconds_in_stage FROM crm.deal_stage_history",
    "SELECT kind, subject, status, due_at, completed_at, created_at FROM crm.activities",
    "SELECT content, is_pinned, created_at FROM crm.notes",
    "SELECT external_id, status, total_amount, placed_at FROM commerce.orders",
    "SELECT position, sku, name, quantity, total FROM commerce.order_items",
    "SELECT name, session_id, properties, occurred_at FROM analytics.events",
];

#[track_caller]
fn content(client: &mut Client, org: &Org) -> Vec<Vec<String>> {
    CONTENT
        .iter()
        .map(|query| {
            let mut lines = client.lines(&format!("{query} WHERE organization_id = '{org}'"));
            lines.sort_unstable();
            lines
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let (_db, mut client, orgs) = start(&["Acme", "Globex", "Initech"]);
    // In one transaction, hence on one day.
    let mut tx = client.transaction().expect("a transaction");
    for (org, seeds) in [(&orgs[0], 7), (&orgs[1], 7), (&orgs[2], 8)] {
        seed(&mut tx, org, &format!(", 60, {seeds}"));
    }
    tx.commit().expect("it commits");
    let [acme, globex, initech] = [0, 1, 2].map(|i| content(&mut client, &orgs[i]));
    for (i, query) in CONTENT.iter().enumerate() {
        assert!(!acme[i].is_empty(), "{query}");
        assert_eq!(acme[i], globex[i], "{query}");
        assert_ne!(acme[i], initech[i], "{query}");
    }
    let shared_ids: i64 = client.one(
        "SELECT count(*) FROM (SELECT id FROM crm.contacts GROUP BY id HAVING count(*) > 1) AS x",
        &[],
    );
    assert_eq!(shared_ids, 0, "no two organizations share an id");
}

/// A time zone with daylight saving, and another date style, change nothing.
#[test]
fn the_session_s_settings_do_not_matter() {
    let (_db, mut client, orgs) = start(&["Acme", "Globex"]);
    let mut tx = client.transaction().expect("a transaction");
    seed(&mut tx, &orgs[0], ", 40");
    tx.exec("SET LOCAL timezone = 'America/New_York'; SET LOCAL datestyle = 'German'; SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL search_path = ''");
    seed(&mut tx, &orgs[1], ", 40");
    tx.commit().expect("it commits");
    assert_eq!(
        content(&mut client, &orgs[0]),
        content(&mut client, &orgs[1])
    );
}

#[test]
fn a_second_call_is_refused_and_another_seed_adds() {
    let (db, mut client, orgs) = start(&["Acme"]);
    seed(&mut client, &orgs[0], ", 20");
    let before = db.physical_snapshot();
    let again = format!("SELECT crm.seed_demo_data('{}', 10)", orgs[0]);
    let error = client.fails_with(&again, "55000");
    assert!(error.message().contains("seed 1"), "{}", error.message());
    assert_eq!(db.physical_snapshot(), before);
    for (other, contacts) in [(2, 40), (-9, 60)] {
        seed(&mut client, &orgs[0], &format!(", 20, {other}"));
        assert_eq!(count(&mut client, "crm.contacts", &orgs[0]), contacts);
    }
    assert_eq!(count(&mut client, "crm.pipelines", &orgs[0]), 1);
    assert_eq!(count(&mut client, "crm.tags", &orgs[0]), 12);
}

#[test]
fn small_organizations_work() {
    let (_db, mut client, orgs) = start(&["None", "One", "Two"]);
    for (contacts, org) in (0..).zip(&orgs) {
        let rows = seed(&mut client, org, &format!(", {contacts}"));
        assert_eq!(rows["crm.contacts"].as_i64().unwrap_or(0), contacts);
        assert_eq!(count(&mut client, "crm.contacts", org), contacts);
        assert_eq!(
            count(&mut client, "crm.companies", org),
            i64::from(contacts > 0)
        );
    }
}

#[test]
fn without_reference_data_and_members_the_rest_is_made() {
    let db = shared().fresh_db();
    let mut client = db.superuser();
    let acme = Org {
        id: client.one(
            "INSERT INTO tenancy.organizations (name, slug) VALUES ('Acme', 'acme') RETURNING id",
            &[],
        ),
        owner: Uuid::nil(),
    };
    seed(&mut client, &acme, ", 50");
    assert_eq!(count(&mut client, "crm.contacts", &acme), 50);
    let referring: i64 = client.one(
        "SELECT count(*) FROM crm.contacts WHERE num_nonnulls(owner_id, job_role_id, lifecycle_stage_id, country_id) > 0",
        &[],
    );
    assert_eq!(referring, 0);
    assert!(count(&mut client, "crm.deals", &acme) > 0);
}

#[test]
fn a_pipeline_of_the_organization_s_own_is_used() {
    let (db, mut client, orgs) = start(&[]);
    let acme = db.org("Acme");
    client.exec(&format!(
        "INSERT INTO crm.pipelines (organization_id, name) VALUES ('{acme}', 'Ours');
         INSERT INTO crm.deal_stages (organization_id, pipeline_id, name)
         SELECT '{acme}', id, unnest('{{Only}}'::text[]) FROM crm.pipelines WHERE organization_id = '{acme}'"
    ));
    seed(&mut client, &acme, ", 100");
    let stages = client.lines(
        "SELECT DISTINCT s.name FROM crm.deals AS d JOIN crm.deal_stages AS s ON s.id = d.stage_id",
    );
    assert_eq!(stages, ["Only"]);
    assert!(orgs.is_empty());
}

#[test]
fn no_other_organization_is_touched() {
    let (db, mut client, orgs) = start(&["Acme", "Globex"]);
    seed(&mut client, &orgs[1], ", 20");
    let of_globex = |db: &Db| {
        let mut snapshot = db.physical_snapshot();
        for rows in snapshot.values_mut() {
            rows.retain(|row| !row.contains(&orgs[0].to_string()));
        }
        snapshot
    };
    let before = of_globex(&db);
    seed(&mut client, &orgs[0], ", 50");
    assert_eq!(of_globex(&db), before);
}

#[test]
fn an_application_fills_its_own_organization_alone() {
    let (db, _, orgs) = start(&["Acme", "Globex"]);
    let mut app = db.app();
    let call = |org: &Org| format!("SELECT crm.seed_demo_data('{org}', 10)");
    app.fails_with(&call(&orgs[0]), "42501");
    app.in_org_as(&orgs[0], orgs[0].owner, |tx| {
        tx.fails_with(&call(&orgs[1]), "42501");
        tx.fails_with("SELECT crm.seed_demo_data(crm.uuid_v7(), 10)", "42501");
        tx.exec(&call(&orgs[0]));
        let context = tx.lines("SELECT tenancy.current_org_id(), tenancy.current_user_id()");
        assert_eq!(context, [format!("{}|{}", orgs[0], orgs[0].owner)]);
        assert_eq!(tx.one::<i64>("SELECT count(*) FROM crm.contacts", &[]), 10);
    });
    db.readonly().in_org(&orgs[1], |tx| {
        tx.fails_with(&call(&orgs[1]), "42501");
    });
}

#[test]
fn an_admin_fills_any_organization_and_keeps_the_context() {
    let (db, _, orgs) = start(&["Acme", "Globex"]);
    let mut admin = db.admin();
    seed(&mut admin, &orgs[0], ", 5");
    admin.in_org_as(&orgs[1], orgs[1].owner, |tx| {
        seed(tx, &orgs[0], ", 5, 2");
        let kept = tx.lines("SELECT tenancy.current_org_id(), tenancy.current_user_id()");
        assert_eq!(kept, [format!("{}|{}", orgs[1], orgs[1].owner)]);
        // A failure takes back the context as well.
        tx.fails_with(
            &format!("SELECT crm.seed_demo_data('{}', 5, 2)", orgs[0]),
            "55000",
        );
        let kept = tx.lines("SELECT tenancy.current_org_id(), tenancy.current_user_id()");
        assert_eq!(kept, [format!("{}|{}", orgs[1], orgs[1].owner)]);
    });
    let mut superuser = db.superuser();
    assert_eq!(count(&mut superuser, "crm.contacts", &orgs[0]), 10);
    assert_eq!(count(&mut superuser, "crm.contacts", &orgs[1]), 0);
}

#[test]
fn bad_arguments_are_refused() {
    let (_db, mut client, orgs) = start(&["Acme", "Gone"]);
    client.exec(&format!(
        "UPDATE tenancy.organizations SET deleted_at = now() WHERE id = '{}'",
        orgs[1]
    ));
    for (arguments, sqlstate) in [
        (format!("'{}', -1", orgs[0]), "22023"),
        (format!("'{}', 10000001", orgs[0]), "22023"),
        ("NULL".to_owned(), "22004"),
        ("crm.uuid_v7(), 1".to_owned(), "P0002"),
        (format!("'{}', 1", orgs[1]), "P0002"),
    ] {
        let error = client.fails_with(&format!("SELECT crm.seed_demo_data({arguments})"), sqlstate);
        assert!(
            error.hint().is_some() || sqlstate == "22023",
            "{arguments} without a hint"
        );
    }
}

/// What the triggers keep is what they would have kept of rows that came one by one.
#[test]
fn kept_state_equals_the_rows() {
    let (_db, mut client, orgs) = start(&["Acme"]);
    seed(&mut client, &orgs[0], ", 200");
    client.exec(&format!(
        "SELECT set_config('app.current_org_id', '{}', false)",
        orgs[0]
    ));
    let off: i64 = client.one(
        "SELECT count(*) FROM crm.contacts AS c
          WHERE c.last_activity_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM crm.contact_engagement AS e WHERE e.contact_id = c.id)",
        &[],
    );
    assert_eq!(off, 0, "contacts with signals and without engagement");
    let later: i64 = client.one(
        "SELECT count(*) FROM crm.contact_engagement AS e JOIN crm.contacts AS c ON c.id = e.contact_id
          WHERE e.as_of > c.last_activity_at",
        &[],
    );
    assert_eq!(later, 0, "signals after last_activity_at");
}
