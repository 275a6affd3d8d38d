#!/usr/bin/env bash
# Prepares the private server, then runs bench/run.sh, if there is one, with
# PG_CRM_PG_CONFIG, PG_CRM_PYTHON and PG_CRM_SERVER_USER set.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[ -x bench/run.sh ] || die "there is no bench/run.sh"
scripts/tools.sh test bench demo
scripts/build.sh private
PG_CRM_PG_CONFIG=$(scripts/server.sh)
PG_CRM_SERVER_USER=$(server_user)
export PG_CRM_PG_CONFIG PG_CRM_SERVER_USER PG_CRM_PYTHON=$VENV/bin/python PG_CRM_CDNOW=$CDNOW
exec bench/run.sh "$@"
