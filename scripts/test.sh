#!/usr/bin/env bash
# All tests, from a bare machine on. Stops at the first step that fails; the last
# line is always "N passed, N failed", where a step that counts no tests is one.

# shellcheck disable=SC2317  # steps are called by name
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

passed=0
failed=0
requirements=
times=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ -t 1 ] && export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-always}

step() {
    local name=$1 start=$SECONDS status step_passed step_failed
    shift
    heading "$name"
    # Not in a condition: there `set -e` would not hold inside the step.
    set +e
    (
        set -e
        "$@"
    ) 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    set -e
    # cargo's line, which may be coloured: "test result: ok. 3 passed; 0 failed; ..."
    read -r step_passed step_failed < <(awk '/^test result: / {
        for (i = 2; i <= NF; i++) {
            if ($i == "passed;") passed += $(i - 1)
            if ($i == "failed;") failed += $(i - 1)
        }
    } END { print passed + 0, failed + 0 }' "$log")
    # What the server tests say of the list of requirements.
    requirements+=$(grep -a '^requirements: ' "$log" | tail -1 || true)
    if [ "$status" = 0 ]; then
        [ "$step_passed" != 0 ] || step_passed=1
    else
        [ "$step_failed" != 0 ] || step_failed=1
    fi
    passed=$((passed + step_passed))
    failed=$((failed + step_failed))
    times+=("$(printf '%-24s %4s passed %4s failed %5s s' "$name" "$step_passed" "$step_failed" $((SECONDS - start)))")
    [ "$status" = 0 ] || finish
}

finish() {
    heading "Summary"
    printf '%s\n' "${times[@]}" "$(printf '%-24s %25s %5s s' all '' "$SECONDS")"
    [ -z "$requirements" ] || printf '\n%s\n' "$requirements"
    printf '\n%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" = 0 ] || exit 1
    exit 0
}

# The script as it is generated, which holds the functions; and the files that
# maint.install_schema() reads, which runs them with a search_path of its own.
pgspot() {
    local pg_config args model preamble
    pg_config=$(scripts/server.sh)
    mapfile -t args < <(grep -v -e '^#' -e '^$' scripts/pgspot.args)
    "$VENV/bin/pgspot" "${args[@]}" "$("$pg_config" --sharedir)"/extension/pg_crm--*.sql

    mapfile -d '' -t model < <(find sql -mindepth 2 -name '*.sql' \
        ! -name 'functions*.sql' ! -name 'procedures*.sql' -print0 | sort -z)
    [ ${#model[@]} != 0 ] || return 0
    preamble=$(mktemp)
    echo 'SET search_path = pg_catalog, pg_temp;' >"$preamble"
    # --append: the files share one session, the preamble's.
    "$VENV/bin/pgspot" --append "$preamble" "${model[@]}"
    rm -f "$preamble"
}

# These tests see only SQL: they find the server with the extension by this path.
server_tests() {
    PG_CRM_PG_CONFIG=$(scripts/server.sh)
    PG_CRM_SERVER_USER=$(server_user)
    export PG_CRM_PG_CONFIG PG_CRM_SERVER_USER PG_CRM_PYTHON=$VENV/bin/python PG_CRM_CDNOW=$CDNOW
    cargo test -p pg_crm_tests
}

step "tools" scripts/tools.sh test demo
step "format" scripts/lint.sh format shell
step "clippy" scripts/lint.sh clippy
step "unit and property tests" cargo test -p pg_crm_core
step "build and install" scripts/build.sh private
step "pgspot" pgspot
step "server tests" server_tests
if have cargo-deny; then
    step "licences and sources" scripts/lint.sh deny
fi
finish
