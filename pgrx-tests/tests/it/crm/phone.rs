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
fn numbers_are_written_in_four_styles() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (number, region, styles) in [
        (
            "0446681800",
            Some("CH"),
            [
                "+41446681800",
                "+41 44 668 18 00",
                "044 668 18 00",
                "tel:+41-44-668-18-00",
            ],
        ),
        // The format of the main region of a calling code, and an extension.
        (
            "+1 650-253-0000 ext. 45",
            Some("CA"),
            [
                "+16502530000",
                "+1 650-253-0000 ext. 45",
                "(650) 253-0000 ext. 45",
                "tel:+1-650-253-0000;ext=45",
            ],
        ),
        // A mobile number is written in one way at home and in another abroad.
        (
            "+54 9 343 555-1212",
            None,
            [
                "+5493435551212",
                "+54 9 3435 55-1212",
                "03435 15-55-1212",
                "tel:+54-9-3435-55-1212",
            ],
        ),
        (
            "+39 02 3661 8300",
            None,
            [
                "+390236618300",
                "+39 02 3661 8300",
                "02 3661 8300",
                "tel:+39-02-3661-8300",
            ],
        ),
        (
            "+800 1234 5678",
            None,
            [
                "+80012345678",
                "+800 1234 5678",
                "1234 5678",
                "tel:+800-1234-5678",
            ],
        ),
        // Possible, and no format is for it.
        ("+49 1", Some("US"), ["-", "-", "-", "-"]),
        ("+49 12", None, ["+4912", "+49 12", "12", "tel:+49-12"]),
    ] {
        for (style, expected) in ["e164", "international", "national", "rfc3966"]
            .iter()
            .zip(styles)
        {
            let written: Option<String> = app.one(
                "SELECT crm.format_phone($1, $2, $3)",
                &[&number, style, &region],
            );
            let expected = Some(expected).filter(|text| *text != "-");
            assert_eq!(written.as_deref(), expected, "{number} {region:?} {style}");
        }
    }
    // International is the default; what is not possible is not written.
    assert_eq!(
        app.lines(
            "SELECT crm.format_phone('+41446681800'), crm.format_phone('7', region => 'US') IS NULL,
                    crm.format_phone('044 668 18 00', 'e164') IS NULL",
        ),
        ["+41 44 668 18 00|t|t"]
    );
}

#[test]
fn unknown_styles_are_refused_and_the_known_ones_named() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for style in ["E164", "", "local"] {
        let error = app.fails_with(
            &format!("SELECT crm.format_phone('+41446681800', '{style}')"),
            "22023",
        );
        assert_eq!(
            error.message(),
            format!("unknown style of phone numbers \"{style}\"")
        );
        assert_eq!(
            error.hint(),
            Some("Styles are: e164, international, national, rfc3966.")
        );
    }
}

#[test]
fn numbers_have_a_region_and_a_type() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (number, region, home, kind) in [
        ("+41 44 668 18 00", None, Some("CH"), Some("fixed_line")),
        ("078 123 45 67", Some("ch"), Some("CH"), Some("mobile")),
        (
            "+1 650 253 0000",
            None,
            Some("US"),
            Some("fixed_line_or_mobile"),
        ),
        // The regions of a calling code are told by the number, wherever it is dialled.
        (
            "416 555 0123",
            Some("US"),
            Some("CA"),
            Some("fixed_line_or_mobile"),
        ),
        ("+7 701 123 4567", None, Some("KZ"), Some("mobile")),
        ("+1 800 234 5678", None, Some("US"), Some("toll_free")),
        ("+44 901 234 5678", None, Some("GB"), Some("premium_rate")),
        (
            "+44 70 1234 5678",
            None,
            Some("GB"),
            Some("personal_number"),
        ),
        ("+44 56 1234 5678", None, Some("GB"), Some("voip")),
        ("+44 55 1234 5678", None, Some("GB"), Some("uan")),
        ("+33 820 123 456", None, Some("FR"), Some("shared_cost")),
        ("+44 76 4012 3456", None, Some("GB"), Some("pager")),
        ("+41 860 123 456 789", None, Some("CH"), Some("voicemail")),
        ("+800 1234 5678", None, Some("001"), Some("toll_free")),
        // In no assigned range: a calling code of one region is that region's all the same.
        ("+41 12", None, Some("CH"), Some("unknown")),
        ("+1 253 000 0000", None, None, Some("unknown")),
        ("+999 123456789", None, None, None),
        ("call me", Some("US"), None, None),
        ("044 668 18 00", None, None, None),
    ] {
        let row = app
            .query_one(
                "SELECT crm.phone_region($1, $2), crm.phone_type($1, $2)",
                &[&number, &region],
            )
            .unwrap_or_else(|error| panic!("{number:?} in {region:?}: {error}"));
        let given: (Option<&str>, Option<&str>) = (row.get(0), row.get(1));
        assert_eq!(given, (home, kind), "{number:?} in {region:?}");
    }
}

#[test]
fn numbers_that_are_null_give_null() {
    let db = shared().fresh_db();
    let nulls = db.app().lines(
        "SELECT crm.is_possible_phone(NULL) IS NULL, crm.is_possible_phone(NULL, 'US') IS NULL,
                crm.is_valid_phone(NULL) IS NULL, crm.is_valid_phone(NULL, 'US') IS NULL,
                crm.normalize_phone(NULL) IS NULL, crm.normalize_phone(NULL, 'US') IS NULL,
                crm.format_phone(NULL) IS NULL, crm.format_phone(NULL, 'none') IS NULL,
                crm.format_phone('+41446681800', NULL) IS NULL,
                crm.phone_region(NULL) IS NULL, crm.phone_type(NULL, 'US') IS NULL",
    );
    assert_eq!(nulls, ["t|t|t|t|t|t|t|t|t|t|t"]);
}

#[test]
fn numbers_of_a_megabyte_are_no_numbers() {
    let db = shared().fresh_db();
    let answers = db.app().lines(
        "SELECT crm.is_possible_phone(n, r), crm.is_valid_phone(n, r), crm.normalize_phone(n, r) IS NULL,
                num_nulls(crm.format_phone(n, 'national', r), crm.phone_region(n, r), crm.phone_type(n, r))
           FROM (VALUES (1, repeat('1', 1048576), 'US'),
                        (2, '+16502530000' || repeat(' ', 1048576), 'US'),
                        (3, repeat('tel:', 262144), NULL),
                        (4, '+16502530000' || repeat(';ext=1', 174762), NULL),
                        (5, '(650) 253-0000', repeat('US', 524288)),
                        (6, repeat(chr(8238), 349525), 'US')) AS v (i, n, r)
          ORDER BY i",
    );
    assert_eq!(answers, ["f|f|t|3"; 6]);
}

/// Bytes that are no UTF-8 reach functions where the server does not look into texts.
#[test]
fn bytes_that_are_no_text_are_no_numbers() {
    let db = shared().unencoded_db();
    let mut superuser = db.superuser();
    superuser.exec("CREATE EXTENSION pg_crm CASCADE");
    let answers = superuser.lines(
        "SELECT crm.is_possible_phone(n, r), crm.is_valid_phone(n, r), crm.normalize_phone(n, r) IS NULL,
                num_nulls(crm.format_phone(n, 'national', r), crm.phone_region(n, r), crm.phone_type(n, r))
           FROM (VALUES (1, '+1 650 253 0000' || chr(233), NULL),
                        (2, chr(255) || '650 253 0000', 'US'),
                        (3, '(650) 253-0000', chr(255) || 'S'),
                        (4, '(650) 253-0000', 'US')) AS v (i, n, r)
          ORDER BY i",
    );
    assert_eq!(answers, ["f|f|t|3", "f|f|t|3", "f|f|t|3", "t|t|f|0"]);
    let error = superuser.fails_with(
        "SELECT crm.format_phone('+41446681800', 'nat' || chr(233))",
        "22023",
    );
    assert_eq!(
        error.message(),
        "unknown style of phone numbers \"nat\u{fffd}\""
    );
}

/// What is long is judged where it is stored: none of it is read.
#[test]
fn long_texts_of_tables_are_no_numbers_and_no_addresses() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE long_text (stored text);
         INSERT INTO long_text SELECT repeat('1', 1048576);
         ALTER TABLE long_text ALTER COLUMN stored SET STORAGE EXTERNAL;
         INSERT INTO long_text SELECT repeat('1', 1048576)",
    );
    let answers = app.lines(
        "SELECT crm.is_possible_phone(stored, 'US'), crm.is_valid_phone(stored, 'US'),
                crm.normalize_phone('2530000', stored) IS NULL, crm.phone_type(stored, 'US') IS NULL,
                crm.is_valid_email(stored, 'strict'), crm.email_rejection_reason(stored, 'strict'),
                crm.email_rejection_reason(stored, 'html5')
           FROM long_text",
    );
    assert_eq!(answers, ["f|f|t|t|f|is longer than 254 bytes|has no @"; 2]);
    let error = app.fails_with(
        "SELECT crm.format_phone('+41446681800', stored) FROM long_text",
        "22023",
    );
    assert!(error.message().len() < 100, "{}", error.message());
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
    for moving in [
        "is_valid_phone(phone)",
        "format_phone(phone)",
        "phone_region(phone)",
        "phone_type(phone)",
    ] {
        app.fails_with(&format!("CREATE INDEX ON people (crm.{moving})"), "42P17");
    }
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
    let task = json!({"metadata": "9.0.42", "seed": 1, "count": 55_000});
    let answers: Value = serde_json::from_str(&oracle::ask("phone.py", &task.to_string()))
        .expect("the oracle answers in JSON");
    app.exec(
        "CREATE TEMPORARY TABLE reference (
             number text, region text, possible boolean, valid boolean, normal text, home text, type text,
             e164 text, international text, national text, rfc3966 text)",
    );
    app.exec_with(
        "INSERT INTO reference SELECT r.* FROM jsonb_to_recordset($1) AS r (
             number text, region text, possible boolean, valid boolean, normal text, home text, type text,
             e164 text, international text, national text, rfc3966 text)",
        &[&answers],
    );
    let asked = app.lines(
        "SELECT count(DISTINCT (number, region)) >= 50000, count(DISTINCT type) = 12,
                count(*) FILTER (WHERE possible) >= 15000, count(*) FILTER (WHERE valid) >= 10000,
                -- Every region with a plan, and ZZ; what is of EH and MF the reference calls MA's and GP's.
                count(DISTINCT region) = 246, count(DISTINCT home) FILTER (WHERE valid) = 244
           FROM reference",
    );
    assert_eq!(asked, ["t|t|t|t|t|t"], "the numbers are no test");
    for (call, column) in [
        ("is_possible_phone(number, region)", "possible"),
        ("is_valid_phone(number, region)", "valid"),
        ("normalize_phone(number, region)", "normal"),
        ("phone_region(number, region)", "home"),
        ("phone_type(number, region)", "type"),
        ("format_phone(number, 'e164', region)", "e164"),
        (
            "format_phone(number, 'international', region)",
            "international",
        ),
        ("format_phone(number, 'national', region)", "national"),
        ("format_phone(number, 'rfc3966', region)", "rfc3966"),
    ] {
        let differing = app.lines(&format!(
            "SELECT to_json(number), region, {column}, given
               FROM reference, LATERAL crm.{call} AS given
              WHERE given IS DISTINCT FROM {column}"
        ));
        assert!(
            differing.is_empty(),
            "{} numbers (number, region, expected, {call}) are judged differently:\n{}",
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
