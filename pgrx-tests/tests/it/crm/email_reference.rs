//! E-mail addresses against PyPI's email-validator: it and the extension judge alike, but where a
//! named rule says why they do not.

use std::collections::BTreeMap;

use pg_crm_tests::{Value, json, shared};

use super::oracle;

/// Which of the two accepts an address that the other refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepts {
    Ours,
    Theirs,
}

/// A reason to judge differently. Whether it holds of an address, `oracles/email_address.py` tells.
struct Rule {
    name: &'static str,
    profile: &'static str,
    accepts: Accepts,
    /// Said where the test fails.
    because: &'static str,
}

const fn rule(
    profile: &'static str,
    name: &'static str,
    accepts: Accepts,
    because: &'static str,
) -> Rule {
    Rule {
        name,
        profile,
        accepts,
        because,
    }
}

const RESERVED_LABEL: &str = "RFC 5890 reserves labels with hyphens in the third and fourth place, but hosts have them \
     (r3---sn...), and the syntax of a domain allows them";
const UNKNOWN_A_LABEL: &str =
    "a label xn--... that stands for nothing is a matter of DNS: the profile is about ASCII";
const INTERNATIONAL: &str =
    "the library takes a domain beyond ASCII for its ASCII form; here crm.normalize_email makes it";
const TOP_LEVEL_DIGIT: &str =
    "that every top-level domain ends in a letter is true today, and no rule of any standard";

const RULES: &[Rule] = &[
    rule(
        "rfc5321",
        "empty_quotes",
        Accepts::Ours,
        "RFC 5321's Quoted-string may be empty",
    ),
    rule(
        "rfc5321",
        "general_literal",
        Accepts::Ours,
        "RFC 5321 leaves tags to a registry; the library takes those of today",
    ),
    rule(
        "rfc5321",
        "quoted_length",
        Accepts::Theirs,
        "64 octets are what SMTP carries, with quotation marks and backslashes; the library counts without",
    ),
    rule(
        "rfc5321",
        "international_domain",
        Accepts::Theirs,
        INTERNATIONAL,
    ),
    rule("rfc5321", "reserved_label", Accepts::Ours, RESERVED_LABEL),
    rule("rfc5321", "unknown_a_label", Accepts::Ours, UNKNOWN_A_LABEL),
    rule(
        "strict",
        "international_domain",
        Accepts::Theirs,
        INTERNATIONAL,
    ),
    rule("strict", "reserved_label", Accepts::Ours, RESERVED_LABEL),
    rule("strict", "unknown_a_label", Accepts::Ours, UNKNOWN_A_LABEL),
    rule("strict", "top_level_digit", Accepts::Ours, TOP_LEVEL_DIGIT),
    rule("smtputf8", "reserved_label", Accepts::Ours, RESERVED_LABEL),
    rule(
        "smtputf8",
        "top_level_digit",
        Accepts::Ours,
        TOP_LEVEL_DIGIT,
    ),
    rule(
        "smtputf8",
        "not_composed",
        Accepts::Theirs,
        "the library composes; here crm.normalize_email does, and as it stands it is another mailbox",
    ),
    rule(
        "smtputf8",
        "bytes",
        Accepts::Theirs,
        "64 octets are what SMTP carries; the library counts characters",
    ),
    rule(
        "smtputf8",
        "newer_unicode",
        Accepts::Ours,
        "the character is younger than the interpreter's Unicode",
    ),
    rule(
        "smtputf8",
        "blank",
        Accepts::Theirs,
        "fillers and variation selectors are letters and marks by their category, and do not show",
    ),
    rule(
        "smtputf8",
        "blank_in_domain",
        Accepts::Ours,
        "UTS 46 maps the character away, or allows the joiner where it is; the library refuses it before it asks",
    ),
];

/// Asks both about `count` addresses; panics at the first disagreement without a reason.
fn compare(profile: &str, count: usize) {
    let db = shared().fresh_db();
    let mut app = db.app();
    let task = json!({"profile": profile, "seed": 1, "count": count});
    let answers: Value = serde_json::from_str(&oracle::ask("email_address.py", &task.to_string()))
        .expect("the oracle answers in JSON");
    let rows = app
        .query(
            "SELECT r ->> 0, (r ->> 1)::boolean, r ->> 2, ARRAY(SELECT jsonb_array_elements_text(r -> 3)),
                    crm.is_valid_email(r ->> 0, $2), crm.normalize_email(r ->> 0, $2)
               FROM jsonb_array_elements($1) AS r",
            &[&answers, &profile],
        )
        .expect("both answer");
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut both = 0;
    for row in &rows {
        let (address, theirs, normal): (&str, bool, Option<&str>) =
            (row.get(0), row.get(1), row.get(2));
        let (holding, ours, own): (Vec<&str>, bool, Option<&str>) =
            (row.get(3), row.get(4), row.get(5));
        if ours && theirs {
            both += 1;
            if own != normal {
                unexplained.push(format!("{address:?}: normal {own:?}, theirs {normal:?}"));
            }
            continue;
        }
        let accepts = match (ours, theirs) {
            (true, false) => Accepts::Ours,
            (false, true) => Accepts::Theirs,
            _ => continue,
        };
        let reason = RULES.iter().find(|rule| {
            rule.profile == profile && rule.accepts == accepts && holding.contains(&rule.name)
        });
        match reason {
            Some(rule) => *used.entry(rule.name).or_default() += 1,
            None => unexplained.push(format!("{address:?}: {accepts:?} accept it ({holding:?})")),
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} of {} addresses are judged differently for no known reason:\n{}",
        unexplained.len(),
        rows.len(),
        unexplained[..unexplained.len().min(40)].join("\n")
    );
    let unused: Vec<String> = RULES
        .iter()
        .filter(|rule| rule.profile == profile && !used.contains_key(rule.name))
        .map(|rule| format!("{}: {}", rule.name, rule.because))
        .collect();
    assert!(unused.is_empty(), "rules that explain nothing: {unused:#?}");
    let refused = rows.len() - both;
    assert!(
        rows.len() == count && both >= count / 5 && refused >= count / 5,
        "the addresses are no test: both accept {both} of {}",
        rows.len()
    );
    println!(
        "{profile}: {} addresses, accepted by both {both}; judged differently: {used:?}",
        rows.len()
    );
}

#[test]
fn rfc5321_is_what_the_reference_says() {
    compare("rfc5321", 100_000);
}

#[test]
fn strict_is_what_the_reference_says() {
    compare("strict", 100_000);
}

#[test]
fn smtputf8_is_what_the_reference_says() {
    compare("smtputf8", 100_000);
}
