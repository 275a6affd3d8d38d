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
    with bench.session("partitions") as session:
        cases = [
            Case(
                "`maint.plan_partitions()`",
                lambda: session.run("SELECT count(*) FROM maint.plan_partitions()"),
                True,
            ),
            Case("`CALL maint.maintain_partitions()`", lambda: session.run("CALL maint.maintain_partitions()"), True),
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
        failed = session.run("SELECT count(*) FROM maint.maintenance_runs WHERE status <> 'succeeded'")
        assert [case.answer for case in cases] == ["0", "", "0"] and failed == "0", [c.answer for c in cases]
        bench.note(
            "`maintain_partitions` asks for each table in a transaction of its own, twice (creation, then retention), "
            "and writes a row into its log for each."
        )
    bench.drop("partitions")
