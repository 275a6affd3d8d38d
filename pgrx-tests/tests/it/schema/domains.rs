//! Domains: what they take and what they refuse.

use std::collections::BTreeSet;

use pg_crm_tests::{Sql, shared};

use super::domain_values::{MORE_LISTS, MORE_SHAPES, Shape};

/// Closed lists, with all their values.
const LISTS: &[(&str, &str)] = &[
    ("tenancy.user_role", "owner admin manager member viewer"),
    ("tenancy.member_status", "invited active suspended removed"),
    (
        "tenancy.subscription_status",
        "trialing active past_due unpaid paused cancelled expired",
    ),
    (
        "tenancy.verification_purpose",
        "email_verification email_change phone_verification login second_factor",
    ),
    ("tenancy.token_algorithm", "HS256 EdDSA"),
    ("crm.contact_status", "active inactive blocked archived"),
    (
        "crm.seniority",
        "entry senior manager director vp c_level owner",
    ),
    ("crm.tag_scope", "any contact deal"),
    ("crm.deal_status", "open won lost"),
    ("crm.activity_kind", "task meeting call follow_up"),
    ("crm.activity_status", "pending completed cancelled overdue"),
    ("crm.priority", "low normal high urgent"),
    ("crm.note_type", "public private"),
    (
        "commerce.order_status",
        "draft pending confirmed paid processing shipped delivered completed cancelled refunded",
    ),
    (
        "inbox.channel",
        "sms mms whatsapp email twitter facebook instagram linkedin telegram voice web other",
    ),
    ("inbox.direction", "inbound outbound"),
    ("inbox.conversation_status", "open pending snoozed resolved"),
    (
        "inbox.message_status",
        "draft scheduled queued sent delivered read failed cancelled received",
    ),
    (
        "inbox.call_status",
        "queued ringing in_progress completed busy no_answer missed voicemail failed cancelled",
    ),
    ("inbox.bounce_kind", "hard soft block"),
    (
        "analytics.event_source",
        "web mobile server email import other",
    ),
];

/// Other domains: the constraint, values that are taken, values that it refuses.
const SHAPES: &[Shape] = &[
    (
        "crm.country_code",
        "country_code_check",
        &["DE", "US", "XK"],
        &["", "de", "DEU", "D", "D1", " DE", "DE\n"],
    ),
    (
        "crm.currency_code",
        "currency_code_check",
        &["USD", "EUR"],
        &["", "usd", "US", "EURO", "E1R"],
    ),
    (
        "crm.email_address",
        "email_address_check",
        &["a@b.example", "A.B+c@d.example"],
        &["", "x", "a@", "@b.example", "a b@c.example", "a@b..example"],
    ),
    (
        "crm.phone_e164",
        "phone_e164_check",
        &["+493012345678", "+14155552671"],
        &[
            "",
            "493012345678",
            "+0123456789",
            "+49 30 12345678",
            "+",
            "00493012345678",
        ],
    ),
    (
        "crm.phone_e164",
        "phone_e164_possible_check",
        &["+442071838750"],
        &["+1415", "+999123456789"],
    ),
    (
        "crm.custom_fields",
        "custom_fields_check",
        &[
            "{}",
            r#"{"a": "x", "b": 1, "c": true, "d": ["x", "y"], "e": [], "f": 1e300}"#,
        ],
        &[
            "null",
            "[]",
            "1",
            r#""x""#,
            r#"{"a": null}"#,
            r#"{"a": {}}"#,
            r#"{"a": {"b": 1}}"#,
            r#"{"a": [1]}"#,
            r#"{"a": ["x", null]}"#,
            r#"{"a": [["x"]]}"#,
            r#"[{"a": "x"}]"#,
        ],
    ),
    (
        "tenancy.organization_settings",
        "organization_settings_check",
        &[
            "{}",
            r#"{"timezone": "UTC", "language": "en", "features": {"ai_enabled": true, "more": 1}, "branding": {"logo_url": "x"}, "own": [1]}"#,
        ],
        &[
            "null",
            "[]",
            "1",
            r#"{"timezone": 1}"#,
            r#"{"language": null}"#,
            r#"{"features": []}"#,
            r#"{"features": {"ai_enabled": "yes"}}"#,
            r#"{"features": {"api_access": 1}}"#,
            r#"{"features": {"saml_enabled": null}}"#,
            r#"{"branding": "x"}"#,
            r#"{"branding": {"logo_url": 1}}"#,
            r#"{"branding": {"primary_color": {}}}"#,
        ],
    ),
    (
        "tenancy.token_hash",
        "token_hash_check",
        &[r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"],
        &[
            "",
            r"\x00",
            "0123456789012345678901234567890",
            "01234567890123456789012345678901234567890123456789012345678901234",
        ],
    ),
];

fn lists() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    LISTS.iter().chain(MORE_LISTS.iter().copied().flatten())
}

fn shapes() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().chain(MORE_SHAPES.iter().copied().flatten())
}

#[track_caller]
fn takes(client: &mut impl Sql, domain: &str, value: &str) {
    let sql = format!("SELECT $1::text::{domain}");
    if let Err(error) = client.attempt(&sql, &[&value]) {
        panic!("{domain} refuses '{value}': {error:?}");
    }
}

#[track_caller]
fn refuses(client: &mut impl Sql, domain: &str, constraint: &str, value: &str) {
    let sql = format!("SELECT $1::text::{domain}");
    let error = client.fails_with_params(&sql, &[&value], "23514");
    assert_eq!(error.constraint(), Some(constraint), "{domain}: '{value}'");
}

#[test]
fn closed_lists_take_their_values_and_nothing_else() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (domain, values) in lists() {
        let constraint = format!("{}_check", domain.split('.').next_back().expect("a name"));
        let huge = "x".repeat(1 << 20);
        for value in values.split(' ') {
            takes(&mut app, domain, value);
            for other in [
                value.to_uppercase(),
                value.to_lowercase(),
                format!("{value} "),
            ] {
                if other != value {
                    refuses(&mut app, domain, &constraint, &other);
                }
            }
        }
        for value in ["", " ", "x", "null", &huge] {
            refuses(&mut app, domain, &constraint, value);
        }
    }
}

/// The lists above are complete.
#[test]
fn closed_lists_have_no_more_values() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (domain, values) in lists() {
        let mut expected: Vec<_> = values.split(' ').collect();
        let mut defined = app.lines(&format!(
            "SELECT (regexp_matches(pg_get_constraintdef(oid), '''([^'']*)''', 'g'))[1]
             FROM pg_constraint WHERE contypid = '{domain}'::regtype"
        ));
        expected.sort_unstable();
        defined.sort();
        assert_eq!(defined, expected, "{domain}");
    }
}

#[test]
fn other_domains_check_the_shape() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (domain, constraint, good, bad) in shapes() {
        for value in *good {
            takes(&mut app, domain, value);
        }
        for value in *bad {
            refuses(&mut app, domain, constraint, value);
        }
    }
}

#[test]
fn null_is_a_value_of_every_domain() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for domain in lists()
        .map(|list| list.0)
        .chain(shapes().map(|shape| shape.0))
    {
        let null: bool = app.one(&format!("SELECT NULL::{domain} IS NULL"), &[]);
        assert!(null, "{domain}");
    }
}

#[test]
fn every_domain_of_the_model_is_tested() {
    let db = shared().fresh_db();
    let tested: BTreeSet<_> = lists()
        .map(|list| list.0)
        .chain(shapes().map(|shape| shape.0))
        .collect();
    let untested: Vec<_> = db
        .superuser()
        .lines(
            "SELECT oid::regtype FROM pg_type
             WHERE typtype = 'd' AND typnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'",
        )
        .into_iter()
        .filter(|domain| !tested.contains(domain.as_str()))
        .collect();
    assert_eq!(untested, [] as [&str; 0]);
}
