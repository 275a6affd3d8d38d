#!/usr/bin/env bash
# Makes a private copy of the installed PostgreSQL and prints the path of its
# pg_config, so that builds can be installed without root and without writing
# into the system's server.
#
# PostgreSQL finds its libraries and its share directory relative to the place
# of the running binary (symbolic links resolved). So the binaries are copied,
# and around them the same tree is rebuilt out of real directories, to which an
# extension can be installed, and links for all files that are there. Extensions
# of the system's server load in the copy as well.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

base=$(base_pg_config)
[ -x "$base" ] || die "there is no $base" "Run scripts/tools.sh server first."

bindir=$("$base" --bindir)
pkglibdir=$("$base" --pkglibdir)
sharedir=$("$base" --sharedir)
includedir=$("$base" --pkgincludedir)
libdir=$("$base" --libdir)
localedir=$("$base" --localedir)

# A new server version, and an extension installed or removed in the system's
# tree: both mean a new copy.
fingerprint() {
    "$base" --version
    stat -c '%n %Y %i' "$bindir/postgres" "$bindir" "$pkglibdir" "$sharedir/extension" "$includedir/."
    sha256sum <"${BASH_SOURCE[0]}"
}

common_prefix() {
    local prefix=$1 path
    for path in "$@"; do
        while [[ $path/ != "$prefix"/* ]]; do prefix=${prefix%/*}; done
    done
    echo "$prefix"
}

build_copy() {
    local stamp=$PRIVATE/fingerprint print prefix new old reported
    print=$(fingerprint)
    if [ "$(cat "$stamp" 2>/dev/null || true)" = "$print" ]; then
        return
    fi

    prefix=$(common_prefix "$bindir" "$pkglibdir" "$sharedir" "$includedir")
    new=$PRIVATE.new
    rm -rf "$new"
    in_copy() { echo "$new${1#"$prefix"}"; }

    mkdir -p "$(in_copy "$bindir")" "$(in_copy "$pkglibdir")" "$(in_copy "$sharedir")"
    cp -a --no-preserve=ownership "$bindir/." "$(in_copy "$bindir")/"
    cp -rs "$pkglibdir/." "$(in_copy "$pkglibdir")/"
    cp -rs "$sharedir/." "$(in_copy "$sharedir")/"
    # A pg_crm in the system's server must not be taken for the one built here,
    # nor be written to through a link.
    rm -rf "$(in_copy "$pkglibdir")"/{,bitcode/}pg_crm* "$(in_copy "$sharedir")"/extension/pg_crm*
    # Only read: whole directories will do.
    local directory
    for directory in "$includedir" "$libdir" "$localedir"; do
        if ! [ -d "$directory" ] || ! [[ $directory = "$prefix"/* ]]; then
            continue
        elif [ -e "$(in_copy "$directory")" ]; then
            # In a tree of its own, lib holds both the server's modules and libpq.
            find "$directory" -maxdepth 1 ! -type d -exec ln -sf -t "$(in_copy "$directory")" {} +
        else
            mkdir -p "$(dirname "$(in_copy "$directory")")"
            ln -s "$directory" "$(in_copy "$directory")"
        fi
    done

    local path=$PRIVATE${bindir#"$prefix"}/pg_config
    old=$PRIVATE.old
    rm -rf "$old"
    [ ! -e "$PRIVATE" ] || mv "$PRIVATE" "$old"
    mv "$new" "$PRIVATE"
    rm -rf "$old"

    for reported in bindir pkglibdir sharedir includedir-server; do
        [[ "$("$path" "--$reported")" = "$PRIVATE"/* ]] ||
            die "this PostgreSQL cannot be moved: its copy reports $reported $("$path" "--$reported")" \
                "Name another one by PG_CRM_BASE=/path/to/pg_config."
    done
    as_server_user "$PRIVATE${bindir#"$prefix"}/postgres" --version >/dev/null ||
        die "user $(server_user) cannot run the server in $PRIVATE" \
            "Choose a directory that this user can reach with PG_CRM_CACHE."
    echo "$path" >"$PRIVATE_PG_CONFIG_FILE"
    echo "$print" >"$stamp"
    say "private server: $("$path" --version | cut -d' ' -f2) in $PRIVATE"
}

mkdir -p "$CHECKOUT"
locked server build_copy
cat "$PRIVATE_PG_CONFIG_FILE"
