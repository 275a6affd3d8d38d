"""What isolation costs: a full scan and a look-up by key, under several ways to say whose rows."""

from harness import Case

ORGANIZATION = "00000000-0000-7000-8000-000000000000"

WAYS = [
    ("no row-level security, organization_id = literal", "bench_literal", False),
    ("pg_crm's policy: (SELECT tenancy.current_org_id())", "bench_ours", True),
    ("current_setting(...)::uuid in a sub-select", "bench_setting_once", False),
    ("current_setting(...)::uuid, bare", "bench_setting", False),
    ("a PL/pgSQL getter, bare", "bench_plpgsql", False),
]


def scan(bench, sessions, workers):
    def work(role):
        where = f" WHERE organization_id = '{ORGANIZATION}'" if role == "bench_literal" else ""
        return lambda: sessions[role].run(f"SELECT count(*), sum(amount) FROM public.measured{where}")

    for session in sessions.values():
        # Left to itself, the planner may go through the primary key's index for one of the ways.
        session.run(
            f"SET max_parallel_workers_per_gather = {workers};"
            "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off"
        )
    return [Case(label, work(role), ours) for label, role, ours in WAYS]


def run(bench):
    rows = bench.scaled(1_000_000)
    bench.say(f"  {rows} rows")
    bench.database("tenancy")
    bench.script("tenancy", "tenancy.sql", rows=rows)
    bench.subject(
        "tenancy",
        "Isolation of organizations",
        f"One table of {rows:,} rows of ten organizations, of which the one that asks has a fifth. All ways read the "
        "same table: each role has a policy of its own. A PL/pgSQL getter and a bare `current_setting` are asked "
        "again for every row, a sub-select once.",
    )
    sessions = {role: bench.session("tenancy", role, f"SET app.current_org_id = '{ORGANIZATION}'") for _, role, _ in WAYS}
    bench.compare(
        "tenancy_scan",
        "count(*), sum(amount) by a sequential scan",
        "the whole query",
        scan(bench, sessions, 0),
        same_answers=True,
    )
    bench.compare(
        "tenancy_scan_parallel",
        "The same with up to two parallel workers",
        "the whole query",
        scan(bench, sessions, 2),
        same_answers=True,
    )
    for session in sessions.values():
        session.close()

    # Both have the key's two columns, so both go down the same index.
    transactions = bench.scaled(20_000)

    def lookups(role):
        condition = f" AND organization_id = '{ORGANIZATION}'" if role == "bench_literal" else ""
        script = (
            f"\\set n 5 * random(1, {rows // 5})\n"
            f"SELECT amount FROM public.measured WHERE id = md5(:n::text)::uuid{condition};\n"
        )
        return lambda: bench.pgbench("tenancy", role, script, transactions)

    bench.execute(
        "postgres",
        "".join(
            f"ALTER ROLE {role} IN DATABASE tenancy SET app.current_org_id = '{ORGANIZATION}';" for _, role, _ in WAYS
        ),
    )
    bench.compare(
        "tenancy_lookup",
        "A look-up by primary key",
        "one transaction, the client's round trip included (`pgbench -M prepared`, one client)",
        [Case(label, lookups(role), ours, per=transactions, timed=True) for label, role, ours in WAYS],
    )
    bench.drop("tenancy")
