#!/usr/bin/env bash
# Real customers, scored inside PostgreSQL: brings what is missing, builds, starts
# a private cluster, runs scripts/demo/*.sql in order, and waits for Ctrl-C.
#
#   ONCE=1   ends after the show
#
# A file of scripts/demo begins with a comment line, which is its heading, and
# prints what is to be seen. It is run in database demo, which the first one
# finds empty, with the psql variables
#   cdnow       CDNOW_master.txt, readable by the server: one line of headings,
#               then customer, date, number of CDs, dollars, apart by blanks
#   purchases   its purchases
#   customers   its customers

# shellcheck source=scripts/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

readonly purchases=69659 customers=23570

scripts/tools.sh demo
scripts/build.sh private
cluster_start "max_wal_size = 4GB"
"${CLUSTER_PSQL[@]}" -d postgres -c 'CREATE DATABASE demo'

[ -t 1 ] || BOLD='' RESET=''
started=$SECONDS
for file in scripts/demo/*.sql; do
    [ -e "$file" ] || continue
    printf '\n%s%s%s\n\n' "$BOLD" "$(sed -n '1s/^-- *//p' "$file")" "$RESET"
    # Notices (what CASCADE brought along and the like) are no part of the show.
    PGOPTIONS='-c client_min_messages=warning' "${CLUSTER_PSQL[@]}" --pset=footer=off -d demo \
        -v "cdnow=$CDNOW" -v "purchases=$purchases" -v "customers=$customers" -f "$file"
done
say "" "The show took $((SECONDS - started)) s."

if [ -z "${ONCE:-}" ]; then
    # Any psql will do; the private server's is there for certain.
    psql=$(command -v psql || echo "$cluster_bin/psql")
    say "" "To look around, in another terminal:" "" \
        "    $psql -h $CLUSTER_DIR -p $CLUSTER_PORT -U postgres demo" "" \
        "Ctrl-C or ENTER ends the server and removes it."
    wait_until_told
fi
