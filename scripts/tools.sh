#!/usr/bin/env bash
# Brings what is missing, and only that.
#
#   scripts/tools.sh [build|server|test|bench|demo|lint ...]
#
#   build    compiler, libclang, PostgreSQL's headers, cargo-pgrx
#   server   a PostgreSQL server to copy (no cluster is made)
#   test     both, PgBouncer, pg_cron, the Python packages that tests use
#   bench    pg_partman, the peer of partition maintenance
#   demo     both, the demo's data
#   lint     as build, and rustfmt and clippy
#
# What is there is recognised by what it offers, not by a package's name: a
# compiler or a server of the user's own will do.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

packages=()

need_package() {
    local package
    for package in "$@"; do
        [[ " ${packages[*]-} " = *" $package "* ]] || packages+=("$package")
    done
}

have_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null ||
        compgen -G '/usr/lib/*/libclang*.so*' >/dev/null ||
        compgen -G '/usr/local/lib/libclang*.so*' >/dev/null ||
        compgen -G '/usr/lib64/libclang*.so*' >/dev/null
}

have_headers() {
    local pg_config=$1
    [ -x "$pg_config" ] && [ -f "$("$pg_config" --includedir-server)/postgres.h" ]
}

look_for_build() {
    # gcc only recommends the C library's headers.
    have cc || need_package gcc libc6-dev
    have make || need_package make
    have pkg-config || need_package pkg-config
    have_libclang || need_package libclang-dev
    local base
    base=$(base_pg_config)
    have_headers "$base" && return
    [[ $base = /usr/lib/postgresql/* ]] || die "the headers of the server of $base are missing" \
        "Install the development package that belongs to it."
    need_package "postgresql-server-dev-$PG_MAJOR"
}

look_for_server() {
    local base
    base=$(base_pg_config)
    [ -x "${base%/*}/postgres" ] && return
    [[ $base = /usr/lib/postgresql/* ]] || die "there is no server beside $base"
    need_package "postgresql-$PG_MAJOR"
}

# An extension of the server that the private one copies: its control file and its package's name.
look_for_extension() {
    local base
    base=$(base_pg_config)
    [ -f "$("$base" --sharedir 2>/dev/null)/extension/$1.control" ] && return
    [[ $base = /usr/lib/postgresql/* ]] || die "the server of $base has no extension $1"
    need_package "postgresql-$PG_MAJOR-$2"
}

look_for_python() {
    if ! have python3 || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        need_package python3 python3-venv
    fi
}

# --- Debian packages ---------------------------------------------------------

root_command() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] && return
    # With a terminal sudo may ask for the password, here and not amid the progress.
    have sudo && { sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ] && sudo -v; }; }
}

apt_install() {
    root_command env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@"
}

# A "main" cluster would take port 5432 and run on; nobody asked for one.
# postgresql-common reads this directory when a server package is configured.
readonly createcluster_d=/etc/postgresql-common/createcluster.d
no_main_cluster() {
    root_command mkdir -p "$createcluster_d"
    echo 'create_main_cluster = false' |
        root_command tee "$createcluster_d/pg_crm-build.conf" >/dev/null
}

# postgresql-common itself has no such directory: an empty one is ours.
no_trace_of_no_main_cluster() {
    root_command rm -f "$createcluster_d/pg_crm-build.conf"
    root_command rmdir "$createcluster_d" 2>/dev/null || true
}

install_packages() {
    [ ${#packages[@]} != 0 ] || return 0

    have apt-get || die "missing: ${packages[*]}" \
        "This is no Debian: install what these packages offer, then run again."
    can_be_root || die "missing packages, and neither root nor sudo is at hand; an administrator may run" \
        "apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"

    say "missing packages: ${packages[*]}"
    if [[ " ${packages[*]} " =~ \ postgresql-[0-9]+\  ]]; then
        trap no_trace_of_no_main_cluster EXIT
        no_main_cluster
    fi
    # Lists that are fresh enough are left alone. Stale ones show by a package
    # that is unknown or gone, which a simulation and the download tell.
    if ! apt-get install -s -q --no-install-recommends "${packages[@]}" >/dev/null 2>&1; then
        quietly "apt-get update" root_command apt-get update -q
        apt-cache show "${packages[@]}" >/dev/null 2>&1 || die "apt-get knows not all of: ${packages[*]}" \
            "PostgreSQL $PG_MAJOR may need another package source for this release of the system."
        quietly "installing packages" apt_install "${packages[@]}"
    elif ! quietly "installing packages" apt_install "${packages[@]}"; then
        quietly "apt-get update" root_command apt-get update -q
        quietly "installing packages" apt_install "${packages[@]}"
    fi
    if [[ " ${packages[*]} " =~ \ postgresql-[0-9]+\  ]]; then
        no_trace_of_no_main_cluster
        trap - EXIT
    fi
}

# --- Rust ----------------------------------------------------------------------

check_rust() {
    local wanted found
    have cargo || die "cargo, Rust's build tool, is missing" \
        "Install Rust with rustup (https://rustup.rs) or from a package, then run again."
    wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)"/\1/p' Cargo.toml | head -n 1)
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
        die "Rust $wanted or newer is needed, this is $found" "With rustup: rustup update stable"
}

check_rust_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    have rustup || die "cargo $1 is missing" "Install the component $2 of Rust."
    quietly "rustup component add $2" rustup component add "$2"
}

bring_cargo_pgrx() {
    cargo_pgrx_path >/dev/null && return
    # Elsewhere than in the user's own cargo home: another version there stays.
    # It is run a few times and compiled once, so its build is the cheap kind.
    say "cargo-pgrx $PGRX_VERSION is missing; building it takes some minutes"
    CARGO_TARGET_DIR=$CACHE/tools/build CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install cargo-pgrx --version "$PGRX_VERSION" --locked --debug \
        --root "$CACHE/tools" --no-track --force
    rm -rf "$CACHE/tools/build"
    cargo_pgrx_path >/dev/null || die "cargo-pgrx $PGRX_VERSION was built, but does not run"
}

# --- Python and data -------------------------------------------------------------

make_venv() {
    # A new interpreter leaves a broken environment behind.
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 && return
    rm -rf "$VENV"
    quietly "Python environment" python3 -m venv "$VENV"
}

bring_python_packages() {
    local wanted=$ROOT/scripts/requirements-test.txt stamp=$VENV/requirements-test.txt
    make_venv
    if ! cmp -s "$wanted" "$stamp"; then
        quietly "Python packages" "$VENV/bin/python" -m pip install -q \
            --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$stamp"
    fi
}

# 69,659 purchases of 23,570 customers below a line of headings.
readonly cdnow_sha256=eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef

is_cdnow() { echo "$cdnow_sha256  $1" | sha256sum --check --status 2>/dev/null; }

bring_cdnow() {
    local download
    [ -f "$CDNOW" ] && is_cdnow "$CDNOW" && return
    make_venv
    download=$(mktemp -d "$CACHE/download.XXXXXX")
    quietly "CDNOW's purchases" "$VENV/bin/python" -m pip download -q --disable-pip-version-check \
        --no-deps --only-binary :all: -d "$download" -r "$ROOT/scripts/requirements-data.txt"
    "$VENV/bin/python" - "$download" <<'PYTHON'
import pathlib, sys, zipfile

directory = pathlib.Path(sys.argv[1])
(wheel,) = directory.glob("*.whl")
data = zipfile.ZipFile(wheel).read("lifetimes/datasets/CDNOW_master.txt")
(directory / "CDNOW_master.txt").write_bytes(data)
PYTHON
    is_cdnow "$download/CDNOW_master.txt" || die "CDNOW_master.txt is not the file it should be" \
        "Expected sha256 $cdnow_sha256."
    mkdir -p "${CDNOW%/*}"
    mv "$download/CDNOW_master.txt" "$CDNOW"
    rm -rf "$download"
}

# -----------------------------------------------------------------------------------

bring() {
    local mode
    for mode in "$@"; do
        case $mode in
            build | lint)
                check_rust
                look_for_build
                ;;
            server) look_for_server ;;
            test)
                check_rust
                look_for_build
                look_for_server
                look_for_python
                # /usr/sbin is not on everybody's PATH.
                have pgbouncer || [ -x /usr/sbin/pgbouncer ] || need_package pgbouncer
                look_for_extension pg_cron cron
                ;;
            bench)
                look_for_server
                look_for_extension pg_partman partman
                ;;
            demo)
                check_rust
                look_for_build
                look_for_server
                look_for_python
                ;;
            *) die "unknown mode: $mode" "Modes: build server test bench demo lint" ;;
        esac
    done
    install_packages
    for mode in "$@"; do
        case $mode in
            build | test | demo | lint) bring_cargo_pgrx ;;
        esac
        case $mode in
            test | lint)
                check_rust_component fmt rustfmt
                check_rust_component clippy clippy
                ;;
        esac
        case $mode in
            test) bring_python_packages ;;
            demo) bring_cdnow ;;
        esac
    done
}

[ $# != 0 ] || set -- build server
locked tools bring "$@"
