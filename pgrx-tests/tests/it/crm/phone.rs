//! Phone numbers.

use pg_crm_tests::{Sql, Value, json, shared};

use super::oracle;

/// Number, region, its form in E.164 where it is possible, and whether it is valid.
const NUMBERS: &[(&str, Option<&str>, Option<&str>, bool)] = &[
    ("+1 650-253-0000", None, Some("+16502530000"), true),
    ("(650) 253-0000", Some("US"), Some("+16502530000"), true),
    ("(650) 253-0000", Some("us"), Some("+16502530000"), true),
    ("044 668 18 00", Some("ch"), Some("+41446681800"), true),
    ("+41 44 668 18 00", Some("US"), Some("+41446681800"), true),
    ("＋４１４４６６８１８００", None, Some("+41446681800"), true),
    (
        "tel:253-0000;phone-context=+1650",
        None,
        Some("+16502530000"),
        true,
    ),
    (
        "650 253 0000 ext. 45",
        Some("US"),
        Some("+16502530000"),
        true,
    ),
    ("1-800-FLOWERS", Some("US"), Some("+18003569377"), true),
    ("+80012345678", None, Some("+80012345678"), true),
    ("+39 02 3661 8300", None, Some("+390236618300"), true),
    // A length that the plan knows, in no assigned range.
    ("+1 253 000 0000", None, Some("+12530000000"), false),
    ("253-0000", Some("US"), Some("+12530000"), false),
    // National prefixes after the country code: one is taken off where a number is judged, all where
    // it is normalized.
    ("+49 00 30 1234567", None, Some("+49301234567"), false),
    // No region, or none that there is.
    ("(650) 253-0000", None, None, false),
    ("(650) 253-0000", Some("ZZ"), None, false),
    ("(650) 253-0000", Some("United States"), None, false),
    ("(650) 253-0000", Some("001"), None, false),
    ("(650) 253-0000", Some(""), None, false),
    ("(650) 253-0000", Some("ÜS"), None, false),
    ("+1 650-253-0000", Some("ZZ"), Some("+16502530000"), true),
    // No number.
    ("+1 650-253-00000", None, None, false),
    ("+999 123456789", None, None, false),
    ("", None, None, false),
    ("", Some("US"), None, false),
    ("   ", Some("US"), None, false),
    ("+", Some("US"), None, false),
    ("7", Some("US"), None, false),
    ("call me", Some("US"), None, false),
    ("ann@example.org", Some("US"), None, false),
    ("\u{202e}\u{1}\n", Some("US"), None, false),
    (";phone-context=tel:", Some("US"), None, false),
];

#[test]
fn numbers_are_possible_and_valid_or_not() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for &(number, region, normal, valid) in NUMBERS {
        let row = app
            .query_one(
                "SELECT crm.normalize_phone($1, $2), crm.is_possible_phone($1, $2), crm.is_valid_phone($1, $2)",
                &[&number, &region],
            )
            .unwrap_or_else(|error| panic!("{number:?} in {region:?}: {error}"));
        let given: (Option<&str>, Option<bool>, Option<bool>) =
            (row.get(0), row.get(1), row.get(2));
        let expected = (normal, Some(normal.is_some()), Some(valid));
        assert_eq!(given, expected, "{number:?} in {region:?}");
    }
}

#[test]
fn numbers_that_are_null_give_null() {
    let db = shared().fresh_db();
    let nulls = db.app().lines(
        "SELECT crm.is_possible_phone(NULL) IS NULL, crm.is_possible_phone(NULL, 'US') IS NULL,
                crm.is_valid_phone(NULL) IS NULL, crm.is_valid_phone(NULL, 'US') IS NULL,
                crm.normalize_phone(NULL) IS NULL, crm.normalize_phone(NULL, 'US') IS NULL",
    );
    assert_eq!(nulls, ["t|t|t|t|t|t"]);
}

#[test]
fn numbers_of_a_megabyte_are_no_numbers() {
    let db = shared().fresh_db();
    let answers = db.app().lines(
        "SELECT crm.is_possible_phone(n, r), crm.is_valid_phone(n, r), crm.normalize_phone(n, r) IS NULL
           FROM (VALUES (1, repeat('1', 1048576), 'US'),
                        (2, '+16502530000' || repeat(' ', 1048576), 'US'),
                        (3, repeat('tel:', 262144), NULL),
                        (4, '+16502530000' || repeat(';ext=1', 174762), NULL),
                        (5, '(650) 253-0000', repeat('US', 524288)),
                        (6, repeat(chr(8238), 349525), 'US')) AS v (i, n, r)
          ORDER BY i",
    );
    assert_eq!(answers, ["f|f|t"; 6]);
}

#[test]
fn the_metadata_has_a_version() {
    let db = shared().fresh_db();
    let version: String = db.app().one("SELECT crm.phone_metadata_version()", &[]);
    assert_eq!(version, "9.0.42");
}

#[test]
fn numbers_are_checked_normalized_and_indexed_by_tables() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE people (
             phone text CONSTRAINT people_phone_check CHECK (crm.is_possible_phone(phone, 'US')),
             e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, 'US')) STORED
         );
         CREATE UNIQUE INDEX people_phone_key ON people (crm.normalize_phone(phone, 'US'));
         INSERT INTO people VALUES ('(650) 253-0000'), (NULL)",
    );
    assert_eq!(app.lines("SELECT e164 FROM people"), ["+16502530000", ""]);
    let error = app.fails_with("INSERT INTO people VALUES ('7')", "23514");
    assert_eq!(error.constraint(), Some("people_phone_check"));
    app.fails_with("INSERT INTO people VALUES ('+1.650.253.0000')", "23505");
    app.fails_with(
        "CREATE INDEX ON people (crm.is_valid_phone(phone))",
        "42P17",
    );
}

#[test]
fn contacts_have_possible_numbers_and_their_normal_form() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        for (phone, region, e164) in [
            ("+1 650-253-0000", None, Some("+16502530000")),
            ("044 668 18 00", Some("CH"), Some("+41446681800")),
            // Nobody can judge it, and it looks like a number.
            ("044 668 18 00", None, None),
        ] {
            let made: Option<String> = tx.one(
                "INSERT INTO crm.contacts (phone, phone_region) VALUES ($1::text, $2::text) RETURNING phone_e164",
                &[&phone, &region],
            );
            assert_eq!(made.as_deref(), e164, "{phone} {region:?}");
        }
        for (phone, region) in [("'call me'", "NULL"), ("'7'", "NULL"), ("'7'", "'US'")] {
            let insert = format!(
                "INSERT INTO crm.contacts (phone, phone_region) VALUES ({phone}, {region})"
            );
            let error = tx.fails_with(&insert, "23514");
            assert_eq!(error.constraint(), Some("contacts_phone_check"), "{insert}");
        }
    });
    app.exec("SELECT '+16502530000'::crm.phone_e164");
    for number in ["16502530000", "+1650253", "+1 650 253 0000", ""] {
        app.fails_with(&format!("SELECT '{number}'::crm.phone_e164"), "23514");
    }
}

#[test]
fn the_reference_agrees_on_generated_numbers() {
    let db = shared().fresh_db();
    let mut app = db.app();
    let task = json!({"metadata": "9.0.42", "seed": 1, "count": 25_000});
    let answers: Value = serde_json::from_str(&oracle::ask("phone.py", &task.to_string()))
        .expect("the oracle answers in JSON");
    app.exec(
        "CREATE TEMPORARY TABLE reference (number text, region text, possible boolean, valid boolean, normal text)",
    );
    app.exec_with(
        "INSERT INTO reference SELECT r.* FROM jsonb_to_recordset($1)
             AS r (number text, region text, possible boolean, valid boolean, normal text)",
        &[&answers],
    );
    let asked = app.lines(
        "SELECT count(DISTINCT (number, region)) >= 20000,
                count(*) FILTER (WHERE possible) >= 5000, count(*) FILTER (WHERE valid) >= 2500
           FROM reference",
    );
    assert_eq!(asked, ["t|t|t"], "the numbers are no test");
    for (function, column) in [
        ("is_possible_phone", "possible"),
        ("is_valid_phone", "valid"),
        ("normalize_phone", "normal"),
    ] {
        let differing = app.lines(&format!(
            "SELECT to_json(number), region, {column}, given
               FROM reference, LATERAL crm.{function}(number, region) AS given
              WHERE given IS DISTINCT FROM {column}"
        ));
        assert!(
            differing.is_empty(),
            "{} numbers (number, region, expected, {function}) are judged differently:\n{}",
            differing.len(),
            differing[..differing.len().min(20)].join("\n")
        );
    }
    // In lower case a region means the same, and what is normal stays so.
    let differing = app.lines(
        "SELECT to_json(number), region FROM reference
          WHERE crm.normalize_phone(number, lower(region)) IS DISTINCT FROM normal
             OR crm.normalize_phone(normal, region) IS DISTINCT FROM normal",
    );
    assert_eq!(differing, [""; 0]);
}
