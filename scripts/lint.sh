#!/usr/bin/env bash
# What can be said of the sources without running them.
#
#   scripts/lint.sh [format|clippy|shell|deny ...]   (all)

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

format() { cargo fmt --all --check; }

# In the profile and with the linker flag of `cargo pgrx package`: so both use
# the same build scripts and macros, which are most of what there is to compile.
# (Clippy links nothing.) The flag is pgrx's, src/cargo.rs of cargo-pgrx.
readonly pgrx_flags="target.'cfg(all(target_family = \"unix\", not(target_os = \"macos\")))'.rustflags = [\"-C\", \"link-arg=-Wl,--no-gc-sections\"]"
clippy() {
    PGRX_PG_CONFIG_PATH=$(base_pg_config) cargo clippy --config "$pgrx_flags" --release --workspace \
        --all-targets --no-default-features --features "pg$PG_MAJOR" -- -D warnings
}

# These two only where the tool is there.
shell() { ! have shellcheck || shellcheck -x scripts/*.sh bench/*.sh; }

deny() { ! have cargo-deny || cargo deny check licenses bans sources; }

[ $# != 0 ] || set -- format clippy shell deny
for check in "$@"; do
    case $check in
        format | clippy | shell | deny) "$check" ;;
        *) die "unknown check: $check" ;;
    esac
done
