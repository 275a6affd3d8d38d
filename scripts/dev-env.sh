#!/usr/bin/env bash
# Prints what cargo needs to be run by hand: eval "$(make -s env)"
# Then `cargo clippy`, `cargo test -p pg_crm_tests` and an editor's language
# server work without `cargo pgrx init`.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

printf 'export %s=%q\n' \
    PGRX_HOME "$PGRX_HOME" \
    PGRX_PG_CONFIG_PATH "$(base_pg_config)" \
    PG_CRM_PG_CONFIG "$(scripts/server.sh)" \
    PG_CRM_PYTHON "$VENV/bin/python" \
    PG_CRM_SERVER_USER "$(server_user)"
