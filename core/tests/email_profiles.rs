//! What holds of e-mail addresses under every profile, for any text: properties, a second opinion on
//! RFC 5321's grammar, and a fuzz loop.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use pg_crm_core::email::{Profile, is_disposable, is_valid, normalize, rejection};
use proptest::prelude::*;
use proptest::sample::select;
use regex::Regex;

mod random;

use random::Random;

/// RFC 5321's Mailbox without address literals, transcribed; lengths are checked apart.
static MAILBOX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^([a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*",
        r#"|"(?:[\x20-\x21\x23-\x5B\x5D-\x7E]|\\[\x20-\x7E])*")@"#,
        r"([a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
        r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)$",
    ))
    .unwrap()
});

/// What must hold for every text.
fn check(text: &str) {
    let valid = |profile| is_valid(text, profile);
    for &profile in Profile::ALL {
        let reason = rejection(text, profile);
        assert_eq!(valid(profile), reason.is_none(), "{text:?} {profile}");
        if let Some(reason) = reason {
            let reason = reason.to_string();
            assert!(reason.starts_with("has ") || reason.starts_with("is "));
            assert!(!reason.chars().any(char::is_control), "{reason:?}");
        }
        if let Some(most) = profile.max_bytes() {
            assert!(!valid(profile) || text.len() <= most, "{text:?}");
        }
        for fold in [false, true] {
            let Some(normal) = normalize(text, profile, fold) else {
                // Only lower case that is longer than its capitals makes a valid address too long.
                assert!(
                    !valid(profile) || (profile == Profile::Smtputf8 && text.len() > 32),
                    "{text:?} {profile}"
                );
                continue;
            };
            let again = normalize(&normal, profile, fold);
            assert_eq!(again.as_deref(), Some(&*normal), "{text:?} {profile}");
            assert!(is_valid(normal.as_bytes(), profile), "{text:?} {profile}");
            let (_, domain) = normal.rsplit_once('@').unwrap();
            assert!(domain.is_ascii(), "{text:?} {profile}");
            assert_eq!(is_disposable(text), is_disposable(&normal), "{text:?}");
        }
    }
    if text.is_ascii() {
        assert!(
            !valid(Profile::Strict) || valid(Profile::Rfc5321),
            "{text:?}"
        );
        assert!(!valid(Profile::Strict) || valid(Profile::Html5), "{text:?}");
        assert!(
            !valid(Profile::Smtputf8) || valid(Profile::Strict),
            "{text:?}"
        );
        let parts = MAILBOX.captures(text);
        let mailbox = parts.is_some_and(|parts| parts[1].len() <= 64 && text.len() <= 254);
        if !text.ends_with(']') {
            assert_eq!(valid(Profile::Rfc5321), mailbox, "{text:?}");
        }
        if !text.to_ascii_lowercase().contains("xn--") {
            assert_eq!(valid(Profile::Strict), valid(Profile::Smtputf8), "{text:?}");
        }
    } else {
        for profile in [Profile::Html5, Profile::Rfc5321, Profile::Strict] {
            assert!(!valid(profile), "{text:?} {profile}");
        }
    }
}

/// What the checks treat in ways of their own.
const PIECES: &[&str] = &[
    "@",
    "@",
    "@",
    ".",
    ".",
    ".",
    "..",
    "-",
    "--",
    "_",
    "+",
    "+tag",
    " ",
    "\"",
    "\"",
    "\\",
    "\\\"",
    "[",
    "]",
    ":",
    "[IPv6:",
    "[127.0.0.1]",
    "[IPv6:::1]",
    "::ffff:1.2.3.4",
    "tag:",
    "(",
    ")",
    "<",
    ">",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200c}",
    "\u{200d}",
    "\u{200f}",
    "\u{202e}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    "\u{fffd}",
    "\u{e000}",
    "\u{378}",
    "\u{308}",
    "\u{34f}",
    "＠",
    "．",
    "。",
    "ａ",
    "１",
    "a",
    "B",
    "z9",
    "ann",
    "Ann.Lee",
    "example",
    "org",
    "com",
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "mailinator.com",
    "localhost",
    "1",
    "123",
    "xn--",
    "XN--",
    "xn--bcher-kva",
    "xn--bucher",
    "ä",
    "Ä",
    "a\u{308}",
    "bücher",
    "ß",
    "ſ",
    "İ",
    "ı",
    "Σ",
    "ς",
    "δοκιμή",
    "ж",
    "例",
    "·",
    "l·l",
    "・",
    "カ",
    "א",
    "ע",
    "ב״",
    "ب",
    "٠",
    "۰",
    "क्",
    "ष",
    "☕",
    "❤\u{fe0f}",
    "\u{1f600}",
    "Ⱥ",
    "ﬁ",
    "№",
    "Ⅷ",
    "½",
    "\u{1100}",
    "가",
    "ـ",
];

fn pieces(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(10) {
        text += PIECES[random.below(PIECES.len())];
    }
    // Lengths around the limits.
    if random.below(8) == 0 {
        let piece = PIECES[random.below(PIECES.len())];
        text = text.replacen('@', &(piece.repeat(random.below(70)) + "@"), 1);
    }
    if random.below(8) == 0 {
        text += &"b.".repeat(random.below(130));
        text += "c";
    }
    text
}

/// An address of ordinary parts with up to two pieces put in.
fn mutated(random: &mut Random) -> String {
    const ADDRESSES: &[&str] = &[
        "ann@example.org",
        "Ann.Lee+News@Mail.Example.co.uk",
        "\"ann lee\"@example.org",
        "\"a\\\"b@c\"@example.org",
        "ann@[IPv6:2001:db8::1]",
        "änn@bücher.example",
        "δοκιμή@παράδειγμα.δοκιμή",
        "أحمد@مثال.السعودية",
        "ann@xn--bcher-kva.example",
        "a.n.n+x@googlemail.com",
    ];
    let mut chars: Vec<char> = ADDRESSES[random.below(ADDRESSES.len())].chars().collect();
    for _ in 0..random.below(3) {
        let at = random.below(chars.len() + 1);
        let end = (at + random.below(3)).min(chars.len());
        let piece: Vec<char> = if random.below(5) == 0 {
            let any = (random.below(0x11_0000)) as u32;
            char::from_u32(any).into_iter().collect()
        } else {
            PIECES[random.below(PIECES.len())].chars().collect()
        };
        chars.splice(at..end, piece);
    }
    chars.into_iter().collect()
}

/// Fifty thousand texts; with `PG_CRM_FUZZ_SECONDS` set, others for as long as that.
#[test]
fn fuzz() {
    let seconds = std::env::var("PG_CRM_FUZZ_SECONDS").ok();
    let until = seconds.map(|s| Instant::now() + Duration::from_secs(s.parse().unwrap()));
    let mut random = Random(match until {
        Some(_) => std::process::id().into(),
        None => 1,
    });
    let mut texts = 0_u64;
    let mut valid = [0_u64; 4];
    while texts < 50_000 || until.is_some_and(|until| Instant::now() < until) {
        for text in [pieces(&mut random), mutated(&mut random)] {
            check(&text);
            for (count, profile) in valid.iter_mut().zip(Profile::ALL) {
                *count += u64::from(is_valid(&text, *profile));
            }
            texts += 1;
        }
    }
    println!("{texts} texts, valid under html5, rfc5321, strict, smtputf8: {valid:?}");
    assert!(valid.iter().all(|valid| *valid > texts / 20), "{valid:?}");
}

/// What took the square of a length would hardly end here.
#[test]
fn long_texts_are_answered() {
    for piece in PIECES {
        let many = piece.repeat((1 << 17) / piece.len());
        for text in [
            format!("a@{many}"),
            format!("{many}@mailinator.com"),
            format!("\"{many}"),
            many,
        ] {
            for &profile in Profile::ALL {
                let valid = rejection(&text, profile).is_none();
                assert!(!valid || profile == Profile::Html5, "{piece:?} {profile}");
                let normal = normalize(&text, profile, true);
                assert!(normal.is_some() || !valid, "{piece:?} {profile}");
            }
            let known = is_disposable(&text);
            assert!(!known || text.ends_with("mailinator.com"), "{piece:?}");
        }
    }
}

#[test]
fn every_character_in_every_place() {
    for c in (0..=0x10_ffff).filter_map(char::from_u32) {
        // All below the ideographs, and every 31st above: all would take a minute.
        if c > '\u{33ff}' && !u32::from(c).is_multiple_of(31) {
            continue;
        }
        for text in [
            format!("{c}@example.org"),
            format!("a{c}b@example.org"),
            format!("a@{c}.org"),
            format!("a@b{c}c.org"),
        ] {
            check(&text);
        }
    }
}

/// Lower case may take another mark or letter into a composition, so pairs are tried, too.
#[test]
fn folding_composed_pairs_is_idempotent() {
    let marks = [
        '\u{300}', '\u{301}', '\u{307}', '\u{308}', '\u{323}', '\u{328}', '\u{345}', '\u{5b0}',
    ];
    for c in (0..0x1_e000).filter_map(char::from_u32) {
        for mark in marks {
            let text = format!("{c}{mark}@example.org");
            if let Some(normal) = normalize(&text, Profile::Smtputf8, false) {
                assert_eq!(
                    normalize(&normal, Profile::Smtputf8, false).as_deref(),
                    Some(&*normal),
                    "{text:?}"
                );
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let mut bytes = mutated(&mut random).into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() + 1);
            bytes.insert(at, 128 + random.below(128) as u8);
        }
        for &profile in Profile::ALL {
            let reason = rejection(&bytes, profile);
            assert_eq!(is_valid(&bytes, profile), reason.is_none());
            if str::from_utf8(&bytes).is_err() {
                assert!(reason.is_some(), "{bytes:?} {profile}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn any_text(text in any::<String>(), more in any::<String>()) {
        check(&text);
        check(&format!("{text}@{more}"));
    }

    #[test]
    fn texts_of_special_pieces(pieces in prop::collection::vec(select(PIECES), 0..12)) {
        check(&pieces.concat());
    }

    #[test]
    fn quoted(content in r#"([ -~]|\\[ -~]){0,40}"#, domain in "[a-zA-Z]{1,3}(\\.[a-z0-9]{1,3}){0,3}") {
        check(&format!("\"{content}\"@{domain}"));
    }

    #[test]
    fn literals(literal in r"\[(IPv6:|ipv6:|x:)?[0-9a-fA-F:.]{0,20}\]") {
        check(&format!("ann@{literal}"));
    }

    #[test]
    fn internationalised(text in r"[\PC]{1,8}@[\PC]{1,8}(\.[\p{L}]{1,4}){0,2}") {
        check(&text);
    }
}
