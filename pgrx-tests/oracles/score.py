"""Checks kept engagement and scores against the rows that they come from, in plain float arithmetic.

Input: the rows as COPY writes them, a JSON object a line; its member "table" says of which table.
Besides the tables themselves, "asked" rows hold answers of the extension: contact_id, as_of,
engagement, score.
Output: a line for each difference; nothing where all is right.
"""

import json
import math
import re
import sys
from collections import defaultdict
from datetime import datetime, timezone

DAY = 86_400.0

# The rules of an organization without a model of its own, as docs/SCORING.md writes them.
BUILT_IN = {
    "fit": {"email": 5, "phone": 5, "company": 5, "title": 5},
    "lifecycle_stages": {
        "subscriber": 2, "lead": 4, "mql": 8, "sql": 12, "opportunity": 16, "customer": 20, "evangelist": 20,
    },
    "groups": {
        "conversation": {"half_life_days": 30, "cap": 25},
        "email": {"half_life_days": 30, "cap": 15},
        "activity": {"half_life_days": 30, "cap": 15},
        "deal": {"half_life_days": 90, "cap": 25},
        "purchase": {"half_life_days": 60, "cap": 60},
        "other": {"half_life_days": 30, "cap": 20},
    },
    "signals": {
        "message_inbound": {"group": "conversation", "weight": 4},
        "message_outbound": {"group": "conversation", "weight": 0.5},
        "call_inbound": {"group": "conversation", "weight": 6},
        "call_outbound": {"group": "conversation", "weight": 2},
        "email_sent": {"group": "email", "weight": 0.2},
        "email_received": {"group": "email", "weight": 3},
        "email_opened": {"group": "email", "weight": 1},
        "email_clicked": {"group": "email", "weight": 3},
        "email_replied": {"group": "email", "weight": 5},
        "email_bounced": {"group": "email", "weight": -5},
        "meeting_completed": {"group": "activity", "weight": 8},
        "call_completed": {"group": "activity", "weight": 3},
        "follow_up_completed": {"group": "activity", "weight": 2},
        "task_completed": {"group": "activity", "weight": 1},
        "deal_created": {"group": "deal", "weight": 8},
        "deal_advanced": {"group": "deal", "weight": 4},
        "deal_won": {"group": "deal", "weight": 15},
        "deal_lost": {"group": "deal", "weight": -6},
        "order_placed": {"group": "purchase", "weight": 10},
        "*": {"group": "other", "weight": 1},
    },
}

OF_TABLES = BUILT_IN["signals"].keys() - {"*"}

EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)


def seconds(text):
    """Exact: a double holds the microseconds of some 285 years."""
    since = datetime.fromisoformat(text) - EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) / 1e6


def signals(row):
    """(signal, time) of a row: what crm.message_signals() and the others document."""
    match row["table"]:
        case "inbox.messages":
            if row["direction"] == "inbound" or row["status"] in ("sent", "delivered", "read"):
                yield "message_" + row["direction"], row["sent_at"] or row["created_at"]
        case "inbox.calls":
            if row["message_id"] is None and (row["direction"] == "inbound" or row["status"] == "completed"):
                yield "call_" + row["direction"], row["started_at"] or row["created_at"]
        case "inbox.emails":
            if row["message_id"] is None:
                if row["direction"] == "inbound":
                    yield "email_received", row["sent_at"] or row["created_at"]
                elif row["sent_at"]:
                    yield "email_sent", row["sent_at"]
            for what in ("opened", "clicked", "replied", "bounced"):
                if row[what + "_at"]:
                    yield "email_" + what, row[what + "_at"]
        case "crm.activities":
            if row["status"] == "completed":
                outcome = re.sub("[^a-z0-9]+", "_", (row["outcome"] or "").lower()).strip("_")
                yield row["kind"] + "_completed" + ("." + outcome if outcome else ""), row["completed_at"]
        case "crm.deals":
            yield "deal_created", row["created_at"]
            if row["advanced_at"]:
                yield "deal_advanced", row["advanced_at"]
            if row["status"] != "open":
                yield "deal_" + row["status"], row["closed_at"]
        case "commerce.orders":
            if row["placed_at"] and row["status"] not in ("draft", "cancelled", "refunded"):
                yield "order_placed", row["placed_at"]
        case "crm.signals":
            yield row["signal"], row["occurred_at"]
        case "analytics.events":
            yield "event." + row["name"], row["occurred_at"]


def rule_of(model, signal):
    """The most special rule of a signal; None: it counts nothing."""
    rules = model.get("signals", {})
    general = signal.rpartition(".")[0] or signal
    if signal in rules:
        return rules[signal]
    if signal.startswith("event."):
        return None
    if general in rules:
        return rules[general]
    return None if general in OF_TABLES else rules.get("*")


def half_life(model, group):
    return model["groups"][group]["half_life_days"] * DAY


def sums(model, found, at, group):
    """The group's sum at a time, and the sum of the absolute weights."""
    decayed = [weight * 2.0 ** -((at - time) / half_life(model, group)) for weight, time in found if time <= at]
    return math.fsum(decayed), math.fsum(map(abs, decayed))


def close(given, expected, magnitude):
    return abs(given - expected) <= 1e-9 * magnitude + 1e-12


class Attributes:
    """What fit looks at, from the rows of the tables."""

    def __init__(self, tables):
        self.rows = {
            table: {row["id"]: row for row in tables[table]}
            for table in ("crm.companies", "crm.industries", "crm.job_roles", "crm.lifecycle_stages")
        }

    def values(self, contact, attribute):
        company = self.rows["crm.companies"].get(contact["company_id"]) or {}
        role = self.rows["crm.job_roles"].get(contact["job_role_id"]) or {}
        stage = self.rows["crm.lifecycle_stages"].get(contact["lifecycle_stage_id"]) or {}
        if attribute == "tag":
            value = contact["tags"]
        elif attribute.startswith("company.custom."):
            value = (company.get("custom_fields") or {}).get(attribute[15:])
        elif attribute.startswith("custom."):
            value = contact["custom_fields"].get(attribute[7:])
        else:
            value = {
                "email": contact["email_norm"],
                "phone": contact["phone_e164"],
                "company": company.get("name") or contact["company_name"],
                "lifecycle_stage": stage.get("code"),
                "job_role": role.get("code"),
                "job_role.seniority": role.get("seniority"),
                "company.number_of_employees": company.get("number_of_employees"),
                "company.city": company.get("city"),
                "company.industry": (self.rows["crm.industries"].get(company.get("industry_id")) or {}).get("code"),
            }.get(attribute, contact.get(attribute))
        values = value if isinstance(value, list) else [value]
        return [v for v in values if v is not None and str(v).strip()]


def texts(values):
    return [str(v).lower() for v in values]


def holds(rule, values):
    operator, wanted = rule.get("operator", "is_set"), rule.get("value")
    listed = texts(wanted if isinstance(wanted, list) else [wanted])
    found = texts(values)
    if operator == "is_set":
        return bool(values)
    if operator == "is_not_set":
        return not values
    if operator in ("equals", "in"):
        return any(v in listed for v in found)
    if operator in ("not_equals", "not_in"):
        return bool(values) and not any(v in listed for v in found)
    if operator == "contains":
        return any(part in v for v in found for part in listed)
    if operator == "starts_with":
        return any(v.startswith(part) for v in found for part in listed)
    if operator == "at_least":
        return any(float(v) >= wanted for v in values)
    if operator == "between":
        return any(wanted[0] <= float(v) <= wanted[1] for v in values)
    raise ValueError(operator)


def fit(model, contact, attributes):
    rules = model.get("fit", [])
    if isinstance(rules, dict):
        rules = [{"attribute": attribute, "points": points} for attribute, points in rules.items()]
    by_group = defaultdict(float)
    for rule in rules:
        if holds(rule, attributes.values(contact, rule["attribute"])):
            by_group[rule.get("group")] += rule["points"]
    caps = model.get("fit_groups", {})
    points = math.fsum(sum if group is None else min(sum, caps[group]["cap"]) for group, sum in by_group.items())
    stage = attributes.values(contact, "lifecycle_stage")
    return points + (model.get("lifecycle_stages", {}).get(stage[0], 0.0) if stage else 0.0)


def main():
    tables = defaultdict(list)
    for line in sys.stdin:
        row = json.loads(line.replace("\\\\", "\\"))
        tables[row["table"]].append(row)
    active = [row for row in tables["crm.score_models"] if row["status"] == "active"]
    model = active[0]["rules"] if active else BUILT_IN
    model_id = active[0]["id"] if active else "00000000-0000-0000-0000-000000000001"
    groups = list(model.get("groups", {}))
    longest = max((half_life(model, group) for group in groups), default=DAY)
    shortest = min((half_life(model, group) for group in groups), default=DAY)

    found = defaultdict(list)
    for rows in list(tables.values()):
        for row in rows:
            if row.get("contact_id") is None or row.get("deleted_at") is not None:
                continue
            for signal, time in signals(row):
                rule = rule_of(model, signal)
                if rule is not None:
                    weight = rule["weight"] * row.get("weight", 1)
                    found[row["contact_id"], rule["group"]].append((weight, seconds(time)))

    attributes = Attributes(tables)
    contacts = {row["id"]: row for row in tables["crm.contacts"]}
    kept = {row["contact_id"]: row for row in tables["crm.contact_engagement"] if row["model_id"] == model_id}
    if len(kept) != len(tables["crm.contact_engagement"]):
        print("something is kept by a model that is not in force")
    for contact, row in contacts.items():
        state = kept.get(contact)
        if state is None or state["fit"] is None:
            print(f"contact {contact}: nothing is kept, or not all: {state}")
            continue
        if state["live"] != (row["deleted_at"] is None):
            print(f"contact {contact}: kept as live: {state['live']}")
        if not close(state["fit"], fit(model, row, attributes), 100.0):
            print(f"contact {contact}: fit {state['fit']}, the rows say {fit(model, row, attributes)}")
        as_of = seconds(state["as_of"])
        values = state["sums"] or [0.0] * (len(groups) + 1)
        debit = 0.0
        for place, group in enumerate(sorted(groups) if active else groups, start=1):
            signals_of_group = found[contact, group]
            if any(time > as_of for _, time in signals_of_group):
                print(f"contact {contact}, {group}: the state is of {state['as_of']}, and a signal is later")
            expected, magnitude = sums(model, signals_of_group, as_of, group)
            if not close(values[place], expected, magnitude):
                print(f"contact {contact}, {group}, as of {state['as_of']}: kept {values[place]}, the rows say {expected}")
            debit += math.fsum(-w * 2.0 ** -((as_of - t) / longest) for w, t in signals_of_group if w < 0)
        if abs(values[0] - debit) > 1e-9 * max(1.0, debit):
            print(f"contact {contact}: the debit is kept as {values[0]}, the rows say {debit}")

    for row in tables["asked"]:
        contact, at = row["contact_id"], seconds(row["as_of"])
        where = f"contact {contact} as of {row['as_of']}"
        if contacts[contact]["deleted_at"] is not None:
            if row["engagement"] is not None or row["score"] is not None:
                print(f"{where}: deleted, but answered: {row}")
            continue
        by_group = {group: sums(model, found[contact, group], at, group) for group in groups}
        expected = math.fsum(value for value, _ in by_group.values())
        magnitude = math.fsum(magnitude for _, magnitude in by_group.values())
        if contact in kept and kept[contact]["rank"] not in ("Infinity", "-Infinity"):
            # The bound that the order of the hottest rests on.
            state = kept[contact]
            late = max(0.0, seconds(state["as_of"]) - at) * (1 / shortest - 1 / longest)
            bound = 2.0 ** (float(state["rank"]) - at / longest + late)
            if expected > bound * (1 + 1e-9) + 1e-12:
                print(f"{where}: engagement {expected} is above its bound, {bound}")
        if row["engagement"] is None or not close(row["engagement"], expected, magnitude):
            print(f"{where}: engagement {row['engagement']}, the rows say {expected}")
        points = fit(model, contacts[contact], attributes)
        points += math.fsum(min(value, model["groups"][group]["cap"]) for group, (value, _) in by_group.items())
        # Half a point is rounded either way by an error in the last digit.
        wanted = {min(max(math.floor(points + error + 0.5), 0), 100) for error in (-1e-9, 0.0, 1e-9)}
        if row["score"] not in wanted:
            print(f"{where}: score {row['score']}, the rows say {points}")
        if abs(row["explained"] - points) > 1e-9 * (100.0 + magnitude):
            print(f"{where}: explained {row['explained']}, the rows say {points}")

    # At each time the hottest contacts, as the extension orders them.
    for row in tables["hottest"]:
        at = seconds(row["as_of"])
        engagement = {
            contact: math.fsum(sums(model, found[contact, group], at, group)[0] for group in groups)
            for contact, of_it in contacts.items()
            if of_it["deleted_at"] is None
        }
        given = row["contacts"]
        for left, right in zip(given, given[1:]):
            if engagement[left] < engagement[right] - 1e-9:
                print(f"hottest as of {row['as_of']}: {left} ({engagement[left]}) before {right} ({engagement[right]})")
        last = min((engagement[contact] for contact in given), default=math.inf)
        for contact, value in engagement.items():
            if contact not in given and value > last + 1e-9:
                print(f"hottest as of {row['as_of']}: {contact} ({value}) is missing, the last one has {last}")


main()
