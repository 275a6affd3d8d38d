"""Phone numbers and what PyPI's phonenumbers says of them.

Input: a JSON object: metadata (the release that the answers must be of), seed, count.
Output: a JSON array of objects: number, region, possible, valid, normal, home, type, and the four
styles e164, international, national, rfc3966.

All but normal are the library's own answers; home is the region that the number belongs to, and the
styles are null where it is not possible. normal is its E.164 form, read again until it stays what it
is: the library takes one national prefix off at every reading.
"""

import json
import random
import sys

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

STYLES = {
    "e164": PhoneNumberFormat.E164,
    "international": PhoneNumberFormat.INTERNATIONAL,
    "national": PhoneNumberFormat.NATIONAL,
    "rfc3966": PhoneNumberFormat.RFC3966,
}

# What the parser treats in a way of its own.
PIECES = [
    "+", "++", "＋", "00", "011", "0011", "810", "0", "1", "15", "8", "9", "(", ")", "[", "-", "‐", "ー",
    " ", "\u00a0", "\u00ad", "\u2060", "\t", ".", "/", "\\", "~", "x", "X", "*", "#", "_", ":", ",", ";",
    "x45", " ext. 45", "Extension 45", "extensión 7", "extensio\u0301n 7", ";ext=45", ";EXT=45", "#45",
    ",,45", ", , 45", ";45", "доб. 45", "ДОБ 45", "anexo 45", " int 45", "ｅｘｔ４５", "～45", " 45#", "-123456#",
    "/x2303", "\\ x2303", "tel:", ";phone-context=", ";phone-context=+1", ";phone-context=example.com",
    "+1", "+44", "+49", "+39", "+52", "+54", "+55", "+7", "+800", ";isub=12", "example.com", "650", "253",
    "0000", "2345678", "٠١٢", "１２３", "९", "𝟙𝟚𝟛", "²", "①", "Ⅷ", "\u200f", "\u202e", "\ufeff", "\u0301",
    "\n", "\r", "A", "abc", "FLOWERS", "ſ", "\u212a", "İ", "ı", "é", "漢", "\U0001f4de",
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
                examples += [(phonenumbers.format_number(number, style), region) for style in STYLES.values()]
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        if number is not None:
            examples += [(phonenumbers.format_number(number, style), None) for style in STYLES.values()]
    yield from examples
    for _ in range(count - len(examples)):
        text, region = rng.choice(examples)
        match rng.randrange(7):
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
            case 5:  # something dialled before a number of which the beginning may be missing
                text = "".join(c for c in text if c.isdigit())[rng.randrange(4) :]
                text = "".join(rng.choice("0123456789") for _ in range(rng.randrange(5))) + text
            case 6:  # as it is, elsewhere
                region = rng.choice(regions)
        region = rng.choice([region, region, region, None, rng.choice(regions), "ZZ"])
        yield text, region


def answer(text, region):
    number = parse(text, region)
    possible = number is not None and phonenumbers.is_possible_number(number)
    answer = {
        "number": text,
        "region": region,
        "possible": possible,
        "valid": number is not None and phonenumbers.is_valid_number(number),
        "normal": normal(text, region),
        "home": None,
        "type": None,
    }
    if number is not None:
        answer["home"] = phonenumbers.region_code_for_number(number)
        answer["type"] = PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
    for name, style in STYLES.items():
        answer[name] = phonenumbers.format_number(number, style) if possible else None
    return answer


def main():
    task = json.load(sys.stdin)
    if phonenumbers.__version__ != task["metadata"]:
        sys.exit(f"phonenumbers is {phonenumbers.__version__}, the metadata to compare with {task['metadata']}")
    answers = [answer(text, region) for text, region in inputs(random.Random(task["seed"]), task["count"])]
    json.dump(answers, sys.stdout)


main()
