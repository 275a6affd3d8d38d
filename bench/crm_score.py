"""Contact scores: of one, of all, and the hottest."""

from harness import Case

ORGANIZATION = "00000000-0000-7000-8000-000000000001"
LARGE = "00000000-0000-7000-8000-000000000003"


def run(bench):
    contacts = bench.scaled(200_000)
    bench.say(f"  {contacts} contacts and their signals (the longest wait)")
    bench.database("crm_score")
    bench.script("crm_score", "crm_score.sql", contacts=contacts)
    signals, largest, states = bench.execute(
        "crm_score",
        "SELECT (SELECT count(*) FROM inbox.messages WHERE status <> 'failed') + (SELECT count(*) FROM inbox.calls)"
        "  + (SELECT count(*) + count(opened_at) + count(clicked_at) + count(replied_at) FROM inbox.emails)"
        "  + (SELECT count(completed_at) FROM crm.activities)"
        "  + (SELECT count(*) + count(closed_at) FROM crm.deals)"
        "  + (SELECT count(*) FROM commerce.orders WHERE status <> 'cancelled'),"
        "  (SELECT max(n) FROM (SELECT count(*) AS n FROM inbox.messages GROUP BY contact_id) AS m),"
        "  (SELECT count(*) FROM crm.contact_engagement)",
    ).split("|")
    bench.subject(
        "crm_score",
        "Contact scores",
        f"{contacts:,} contacts of one organization with {int(signals):,} signals in messages, calls, e-mails, "
        f"activities, deals and orders of two years, unevenly: the busiest contact has {int(largest):,} messages. "
        f"What {int(states):,} contacts are and did is kept. All queries run as `crm_app` under row-level security. The peers take the "
        "same weights and caps and the recency of a signal by buckets (30, 90, 365 days), so they answer a simpler "
        "question: what decays continuously cannot be said by counting.",
    )
    with bench.session("crm_score", "bench_app", f"SET app.current_org_id = '{ORGANIZATION}'") as session:

        def query(sql):
            return lambda: session.run(sql)

        def each(expression):
            return query(f"SELECT sum({expression}) FROM public.sample")

        sample = int(session.run("SELECT count(*) FROM public.sample"))
        bench.compare(
            "crm_score_one",
            "The score of one contact",
            f"one contact, mean of {sample:,} contacts in one statement",
            [
                Case("`crm.calculate_contact_score(id)`", each("crm.calculate_contact_score(id)"), True, sample),
                Case(
                    f"`crm.calculate_contact_scores(ids)`: {sample:,} at once",
                    query("SELECT sum(score) FROM crm.calculate_contact_scores((SELECT array_agg(id) FROM public.sample))"),
                    True,
                    sample,
                ),
                Case(
                    f"`crm.calculate_contact_scores(ids)`: {contacts:,} at once",
                    query("SELECT sum(score) FROM crm.calculate_contact_scores((SELECT ids FROM public.all_ids))"),
                    True,
                    contacts,
                ),
                Case(
                    f"reading what is kept of {sample:,} by its key, no score",
                    query("SELECT count(sums) FROM crm.contact_engagement WHERE contact_id = ANY (ARRAY(SELECT id FROM public.sample))"),
                    per=sample,
                ),
                Case(
                    "`crm.calculate_contact_score(id, a month ago)`: from the signals",
                    each("crm.calculate_contact_score(id, now() - interval '30 days')"),
                    True,
                    sample,
                    repetitions=3,
                ),
                Case("PL/pgSQL, six queries by index", each("public.calculate_contact_score(id)"), per=sample, repetitions=3),
                Case(
                    "PL/pgSQL, a month ago",
                    each("public.calculate_contact_score(id, now() - interval '30 days')"),
                    per=sample,
                    repetitions=3,
                ),
            ],
        )
        cases = [
            Case("`crm.contact_scores()`", query("SELECT sum(score), count(*) FROM crm.contact_scores()"), True),
            Case(
                "`crm.calculate_contact_score(id)` for each",
                query("SELECT sum(crm.calculate_contact_score(id)), count(*) FROM crm.contacts"),
                True,
                repetitions=3,
            ),
            Case("one query over all tables", query("SELECT sum(score), count(*) FROM public.set_based_score"), repetitions=3),
            Case(
                "reading the contacts and what is kept, no score",
                query(
                    "SELECT sum(length(c.display_name)), sum(kept.rank), count(*) FROM crm.contacts AS c"
                    " LEFT JOIN crm.contact_engagement AS kept ON kept.contact_id = c.id AND kept.organization_id = c.organization_id"
                ),
            ),
            Case("reading the contacts, no score", query("SELECT sum(length(display_name)), count(*) FROM crm.contacts")),
        ]
        bench.compare("crm_score_all", "The scores of all contacts", "all contacts", cases)
        differing = session.run(
            "SELECT count(*) FROM crm.contact_scores() WHERE score IS DISTINCT FROM crm.calculate_contact_score(contact_id)"
        )
        bench.note(f"The two ways that are ours differ on {differing} contacts.")
        bench.compare(
            "crm_score_hottest",
            "The 100 hottest contacts",
            "the whole query",
            [
                Case("`crm.hottest_contacts(100)`", query("SELECT count(score) FROM crm.hottest_contacts(100)"), True),
                Case(
                    "`ORDER BY crm.calculate_contact_score(id) DESC LIMIT 100`",
                    query(
                        "SELECT count(score) FROM (SELECT id, crm.calculate_contact_score(id) AS score FROM crm.contacts"
                        " WHERE deleted_at IS NULL ORDER BY score DESC, id LIMIT 100) AS hot"
                    ),
                    repetitions=3,
                ),
                Case(
                    "one query over all tables, `ORDER BY engagement DESC LIMIT 100`",
                    query(
                        "SELECT count(score) FROM (SELECT contact_id, score FROM public.set_based_score"
                        " ORDER BY engagement DESC NULLS LAST, contact_id LIMIT 100) AS hot"
                    ),
                    repetitions=3,
                ),
            ],
            same_answers=True,
        )
    large(bench)
    bench.drop("crm_score")


def large(bench):
    contacts = bench.scaled(1_000_000)
    bench.script("crm_score", "crm_score_large.sql", contacts=contacts)
    with bench.session("crm_score", "bench_app", f"SET app.current_org_id = '{LARGE}'") as session:
        bench.compare(
            "crm_score_hottest_large",
            f"The 100 hottest of {contacts:,} contacts",
            "the whole query",
            [
                Case(
                    "`crm.hottest_contacts(100)`",
                    lambda: session.run("SELECT string_agg(contact_id::text, ' ') FROM crm.hottest_contacts(100)"),
                    True,
                ),
                Case(
                    "`ORDER BY crm.contact_engagement_at(id) DESC LIMIT 100`",
                    lambda: session.run(
                        "SELECT string_agg(id::text, ' ') FROM (SELECT id, crm.contact_engagement_at(id) AS engagement"
                        " FROM crm.contacts WHERE deleted_at IS NULL ORDER BY engagement DESC, id LIMIT 100) AS hot"
                    ),
                    repetitions=1,
                ),
            ],
            same_answers=True,
        )
