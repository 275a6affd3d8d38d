//! E-mail addresses under the four profiles, and throw-away addresses, as a user's SQL sees them.

use pg_crm_tests::{Sql, shared};

/// An address, and whether it is valid under html5, rfc5321, strict and smtputf8.
const ADDRESSES: &[(&str, [bool; 4])] = &[
    ("ann@example.org", [true; 4]),
    ("Ann.Lee+news@Mail.Example.ORG", [true; 4]),
    ("user@localhost", [true, true, false, false]),
    (".a..b.@example.org", [true, false, false, false]),
    ("a@1.2.3.4", [true, true, false, false]),
    ("\"ann lee\"@example.org", [false, true, false, false]),
    ("\"a@b\"@example.org", [false, true, false, false]),
    ("ann@[127.0.0.1]", [false, true, false, false]),
    ("ann@[IPv6:2001:db8::1]", [false, true, false, false]),
    ("ann@[256.0.0.1]", [false; 4]),
    ("änn@example.org", [false, false, false, true]),
    ("用户@例子.广告", [false, false, false, true]),
    ("ann@bücher.example", [false, false, false, true]),
    ("ann@xn--bcher-kva.example", [true; 4]),
    ("ann@xn--bucher.example", [true, true, true, false]),
    ("a\u{308}nn@example.org", [false; 4]),
    ("", [false; 4]),
    (" ", [false; 4]),
    ("ann", [false; 4]),
    ("@example.org", [false; 4]),
    ("ann@", [false; 4]),
    ("ann@example.org ", [false; 4]),
    ("a@b@example.org", [false; 4]),
    ("\"ann@example.org", [false; 4]),
    ("ann@exam_ple.org", [false; 4]),
    ("ann\u{1}@example.org", [false; 4]),
    ("\"a\tb\"@example.org", [false; 4]),
    ("ann@example.org\n", [false; 4]),
    ("ann\u{7f}@example.org", [false; 4]),
    ("ann\u{85}@example.org", [false; 4]),
    ("\u{202e}ann@example.org", [false; 4]),
    ("ann\u{200f}@example.org", [false; 4]),
    ("ann@exam\u{202e}ple.org", [false; 4]),
    ("\u{feff}ann@example.org", [false; 4]),
    ("ann＠example.org", [false; 4]),
    // Full-width: letters of a local part are what they are, a domain is mapped.
    ("ａｎｎ@example.org", [false, false, false, true]),
    ("ann@ｅｘａｍｐｌｅ．org", [false, false, false, true]),
];

const PROFILES: [&str; 4] = ["html5", "rfc5321", "strict", "smtputf8"];

#[test]
fn every_profile_has_its_own_answer() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec("SET default_transaction_read_only = on");
    for (address, valid) in ADDRESSES {
        for (profile, valid) in PROFILES.iter().zip(valid) {
            let row = app
                .query_one(
                    "SELECT crm.is_valid_email($1, $2), crm.email_rejection_reason($1, $2) IS NULL,
                            crm.is_valid_email(crm.normalize_email($1, $2), $2)",
                    &[address, profile],
                )
                .unwrap_or_else(|error| panic!("{address:?} under {profile}: {error}"));
            let given: (bool, bool, Option<bool>) = (row.get(0), row.get(1), row.get(2));
            assert_eq!(
                (given.0, given.1),
                (*valid, *valid),
                "{address:?} {profile}"
            );
            assert!(
                given.2 != Some(false),
                "normal form of {address:?} {profile}"
            );
            if *valid {
                assert_eq!(given.2, Some(true), "normal form of {address:?} {profile}");
            }
        }
    }
}

#[test]
fn arguments_have_names_and_defaults() {
    let db = shared().fresh_db();
    let answers = db.app().lines(
        "SELECT crm.is_valid_email(address => 'a@b', profile => 'strict'),
                crm.is_valid_email('a@b'),
                crm.email_rejection_reason(profile => 'strict', address => 'a@b'),
                crm.normalize_email(' Ann.Lee+x@Googlemail.com', fold_provider => true),
                crm.normalize_email(address => '\"Ann\"@B', profile => 'rfc5321')",
    );
    assert_eq!(
        answers,
        ["f|t|has a domain without a dot|annlee@gmail.com|ann@b"]
    );
}

#[test]
fn domains_become_ascii_under_every_profile() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for profile in PROFILES {
        let normal: Option<String> = app.one(
            "SELECT crm.normalize_email(' Ann@BÜCHER。example', $1)",
            &[&profile],
        );
        assert_eq!(normal.as_deref(), Some("ann@xn--bcher-kva.example"));
    }
    let columns = app.lines(
        "SELECT crm.normalize_email('ÄNN@example.org'), crm.normalize_email('ÄNN@example.org', 'smtputf8'),
                crm.normalize_email('\"A B\"@[ipv6:2001:DB8:0::1]', 'rfc5321')",
    );
    assert_eq!(columns, ["|änn@example.org|\"a b\"@[IPv6:2001:db8::1]"]);
}

#[test]
fn null_gives_null() {
    let db = shared().fresh_db();
    let nulls = db.app().lines(
        "SELECT crm.is_valid_email(NULL, 'strict') IS NULL,
                crm.normalize_email(NULL, 'strict', true) IS NULL,
                crm.normalize_email('a@b', NULL) IS NULL,
                crm.normalize_email('a@b', 'html5', NULL) IS NULL,
                crm.is_disposable_email(NULL) IS NULL",
    );
    assert_eq!(nulls, ["t|t|t|t|t"]);
}

/// Values that long are compressed or stored elsewhere, and lengths told without fetching them.
#[test]
fn stored_megabytes_are_answered() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE huge (i integer, a text);
         ALTER TABLE huge ALTER a SET STORAGE EXTENDED;
         INSERT INTO huge VALUES
           (1, repeat('a', 1048576) || '@example.org'),
           (2, '\"' || repeat('\\a', 524288) || '\"@example.org'),
           (3, 'a@' || repeat('ü', 524288)),
           (4, repeat(' ', 1048576) || 'Ann@example.org'),
           (5, 'a@' || repeat('b.', 120) || 'example');
         INSERT INTO huge
         SELECT 6, 'a@' || string_agg(md5(i::text), '.') FROM generate_series(1, 32768) AS i",
    );
    let answers = app.lines(
        "SELECT i, crm.is_valid_email(a), crm.is_valid_email(a, 'rfc5321'), crm.is_valid_email(a, 'strict'),
                crm.is_valid_email(a, 'smtputf8'), left(crm.email_rejection_reason(a, 'strict'), 16),
                length(crm.normalize_email(a)), length(crm.normalize_email(a, 'smtputf8')), crm.is_disposable_email(a)
           FROM huge ORDER BY i",
    );
    assert_eq!(
        answers,
        [
            "1|t|f|f|f|is longer than 2|1048588||f",
            "2|f|f|f|f|is longer than 2|||f",
            "3|f|f|f|f|is longer than 2|||f",
            "4|f|f|f|f|is longer than 2|15|15|f",
            "5|t|t|t|t||249|249|f",
            "6|t|f|f|f|is longer than 2|1081345||f",
        ]
    );
}

#[test]
fn an_unknown_profile_is_refused_and_the_four_are_named() {
    let db = shared().fresh_db();
    let mut app = db.app();
    let megabyte = "x".repeat(1 << 20);
    for profile in ["", "HTML5", "strict ", "rfc822", "ünbekannt", &megabyte] {
        for function in [
            "is_valid_email",
            "email_rejection_reason",
            "normalize_email",
        ] {
            let call = format!("SELECT crm.{function}($1, $2)");
            let error = app.fails_with_params(&call, &[&"ann@example.org", &profile], "22023");
            let hint = error.hint().unwrap_or_default();
            assert_eq!(hint, "Profiles are: html5, rfc5321, strict, smtputf8.");
            assert!(
                error.message().len() < 300,
                "{} bytes",
                error.message().len()
            );
        }
    }
}

#[test]
fn throw_away_addresses_are_told() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (address, disposable) in [
        ("ann@mailinator.com", true),
        (" Ann@MAILINATOR.com ", true),
        ("ann@below.mailinator.com", true),
        ("ann@ｍailinator。com", true),
        ("ann@example.org", false),
        ("ann@mailinator.com.example.org", false),
        ("ann@zzmailinator.com", false),
        ("mailinator.com", false),
        ("ann@\u{202e}mailinator.com", false),
        ("", false),
        ("@", false),
    ] {
        let given: bool = app.one("SELECT crm.is_disposable_email($1)", &[&address]);
        assert_eq!(given, disposable, "{address:?}");
    }
    let version: String = app.one("SELECT crm.disposable_domains_version()", &[]);
    assert_eq!(version, "1.26.0 (2026-09-21)");
    // What moves with a release is stored nowhere.
    app.fails_with(
        "CREATE TEMPORARY TABLE t (a text, d boolean GENERATED ALWAYS AS (crm.is_disposable_email(a)) STORED)",
        "42P17",
    );
}

#[test]
fn a_column_may_hold_the_folded_form() {
    let db = shared().fresh_db();
    let mut app = db.app();
    app.exec(
        "CREATE TEMPORARY TABLE people (
             email text CHECK (crm.is_valid_email(email, 'strict')),
             mailbox text GENERATED ALWAYS AS (crm.normalize_email(email, 'strict', true)) STORED UNIQUE
         );
         INSERT INTO people VALUES ('Ann.Lee@gmail.com')",
    );
    app.fails_with(
        "INSERT INTO people VALUES ('annlee+shop@googlemail.com')",
        "23505",
    );
    app.fails_with("INSERT INTO people VALUES ('ann@localhost')", "23514");
}
