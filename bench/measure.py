"""Runs the subjects against a private server and writes what they measured as JSON."""

import argparse
import json
import os
import time

import crm_email
import crm_phone
import crm_score
import inbox
import maint
import tenancy
from harness import Bench

SUBJECTS = {
    "tenancy": tenancy,
    "crm_email": crm_email,
    "crm_phone": crm_phone,
    "crm_score": crm_score,
    "inbox": inbox,
    "maint": maint,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bindir", required=True)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--port", required=True)
    parser.add_argument("--quick", type=int, default=0)
    parser.add_argument("--results", required=True)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    arguments = parser.parse_args()
    unknown = set(arguments.subjects) - set(SUBJECTS)
    if unknown:
        parser.error(f"unknown subject: {', '.join(sorted(unknown))}")

    bench = Bench(arguments.bindir, arguments.socket, arguments.port, bool(arguments.quick))
    chosen = arguments.subjects or SUBJECTS
    loads = []
    for position, name in enumerate(chosen, 1):
        started = time.monotonic()
        bench.say(f"[{position}/{len(chosen)}] {name}")
        SUBJECTS[name].run(bench)
        loads.append(os.getloadavg()[0])
        bench.say(f"  {time.monotonic() - started:.0f} s")

    server = bench.execute(
        "postgres",
        "SELECT split_part(current_setting('server_version'), ' ', 1)",
    )
    version = bench.execute("postgres", "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_crm'")
    settings = bench.execute(
        "postgres",
        "SELECT string_agg(name || ' = ' || current_setting(name), ', ' ORDER BY name)"
        "  FROM pg_settings"
        " WHERE source = 'configuration file'"
        "   AND name IN ('shared_buffers', 'work_mem', 'maintenance_work_mem', 'max_wal_size', 'checkpoint_timeout',"
        "                'max_parallel_workers_per_gather', 'jit', 'autovacuum', 'fsync', 'full_page_writes',"
        "                'synchronous_commit')",
    )
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    results = {
        "server": server,
        "version": version,
        "settings": settings,
        "cores": os.cpu_count(),
        "processor": models[0] if models else "",
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load": f"{min(loads):.1f} to {max(loads):.1f}",
        "quick": bench.quick,
        "subjects": bench.subjects,
    }
    with open(arguments.results, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
