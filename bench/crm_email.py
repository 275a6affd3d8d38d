"""Validation of e-mail addresses."""

from harness import Case

# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
WHATWG = (
    r"^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
)
LOOSE = r"^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$"

WAYS = [
    ("nothing: `address IS NOT NULL`", "address IS NOT NULL", False, None),
    ("a built-in function: `octet_length(address) > 0`", "octet_length(address) > 0", False, None),
    (
        "an empty native function: `... AND tenancy.current_org_id() IS NULL`",
        "address IS NOT NULL AND tenancy.current_org_id() IS NULL",
        False,
        None,
    ),
    ("`crm.is_valid_email(address)`", "crm.is_valid_email(address)", True, None),
    ("`crm.is_valid_email(address, 'rfc5321')`", "crm.is_valid_email(address, 'rfc5321')", True, None),
    ("`crm.is_valid_email(address, 'strict')`", "crm.is_valid_email(address, 'strict')", True, None),
    ("`crm.is_valid_email(address, 'smtputf8')`", "crm.is_valid_email(address, 'smtputf8')", True, None),
    ("`crm.is_disposable_email(address)`", "crm.is_disposable_email(address)", True, None),
    ("a usual loose check: `address ~* ...`", f"address ~* '{LOOSE}'", False, None),
    ("WHATWG's expression: `address ~ ...`", f"address ~ '{WHATWG}'", False, 3),
]

FORMS = [
    ("a built-in function: `lower(btrim(address))`", "lower(btrim(address))", False),
    ("`crm.normalize_email(address)`", "crm.normalize_email(address)", True),
    ("`crm.normalize_email(address, 'strict', true)`", "crm.normalize_email(address, 'strict', true)", True),
]


def run(bench):
    rows = bench.scaled(1_000_000)
    bench.say(f"  {rows} addresses")
    bench.database("crm_email")
    bench.script("crm_email", "crm_email.sql", rows=rows)
    bench.subject(
        "crm_email",
        "E-mail addresses",
        f"{rows:,} addresses, nine tenths of them valid. Each condition is asked of every row as "
        "`SELECT count(*) FILTER (WHERE ...)`; the scan itself is the first line.",
    )
    with bench.session("crm_email") as session:

        def case(label, query, ours, repetitions=None, per=rows):
            return Case(label, lambda: session.run(query), ours, per=per, repetitions=repetitions)

        count = "SELECT count(*) FILTER (WHERE {}) FROM public.addresses"
        cases = [case(label, count.format(condition), ours, often) for label, condition, ours, often in WAYS]
        bench.compare("crm_email", "Is the address valid?", "one address, its share of the scan included", cases)
        forms = [case(label, f"SELECT count({form}) FROM public.addresses", ours) for label, form, ours in FORMS]
        bench.compare("crm_email_normal", "Its normal form", "one address, its share of the scan included", forms)
        contacts = rows // 10
        session.run(
            "CREATE TEMPORARY TABLE batch AS"
            " SELECT jsonb_agg(jsonb_build_object('email', address, 'first_name', ' Ann', 'phone', '+1650253' || (1000 + n % 9000)))"
            f"     AS contacts FROM (SELECT address, row_number() OVER () AS n FROM public.addresses LIMIT {contacts}) AS a"
        )
        query = "SELECT count(*) FILTER (WHERE refusals = '{}') FROM batch, crm.clean_contacts(contacts)"
        clean = [case(f"`crm.clean_contacts` of {contacts:,} in one array", query, True, 3, contacts)]
        bench.compare("crm_email_import", "Contacts to be imported", "one contact", clean)
        differing = int(
            session.run(
                "SELECT count(*) FROM public.addresses"
                f" WHERE crm.is_valid_email(address) IS DISTINCT FROM (address ~ '{WHATWG}')"
            )
        )
    median = {case.label: sorted(case.runs)[len(case.runs) // 2] for case in cases}
    scan, _, empty, html5, rfc5321, strict, smtputf8, disposable, loose, whatwg = (median[label] for label, *_ in WAYS)
    bench.note(
        f"Without the scan: {1e9 * (html5 - scan):.0f} ns for `crm.is_valid_email`, of which {1e9 * (empty - scan):.0f} "
        f"ns are the call of an empty native function ({1e9 * (rfc5321 - scan):.0f}, {1e9 * (strict - scan):.0f} and "
        f"{1e9 * (smtputf8 - scan):.0f} ns under the other profiles, {1e9 * (disposable - scan):.0f} ns for "
        f"`crm.is_disposable_email`); {1e9 * (loose - scan):.0f} ns for the loose check, {1e9 * (whatwg - scan):.0f} ns "
        f"for WHATWG's expression, {(whatwg - scan) / (html5 - scan):.0f} times ours."
    )
    bench.note(
        f"`crm.is_valid_email` and WHATWG's expression differ on {differing} of the addresses; they accept "
        f"{cases[3].answer} of {rows}, the loose check {cases[8].answer}."
    )
    bench.drop("crm_email")
