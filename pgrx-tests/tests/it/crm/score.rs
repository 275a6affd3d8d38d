//! Scores and their explanations.

use pg_crm_tests::{Client, Org, Sql, Uuid, shared};

use super::{contact, start};

/// The time of all signals in these tests.
pub const AT: &str = "2024-03-01 00:00:00+00";

/// `count` inbound messages, 4 points each at [`AT`].
pub fn inbound_messages(client: &mut Client, org: &Org, contact: Uuid, count: i32) {
    client.in_org(org, |tx| {
        tx.exec_with(
            "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
             SELECT $1, 'sms', 'inbound', 'received', $2::text::timestamptz FROM generate_series(1, $3)",
            &[&contact, &AT, &count],
        );
    });
}

#[track_caller]
fn score(client: &mut Client, org: &Org, contact: Option<Uuid>, as_of: &str) -> Option<i32> {
    client.in_org(org, |tx| {
        tx.one(
            "SELECT crm.calculate_contact_score($1, $2::text::timestamptz)",
            &[&contact, &as_of],
        )
    })
}

/// Columns and values of a contact, and the points that they give.
const FIT: &[(&str, &str, i32)] = &[
    ("first_name", "'Ann'", 0),
    ("email", "'ann@example.org'", 5),
    ("phone", "'+1 650 253 0000'", 5),
    // Its country is not known, so neither is the number.
    ("phone", "'650 253 0000'", 0),
    ("first_name, title", "'Ann', 'Director'", 5),
    ("first_name, company_name", "'Ann', 'Globex'", 5),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('subscriber')",
        2,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('lead')",
        4,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('mql')",
        8,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('sql')",
        12,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('opportunity')",
        16,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('customer')",
        20,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('evangelist')",
        20,
    ),
    (
        "first_name, lifecycle_stage_id",
        "'Ann', pg_temp.stage('my_own')",
        0,
    ),
    (
        "email, phone, title, company_name, lifecycle_stage_id",
        "'a@b.c', '+16502530000', 'Director', 'Globex', pg_temp.stage('customer')",
        40,
    ),
];

#[test]
fn fit_is_what_is_known_of_a_contact() {
    let db = shared().fresh_db();
    let (mut app, acme, _) = start(&db);
    app.exec(
        "CREATE FUNCTION pg_temp.stage(wanted text) RETURNS uuid LANGUAGE sql AS $$
             INSERT INTO crm.lifecycle_stages (organization_id, code, name) VALUES (tenancy.current_org_id(), wanted, wanted)
             ON CONFLICT (organization_id, code) DO UPDATE SET name = excluded.name RETURNING id $$",
    );
    for (columns, values, points) in FIT {
        let id: Uuid = app.in_org(&acme, |tx| {
            let insert =
                format!("INSERT INTO crm.contacts ({columns}) VALUES ({values}) RETURNING id");
            tx.one(&insert, &[])
        });
        assert_eq!(
            score(&mut app, &acme, Some(id), AT),
            Some(*points),
            "{columns}: {values}"
        );
        let explained: Option<f64> = app.in_org(&acme, |tx| {
            tx.one(
                "SELECT sum(points) FROM crm.explain_contact_score($1) WHERE component = 'fit' AND raw = 1",
                &[&id],
            )
        });
        assert_eq!(
            explained.unwrap_or(0.0),
            f64::from(*points),
            "{columns}: {values}"
        );
    }
}

#[test]
fn a_score_is_never_more_than_100_nor_less_than_0() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec_with(
            "INSERT INTO inbox.emails (contact_id, direction, bounced_at) VALUES ($1, 'outbound', $2::text::timestamptz)",
            &[&ann, &AT],
        );
    });
    assert_eq!(score(&mut app, &acme, Some(ann), AT), Some(0));
    app.in_org(&acme, |tx| {
        tx.exec_with(
            "INSERT INTO commerce.orders (contact_id, placed_at) SELECT $1, $2::text::timestamptz FROM generate_series(1, 50)",
            &[&ann, &AT],
        );
        tx.exec_with(
            "INSERT INTO crm.deals (contact_id, name, status, closed_at, created_at)
             SELECT $1, 'deal', 'won', $2::text::timestamptz, $2::text::timestamptz FROM generate_series(1, 50)",
            &[&ann, &AT],
        );
    });
    inbound_messages(&mut app, &acme, ann, 50);
    assert_eq!(score(&mut app, &acme, Some(ann), AT), Some(100));
}

#[test]
fn a_group_gives_no_more_than_its_cap_and_the_explanation_says_so() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    inbound_messages(&mut app, &acme, ann, 20);
    assert_eq!(score(&mut app, &acme, Some(ann), AT), Some(25));
    let lines = app.in_org(&acme, |tx| {
        tx.lines(&format!(
            "SELECT * FROM crm.explain_contact_score('{ann}', '{AT}')"
        ))
    });
    assert_eq!(
        lines,
        [
            "engagement|message_inbound|20|80",
            "cap|conversation|80|-55"
        ]
    );
    let uncapped: f64 = app.in_org(&acme, |tx| {
        tx.one(
            &format!("SELECT crm.contact_engagement_at('{ann}', '{AT}')"),
            &[],
        )
    });
    assert_eq!(uncapped, 80.0);
}

#[test]
fn points_are_rounded_half_up() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    for rounded in [1, 1, 2, 2, 3] {
        app.in_org(&acme, |tx| {
            tx.exec_with(
                "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
                 VALUES ($1, 'sms', 'outbound', 'sent', $2::text::timestamptz)",
                &[&ann, &AT],
            );
        });
        assert_eq!(score(&mut app, &acme, Some(ann), AT), Some(rounded));
    }
}

#[test]
fn a_score_of_another_time_knows_what_had_happened_by_then() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    inbound_messages(&mut app, &acme, ann, 4);
    for (as_of, expected) in [
        ("-infinity", 0),
        ("2024-02-29 23:59:59.999999+00", 0),
        (AT, 16),
        ("2024-03-31 00:00:00+00", 8),
        ("2024-04-30 00:00:00+00", 4),
        ("2999-01-01 00:00:00+00", 0),
        ("infinity", 0),
    ] {
        assert_eq!(
            score(&mut app, &acme, Some(ann), as_of),
            Some(expected),
            "as of {as_of}"
        );
        let explained: Option<f64> = app.in_org(&acme, |tx| {
            tx.one(
                "SELECT sum(points) FROM crm.explain_contact_score($1, $2::text::timestamptz)",
                &[&ann, &as_of],
            )
        });
        let explained = explained.unwrap_or(0.0);
        assert!(
            (explained - f64::from(expected)).abs() < 1e-9,
            "as of {as_of}: {explained}"
        );
    }
}

/// What each function answers: score, engagement where not NULL, and the lines of the explanation.
#[track_caller]
fn answers(client: &mut impl Sql, id: Option<Uuid>, as_of: Option<&str>) -> String {
    client.one(
        "SELECT concat_ws(' ', crm.calculate_contact_score($1, $2::text::timestamptz),
                               crm.contact_engagement_at($1, $2::text::timestamptz),
                               (SELECT count(*) FROM crm.explain_contact_score($1, $2::text::timestamptz)))",
        &[&id, &as_of],
    )
}

#[test]
fn a_contact_that_is_not_visible_has_no_score() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let globex = db.org("Globex");
    let gone = app.in_org(&acme, |tx| contact(tx, "Gone"));
    for contact in [ann, gone] {
        inbound_messages(&mut app, &acme, contact, 1);
    }
    app.in_org(&acme, |tx| {
        tx.exec_with(
            "UPDATE crm.contacts SET deleted_at = now() WHERE id = $1",
            &[&gone],
        )
    });
    for (who, org, id, as_of, expected) in [
        ("visible", &acme, Some(ann), Some(AT), "4 4 1"),
        ("NULL", &acme, None, Some(AT), "0"),
        ("at no time", &acme, Some(ann), None, "0"),
        ("absent", &acme, Some(Uuid::nil()), Some(AT), "0"),
        ("deleted", &acme, Some(gone), Some(AT), "0"),
        ("another organization's", &globex, Some(ann), Some(AT), "0"),
        (
            "another organization's, in the past",
            &globex,
            Some(ann),
            Some("2020-01-01"),
            "0",
        ),
    ] {
        let given = app.in_org(org, |tx| answers(tx, id, as_of));
        assert_eq!(given, expected, "{who}");
    }
    assert_eq!(
        answers(&mut app, Some(ann), Some(AT)),
        "0",
        "without an organization"
    );
}

#[test]
fn the_groups_have_half_lives_and_caps() {
    let db = shared().fresh_db();
    assert_eq!(
        db.app().lines(
            "SELECT signal_group, half_life / 86400, cap FROM crm.signal_groups() ORDER BY 1"
        ),
        [
            "activity|30|15",
            "conversation|30|25",
            "deal|90|25",
            "email|30|15",
            "other|30|20",
            "purchase|60|60"
        ]
    );
}

#[test]
fn values_decay_by_half_in_a_half_life() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (call, expected) in [
        ("8, '2024-01-01', '2024-01-01', 60", Some(8.0)),
        ("8, '2024-01-01 00:00', '2024-01-01 00:01', 60", Some(4.0)),
        ("-8, '2024-01-01 00:00', '2024-01-01 00:03', 60", Some(-1.0)),
        ("8, '2024-01-01 00:01', '2024-01-01 00:00', 60", Some(16.0)),
        ("8, '2024-01-01', '2999-01-01', 60", Some(0.0)),
        ("0, '2024-01-01', '2024-01-02', 60", Some(0.0)),
        ("NULL, '2024-01-01', '2024-01-02', 60", None),
        ("8, NULL, '2024-01-02', 60", None),
        ("8, '2024-01-01', NULL, 60", None),
        ("8, '2024-01-01', '2024-01-02', NULL", None),
    ] {
        let value: Option<f64> = app.one(&format!("SELECT crm.decay({call})"), &[]);
        assert_eq!(value, expected, "decay({call})");
    }
}
