# shellcheck shell=bash disable=SC2034  # what is set here is used by those who source it
# What all scripts share; to be sourced. Settings a caller may give:
#
#   PG_MAJOR        major version of the private server (15)
#   PG_CRM_BASE     pg_config of the installation that the private server copies
#                   (Debian's server of that major version)
#   PG_CRM_CACHE    where tools, data and private servers are kept
#   CARGO_TARGET_DIR  as cargo understands it

set -euo pipefail
# The server user reads what is made here.
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

readonly PGRX_VERSION=0.18.1
readonly OLDEST_MAJOR=15 NEWEST_MAJOR=18
# "PostgreSQL 15.7 (Debian ...)", "PostgreSQL 18beta1" -> 15, 18
major_of() {
    local version
    version=$("$1" --version)
    version=${version#PostgreSQL }
    echo "${version%%[!0-9]*}"
}

if [ -n "${PG_CRM_BASE:-}" ]; then
    PG_MAJOR=$(major_of "$PG_CRM_BASE")
else
    PG_MAJOR=${PG_MAJOR:-15}
fi
base_pg_config() { echo "${PG_CRM_BASE:-/usr/lib/postgresql/$PG_MAJOR/bin/pg_config}"; }

TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac

if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root, and the user that runs it instead must
    # reach the cache, which a root-only home directory prevents.
    CACHE=${PG_CRM_CACHE:-/var/cache/pg_crm}
else
    CACHE=${PG_CRM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pg_crm}
fi
# One private server for each checkout: what one installs, another must not see.
CHECKOUT=$CACHE/$(printf %s "$ROOT" | sha256sum | cut -c1-12)
PRIVATE=$CHECKOUT/pg$PG_MAJOR
PRIVATE_PG_CONFIG_FILE=$PRIVATE/pg_config_path
VENV=$CACHE/venv
CDNOW=$CACHE/data/CDNOW_master.txt

# The user's own ~/.pgrx plays no part: with PGRX_PG_CONFIG_PATH set, neither
# cargo-pgrx nor the build scripts look for a configuration in PGRX_HOME.
export PGRX_HOME=$CACHE/pgrx

# libpq's variables would send our psql to the caller's server.
for variable in $(compgen -v PG); do
    case $variable in
        PG_MAJOR | PG_CONFIG | PG_CRM_* | PGRX_*) ;;
        *) unset "$variable" ;;
    esac
done
unset variable

# rustup changes PATH for shells to come, not for the one that ran it.
command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    BOLD=$'\e[1m' RED=$'\e[31m' RESET=$'\e[0m'
else
    BOLD='' RED='' RESET=''
fi

# Each argument is a line.
say() { printf '%s\n' "$@" >&2; }

heading() { say "" "${BOLD}$*${RESET}"; }

die() {
    printf '%serror:%s %s\n' "$RED" "$RESET" "$1" >&2
    shift
    [ $# = 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# quietly MESSAGE COMMAND...: the command's output goes to a file that is shown
# only where it fails; meanwhile the seconds are counted, on a terminal in place,
# else by a line every half minute, so that a log shows life.
quietly() {
    local message=$1 log ticker status=0 start=$SECONDS
    shift
    log=$(mktemp)
    (
        # The terminal's Ctrl-C ends the command; the ticker sees its parent go.
        trap - EXIT
        trap '' INT
        while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
            if [ -t 2 ]; then
                printf '\r%s ... %s s ' "$message" $((SECONDS - start)) >&2
            elif [ $(((SECONDS - start) % 30)) = 0 ]; then
                printf '%s ... %s s\n' "$message" $((SECONDS - start)) >&2
            fi
        done
    ) &
    ticker=$!
    [ -t 2 ] && printf '%s ... ' "$message" >&2
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    [ -t 2 ] && printf '\r\e[K' >&2
    if [ "$status" != 0 ]; then
        say "$message: failed after $((SECONDS - start)) s"
        cat "$log" >&2
        rm -f "$log"
        return "$status"
    fi
    rm -f "$log"
    say "$message: $((SECONDS - start)) s"
}

# The user that servers run as.
server_user() {
    if [ "$(id -u)" != 0 ]; then
        id -un
        return
    fi
    if ! id postgres >/dev/null 2>&1; then
        useradd --system --user-group --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin postgres
    fi
    echo postgres
}

# RUST_BACKTRACE would put a backtrace into every ERROR of the server.
as_server_user() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u "$(server_user)" -- env -u RUST_BACKTRACE -C / "$@"
    else
        env -u RUST_BACKTRACE -C / "$@"
    fi
}

# locked NAME COMMAND...: one at a time among runs that share the cache.
locked() {
    local name=$1
    shift
    (
        flock -n 9 || {
            say "waiting for another run ($name)"
            flock 9
        }
        # A server started here must not keep the lock for as long as it runs.
        "$@" 9>&-
    ) 9>"$CACHE/$name.lock"
}

# The pg_config beside the server, where PG_CONFIG names a wrapper for it: one
# path for one server, since pgrx is compiled anew whenever the path changes.
real_pg_config() {
    local given=$1 bindir
    have "$given" || return 1
    bindir=$("$given" --bindir)
    if [ -x "$bindir/pg_config" ]; then
        echo "$bindir/pg_config"
    else
        command -v "$given"
    fi
}

# cargo-pgrx is called by path: `cargo pgrx` prefers cargo's own bin directory,
# where another version may live.
cargo_pgrx_path() {
    local candidate
    for candidate in "$(command -v cargo-pgrx || true)" "$CACHE/tools/bin/cargo-pgrx"; do
        if [ -x "$candidate" ] && [ "$("$candidate" pgrx --version 2>/dev/null)" = "cargo-pgrx $PGRX_VERSION" ]; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

if ! mkdir -p "$CACHE" "$PGRX_HOME" 2>/dev/null || ! [ -w "$CACHE" ]; then
    die "cannot write to $CACHE" "Choose another directory with PG_CRM_CACHE."
fi
# pgrx-pg-sys names this file to cargo: were it missing, cargo would compile
# pgrx and all that uses it on every run.
[ -e "$PGRX_HOME/config.toml" ] || echo '[configs]' >"$PGRX_HOME/config.toml"
