use super::*;

#[test]
fn accepted() {
    accepts(
        Profile::Strict,
        &[
            "ann@example.org",
            "Ann.Lee+News@Mail.Example.ORG",
            "!#$%&'*+/=?^_`{|}~-@example.org",
            "1@1.io",
            "a@3com.com",
            "a@b.c1",
            "a@1.2.3.d",
            "a@x--y.org",
            "a@xn--bcher-kva.example",
            "a@xn--bucher.example",
        ],
    );
}

#[test]
fn rejected() {
    use Rejection::*;
    rejects(
        Profile::Strict,
        &[
            ("", Empty),
            ("ann", NoAt),
            ("@example.org", EmptyLocal),
            ("ann@", EmptyDomain),
            (".ann@example.org", LocalDot),
            ("ann.@example.org", LocalDot),
            ("a..b@example.org", LocalDot),
            ("\"ann\"@example.org", LocalCharacter('"')),
            ("ann@[127.0.0.1]", DomainCharacter('[')),
            ("änn@example.org", LocalCharacter('ä')),
            ("ann@bücher.example", DomainCharacter('ü')),
            ("ann＠example.org", LocalCharacter('＠')),
            ("ann@localhost", NoDot),
            ("ann@1.2.3.4", NumericTopLevel),
            ("ann@example.123", NumericTopLevel),
            ("ann@7", NoDot),
            ("ann@example.org.", EmptyLabel),
            ("ann@-example.org", LabelHyphen),
            ("ann@b@example.org", SecondAt),
            (" ann@example.org", LocalCharacter(' ')),
            ("ann@example.org\n", DomainCharacter('\n')),
            ("ann@exam\u{200f}ple.org", DomainCharacter('\u{200f}')),
        ],
    );
}
