use super::*;
use std::borrow::Cow;

fn normal_forms(profile: Profile, forms: &[(&str, Option<&str>)]) {
    for (address, normal) in forms {
        let once = normalize(address, profile, false);
        assert_eq!(once.as_deref(), *normal, "{address:?} {profile}");
    }
}

#[test]
fn under_html5() {
    normal_forms(
        Profile::Html5,
        &[
            ("ann@example.org", Some("ann@example.org")),
            ("Ann.Lee+CRM@Example.ORG", Some("ann.lee+crm@example.org")),
            (
                " \t\r\nann@example.org\u{a0}\u{3000}",
                Some("ann@example.org"),
            ),
            ("ANN@LOCALHOST", Some("ann@localhost")),
            ("..Ann@b", Some("..ann@b")),
            ("Ann@Bücher.Example", Some("ann@xn--bcher-kva.example")),
            ("ann@BÜCHER.example", Some("ann@xn--bcher-kva.example")),
            ("ann@faß.example", Some("ann@xn--fa-hia.example")),
            ("ann@☕.example", Some("ann@xn--53h.example")),
            ("ann@ｅｘａｍｐｌｅ。org", Some("ann@example.org")),
            ("ann@xn--bucher.example", Some("ann@xn--bucher.example")),
            ("ann@ example.org", None),
            ("bücher@example.org", None),
            ("\u{feff}ann@example.org", None),
            ("ann@example.org\u{200f}", None),
            ("ann@bü_cher.example", None),
            ("ann@bücher..example", None),
            ("ann＠example.org", None),
            ("   ", None),
            ("", None),
        ],
    );
    assert!(matches!(
        normalize(" a@b ", Profile::Html5, false),
        Some(Cow::Borrowed("a@b"))
    ));
}

#[test]
fn under_rfc5321() {
    normal_forms(
        Profile::Rfc5321,
        &[
            ("Ann@Example.org", Some("ann@example.org")),
            ("\"Ann\"@Example.org", Some("ann@example.org")),
            ("\"\\A\\n\\n\"@example.org", Some("ann@example.org")),
            ("\"a.b\"@example.org", Some("a.b@example.org")),
            ("\"A..B\"@example.org", Some("\"a..b\"@example.org")),
            ("\"A B\"@example.org", Some("\"a b\"@example.org")),
            ("\"a\\ b\"@example.org", Some("\"a b\"@example.org")),
            (
                "\"a\\\"\\\\\\@b\"@example.org",
                Some("\"a\\\"\\\\@b\"@example.org"),
            ),
            ("\"\"@example.org", Some("\"\"@example.org")),
            (
                "\"a@b\"@bücher.example",
                Some("\"a@b\"@xn--bcher-kva.example"),
            ),
            ("Ann@[127.0.0.1]", Some("ann@[127.0.0.1]")),
            (
                "Ann@[ipv6:2001:0DB8:0:0:0:0:0:1]",
                Some("ann@[IPv6:2001:db8::1]"),
            ),
            ("Ann@[Tag:Content]", Some("ann@[Tag:Content]")),
            ("\"ann@example.org", None),
            ("\"ann\"x@example.org", None),
            ("\"änn\"@example.org", None),
            ("ann@[1.2.3]", None),
            ("a..b@example.org", None),
        ],
    );
}

#[test]
fn under_strict() {
    normal_forms(
        Profile::Strict,
        &[
            ("Ann@Example.org", Some("ann@example.org")),
            ("ann@Bücher.example", Some("ann@xn--bcher-kva.example")),
            ("ann@bücher", None),
            ("ann@localhost", None),
            ("\"ann\"@example.org", None),
            ("änn@example.org", None),
        ],
    );
}

#[test]
fn under_smtputf8() {
    normal_forms(
        Profile::Smtputf8,
        &[
            ("Ann@Example.org", Some("ann@example.org")),
            ("ÄNN@Bücher.example", Some("änn@xn--bcher-kva.example")),
            ("A\u{308}nn@example.org", Some("änn@example.org")),
            ("\u{212b}@example.org", Some("å@example.org")),
            ("ΟΔΥΣΣΕΎΣ@example.org", Some("οδυσσεύς@example.org")),
            ("İ@example.org", Some("i\u{307}@example.org")),
            (
                "ann@XN--BCHER-KVA.example",
                Some("ann@xn--bcher-kva.example"),
            ),
            ("ann@☕.example", None),
            ("ä\u{200f}@example.org", None),
            ("\"ä\"@example.org", None),
        ],
    );
    // Ⱥ has two bytes, ⱥ three.
    let longer = format!("{}@example.org", "Ⱥ".repeat(32));
    assert!(is_valid(&longer, Profile::Smtputf8));
    assert_eq!(normalize(&longer, Profile::Smtputf8, false), None);
}

#[test]
fn providers_fold() {
    for (address, folded) in [
        ("Ann.Lee+News@Gmail.com", "annlee@gmail.com"),
        ("a.n.n@googlemail.com", "ann@gmail.com"),
        ("..ann..@gmail.com", "ann@gmail.com"),
        ("ann+a+b@outlook.com", "ann@outlook.com"),
        ("ann.lee+a@hotmail.com", "ann.lee@hotmail.com"),
        ("ann.lee+a@proton.me", "ann.lee@proton.me"),
        ("ann+a@fastmail.com", "ann@fastmail.com"),
        // Whose mailbox is that?
        ("+news@gmail.com", "+news@gmail.com"),
        ("...@gmail.com", "...@gmail.com"),
        ("ann+news@example.org", "ann+news@example.org"),
        ("ann-news@yahoo.com", "ann-news@yahoo.com"),
        ("a.nn+b@mail.gmail.com", "a.nn+b@mail.gmail.com"),
    ] {
        let once = normalize(address, Profile::Html5, true);
        assert_eq!(once.as_deref(), Some(folded), "{address}");
        assert_eq!(
            normalize(folded, Profile::Html5, true).as_deref(),
            Some(folded)
        );
    }
    assert_eq!(normalize("ann+a@gmail", Profile::Strict, true), None);
    // What is not atoms any more without its tag is left alone.
    assert_eq!(
        normalize("\"a b+c\"@gmail.com", Profile::Rfc5321, true).as_deref(),
        Some("\"a b+c\"@gmail.com")
    );
    assert_eq!(
        normalize("ann.+a@outlook.com", Profile::Strict, true),
        normalize("ann.+a@outlook.com", Profile::Strict, false)
    );
}

#[test]
fn megabytes_are_answered() {
    let million = 1 << 20;
    for profile in Profile::ALL {
        for text in [
            " ".repeat(million),
            "\u{ad}".repeat(million),
            format!("a@{}", "\u{ad}".repeat(million)),
            format!("a@{}.example", "ü".repeat(million)),
            format!("a@{}xn--bcher-kva.example", "é.".repeat(million)),
            format!("\"{}\"@example.org", "\\a".repeat(million)),
            format!("{}@example.org", "A\u{308}".repeat(million)),
        ] {
            assert_eq!(normalize(&text, *profile, true), None);
            assert!(!is_valid(&text, *profile));
        }
    }
    let padded = format!("{0}a@b.example{0}", " ".repeat(million));
    for profile in Profile::ALL {
        let normal = normalize(&padded, *profile, false);
        assert_eq!(normal.as_deref(), Some("a@b.example"));
    }
}
