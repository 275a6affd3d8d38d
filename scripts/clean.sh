#!/usr/bin/env bash
# Removes what was built, and this checkout's private servers. Tools and data in
# the cache stay: other checkouts use them too.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cargo clean
rm -rf "$CHECKOUT"
