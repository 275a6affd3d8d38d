use super::*;

#[test]
fn accepted() {
    let l63 = "a".repeat(63);
    accepts(
        Profile::Html5,
        &[
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
        ],
    );
}

#[test]
fn rejected() {
    use Rejection::*;
    let l64 = format!("a@{}.org", "a".repeat(64));
    rejects(
        Profile::Html5,
        &[
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
        ],
    );
}
