//! crm.clean_contacts: contacts as they come from elsewhere.

use pg_crm_tests::{Sql, Value, json, shared};

/// What is said of one contact by itself: its values, refusals and warnings.
#[track_caller]
fn one(client: &mut impl Sql, contact: &Value) -> [Value; 4] {
    let row: Value = client.one(
        "SELECT jsonb_build_array(jsonb_build_array(email, phone, first_name, last_name), cleaned, refusals, warnings)
           FROM crm.clean_contacts(jsonb_build_array($1::jsonb), 'US')",
        &[contact],
    );
    let Value::Array(parts) = row else {
        panic!("{row}")
    };
    parts.try_into().expect("four parts")
}

#[test]
fn values_are_normalized_and_the_rest_is_kept() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (contact, values, cleaned) in [
        (
            json!({"email": " Ann@Example.org\n", "phone": "(650) 253-0000", "first_name": " Ann ", "last_name": "\u{a0}Lee",
                   "title": "Analyst", "tags": ["a", "b"], "property": {"a": null}}),
            json!(["ann@example.org", "+16502530000", "Ann", "Lee"]),
            json!({"email": "ann@example.org", "phone": "+16502530000", "first_name": "Ann", "last_name": "Lee",
                   "title": "Analyst", "tags": ["a", "b"], "property": {"a": null}}),
        ),
        (
            json!({"phone": "044 668 18 00", "phone_region": "CH"}),
            json!([null, "+41446681800", null, null]),
            json!({"phone": "+41446681800", "phone_region": "CH"}),
        ),
        (
            json!({"email": "ann@bücher.example", "phone": null, "last_name": ""}),
            json!(["ann@xn--bcher-kva.example", null, null, null]),
            json!({"email": "ann@xn--bcher-kva.example"}),
        ),
        (
            json!({"phone": 6_502_530_000_u64}),
            json!([null, "+16502530000", null, null]),
            json!({"phone": "+16502530000"}),
        ),
        (
            json!({"external_id": "7", "email": "  "}),
            json!([null, null, null, null]),
            json!({"external_id": "7"}),
        ),
    ] {
        let [given, kept, refusals, warnings] = one(&mut app, &contact);
        assert_eq!((&given, &kept), (&values, &cleaned), "{contact}");
        assert_eq!((refusals, warnings), (json!([]), json!([])), "{contact}");
    }
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (contact, refusals, warnings) in [
        (json!(null), json!(["is not an object"]), json!([])),
        (
            json!("ann@example.org"),
            json!(["is not an object"]),
            json!([]),
        ),
        (
            json!([{"email": "a@b.example"}]),
            json!(["is not an object"]),
            json!([]),
        ),
        (
            json!({}),
            json!(["has neither e-mail address, telephone number, name nor external_id"]),
            json!([]),
        ),
        (
            json!({"email": "ann@localhost"}),
            json!(["email: has a domain without a dot"]),
            json!([]),
        ),
        (
            json!({"email": "a b@example.org", "phone": "12"}),
            json!([
                "email: has a space before the @, which is not allowed there",
                "phone: is not a possible number"
            ]),
            json!([]),
        ),
        (
            json!({"email": 7, "phone": true, "phone_region": [], "first_name": {}, "last_name": false}),
            json!([
                "email: is not a string",
                "phone: is not a string",
                "phone_region: is not a string",
                "first_name: is not a string",
                "last_name: is not a string"
            ]),
            json!([]),
        ),
        (
            json!({"email": "ann@mailinator.com"}),
            json!([]),
            json!(["email: is a throw-away address"]),
        ),
        (
            json!({"email": "\u{202e}ann@example.org", "first_name": "\u{1}"}),
            json!(["email: has the character U+202E before the @, which is not allowed there"]),
            json!([]),
        ),
    ] {
        let [_, cleaned, refused, warned] = one(&mut app, &contact);
        assert_eq!((refused, warned), (refusals, warnings), "{contact}");
        assert_eq!(cleaned.is_null(), !contact.is_object(), "{contact}");
    }
    let without_region = app.lines(
        r#"SELECT refusals FROM crm.clean_contacts('[{"phone": "650 253 0000"}, {"phone": "+1 650 253 0000"}]')"#,
    );
    assert_eq!(
        without_region,
        [
            r#"{"phone: has neither a country code nor a region"}"#,
            "{}"
        ]
    );
}

#[test]
fn what_comes_twice_is_refused_from_the_second_time_on() {
    let db = shared().fresh_db();
    let answers = db.app().lines(
        r#"SELECT row_number, email, phone, refusals, warnings
             FROM crm.clean_contacts('[
               {"email": "ann@example.org", "phone": "+16502530000"},
               {"email": "bob@example.org", "phone": "+1 650 253 0000"},
               {"email": "ANN@example.org "},
               {"email": "ann@"},
               {"email": "ann@"},
               {"email": "Ann@Example.org"}]')"#,
    );
    assert_eq!(
        answers,
        [
            "1|ann@example.org|+16502530000|{}|{}",
            r#"2|bob@example.org|+16502530000|{}|{"phone: is that of row 1"}"#,
            r#"3|ann@example.org||{"email: is that of row 1"}|{}"#,
            r#"4|||{"email: has nothing after the @"}|{}"#,
            r#"5|||{"email: has nothing after the @"}|{}"#,
            r#"6|ann@example.org||{"email: is that of row 1"}|{}"#,
        ]
    );
}

#[test]
fn the_profile_and_the_region_are_the_callers() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec("SET default_transaction_read_only = on");
    let contacts = r#"'[{"email": "user@localhost", "phone": "650 253 0000"}]'"#;
    for (arguments, line) in [
        ("", "|||"),
        (", 'US'", "||+16502530000|"),
        (", 'US', 'html5'", "|user@localhost|+16502530000|"),
        (
            ", region => 'ZZ', profile => 'rfc5321'",
            "|user@localhost||",
        ),
    ] {
        let query = format!(
            "SELECT '', email, phone, first_name FROM crm.clean_contacts({contacts}{arguments})"
        );
        assert_eq!(app.lines(&query), [line], "{arguments}");
    }
}

#[test]
fn only_an_array_is_taken() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for contacts in ["{}", "null", "7", "\"ann@example.org\"", "true"] {
        let call = format!("SELECT * FROM crm.clean_contacts('{contacts}')");
        app.fails_with(&call, "22023");
    }
    for rows in ["'[]'", r#"'[{"email": "a@b.example"}]'"#] {
        let call = format!("SELECT * FROM crm.clean_contacts({rows}, 'US', 'rfc822')");
        app.fails_with(&call, "22023");
    }
    assert_eq!(
        app.lines("SELECT count(*) FROM crm.clean_contacts('[]')"),
        ["0"]
    );
    assert_eq!(
        app.lines("SELECT count(*) FROM crm.clean_contacts(NULL)"),
        ["0"]
    );
}

/// The way that an import goes, from a file's rows to the table.
#[test]
fn cleaned_contacts_can_be_inserted() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        let made = tx.lines(
            r#"WITH clean AS MATERIALIZED (
                 SELECT * FROM crm.clean_contacts('[
                   {"email": "Ann@Example.org", "phone": "044 668 18 00", "phone_region": "CH", "first_name": " Ann", "title": "Analyst"},
                   {"email": "ANN@example.org"},
                   7,
                   {"last_name": "Lee"}]'::jsonb)
               )
               INSERT INTO crm.contacts (email, phone, phone_region, first_name, last_name, title)
               SELECT r.email, r.phone, r.phone_region, r.first_name, r.last_name, r.title
                 FROM clean AS c
                CROSS JOIN LATERAL jsonb_populate_record(NULL::crm.contacts, c.cleaned) AS r
                WHERE c.refusals = '{}'
                ORDER BY c.row_number
               RETURNING email_norm, phone_e164, display_name, title"#,
        );
        assert_eq!(
            made,
            ["ann@example.org|+41446681800|Ann|Analyst", "||Lee|"]
        );
    });
}

#[test]
fn a_hundred_thousand_rows_are_cleaned_at_once() {
    let db = shared().fresh_db();
    let counts = db.app().lines(
        "WITH contacts AS MATERIALIZED (
           SELECT jsonb_agg(jsonb_build_object(
                    'email', 'User' || i % 90000 || CASE WHEN i % 10 = 0 THEN '' ELSE '@Example.org' END,
                    'phone', '(650) 253-' || lpad((i % 10000)::text, 4, '0'), 'first_name', ' U' || i)) AS c
             FROM generate_series(0, 99999) AS i
         )
         SELECT count(*), count(email), count(DISTINCT email), count(DISTINCT phone),
                count(*) FILTER (WHERE refusals <> '{}'), count(*) FILTER (WHERE warnings <> '{}'),
                bool_and(first_name = 'U' || row_number - 1)
           FROM contacts, crm.clean_contacts(c, 'US')",
    );
    assert_eq!(counts, ["100000|90000|81000|10000|19000|90000|t"]);
}
