"""What keeping statistics, last activities and the engagement costs those who write."""

import time

from harness import Case

ORGANIZATION = "00000000-0000-7000-8000-000000000002"

WAYS = [
    # label, way, whether it is ours
    ("pg_crm's triggers on", "all", True),
    ("scoring off: without `keep_engagement`", "unscored", False),
    ("none: DISABLE TRIGGER", "none", False),
    ("a PL/pgSQL trigger FOR EACH ROW that keeps the like", "by_row", False),
]


def run(bench):
    contacts, messages = bench.scaled(20_000), bench.scaled(100_000)
    transactions = bench.scaled(3_000)
    bench.say(f"  {contacts} contacts")
    bench.database("inbox")
    bench.script("inbox", "inbox.sql", contacts=contacts, messages=messages)
    bench.subject(
        "inbox",
        "Writing messages",
        f"Rows inserted into `inbox.messages` of {contacts:,} contacts as `crm_app`, with all its indexes, checks and "
        "foreign keys, which are the same for all ways. All of pg_crm's triggers are on: the conversations' statistics, the "
        "contacts' last activity and their engagement; the trigger written by hand keeps counts, last times and one decayed "
        "sum. Before each round the table is emptied and every contact gets one message in its conversation, so that there "
        "is a state to be updated. As `fsync` is off, no way waits for a disk: with it on, the "
        "ratios would be nearer to 1.",
    )

    def prepare(session, way):
        session.run("TRUNCATE inbox.messages, public.row_score CASCADE")
        session.run(
            "UPDATE crm.contact_engagement SET sums = '{}', as_of = '2000-01-01', rank = '-Infinity', refresh_at = '-infinity'"
        )
        session.run("ALTER TABLE inbox.messages ENABLE TRIGGER USER")
        session.run("ALTER TABLE inbox.messages DISABLE TRIGGER keep_by_row")
        session.run(
            "UPDATE inbox.conversations SET message_count = 0, unread_count = 0, last_message_at = NULL,"
            " last_inbound_at = NULL, first_reply_at = NULL, waiting_since = NULL"
        )
        session.run("UPDATE crm.contacts SET last_activity_at = NULL")
        session.run(
            "INSERT INTO inbox.messages (organization_id, contact_id, conversation_id, channel, direction, status, created_at)"
            " SELECT organization_id, contact_id, id, 'sms', 'inbound', 'received', now() - interval '31 days'"
            " FROM inbox.conversations"
        )
        if way == "unscored":
            session.run("ALTER TABLE inbox.messages DISABLE TRIGGER keep_engagement_insert")
        elif way != "all":
            session.run("ALTER TABLE inbox.messages DISABLE TRIGGER USER")
        if way == "by_row":
            session.run("INSERT INTO public.row_score SELECT id, 4, now() - interval '31 days' FROM crm.contacts")
            session.run("ALTER TABLE inbox.messages ENABLE TRIGGER keep_by_row")
        session.run("VACUUM ANALYZE inbox.messages, inbox.conversations, crm.contacts, crm.contact_engagement, public.row_score")

    with (
        bench.session("inbox") as owner,
        bench.session("inbox", "bench_writer") as writer,
    ):
        writer.run("SET client_min_messages = warning")

        def bulk(way):
            prepare(owner, way)
            return clocked(
                writer,
                "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, created_at)"
                " SELECT contact_id, conversation_id, 'sms', direction, CASE direction WHEN 'inbound' THEN 'received' ELSE 'sent' END, at"
                " FROM public.incoming",
            )

        def single(way):
            prepare(owner, way)
            return bench.pgbench(
                "inbox",
                "bench_writer",
                f"\\set n random(1, {contacts})\n"
                "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status)"
                " VALUES (md5('contact' || :n)::uuid, md5('conversation' || :n)::uuid, 'sms', 'inbound', 'received');\n",
                transactions,
            )

        bench.compare(
            "inbox_bulk",
            f"INSERT ... SELECT of {messages:,} messages",
            "one row",
            [
                Case(label, lambda way=way: bulk(way), is_ours, per=messages, timed=True)
                for label, way, is_ours in WAYS
            ],
            repetitions=3,
        )
        bench.compare(
            "inbox_single",
            "One message for each transaction",
            "one transaction (`pgbench -M prepared`, one client)",
            [
                Case(label, lambda way=way: single(way), is_ours, per=transactions, timed=True)
                for label, way, is_ours in WAYS
            ],
            repetitions=3,
        )
    bench.drop("inbox")


def clocked(session, sql):
    """Seconds of one statement."""
    started = time.perf_counter()
    session.run(sql)
    return time.perf_counter() - started
