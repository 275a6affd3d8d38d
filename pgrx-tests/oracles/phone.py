"""Phone numbers and what PyPI's phonenumbers says of them.

Input: a JSON object: metadata (the release that the answers must be of), seed, count.
Output: a JSON array of objects: number, region, possible, valid, normal.

possible and valid are the library's own answers. normal is its E.164 form, read again until it
stays what it is: the library takes one national prefix off at every reading.
"""

import json
import random
import sys

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

STYLES = [
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
]

# What the parser treats in a way of its own.
PIECES = [
    "+", "++", "＋", "00", "011", "0", "1", "15", "9", "(", ")", "-", "‐", " ", "\u00a0", ".", "/", "~",
    "x45", " ext. 45", ";ext=45", "#", ",,45", "tel:", ";phone-context=", "+1", "+49", "+39", "+54",
    ";isub=12", ";", "650", "253", "0000", "٠١٢", "１２３", "९", "\u200f", "\u202e", "\n", "A", "FLOWERS",
    "é", "*", "2345678",
]


def parse(text, region):
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def e164(text, region):
    number = parse(text, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def normal(text, region):
    form = e164(text, region)
    while form is not None:
        again = e164(form, None)
        if again == form:
            break
        form = again
    return form


def inputs(rng, count):
    """Examples of every region and type in every style; then mutations, digits, and pieces."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    types = PhoneNumberType.values()
    examples = []
    for region in regions:
        for kind in types:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                examples.append((phonenumbers.format_number(number, rng.choice(STYLES)), region))
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        if number is not None:
            examples.append((phonenumbers.format_number(number, rng.choice(STYLES)), None))
    yield from examples
    for _ in range(count - len(examples)):
        text, region = rng.choice(examples)
        match rng.randrange(5):
            case 0:  # other digits in an existing shape
                text = "".join(rng.choice("0123456789") if c.isdigit() and rng.random() < 0.4 else c for c in text)
            case 1:
                characters = list(text)
                for _ in range(rng.randint(1, 3)):
                    at = rng.randint(0, len(characters))
                    characters[at : at + rng.randrange(3)] = rng.choice(PIECES)
                text = "".join(characters)
            case 2:
                text = "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 18)))
            case 3:
                text = "+" + "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 18)))
            case 4:
                text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9)))
        region = rng.choice([region, region, region, None, rng.choice(regions), "ZZ"])
        yield text, region


def main():
    task = json.load(sys.stdin)
    if phonenumbers.__version__ != task["metadata"]:
        sys.exit(f"phonenumbers is {phonenumbers.__version__}, the metadata to compare with {task['metadata']}")
    answers = []
    for text, region in inputs(random.Random(task["seed"]), task["count"]):
        number = parse(text, region)
        answers.append(
            {
                "number": text,
                "region": region,
                "possible": number is not None and phonenumbers.is_possible_number(number),
                "valid": number is not None and phonenumbers.is_valid_number(number),
                "normal": normal(text, region),
            }
        )
    json.dump(answers, sys.stdout)


main()
