"""Checks kept engagement and scores against the rows that they come from, in plain float arithmetic.

Input: the rows as COPY writes them, a JSON object a line; its member "table" says of which table.
Besides the tables themselves, "asked" rows hold answers of the extension: contact_id, as_of,
engagement, score.
Output: a line for each difference; nothing where all is right.
"""

import json
import math
import sys
from collections import defaultdict
from datetime import datetime, timezone

DAY = 86_400.0

# Half-life in seconds, and cap in points.
GROUPS = {
    "conversation": (30 * DAY, 25.0),
    "email": (30 * DAY, 15.0),
    "activity": (30 * DAY, 15.0),
    "deal": (90 * DAY, 25.0),
    "purchase": (60 * DAY, 60.0),
}

LONGEST = max(half_life for half_life, _ in GROUPS.values())
SHORTEST = min(half_life for half_life, _ in GROUPS.values())

# Group and weight.
SIGNALS = {
    "message_inbound": ("conversation", 4.0),
    "message_outbound": ("conversation", 0.5),
    "call_inbound": ("conversation", 6.0),
    "call_outbound": ("conversation", 2.0),
    "email_sent": ("email", 0.2),
    "email_received": ("email", 3.0),
    "email_opened": ("email", 1.0),
    "email_clicked": ("email", 3.0),
    "email_replied": ("email", 5.0),
    "email_bounced": ("email", -5.0),
    "meeting_completed": ("activity", 8.0),
    "call_completed": ("activity", 3.0),
    "follow_up_completed": ("activity", 2.0),
    "task_completed": ("activity", 1.0),
    "deal_created": ("deal", 8.0),
    "deal_won": ("deal", 15.0),
    "deal_lost": ("deal", -6.0),
    "order_placed": ("purchase", 10.0),
}

STAGES = {
    "subscriber": 2.0,
    "lead": 4.0,
    "mql": 8.0,
    "sql": 12.0,
    "opportunity": 16.0,
    "customer": 20.0,
    "evangelist": 20.0,
}

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
                yield row["kind"] + "_completed", row["completed_at"]
        case "crm.deals":
            yield "deal_created", row["created_at"]
            if row["status"] != "open":
                yield "deal_" + row["status"], row["closed_at"]
        case "commerce.orders":
            if row["placed_at"] and row["status"] not in ("draft", "cancelled", "refunded"):
                yield "order_placed", row["placed_at"]


def sums(found, at, group):
    """The group's sum at a time, and the sum of the absolute weights."""
    half_life, _ = GROUPS[group]
    decayed = [weight * 2.0 ** -((at - time) / half_life) for weight, time in found if time <= at]
    return math.fsum(decayed), math.fsum(map(abs, decayed))


def close(given, expected, magnitude):
    return abs(given - expected) <= 1e-9 * magnitude + 1e-12


def fit(contact, stages):
    points = 5.0 * (contact["email_norm"] is not None)
    points += 5.0 * (contact["phone_e164"] is not None)
    points += 5.0 * (contact["company_id"] is not None or contact["company_name"] is not None)
    points += 5.0 * (contact["title"] is not None)
    return points + STAGES.get(stages.get(contact["lifecycle_stage_id"]), 0.0)


def main():
    tables = defaultdict(list)
    found = defaultdict(list)
    for line in sys.stdin:
        row = json.loads(line.replace("\\\\", "\\"))
        tables[row["table"]].append(row)
        if row.get("contact_id") is None or row.get("deleted_at") is not None:
            continue
        for signal, time in signals(row):
            group, weight = SIGNALS[signal]
            found[row["contact_id"], group].append((weight, seconds(time)))

    kept = {row["contact_id"]: row for row in tables["crm.contact_engagement"]}
    for contact in sorted(kept.keys() | {contact for contact, _ in found}):
        state = kept.get(contact)
        if state is None:
            print(f"contact {contact}: no state kept")
            continue
        as_of = seconds(state["as_of"])
        debit = 0.0
        for place, group in enumerate(GROUPS, start=1):
            signals_of_group = found[contact, group]
            if any(time > as_of for _, time in signals_of_group):
                print(f"contact {contact}, {group}: the state is of {state['as_of']}, and a signal is later")
            expected, magnitude = sums(signals_of_group, as_of, group)
            if not close(state["sums"][place], expected, magnitude):
                print(f"contact {contact}, {group}, as of {state['as_of']}: kept {state['sums'][place]}, the rows say {expected}")
            debit += math.fsum(-w * 2.0 ** -((as_of - t) / LONGEST) for w, t in signals_of_group if w < 0)
        if abs(state["sums"][0] - debit) > 1e-9 * max(1.0, debit):
            print(f"contact {contact}: the debit is kept as {state['sums'][0]}, the rows say {debit}")

    stages = {row["id"]: row["code"] for row in tables["crm.lifecycle_stages"]}
    contacts = {row["id"]: row for row in tables["crm.contacts"]}
    for row in tables["asked"]:
        contact, at = row["contact_id"], seconds(row["as_of"])
        where = f"contact {contact} as of {row['as_of']}"
        if contacts[contact]["deleted_at"] is not None:
            if row["engagement"] is not None or row["score"] is not None:
                print(f"{where}: deleted, but answered: {row}")
            continue
        by_group = {group: sums(found[contact, group], at, group) for group in GROUPS}
        expected = math.fsum(value for value, _ in by_group.values())
        magnitude = math.fsum(magnitude for _, magnitude in by_group.values())
        if contact in kept and kept[contact]["rank"] != "Infinity":
            # The bound that the order of the hottest rests on.
            state = kept[contact]
            late = max(0.0, seconds(state["as_of"]) - at) * (1 / SHORTEST - 1 / LONGEST)
            bound = 2.0 ** (float(state["rank"]) - at / LONGEST + late)
            if expected > bound * (1 + 1e-9) + 1e-12:
                print(f"{where}: engagement {expected} is above its bound, {bound}")
        if row["engagement"] is None or not close(row["engagement"], expected, magnitude):
            print(f"{where}: engagement {row['engagement']}, the rows say {expected}")
        points = fit(contacts[contact], stages)
        points += math.fsum(min(value, GROUPS[group][1]) for group, (value, _) in by_group.items())
        # Half a point is rounded either way by an error in the last digit.
        wanted = {min(max(math.floor(points + error + 0.5), 0), 100) for error in (-1e-9, 0.0, 1e-9)}
        if row["score"] not in wanted:
            print(f"{where}: score {row['score']}, the rows say {points}")


main()
