"""Phone numbers: speed, the first call of a backend, and its memory."""

import random
import subprocess

import phonenumbers
from harness import Case
from phonenumbers import PhoneNumberFormat, PhoneNumberType

STYLES = [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]

# What a backend has of its own, and what it has touched of files and of shared memory.
MEMORY = (
    "SELECT string_agg((regexp_match(status, name || ':\\s+([0-9]+) kB'))[1], '|' ORDER BY position)"
    "  FROM pg_read_file('/proc/self/status', 0, 10000) AS status,"
    "       unnest('{RssAnon,RssFile}'::text[]) WITH ORDINALITY AS field (name, position)"
)
ALL = "SELECT count(crm.normalize_phone(number, region)) FROM public.numbers"


def numbers(count):
    """Numbers of all regions and types, written in several ways; one in three has other last digits."""
    rng = random.Random(1)
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    examples = []
    for region in regions:
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                examples += [(phonenumbers.format_number(number, style), region) for style in STYLES]
    for _ in range(count):
        text, region = rng.choice(examples)
        if rng.random() < 1 / 3:
            text = text[:-4] + "".join(rng.choice("0123456789") if c.isdigit() else c for c in text[-4:])
        yield text, region


def library(listed):
    """E.164 of the possible ones, by the Python library, in this process."""
    normal = 0
    for text, region in listed:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            phonenumbers.format_number(number, PhoneNumberFormat.E164)
            normal += 1
    return str(normal)


def first_call(bench, expression):
    """Seconds of the first and of the second call in a new backend that has the library loaded."""
    statement = f"SELECT {expression} FROM public.one_number"
    with bench.session("crm_phone") as session:
        # The library, the table and the statement's parts are known; the function was never called.
        session.run("SELECT tenancy.current_org_id(), number, region FROM public.one_number")
        times = []
        for _ in range(2):
            times.append(
                float(
                    session.run(
                        "BEGIN; SELECT clock_timestamp() AS a \\gset\n"
                        f"{statement};\n"
                        "SELECT extract(epoch FROM clock_timestamp() - :'a'); COMMIT"
                    ).splitlines()[-1]
                )
            )
    return times


def memory(session):
    return [int(n) for n in session.run(MEMORY).split("|")]


def run(bench):
    count = bench.scaled(100_000)
    bench.say(f"  {count} numbers")
    listed = list(numbers(count))
    bench.database("crm_phone")
    bench.execute("crm_phone", "CREATE TABLE public.numbers (number text NOT NULL, region text NOT NULL)")
    subprocess.run(
        bench.psql("crm_phone") + ["-c", "COPY public.numbers FROM STDIN"],
        input="".join(f"{text}\t{region}\n" for text, region in listed),
        text=True,
        encoding="utf-8",
        check=True,
    )
    bench.execute("crm_phone", "CREATE TABLE public.one_number AS SELECT '020 7946 0018'::text AS number, 'GB'::text AS region")
    for table in ("numbers", "one_number"):
        bench.execute("crm_phone", f"VACUUM (FREEZE, ANALYZE) public.{table}")
    bench.subject(
        "crm_phone",
        "Phone numbers",
        f"{count:,} numbers of all {len(phonenumbers.SUPPORTED_REGIONS)} regions of libphonenumber "
        f"{phonenumbers.__version__}, in national and international form, one in three with other last digits.",
    )

    with bench.session("crm_phone") as session:

        def query(expression):
            return lambda: session.run(f"SELECT count({expression}) FROM public.numbers")

        cases = [
            Case("nothing: `count(number)`", query("number"), per=count),
            Case("`crm.normalize_phone(number, region)`", query("crm.normalize_phone(number, region)"), True, count),
            Case("`crm.is_possible_phone(number, region)`", query("crm.is_possible_phone(number, region)"), True, count),
            Case("`crm.is_valid_phone(number, region)`", query("crm.is_valid_phone(number, region)"), True, count),
            Case(
                "`crm.format_phone(number, 'international', region)`",
                query("crm.format_phone(number, 'international', region)"),
                True,
                count,
            ),
            Case(
                "digits only, no rules: `'+' || regexp_replace(number, '[^0-9]', '', 'g')`",
                query("'+' || regexp_replace(number, '[^0-9]', '', 'g')"),
                per=count,
            ),
            Case(
                "Python's `phonenumbers`: parse, possible?, E.164; in its own process",
                lambda: library(listed),
                per=count,
                repetitions=2,
            ),
        ]
        bench.compare("crm_phone", "Read a number", "one number, its share of the scan included", cases)
        bench.note(
            f"`crm.normalize_phone` gives a form to {cases[1].answer} of {count} numbers, `phonenumbers` to {cases[-1].answer}."
        )

    bench.say("  The first call")
    calls = []
    for expression in ("crm.normalize_phone(number, region)", "crm.is_valid_phone(number, region)", "upper(number)"):
        first, second = zip(*(first_call(bench, expression) for _ in range(10)))
        for label, runs in (("first", first), ("second", second)):
            case = Case(f"`{expression}`, {label} call", None, expression.startswith("crm."))
            case.runs = list(runs)
            calls.append(case)
    bench.table("crm_phone_first", "The first call in a new backend", "one statement with one number, parsing and planning included", calls)
    bench.note("The library itself is loaded before; a call of `upper` shows what the statement costs by itself.")

    bench.say("  Memory")
    with bench.session("crm_phone") as session:
        stages = []
        session.run("SELECT count(upper(number)), count(region) FROM public.numbers")
        stages.append(("before the first call, all numbers read once", memory(session)))
        session.run("SELECT tenancy.current_org_id()")
        stages.append(("the library loaded", memory(session)))
        session.run("SELECT crm.normalize_phone(number, region) FROM public.one_number")
        stages.append(("one number normalised", memory(session)))
        session.run(ALL)
        stages.append(("all numbers of all regions normalised", memory(session)))
        session.run("SELECT count(*) FILTER (WHERE crm.is_valid_phone(number, region)) FROM public.numbers")
        stages.append(("all of them validated", memory(session)))
        session.run(
            "SELECT count(crm.format_phone(number, style, region))"
            "  FROM public.numbers, unnest('{international,national,rfc3966}'::text[]) AS style"
        )
        stages.append(("all of them written in three styles", memory(session)))
    bench.facts(
        "crm_phone_memory",
        "Memory of one backend",
        ["after", "its own (RssAnon), kB", "mapped from files (RssFile), kB"],
        [[stage, f"{own:,}", f"{mapped:,}"] for stage, (own, mapped) in stages],
    )
    bench.note("What is mapped from files is the programs and libraries, which all backends share.")
    bench.drop("crm_phone")
