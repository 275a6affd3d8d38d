use super::*;

#[test]
fn accepted() {
    accepts(
        Profile::Smtputf8,
        &[
            "ann@example.org",
            "Ann.Lee+News@Example.ORG",
            "änn@example.org",
            "Bärbel.Ödipus@example.org",
            "δοκιμή@παράδειγμα.δοκιμή",
            "用户@例子.广告",
            "संपर्क@डाटामेल.भारत",
            "أحمد@مثال.السعودية",
            "ann@bücher.example",
            "ann@BÜCHER.example",
            "ann@faß.example",
            "ann@xn--bcher-kva.example",
            "ann@XN--BCHER-KVA.example",
            "ann@例子。广告",
            "ann@ｅｘａｍｐｌｅ.org",
            "ann@l·l.example",
            "n\u{335}n@example.org",
            "☕@example.org",
            "ann@x--y.org",
            "ann@r3---sn.example",
        ],
    );
}

#[test]
fn rejected() {
    use Rejection::*;
    let local = "ä".repeat(33);
    let address = format!("{local}@example.org");
    // 160 bytes as it stands, 262 with the domain in ASCII form.
    let domain = format!("{}@{}org", "a".repeat(20), "bücher.".repeat(17));
    let too_long_for_dns = format!("ann@{}org", "bücher.".repeat(20));
    rejects(
        Profile::Smtputf8,
        &[
            ("", Empty),
            ("änn", NoAt),
            ("@bücher.example", EmptyLocal),
            ("änn@", EmptyDomain),
            (".änn@example.org", LocalDot),
            ("änn.@example.org", LocalDot),
            ("ä..n@example.org", LocalDot),
            ("ä n@example.org", LocalCharacter(' ')),
            ("\"änn\"@example.org", LocalCharacter('"')),
            ("ä\u{a0}n@example.org", LocalCharacter('\u{a0}')),
            ("ä\u{3000}n@example.org", LocalCharacter('\u{3000}')),
            ("ä\u{2028}n@example.org", LocalCharacter('\u{2028}')),
            ("ann\u{85}@example.org", LocalCharacter('\u{85}')),
            ("\u{202e}ann@example.org", LocalCharacter('\u{202e}')),
            ("ann\u{200f}@example.org", LocalCharacter('\u{200f}')),
            ("ann\u{200d}@example.org", LocalCharacter('\u{200d}')),
            ("\u{feff}ann@example.org", LocalCharacter('\u{feff}')),
            ("ann\u{e000}@example.org", LocalCharacter('\u{e000}')),
            ("ann\u{378}@example.org", LocalCharacter('\u{378}')),
            ("ann\u{fffe}@example.org", LocalCharacter('\u{fffe}')),
            ("ann\u{3164}@example.org", LocalCharacter('\u{3164}')),
            ("❤\u{fe0f}@example.org", LocalCharacter('\u{fe0f}')),
            ("\u{308}ann@example.org", LocalCharacter('\u{308}')),
            ("a\u{308}nn@example.org", NotComposed),
            ("\u{212b}nn@example.org", NotComposed),
            ("ann＠example.org", NoAt),
            (&address, LocalTooLong),
            (&domain, TooLong),
            (&too_long_for_dns, InternationalDomain),
            ("änn@example.org@b", SecondAt),
            ("ann@bücher@example", SecondAt),
            ("ann@bücher_.example", DomainCharacter('_')),
            ("ann@[bücher]", DomainCharacter('[')),
            ("änn@localhost", NoDot),
            ("ann@bücher", NoDot),
            ("ann@bücher.123", NumericTopLevel),
            ("ann@bücher.１２３", NumericTopLevel),
            ("ann@bücher..example", InternationalDomain),
            ("ann@-bücher.example", InternationalDomain),
            ("ann@☕.example", InternationalDomain),
            ("ann@xn--53h.example", InternationalDomain),
            ("ann@a·b.example", InternationalDomain),
            ("ann@exam\u{200d}ple.org", InternationalDomain),
            ("ann@exam\u{202e}ple.org", InternationalDomain),
            ("ann@1א.example", InternationalDomain),
            ("ann@אa.example", InternationalDomain),
            ("ann@xn--bucher.example", InternationalDomain),
            ("ann@xn--.example", LabelHyphen),
            ("ann@bü--cher.example", InternationalDomain),
        ],
    );
}

/// The marks that RFC 5892 wants beside certain others, each in its place and out of it.
#[test]
fn characters_with_a_context() {
    for (domain, valid) in [
        ("l·l.example", true),
        ("l·a.example", false),
        ("·l.example", false),
        ("\u{375}α.example", true),
        ("\u{375}a.example", false),
        ("ב״א.example", true),
        ("a״.example", false),
        ("カ・カ.example", true),
        ("a・b.example", false),
        ("・.example", false),
        ("ب٠١.example", true),
        ("ب۰۱.example", true),
        ("ب٠۱.example", false),
        ("क्\u{200d}ष.example", true),
        ("क\u{200d}ष.example", false),
        ("〇.example", true),
        ("ـب.example", false),
    ] {
        let address = format!("ann@{domain}");
        assert_eq!(is_valid(&address, Profile::Smtputf8), valid, "{address}");
    }
}
