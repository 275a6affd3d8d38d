"""E-mail addresses and what PyPI's email-validator says of them.

Input: a JSON object: profile (rfc5321, strict or smtputf8), seed, count.
Output: a JSON array of arrays: address, valid, normal, rules.

The library is asked with the options that mean the profile, for the syntax alone, and without its
list of names that are reserved for special use: whether mail can be delivered is another question.
normal is its own normal form in lower case with the domain in ASCII, null where that is not valid.
rules names what holds of the address and is known to be judged differently; the test says which of
the two accepts it and why.
"""

import functools
import json
import random
import re
import sys
import unicodedata

import email_validator
import idna
from email_validator import EmailNotValidError, validate_email

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

OPTIONS = {
    "rfc5321": {
        "allow_smtputf8": False,
        "allow_quoted_local": True,
        "allow_domain_literal": True,
        "globally_deliverable": False,
    },
    "strict": {"allow_smtputf8": False},
    "smtputf8": {"allow_smtputf8": True},
}

ATEXT = "abcXYZ019!#$%&'*+/=?^_`{|}~-"
LDH = "abcxyzXYZ0189"
WORDS = ["ann", "Bob.Lee", "x", "info", "a.b.c", "news+tag", "o'brien", "1", "User_Name"]
DOMAINS = ["example.org", "Example.COM", "mail.example.co.uk", "localhost", "a.b", "3com.com", "b.c1", "1.2.3.4", "x--y.org"]
# Scripts, letters that are mapped, marks with a context, right-to-left letters and digits, symbols.
LETTERS = (
    "äöüßÄÖÜéñçøåÅıİſςΣδοκιμήπαράδειγμαжщЯЁ例子中文广告ニッポンーｱガ한국어संपर्कडाटาตัวอย่าง"
    "אבגדהעבריתأحمدمثالالسعودية٠١٢۰۱۲·ʹ͵᾿〇〆々ⅠⅳﬁＡａ１²½Ⅻ№℡☕❤🙂♥©ªºµ"
)
ODD = (
    "@@...--- _\"()<>[]:;,\\\n\r\t\x00\x7f\x85\u00a0\u00ad\u0300\u0308\u0338\u034f\u0640\u115f\u180e\u200b\u200c"
    "\u200d\u200e\u200f\u2024\u2028\u202e\u2060\u2488\u3000\u3002\u30fb\u0375\u05f3\u05f4\uff0e\uff20\uff61\ufe0f"
    "\ufeff\ufffd\ufffe\ue000\u0378\U000e0001\U0001f600\U00016ea0"
)
LITERALS = [
    "[127.0.0.1]", "[255.255.255.255]", "[256.0.0.1]", "[1.2.3]", "[01.2.3.4]", "[IPv6:::1]", "[ipv6:2001:DB8::1]",
    "[IPv6:1:2:3:4:5:6:7:8]", "[IPv6:1:2:3:4:5:6:7::]", "[IPv6:::ffff:1.2.3.4]", "[IPv6:1::2::3]", "[IPv6:fe80::1%1]",
    "[::1]", "[tag:content]", "[x-y:a@b]", "[tag-:a]", "[tag:]", "[]", "[a]", "[IPv6:12345::]", "[IPv6:::1.2.3.04]",
]  # fmt: skip


def code_point(rng):
    """Any assigned one, and now and then another."""
    while True:
        c = chr(rng.choice([rng.randrange(0x80, 0x3000), rng.randrange(0x80, 0x20000), rng.randrange(0x110000)]))
        category = unicodedata.category(c)
        if category != "Cs" and (category not in ("Cn", "Co") or rng.random() < 0.02):
            return c


def text(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def quoted(rng):
    pieces = [" ", "a", "B", ".", "..", "@", "\\\"", "\\\\", "\\a", "\\ ", "(", "<", ";", "x.y", "é", "\t"]
    return '"' + "".join(rng.choice(pieces) for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 20, 40]))) + '"'


def label(rng, international):
    if international and rng.random() < 0.6:
        if rng.random() < 0.2:
            return text(rng, LDH, 0, 2) + code_point(rng) + text(rng, LDH, 0, 2)
        made = text(rng, LETTERS, 1, 6) + (text(rng, LDH, 0, 2) if rng.random() < 0.3 else "")
        if rng.random() < 0.2:
            try:
                return idna.alabel(idna.uts46_remap(made, std3_rules=False)).decode()
            except (idna.IDNAError, UnicodeError):
                return "xn--" + text(rng, LDH + "-", 1, 10)
        return made
    if rng.random() < 0.03:
        return "xn--" + text(rng, LDH + "-", 1, 10)
    if rng.random() < 0.08:
        return text(rng, LDH, 60, 65)
    made = text(rng, LDH, 1, 8)
    if len(made) > 4 and rng.random() < 0.2:
        at = rng.randint(1, len(made) - 1)
        made = made[:at] + rng.choice(["-", "--"]) + made[at:]
    return made


def address(rng, profile):
    international = profile == "smtputf8" or rng.random() < 0.05
    match rng.randrange(8):
        case 0 | 1:
            local = rng.choice(WORDS)
        case 2 if profile == "rfc5321" or rng.random() < 0.2:
            local = quoted(rng)
        case 3 if international:
            local = text(rng, LETTERS + ATEXT + ".", 1, 8)
        case 4 if international:
            local = text(rng, ATEXT, 0, 2) + code_point(rng) + text(rng, ATEXT, 0, 2)
        case 5 if rng.random() < 0.3:
            local = text(rng, LETTERS if international and rng.random() < 0.3 else ATEXT, 20, 66)
        case 6:
            local = text(rng, ATEXT + "....", 1, 12)
        case _:
            local = text(rng, ATEXT, 1, 10)
    if rng.random() < (0.15 if profile == "rfc5321" else 0.01):
        domain = rng.choice(LITERALS)
    elif rng.random() < 0.3:
        domain = rng.choice(DOMAINS)
    else:
        dot = rng.choice(["."] * 8 + ["。"]) if international else "."
        many = rng.choice([1, 2, 2, 2, 3, 3, 4]) if rng.random() < 0.97 else rng.randint(4, 30)
        domain = dot.join(label(rng, international) for _ in range(many))
    if international and rng.random() < 0.05:
        local = unicodedata.normalize("NFD", local)
    made = local + "@" + domain
    if rng.random() < 0.25:
        characters = list(made)
        for _ in range(rng.randint(1, 2)):
            at = rng.randint(0, len(characters))
            characters[at : at + rng.randrange(2)] = rng.choice(ODD)
        made = "".join(characters)
    return made


def split(address):
    """The local part, quoted or not, and the domain."""
    match = re.match(r'("(?:[^"\\]|\\.)*")@(.*)\Z', address, re.DOTALL)
    if match:
        return match.groups()
    local, _, domain = address.partition("@")
    return local, domain


@functools.cache
def is_ignored(c):
    """Whether domains are read as if the character were not there: it does not show."""
    try:
        return idna.uts46_remap(f"a{c}b", std3_rules=False) == "ab"
    except (idna.IDNAError, UnicodeError):
        return False


def has_unknown_a_label(domain):
    """A label xn--... that IDNA2008 does not know, by itself or beside the others (RFC 5893)."""
    if "xn--" not in domain.lower():
        return False
    try:
        labels = idna.decode(domain.lower()).split(".")
        if any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in "".join(labels)):
            for label in labels:
                idna.check_bidi(label, check_ltr=True)
        return False
    except (idna.IDNAError, UnicodeError):
        return True


def shown(label):
    """The label, or what it stands for."""
    try:
        return label[4:].encode().decode("punycode") if label[:4].lower() == "xn--" else label
    except UnicodeError:
        return label


def rules(address):
    local, domain = split(address)
    labels = re.split("[.。．｡]", domain)
    found = {
        "empty_quotes": local == '""',
        "quoted_length": local.startswith('"') and len(local) > 64,
        "general_literal": re.match(r"\[(?!ipv6:)[a-z0-9-]*[a-z0-9]:.+\]\Z", domain, re.IGNORECASE) is not None,
        "international_domain": not domain.isascii(),
        "reserved_label": any(re.match(r"(?!xn)..--", label, re.IGNORECASE) for label in labels),
        "unknown_a_label": has_unknown_a_label(domain),
        "top_level_digit": re.search(r"[0-9]\Z", domain) is not None,
        "not_composed": not unicodedata.is_normalized("NFC", local),
        "bytes": len(local) <= 64 < len(local.encode()),
        "newer_unicode": any(unicodedata.category(c) == "Cn" for c in local + "".join(map(shown, labels))),
        "blank": any(is_ignored(c) for c in local),
        "blank_in_domain": any(is_ignored(c) or c in "\u200c\u200d" for c in domain),
    }
    return [rule for rule, holds in found.items() if holds]


def judge(address, options):
    """Whether it is valid, and its normal form."""
    try:
        answer = validate_email(address, check_deliverability=False, strict=True, **options)
    except EmailNotValidError:
        return False, None
    host = getattr(answer, "domain_address", None)
    local = unicodedata.normalize("NFC", answer.local_part.lower())
    # Some letters have more bytes than their capitals.
    if len(local.encode()) > 64:
        return True, None
    if host is None:
        return True, f"{local}@{answer.ascii_domain.lower()}"
    if getattr(host, "ipv4_mapped", None):
        # RFC 5952, section 5, wants the IPv4 part in its own notation.
        return True, f"{local}@[IPv6:::ffff:{host.ipv4_mapped}]"
    return True, f"{local}@{answer.ascii_domain}"


def main():
    task = json.load(sys.stdin)
    rng = random.Random(f"{task['seed']} {task['profile']}")
    options = OPTIONS[task["profile"]]
    asked = set()
    answers = []
    while len(asked) < task["count"]:
        made = address(rng, task["profile"])
        # PostgreSQL's text holds no NUL.
        if made in asked or "\x00" in made:
            continue
        asked.add(made)
        answers.append([made, *judge(made, options), rules(made)])
    json.dump(answers, sys.stdout)


main()
