"""Installing, dumping, restoring, and partition maintenance with nothing to do."""

import os
import subprocess
from time import perf_counter

from harness import Case


def run(bench):
    bench.subject(
        "maint",
        "Installing and maintaining",
        "An installation is a new database with `CREATE EXTENSION pg_crm CASCADE` and no rows.",
    )
    install(bench)
    partitions(bench)


def install(bench):
    bench.database("installed")
    tables, indexes, functions = bench.execute(
        "installed",
        "SELECT count(*) FILTER (WHERE relkind IN ('r', 'p')), count(*) FILTER (WHERE relkind IN ('i', 'I')),"
        "       (SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'"
        "           AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_crm') AND classid = 'pg_proc'::regclass)"
        "  FROM pg_class WHERE relnamespace::regnamespace::text IN"
        "       ('tenancy', 'crm', 'inbox', 'commerce', 'analytics', 'maint')",
    ).split("|")
    dump = subprocess.run(bench.client("pg_dump", "installed"), check=True, capture_output=True).stdout
    fresh = []

    def new(extension):
        if fresh:
            bench.drop("fresh")
        bench.database("fresh", extension=False)
        fresh[:] = [True]
        if not extension:
            return bench.psql("fresh") + ["-1", "-o", os.devnull]
        return bench.psql("fresh") + ["-c", "SET client_min_messages = warning", "-c", "CREATE EXTENSION pg_crm CASCADE"]

    def timed(command, data=None):
        started = perf_counter()
        subprocess.run(command, input=data, check=True, capture_output=True)
        return perf_counter() - started

    bench.compare(
        "maint_install",
        "An empty installation",
        "the whole program, connecting included",
        [
            Case("`CREATE EXTENSION pg_crm CASCADE`", lambda: timed(new(True)), True, timed=True),
            Case("`psql -1` of its dump: the same objects", lambda: timed(new(False), dump), timed=True),
            Case("`pg_dump`", lambda: timed(bench.client("pg_dump", "installed")), timed=True),
        ],
    )
    bench.note(
        f"It makes {tables} tables with {indexes} indexes, their triggers, policies, grants and comments, and "
        f"{functions} functions; the dump has {len(dump) // 1024} kB."
    )
    bench.drop("fresh")
    bench.drop("installed")


def partitions(bench):
    parents, each = bench.scaled(100), 30
    bench.say(f"  {parents} parents with {each} partitions each")
    bench.database("partitions")
    bench.script("partitions", "maint.sql", parents=parents, partitions=each)
    # The same data model: to attach a partition, the server reads all of pg_constraint.
    bench.database("partman")
    bench.execute("partman", "ALTER EVENT TRIGGER pg_crm_org_isolation DISABLE")
    bench.script("partman", "maint_partman.sql", parents=parents, partitions=each)
    peer = bench.execute("partman", "SELECT extversion FROM pg_extension WHERE extname = 'pg_partman'")
    ours, theirs = "`CALL maint.maintain_partitions()`", f"`CALL partman.run_maintenance_proc()`, pg_partman {peer}"

    def count(session):
        return int(session.run("SELECT count(*) FROM pg_inherits WHERE inhparent::regclass::text LIKE 'logs.%'"))

    with bench.session("partitions") as session, bench.session("partman") as partman:

        def maintain(change=None):
            if change:
                session.run(f"UPDATE maint.partition_config SET {change}")
            return session.run("CALL maint.maintain_partitions()")

        def maintain_theirs(change=None):
            if change:
                partman.run(f"UPDATE partman.part_config SET {change}")
            return partman.run("CALL partman.run_maintenance_proc()")

        # Default partitions, and whatever else the first run makes.
        maintain()
        maintain_theirs()
        cases = [
            Case("`maint.plan_partitions()`", lambda: session.run("SELECT count(*) FROM maint.plan_partitions()"), True),
            Case(ours, maintain, True),
            Case(theirs, maintain_theirs),
            Case(
                "a PL/pgSQL loop that looks for names: no bounds, no retention, no log",
                lambda: session.run("SELECT public.missing_by_name()"),
            ),
        ]
        bench.compare(
            "maint_partitions",
            f"Nothing to do on {parents} tables of {each} partitions",
            "the whole statement",
            cases,
        )
        assert [cases[0].answer, cases[3].answer] == ["0", "0"], [c.answer for c in cases]
        bench.note(
            "`maintain_partitions` looks at all tables in one query and writes two rows into its log for each "
            "(creation, retention)."
        )

        def timed(work, client, change, expected):
            before = count(client)
            started = perf_counter()
            work(change)
            elapsed = perf_counter() - started
            made = count(client) - before
            assert made == expected, f"{made} partitions instead of {expected}"
            return elapsed

        bench.compare(
            "maint_create",
            f"Making {4 * parents} partitions: 4 of each table",
            "the whole statement",
            [
                Case(ours, lambda: timed(maintain, session, "premake = premake + 4", 4 * parents), True, timed=True),
                Case(
                    theirs,
                    lambda: timed(maintain_theirs, partman, "premake = premake + 4", 4 * parents),
                    timed=True,
                ),
            ],
            repetitions=3,
        )
        bench.note(
            "Both make a table's partitions in one transaction, ours as long as that takes no more than 50 ms. Ours gives "
            "each partition its "
            "table's row-level security, comment and identity, of which these tables have none. pg_partman works in a "
            "database with pg_crm's data model as well, its event trigger disabled: the size of the catalogs counts."
        )
        # 26 months back: 12 partitions go with the round that does not count, 12 with the one that does.
        retentions = {"ours": iter(["14 months", "2 months"]), "theirs": iter(["14 months", "2 months"])}
        bench.compare(
            "maint_drop",
            f"Dropping {12 * parents} partitions: 12 of each table",
            "the whole statement",
            [
                Case(
                    ours,
                    lambda: timed(maintain, session, f"retention = '{next(retentions['ours'])}'", -12 * parents),
                    True,
                    timed=True,
                ),
                Case(
                    theirs,
                    lambda: timed(
                        maintain_theirs,
                        partman,
                        f"retention = '{next(retentions['theirs'])}', retention_keep_table = false",
                        -12 * parents,
                    ),
                    timed=True,
                ),
            ],
            repetitions=1,
        )
        failed = session.run("SELECT count(*) FROM maint.maintenance_runs WHERE status <> 'succeeded'")
        assert failed == "0", failed
    bench.drop("partman")
    bench.drop("partitions")
