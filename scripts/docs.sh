#!/usr/bin/env bash
# Writes docs/schema anew, from a fresh database of the reference version.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly REFERENCE_MAJOR=15
[ "$PG_MAJOR" = "$REFERENCE_MAJOR" ] ||
    die "docs/schema is made with PostgreSQL $REFERENCE_MAJOR, not $PG_MAJOR"

scripts/tools.sh build server
scripts/build.sh private
PG_CRM_PG_CONFIG=$(scripts/server.sh)
PG_CRM_SERVER_USER=$(server_user)
export PG_CRM_PG_CONFIG PG_CRM_SERVER_USER
exec cargo run --quiet --package pg_crm_tests --bin schema_docs -- docs/schema
