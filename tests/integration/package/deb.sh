#!/usr/bin/env bash
# Packages for the tests: the one of this build, and the "previous" one to upgrade from.
#   . deb.sh; deb_build DIR       leaves DIR/tided.deb and DIR/previous.deb
# Packs what is built in $TIDED_BUILD (build/release).
# The previous package differs in its version and in its default policy file, so that an upgrade
# meets a configuration that changed on both sides.
set -euo pipefail

deb_root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../..")

deb_build() {
    local out=$1 tree=$1/tree
    (cd "${TIDED_BUILD:-$deb_root/build/release}" && cpack -G DEB -B "$out/cpack" >"$out/cpack.log" 2>&1) ||
        { cat "$out/cpack.log"; return 1; }
    mv "$out"/cpack/tided_*.deb "$out/tided.deb"
    dpkg-deb -R "$out/tided.deb" "$tree"
    sed -i 's/^Version: .*/Version: 0.0.9/' "$tree/DEBIAN/control"
    echo '# As the previous version shipped it.' >>"$tree/etc/tided/tided.toml"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 md5sum) \
        >"$out/md5sums"
    mv "$out/md5sums" "$tree/DEBIAN/md5sums"
    dpkg-deb --root-owner-group -b "$tree" "$out/previous.deb" >/dev/null
}

# expect WHAT COMMAND...: the command must succeed.
expect() {
    local what=$1
    shift
    if "$@" >"$deb_output" 2>&1; then
        echo "ok: $what"
    else
        echo "not ok: $what"
        cat "$deb_output"
        exit 1
    fi
}
deb_output=$(mktemp)
