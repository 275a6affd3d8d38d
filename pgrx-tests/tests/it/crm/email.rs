//! E-mail addresses.

use pg_crm_tests::{Sql, shared};

/// An address, and what is wrong with it.
const ADDRESSES: &[(&str, Option<&str>)] = &[
    ("ann@example.org", None),
    ("Ann.Lee+news@Mail.Example.ORG", None),
    ("user@localhost", None),
    (".a..b.@example.org", None),
    ("!#$%&'*+/=?^_`{|}~-@example.org", None),
    ("a@1.2.3.4", None),
    ("a@xn--bcher-kva.example", None),
    ("", Some("is empty")),
    ("ann", Some("has no @")),
    ("@example.org", Some("has nothing before the @")),
    ("ann@", Some("has nothing after the @")),
    ("@", Some("has nothing before the @")),
    ("a@b@example.org", Some("has more than one @")),
    (
        "ann@.example.org",
        Some("has a domain with a dot at its beginning, at its end or next to another"),
    ),
    (
        "ann@example.org.",
        Some("has a domain with a dot at its beginning, at its end or next to another"),
    ),
    (
        "ann@example..org",
        Some("has a domain with a dot at its beginning, at its end or next to another"),
    ),
    (
        "ann@-example.org",
        Some("has a domain with a part that begins or ends with a hyphen"),
    ),
    (
        "ann@example-.org",
        Some("has a domain with a part that begins or ends with a hyphen"),
    ),
    (
        "ann lee@example.org",
        Some("has a space before the @, which is not allowed there"),
    ),
    (
        " ann@example.org",
        Some("has a space before the @, which is not allowed there"),
    ),
    (
        "ann@example.org ",
        Some("has a space after the @, which is not allowed there"),
    ),
    (
        "\"ann\"@example.org",
        Some("has the character \" before the @, which is not allowed there"),
    ),
    (
        "ann@[127.0.0.1]",
        Some("has the character [ after the @, which is not allowed there"),
    ),
    (
        "ann@exam_ple.org",
        Some("has the character _ after the @, which is not allowed there"),
    ),
    (
        "änn@example.org",
        Some("has the character ä before the @, which is not allowed there"),
    ),
    (
        "ann@bücher.example",
        Some("has the character ü after the @, which is not allowed there"),
    ),
    (
        "ann\u{1}@example.org",
        Some("has the character U+0001 before the @, which is not allowed there"),
    ),
    (
        "ann@example.org\n",
        Some("has the character U+000A after the @, which is not allowed there"),
    ),
    (
        "ann\u{7f}@example.org",
        Some("has the character U+007F before the @, which is not allowed there"),
    ),
    (
        "\u{202e}ann@example.org",
        Some("has the character U+202E before the @, which is not allowed there"),
    ),
    (
        "ann@example\u{200f}.org",
        Some("has the character U+200F after the @, which is not allowed there"),
    ),
    (
        "ann@example.org\u{1f4e7}",
        Some("has the character U+1F4E7 after the @, which is not allowed there"),
    ),
];

#[test]
fn addresses_are_valid_or_have_a_reason_why_not() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for &(address, reason) in ADDRESSES {
        let given: Option<String> = app.one(
            "SELECT crm.email_rejection_reason($1, 'html5')",
            &[&address],
        );
        assert_eq!(given.as_deref(), reason, "{address:?}");
        let valid: bool = app.one("SELECT crm.is_valid_email($1)", &[&address]);
        assert_eq!(valid, reason.is_none(), "{address:?}");
    }
}

#[test]
fn parts_of_a_domain_have_at_most_63_characters() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (length, valid) in [(63, true), (64, false)] {
        let given: bool = app.one(
            "SELECT crm.is_valid_email('a@' || repeat('b', $1) || '.example')",
            &[&length],
        );
        assert_eq!(given, valid, "a part of {length} characters");
    }
}

#[test]
fn addresses_are_normalized() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (address, normal) in [
        ("Ann.Lee+News@Example.ORG", Some("ann.lee+news@example.org")),
        (
            " \t\r\nann@example.org\u{a0}\u{3000}",
            Some("ann@example.org"),
        ),
        ("ann@example.org", Some("ann@example.org")),
        ("ANN@LOCALHOST", Some("ann@localhost")),
        ("", None),
        ("   ", None),
        ("ann", None),
        ("ÄNN@example.org", None),
        ("Ann@BÜCHER.example", Some("ann@xn--bcher-kva.example")),
        ("\"ann\"@example.org", None),
        ("ann@example.org\u{200f}", None),
        ("a nn@example.org", None),
    ] {
        let twice = "SELECT crm.normalize_email($1),
                            crm.normalize_email(crm.normalize_email($1))";
        let row = app.query_one(twice, &[&address]).expect("it answers");
        let (once, again): (Option<&str>, Option<&str>) = (row.get(0), row.get(1));
        assert_eq!((once, again), (normal, normal), "{address:?}");
    }
}

#[test]
fn null_addresses_give_null() {
    let db = shared().fresh_db();
    let nulls = db.app().lines(
        "SELECT crm.is_valid_email(NULL) IS NULL,
                crm.is_valid_email(NULL, 'html5') IS NULL,
                crm.is_valid_email('ann@example.org', NULL) IS NULL,
                crm.normalize_email(NULL) IS NULL,
                crm.email_rejection_reason(NULL) IS NULL,
                crm.email_rejection_reason('ann', NULL) IS NULL",
    );
    assert_eq!(nulls, ["t|t|t|t|t|t"]);
}

#[test]
fn addresses_of_a_megabyte_are_answered() {
    let db = shared().fresh_db();
    let answers = db.app().lines(
        "SELECT crm.is_valid_email(a),
                length(crm.normalize_email(a)),
                left(crm.email_rejection_reason(a), 20)
           FROM (VALUES (1, repeat('A', 1048576) || '@example.org'),
                        (2, 'a@' || repeat('b.', 524288) || 'example'),
                        (3, 'a@' || repeat('b', 1048576)),
                        (4, repeat('@', 1048576)),
                        (5, repeat(chr(1), 1048576)),
                        (6, repeat('ä', 524288)),
                        (7, repeat(' ', 1048576) || 'a@b')) AS v (i, a)
          ORDER BY i",
    );
    assert_eq!(
        answers,
        [
            "t|1048588|",
            "t|1048585|",
            "f||has a domain with a ",
            "f||has nothing before t",
            "f||has the character U+",
            "f||has the character ä ",
            "f|3|has a space before t",
        ]
    );
}

#[test]
fn addresses_are_checked_and_normalized_by_tables() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE people (
             email text CONSTRAINT people_email_check CHECK (crm.is_valid_email(email)),
             norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED UNIQUE
         );
         INSERT INTO people VALUES ('Ann@Example.org'), (NULL)",
    );
    assert_eq!(
        app.lines("SELECT norm FROM people"),
        ["ann@example.org", ""]
    );
    let error = app.fails_with("INSERT INTO people VALUES ('ann')", "23514");
    assert_eq!(error.constraint(), Some("people_email_check"));
    app.fails_with("INSERT INTO people VALUES ('ANN@example.ORG')", "23505");
}

#[test]
fn contacts_have_valid_addresses_and_their_normal_form() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        let norm: Option<String> = tx.one(
            "INSERT INTO crm.contacts (email) VALUES ('Ann@Example.org') RETURNING email_norm",
            &[],
        );
        assert_eq!(norm.as_deref(), Some("ann@example.org"));
        let error = tx.fails_with("INSERT INTO crm.contacts (email) VALUES ('ann')", "23514");
        assert_eq!(error.constraint(), Some("contacts_email_check"));
    });
    app.fails_with("SELECT 'ann'::crm.email_address", "23514");
    app.exec("SELECT 'ann@example.org'::crm.email_address");
}

/// The expression that the HTML standard gives, read by the server itself.
#[test]
fn the_expression_of_the_html_standard_agrees_on_generated_addresses() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        r"CREATE TEMPORARY TABLE address AS
          WITH generated AS (
            SELECT i, (SELECT string_agg(CASE WHEN n > 0 AND random() < 0.9 THEN p.plain[1 + floor(random() * 12)::integer]
                                              ELSE p.odd[1 + floor(random() * 20)::integer] END, '')
                         FROM generate_series(1, 1 + i % 5) AS n) AS local,
                      (SELECT string_agg(CASE WHEN n > 0 AND random() < 0.9 THEN p.plain[1 + floor(random() * 12)::integer]
                                              ELSE p.odd[1 + floor(random() * 20)::integer] END, '')
                         FROM generate_series(1, 1 + i / 5 % 6) AS n) AS domain
              FROM (SELECT setseed(0.5)) AS seed,
                   (SELECT ARRAY['a', 'b', 'Z', '0', '9', 'x1', 'example', '.org', '.', 'mail', repeat('l', 31), repeat('m', 32)] AS plain,
                           ARRAY['-', '_', '+', '!', '''', '`', '{|}', '~', '/', '=', ' ', '@', '..', 'ä', '(', chr(34), chr(10), chr(8207), chr(1), ','] AS odd) AS p,
                   generate_series(1, 110000) AS i)
          SELECT i, local || '@' || domain AS address
            FROM generated
          UNION ALL
          SELECT 110000 + i, left(local || domain, i % 40) FROM generated WHERE i <= 1000",
    );
    let rule = r"address ~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$'";
    let differing: Vec<String> = app.column(
        &format!(
            "SELECT address FROM address WHERE crm.is_valid_email(address) <> ({rule}) LIMIT 5"
        ),
        &[],
    );
    assert!(differing.is_empty(), "judged differently: {differing:?}");
    let row = app
        .query_one(
            &format!("SELECT count(DISTINCT address), count(DISTINCT address) FILTER (WHERE {rule}) FROM address"),
            &[],
        )
        .expect("it counts");
    let (all, valid): (i64, i64) = (row.get(0), row.get(1));
    assert!(
        all >= 100_000 && valid >= 20_000 && all - valid >= 20_000,
        "the addresses are no test: {all}, of which {valid} are valid"
    );
}
