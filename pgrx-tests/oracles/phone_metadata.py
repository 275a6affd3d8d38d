"""What a release of the number plans changes, by PyPI's phonenumbers of two releases.

Run by hand when the number plans are updated, with the release that was bundled before and the one
that is bundled now:

    for release in 9.0.41 9.0.42; do
        "$PG_CRM_PYTHON" -m pip install --no-deps --target "/tmp/phonenumbers/$release" "phonenumbers==$release"
    done
    "$PG_CRM_PYTHON" pgrx-tests/oracles/phone_metadata.py /tmp/phonenumbers/9.0.41 /tmp/phonenumbers/9.0.42 core/tests/phone

It writes metadata_<before>.txt, numbers and what the release before says of them, and
metadata_changes.txt, those of them of which the release now says something else. The numbers are
drawn from the plans of both: some of every region and type, and more where the two differ, of which
those are kept that are judged differently. Equal releases give equal files.

The formats are explained in core/tests/phone/metadata.rs, which reads them.
"""

import functools
import importlib
import pathlib
import random
import sys

# How many numbers: of each type, of a type whose plan changes, and of those that are kept.
DRAWN = 5
DRAWN_OF_CHANGED = 1500
KEPT = 24
LONGEST = 18
LINE = 110

TYPES = [
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
]

parse_pattern = functools.cache(importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse").parse)


class Release:
    """The library of one release, and its plans by region or, beyond regions, by calling code."""

    def __init__(self, directory):
        for name in [name for name in sys.modules if name.split(".")[0] == "phonenumbers"]:
            del sys.modules[name]
        sys.path.insert(0, directory)
        self.library = importlib.import_module("phonenumbers")
        metadata = self.library.PhoneMetadata
        # Now, as plans are otherwise imported when first asked for, from whatever is there then.
        metadata.load_all()
        sys.path.pop(0)
        self.version = self.library.__version__
        self.plans = {}
        for region in self.library.SUPPORTED_REGIONS:
            self.plans[region, self.library.country_code_for_region(region)] = metadata.metadata_for_region(region)
        for code in self.library.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
            self.plans["001", code] = metadata.metadata_for_nongeo_region(code)

    def parse(self, text, region):
        try:
            return self.library.parse(text, None if region == "001" else region)
        except self.library.NumberParseException:
            return None

    def e164(self, text, region):
        number = self.parse(text, region)
        if number is None or not self.library.is_possible_number(number):
            return None
        return self.library.format_number(number, self.library.PhoneNumberFormat.E164)

    def answer(self, text, region):
        """The E.164 form, read again until it stays, and the type."""
        form = self.e164(text, region)
        while form is not None:
            again = self.e164(form, None)
            if again == form:
                break
            form = again
        number = self.parse(text, region)
        if number is None:
            return form, "none"
        kind = self.library.number_type(number)
        if self.library.is_valid_number(number) != (kind != self.library.PhoneNumberType.UNKNOWN):
            sys.exit(f"{text} in {region}: its type does not tell whether it is valid")
        return form, self.library.PhoneNumberType.to_string(kind).lower()


def drawn(rng, pattern):
    """A text that the regular expression matches, every alternative as likely as the others."""
    return "".join(pieces(rng, parse_pattern(pattern)))


def pieces(rng, tree):
    for operation, argument in tree:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "IN":
                yield rng.choice([char for item in argument for char in members(*item)])
            case "MAX_REPEAT":
                low, high, inner = argument
                for _ in range(rng.randint(low, min(high, low + LONGEST))):
                    yield from pieces(rng, inner)
            case "SUBPATTERN":
                yield from pieces(rng, argument[-1])
            case "BRANCH":
                yield from pieces(rng, rng.choice(argument[1]))
            case "AT" | "ASSERT_NOT":
                pass
            case unknown:
                sys.exit(f"{unknown} in a pattern of a number plan")


def members(operation, argument):
    match str(operation):
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return map(chr, range(argument[0], argument[1] + 1))
        case "CATEGORY" if str(argument) == "CATEGORY_DIGIT":
            return "0123456789"
        case unknown:
            sys.exit(f"{unknown} in a pattern of a number plan")


def pattern(plan, kind):
    description = getattr(plan, kind, None)
    return description and description.national_number_pattern


def numbers(region, code, plan, releases):
    """Numbers of one of the two plans, as they are dialled in the region."""

    def dialled(national):
        return f"+{code}{national}" if region == "001" else national

    seed = f"{region} {code} "
    for kind in TYPES:
        matched = pattern(plan, kind)
        if not matched:
            continue
        rng = random.Random(seed + kind)
        for _ in range(DRAWN):
            yield dialled(drawn(rng, matched))
        example = getattr(plan, kind).example_number
        if example:
            yield dialled(example)
    rng = random.Random(seed + "general")
    for _ in range(DRAWN):
        national = drawn(rng, plan.general_desc.national_number_pattern)
        yield dialled(national)
        yield f"+{code}{national}"
        if region == "001":
            continue
        prefixes = [plan.national_prefix_for_parsing, plan.international_prefix]
        national_prefix, international_prefix = (drawn(rng, prefix) if prefix else "" for prefix in prefixes)
        yield national_prefix + national
        yield f"{international_prefix}{code}{national}"
        yield f"{code}{national}"
    # Of every length, to judge what is possible.
    for length in range(1, LONGEST + 1):
        yield dialled("".join(rng.choice("123456789") for _ in range(length)))
    # What is judged differently, as far as it is found.
    for kind in ["general_desc", *TYPES]:
        before, now = (pattern(release.plans.get((region, code)), kind) for release in releases)
        if not pattern(plan, kind) or before == now:
            continue
        rng = random.Random(seed + kind + " changed")
        found = set()
        for _ in range(DRAWN_OF_CHANGED):
            text = dialled(drawn(rng, pattern(plan, kind)))
            answers = [release.answer(text, region) for release in releases]
            if text not in found and answers[0] != answers[1]:
                found.add(text)
                yield text
            if len(found) == KEPT:
                break


def word(code, text, form):
    """The number and its form, where that is not what one expects."""
    if form == (text if text.startswith("+") else f"+{code}{text}"):
        return text
    return f"{text}={form or ''}"


def recorded(answers):
    """Lines of region, calling code and type, and the numbers of which that is said."""
    lines = {}
    for (region, code, text), (form, kind) in answers.items():
        lines.setdefault((region, code, kind), []).append(word(code, text, form))
    for key, words in sorted(lines.items()):
        head = line = " ".join(map(str, key))
        for word_ in sorted(words):
            if len(line) + len(word_) >= LINE and line != head:
                yield line
                line = head
            line += " " + word_
        yield line


def changes(answers, now):
    stored, unstored = [], []
    for (region, code, text), (form, kind) in sorted(answers.items()):
        new_form, new_kind = now.answer(text, region)
        if new_form != form:
            stored.append(f"stored {region} {text}: {form or 'not possible'} -> {new_form or 'not possible'}")
        if new_kind != kind:
            unstored.append(f"not stored {region} {text}: {kind} -> {new_kind}")
    return [*stored, *unstored]


def write(path, head, lines):
    path.write_text("".join(f"{line}\n" for line in [*head, *lines]), encoding="ascii")


def main():
    releases = before, now = [Release(directory) for directory in sys.argv[1:3]]
    directory = pathlib.Path(sys.argv[3])
    answers = {}
    for release in releases:
        for (region, code), plan in sorted(release.plans.items(), key=lambda item: item[0]):
            for text in numbers(region, code, plan, releases):
                answers[region, code, text] = before.answer(text, region)
    for old in directory.glob("metadata_[0-9]*.txt"):
        old.unlink()
    made_by = "# By pgrx-tests/oracles/phone_metadata.py; explained in metadata.rs."
    write(
        directory / f"metadata_{before.version}.txt",
        [f"# What phonenumbers {before.version} says of numbers.", made_by],
        recorded(answers),
    )
    write(
        directory / "metadata_changes.txt",
        [f"# What phonenumbers {now.version} says otherwise than {before.version}.", made_by],
        changes(answers, now),
    )


main()
