#!/usr/bin/env bash
# Builds the extension and puts it where it is wanted.
#
#   scripts/build.sh private             into this checkout's private server
#   scripts/build.sh install [PG_CONFIG] into the server of that pg_config
#   scripts/build.sh package [PG_CONFIG] as an archive below the target directory
#
# What cargo-pgrx produces is kept below $TARGET/stage with a fingerprint of the
# sources, from where it is copied: where nothing changed, nothing is built.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# Everything that the library or the script is made from. Contents and not
# times, so that a checkout or a touched file costs nothing.
fingerprint() {
    local pg_config=$1 path sources=()
    for path in Cargo.toml Cargo.lock pg_crm.control build.rs .cargo rust-toolchain.toml src core sql; do
        [ ! -e "$path" ] || sources+=("$path")
    done
    {
        "$pg_config" --version
        rustc --version
        echo "pgrx $PGRX_VERSION"
        find "${sources[@]}" \( -path core/tests -o -path core/benches -o -path core/target \
            -o -name proptest-regressions \) -prune -o -type f -print0 |
            sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

# One stage for each server: the files' paths below it are the server's.
stage_directory() {
    local pg_config=$1
    echo "$TARGET/stage/pg$(major_of "$pg_config")-$(printf %s "$pg_config" | sha256sum | cut -c1-8)"
}

# In DIRECTORY: what `cargo pgrx package` would lay out below it.
stage() {
    local pg_config=$1 major=$2 directory=$3 print
    # After a first build Cargo.lock is there, and part of the print.
    [ -f Cargo.lock ] || cargo generate-lockfile
    print=$(fingerprint "$pg_config")
    [ "$(cat "$directory/fingerprint" 2>/dev/null || true)" != "$print" ] || return 0

    heading "Building pg_crm for $("$pg_config" --version)"
    rm -rf "$directory"
    PGRX_PG_CONFIG_PATH=$pg_config "$(cargo_pgrx_path)" pgrx package \
        --pg-config "$pg_config" --no-default-features --features "pg$major" \
        --out-dir "$directory/root" >&2
    echo "$print" >"$directory/fingerprint"
}

# The files of a stage, laid into the two directories. Files are replaced, never
# written to: a running server has the library mapped.
copy_stage() {
    local pg_config=$1 directory=$2 pkglibdir=$3 extension_dir=$4 as=()
    if ! [ -w "$pkglibdir" ] || ! [ -w "$extension_dir" ]; then
        have sudo || die "cannot write to $pkglibdir and $extension_dir, and there is no sudo" \
            "Run 'make package' and let an administrator unpack the archive at /."
        as=(sudo)
        say "copying with sudo: only root may write to $pkglibdir"
    fi
    "${as[@]}" install -m 0755 "$directory/root$("$pg_config" --pkglibdir)"/pg_crm*.so "$pkglibdir/"
    "${as[@]}" install -m 0644 "$directory/root$("$pg_config" --sharedir)"/extension/pg_crm* "$extension_dir/"
}

server_of() {
    local given=$1 pg_config major
    if ! pg_config=$(real_pg_config "$given"); then
        # A Debian server without development packages has no pg_config on PATH.
        pg_config=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
        if [ "$given" != pg_config ] || ! [ -x "$pg_config" ]; then
            die "there is no $given" "Say which server: make install PG_CONFIG=/path/to/pg_config"
        fi
    fi
    major=$(major_of "$pg_config")
    ((major >= OLDEST_MAJOR && major <= NEWEST_MAJOR)) ||
        die "pg_crm needs PostgreSQL $OLDEST_MAJOR to $NEWEST_MAJOR; $pg_config is $("$pg_config" --version)"
    echo "$pg_config"
}

stage_for() {
    local pg_config=$1 major
    major=$(major_of "$pg_config")
    PG_CRM_BASE=$pg_config scripts/tools.sh build
    locked "build-${CHECKOUT##*/}" stage "$pg_config" "$major" "$(stage_directory "$pg_config")"
}

install_privately() {
    local base own stage print pkglibdir extension_dir
    base=$(base_pg_config)
    own=$(scripts/server.sh)
    stage_for "$base"
    stage=$(stage_directory "$base")
    print=$(cat "$stage/fingerprint")
    [ "$(cat "$PRIVATE/installed" 2>/dev/null || true)" != "$print" ] || return 0
    pkglibdir=$("$own" --pkglibdir)
    extension_dir=$("$own" --sharedir)/extension
    # Scripts of versions that no longer exist would offer upgrades from them.
    rm -f "$pkglibdir"/pg_crm*.so "$extension_dir"/pg_crm*
    copy_stage "$base" "$stage" "$pkglibdir" "$extension_dir"
    echo "$print" >"$PRIVATE/installed"
}

install_into() {
    local pg_config pkglibdir extension_dir
    pg_config=$(server_of "$1")
    stage_for "$pg_config"
    pkglibdir=$("$pg_config" --pkglibdir)
    extension_dir=$("$pg_config" --sharedir)/extension
    [ -d "$extension_dir" ] || die "there is no $extension_dir" "Is the server installed beside $pg_config?"
    copy_stage "$pg_config" "$(stage_directory "$pg_config")" "$pkglibdir" "$extension_dir"
    say "pg_crm $(version) is installed in $("$pg_config" --version)." \
        "In a database: CREATE EXTENSION pg_crm CASCADE;"
}

version() { sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' Cargo.toml; }

package() {
    local pg_config major stage archive
    pg_config=$(server_of "$1")
    major=$(major_of "$pg_config")
    stage_for "$pg_config"
    stage=$(stage_directory "$pg_config")
    archive=$TARGET/pg_crm-$(version)-pg$major-$(uname -m)-linux.tar.gz
    # Files alone: unpacking at / shall not touch what its directories are like.
    # The same files make the same archive, byte by byte.
    (cd "$stage/root" && find . -type f -printf '%P\0' | sort -z) |
        tar --null --no-recursion --owner=0 --group=0 --numeric-owner \
            --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}" \
            -C "$stage/root" -T - -c | gzip -n >"$archive"
    say "To install it: tar -C / --no-same-owner -xzf ${archive##*/}"
    echo "$archive"
}

case ${1-} in
    private) install_privately ;;
    install) install_into "${2:-pg_config}" ;;
    package) package "${2:-pg_config}" ;;
    *) die "usage: scripts/build.sh private | install [PG_CONFIG] | package [PG_CONFIG]" ;;
esac
