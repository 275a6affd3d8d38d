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
    ("a usual loose check: `address ~* ...`", f"address ~* '{LOOSE}'", False, None),
    ("WHATWG's expression: `address ~ ...`", f"address ~ '{WHATWG}'", False, 3),
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
        cases = [
            Case(
                label,
                lambda condition=condition: session.run(
                    f"SELECT count(*) FILTER (WHERE {condition}) FROM public.addresses"
                ),
                ours,
                per=rows,
                repetitions=repetitions,
            )
            for label, condition, ours, repetitions in WAYS
        ]
        bench.compare("crm_email", "Is the address valid?", "one address, its share of the scan included", cases)
        differing = int(
            session.run(
                "SELECT count(*) FROM public.addresses"
                f" WHERE crm.is_valid_email(address) IS DISTINCT FROM (address ~ '{WHATWG}')"
            )
        )
    median = {case.label: sorted(case.runs)[len(case.runs) // 2] for case in cases}
    scan, _, empty, ours, loose, whatwg = (median[label] for label, *_ in WAYS)
    bench.note(
        f"Without the scan: {1e9 * (ours - scan):.0f} ns for `crm.is_valid_email`, of which {1e9 * (empty - scan):.0f} "
        f"ns are the call of an empty native function; {1e9 * (loose - scan):.0f} ns for the loose check, "
        f"{1e9 * (whatwg - scan):.0f} ns for WHATWG's expression, {(whatwg - scan) / (ours - scan):.0f} times ours."
    )
    bench.note(
        f"`crm.is_valid_email` and WHATWG's expression differ on {differing} of the addresses; they accept "
        f"{cases[3].answer} of {rows}, the loose check {cases[4].answer}."
    )
    bench.drop("crm_email")
