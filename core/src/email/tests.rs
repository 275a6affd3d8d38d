//! One file a profile, and one for normal forms: tables of addresses and what is said of them.

use super::*;

mod html5;
mod normal;
mod rfc5321;
mod smtputf8;
mod strict;

fn accepts(profile: Profile, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(rejection(address, profile), None, "{address:?}");
        assert!(is_valid(address, profile), "{address:?}");
    }
}

fn rejects(profile: Profile, addresses: &[(&str, Rejection)]) {
    for (address, reason) in addresses {
        assert_eq!(rejection(address, profile), Some(*reason), "{address:?}");
        assert!(!is_valid(address, profile), "{address:?}");
    }
}

#[test]
fn reasons_read_as_sentences() {
    for (address, profile, text) in [
        ("ann", Profile::Html5, "has no @"),
        (
            "a b@c",
            Profile::Html5,
            "has a space before the @, which is not allowed there",
        ),
        (
            "a@b_c",
            Profile::Html5,
            "has the character _ after the @, which is not allowed there",
        ),
        (
            "é@c",
            Profile::Html5,
            "has the character é before the @, which is not allowed there",
        ),
        (
            "a@b\u{202e}",
            Profile::Html5,
            "has the character U+202E after the @, which is not allowed there",
        ),
        (
            "a\u{7}@b",
            Profile::Html5,
            "has the character U+0007 before the @, which is not allowed there",
        ),
        (
            "a..b@c.de",
            Profile::Strict,
            "has a dot at its beginning, before the @ or next to another",
        ),
        ("a@localhost", Profile::Strict, "has a domain without a dot"),
        (
            "a@[b]",
            Profile::Rfc5321,
            "has brackets after the @ with no address of a host in them",
        ),
    ] {
        assert_eq!(
            rejection(address, profile).unwrap().to_string(),
            text,
            "{address:?}"
        );
    }
}

#[test]
fn profiles_have_names() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(*profile));
    }
    for name in ["", "HTML5", "rfc822", "strict "] {
        let error = name.parse::<Profile>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "unknown e-mail profile \"{name}\"; known are html5, rfc5321, strict, smtputf8"
            )
        );
    }
}

#[test]
fn what_is_no_text_is_no_address() {
    for profile in Profile::ALL {
        for address in [
            &b"a\xe9@example.org"[..],
            b"a@ex\xffample.org",
            b"\xf0\x9f@example.org",
            b"a@example.org\xc3",
        ] {
            assert!(!is_valid(address, *profile), "{address:?} {profile}");
            let reason = rejection(address, *profile).unwrap();
            match profile {
                Profile::Smtputf8 => assert_eq!(reason, Rejection::NotUtf8),
                _ => assert!(reason.to_string().contains("U+FFFD"), "{reason}"),
            }
        }
    }
}

/// The length is all that is asked of an address that is too long.
#[test]
fn at_most_254_bytes_but_in_html5() {
    let label = "b".repeat(63);
    let domain = format!("{label}.{label}.{}", "c".repeat(61));
    let local = "a".repeat(64);
    let longest = format!("{local}@{domain}");
    assert_eq!(longest.len(), 254);
    for profile in [Profile::Rfc5321, Profile::Strict, Profile::Smtputf8] {
        assert_eq!(profile.max_bytes(), Some(254));
        assert_eq!(rejection(&longest, profile), None);
        let longer = format!("{longest}c");
        assert_eq!(rejection(&longer, profile), Some(Rejection::TooLong));
        assert_eq!(
            rejection("\n".repeat(255), profile),
            Some(Rejection::TooLong)
        );
        let longer = format!("a{local}@example.org");
        assert_eq!(rejection(&longer, profile), Some(Rejection::LocalTooLong));
    }
    assert_eq!(Profile::Html5.max_bytes(), None);
    assert!(is_valid(format!("{longest}c"), Profile::Html5));
}
