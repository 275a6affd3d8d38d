use super::*;

fn html5(address: &str) -> Option<Rejection> {
    rejection(address, Profile::Html5)
}

#[test]
fn html5_accepts() {
    let l63 = "a".repeat(63);
    for address in [
        "ann@example.org",
        "a@b",
        "user@localhost",
        "A.B+c@EXAMPLE.ORG",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "!#$%&'*+/=?^_`{|}~-@example.org",
        "1@1",
        "a@1.2.3.4",
        "a@x--y.org",
        "a@xn--bcher-kva.example",
        &format!("a@{l63}.{l63}"),
        &format!("{}@example.org", "a".repeat(1000)),
        &format!("a@{}b", "b.".repeat(1000)),
    ] {
        assert_eq!(html5(address), None, "{address}");
        assert!(is_valid(address, Profile::Html5), "{address}");
    }
}

#[test]
fn html5_rejects() {
    use Rejection::*;
    let l64 = format!("a@{}.org", "a".repeat(64));
    for (address, reason) in [
        ("", Empty),
        ("ann", NoAt),
        ("@", EmptyLocal),
        ("@example.org", EmptyLocal),
        ("ann@", EmptyDomain),
        ("ann@@example.org", SecondAt),
        ("ann@bob@example.org", SecondAt),
        (" ann@example.org", LocalCharacter(' ')),
        ("an n@example.org", LocalCharacter(' ')),
        ("\"ann\"@example.org", LocalCharacter('"')),
        ("a(c)@example.org", LocalCharacter('(')),
        ("a,b@example.org", LocalCharacter(',')),
        ("a\\b@example.org", LocalCharacter('\\')),
        ("ann@example.org ", DomainCharacter(' ')),
        ("ann@example.org\n", DomainCharacter('\n')),
        ("ann@exam_ple.org", DomainCharacter('_')),
        ("ann@[127.0.0.1]", DomainCharacter('[')),
        ("bücher@example.org", LocalCharacter('ü')),
        ("ann@bücher.example", DomainCharacter('ü')),
        ("ann\u{202e}@example.org", LocalCharacter('\u{202e}')),
        ("ann@example.org\u{1f600}", DomainCharacter('\u{1f600}')),
        ("ann@.org", EmptyLabel),
        ("ann@.", EmptyLabel),
        ("ann@example.", EmptyLabel),
        ("ann@example..org", EmptyLabel),
        ("ann@-example.org", LabelHyphen),
        ("ann@example-.org", LabelHyphen),
        ("ann@-", LabelHyphen),
        (&l64, LabelTooLong),
    ] {
        assert_eq!(html5(address), Some(reason), "{address:?}");
        assert!(!is_valid(address, Profile::Html5), "{address:?}");
    }
}

#[test]
fn reasons_read_as_sentences() {
    for (address, text) in [
        ("ann", "has no @"),
        (
            "a b@c",
            "has a space before the @, which is not allowed there",
        ),
        (
            "a@b_c",
            "has the character _ after the @, which is not allowed there",
        ),
        (
            "é@c",
            "has the character é before the @, which is not allowed there",
        ),
        (
            "a@b\u{202e}",
            "has the character U+202E after the @, which is not allowed there",
        ),
        (
            "a\u{7}@b",
            "has the character U+0007 before the @, which is not allowed there",
        ),
    ] {
        assert_eq!(html5(address).unwrap().to_string(), text, "{address:?}");
    }
}

#[test]
fn normal_forms() {
    for (address, normal) in [
        ("ann@example.org", Some("ann@example.org")),
        ("Ann.Lee+CRM@Example.ORG", Some("ann.lee+crm@example.org")),
        (
            " \t\r\nann@example.org\u{a0}\u{3000}",
            Some("ann@example.org"),
        ),
        ("ann@ example.org", None),
        ("bücher@example.org", None),
        ("\u{feff}ann@example.org", None),
        ("   ", None),
        ("", None),
    ] {
        assert_eq!(normalize(address).as_deref(), normal, "{address:?}");
    }
    assert!(matches!(normalize(" a@b "), Some(Cow::Borrowed("a@b"))));
}

#[test]
fn profiles_have_names() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(*profile));
    }
    for name in ["", "HTML5", "rfc822"] {
        let error = name.parse::<Profile>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown e-mail profile \"{name}\"; known are html5")
        );
    }
}
