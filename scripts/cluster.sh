#!/usr/bin/env bash
# A throwaway cluster out of this checkout's private server.
#
# Sourced, it offers
#   cluster_start [SETTING=VALUE ...]   sets CLUSTER_DIR (data and socket),
#                                       CLUSTER_PORT and the array CLUSTER_PSQL;
#                                       the cluster goes when the script ends,
#                                       however it ends
#   cluster_stop
#   wait_until_told                     until Ctrl-C or ENTER
# Run:
#   scripts/cluster.sh start [SETTING=VALUE ...]   in the foreground
#   scripts/cluster.sh stop DIRECTORY              one that a killed script left

# shellcheck disable=SC2034  # CLUSTER_PSQL is for those who source it
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

CLUSTER_DIR=''
CLUSTER_PORT=''
CLUSTER_PSQL=()
cluster_bin=''
cluster_log=''

cluster_start() {
    local pg_config
    pg_config=$(scripts/server.sh)
    cluster_bin=$("$pg_config" --bindir)

    # /tmp, since a socket's path may have 107 bytes. mktemp makes it 0700: who
    # may enter, the server's user and root, needs no password.
    CLUSTER_DIR=$(as_server_user mktemp -d /tmp/pg_crm.XXXXXX)
    trap cluster_stop EXIT
    # Ctrl-C reaches the running command as well. TERM does not, and bash lets a
    # handler wait for that command: without one EXIT's comes at once.
    trap 'exit 130' INT
    cluster_log=$(mktemp)
    # No TCP, so the number only names the socket; unlike 5432 it cannot be
    # taken for another server.
    CLUSTER_PORT=$((20000 + RANDOM % 30000))

    as_server_user "$cluster_bin/initdb" -D "$CLUSTER_DIR/data" -U postgres -A trust \
        -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$cluster_log" 2>&1 ||
        cluster_failed "initdb"
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$CLUSTER_DIR'"
        echo "port = $CLUSTER_PORT"
        # Nothing here outlives the script: it need not survive a crash.
        echo "fsync = off"
        echo "full_page_writes = off"
        echo "synchronous_commit = off"
        [ $# = 0 ] || printf '%s\n' "$@"
    } | as_server_user tee -a "$CLUSTER_DIR/data/postgresql.conf" >/dev/null
    # pg_ctl starts the server in a session of its own: Ctrl-C is for us alone.
    as_server_user "$cluster_bin/pg_ctl" start -w -s -D "$CLUSTER_DIR/data" \
        -l "$CLUSTER_DIR/log" </dev/null >"$cluster_log" 2>&1 ||
        cluster_failed "the server's start"

    CLUSTER_PSQL=(env PGCLIENTENCODING=UTF8 "$cluster_bin/psql" -X -q -v ON_ERROR_STOP=1
        --pset=pager=off -h "$CLUSTER_DIR" -p "$CLUSTER_PORT" -U postgres)
}

cluster_failed() {
    cat "$cluster_log" >&2
    as_server_user cat "$CLUSTER_DIR/log" >&2 2>/dev/null || true
    die "$1 failed"
}

cluster_stop() {
    trap '' INT TERM HUP
    [ -n "$CLUSTER_DIR" ] || return 0
    if [ -f "$CLUSTER_DIR/data/postmaster.pid" ]; then
        as_server_user "$cluster_bin/pg_ctl" stop -w -s -m immediate -D "$CLUSTER_DIR/data" || true
    fi
    as_server_user rm -rf "$CLUSTER_DIR"
    rm -f "$cluster_log"
    CLUSTER_DIR=''
}

# A Ctrl-C that arrives as a signal ends `make` as well, with an error. So on a
# terminal it is read as the key it is.
wait_until_told() {
    local saved key
    trap 'exit 0' INT TERM HUP
    if [ -t 0 ]; then
        saved=$(stty -g)
        # shellcheck disable=SC2064  # the settings of now
        trap "stty $saved; cluster_stop" EXIT
        stty -isig -icanon -echo min 1 time 0
        # bash's `read -n` would turn the signal on again. ENTER leaves nothing.
        while key=$(dd bs=1 count=1 2>/dev/null); do
            case $key in '' | $'\003' | $'\004' | q) break ;; esac
        done
        stty "$saved"
        trap cluster_stop EXIT
    else
        # `wait` ends at a signal, a sleep in the foreground would not.
        while :; do
            sleep 3600 >/dev/null 2>&1 &
            # shellcheck disable=SC2064
            trap "kill $! 2>/dev/null; exit 0" INT TERM HUP
            wait $! || true
        done
    fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1-} in
        start)
            shift
            cluster_start "$@"
            say "psql -h $CLUSTER_DIR -p $CLUSTER_PORT -U postgres" "Ctrl-C or ENTER ends it."
            wait_until_told
            ;;
        stop)
            [[ ${2-} = /tmp/pg_crm.* && -d $2 ]] || die "usage: scripts/cluster.sh stop /tmp/pg_crm.XXXXXX"
            cluster_bin=$("$(scripts/server.sh)" --bindir)
            CLUSTER_DIR=$2
            cluster_stop
            ;;
        *) die "usage: scripts/cluster.sh start [SETTING=VALUE ...] | stop DIRECTORY" ;;
    esac
fi
