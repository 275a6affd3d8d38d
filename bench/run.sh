#!/usr/bin/env bash
# Ours and the peer's, in one run on the same data; called by scripts/bench.sh.
#
#   bench/run.sh [--quick] [SUBJECT ...]
#
# A full run of all subjects writes docs/BENCHMARKS.md and docs/bench/*.svg.
# --quick is a tenth of the size and, like a run of some subjects only, writes
# the same files into a temporary directory, which it names.

# shellcheck source=scripts/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/cluster.sh"

# Stated in the report: see bench/report.py.
readonly settings=(
    "shared_buffers = 512MB"
    "work_mem = 64MB"
    "maintenance_work_mem = 256MB"
    "max_wal_size = 8GB"
    "checkpoint_timeout = 1h"
    "max_parallel_workers_per_gather = 0"
    "jit = off"
    "autovacuum = off"
)

quick=0
subjects=()
for argument in "$@"; do
    case $argument in
        --quick) quick=1 ;;
        -*) die "usage: bench/run.sh [--quick] [SUBJECT ...]" ;;
        *) subjects+=("$argument") ;;
    esac
done

: "${PG_CRM_PG_CONFIG:?is not set: run scripts/bench.sh}" "${PG_CRM_PYTHON:?is not set: run scripts/bench.sh}"
if [ "$quick" = 1 ] || [ "${#subjects[@]}" != 0 ]; then
    out=$(mktemp -d /tmp/pg_crm_bench.XXXXXX)
else
    out=docs
fi

started=$SECONDS
cluster_start "${settings[@]}"
# No exec and no `-m`: the directory of a script is on Python's path.
PYTHONDONTWRITEBYTECODE=1 "$PG_CRM_PYTHON" bench/measure.py \
    --bindir "$cluster_bin" --socket "$CLUSTER_DIR" --port "$CLUSTER_PORT" \
    --quick "$quick" --results "$CLUSTER_DIR.json" "${subjects[@]}"
mkdir -p "$out/bench"
PYTHONDONTWRITEBYTECODE=1 "$PG_CRM_PYTHON" bench/report.py "$CLUSTER_DIR.json" "$out"
rm -f "$CLUSTER_DIR.json"
say "" "The measurements took $((SECONDS - started)) s; the report is $out/BENCHMARKS.md."
