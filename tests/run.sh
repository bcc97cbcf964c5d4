#!/usr/bin/env bash
# Installs what the project needs on Debian 12, builds it and runs its tests.
#
#   tests/run.sh                 release build, every test; ends with ctest's summary
#   tests/run.sh --setup-only    packages only; --setup-build: those of the build alone
#   tests/run.sh --sanitizers    address+undefined, then thread: build and every test
#   tests/run.sh --asan, --tsan  one of the two
#   tests/run.sh --lint          clang-format, clang-tidy
#   tests/run.sh --package       the .deb: build, install, upgrade, purge; the unit under systemd
#   tests/run.sh --peers         heavier real peers; says what ran and what was skipped, and why
#
# Parts can be combined and run in the order given. Exit status 0 only if all of it passed.
# With CI=true warnings are errors.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
ulimit -c 0
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 # a second clone finds what the first has built

build_packages=(build-essential ccache cmake mold ninja-build pkg-config
    doctest-dev libbenchmark-dev libboost-json1.81-dev libboost-url1.81-dev libboost1.81-dev
    libc-ares-dev libcli11-dev libexpected-dev libhowardhinnant-date-dev libical-dev libre2-dev
    libspdlog-dev libsqlite3-dev libssl-dev libsystemd-dev libtomlplusplus-dev libxxhash-dev
    libyaml-cpp-dev prometheus-cpp-dev zlib1g-dev)
test_packages=(ca-certificates curl openssl procps prometheus prometheus-node-exporter python3
    sqlite3 tzdata victoria-metrics)
lint_packages=(clang-format-14 clang-tidy-14)
package_packages=(dbus dpkg-dev lintian man-db systemd)

say() { printf '\n== %s\n' "$*"; }

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs what is missing; asks the network for nothing when nothing is.
install_packages() {
    local missing=() name
    for name in "$@"; do is_installed "$name" || missing+=("$name"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # services of these packages stay off
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

configure() {
    local werror=OFF
    [ "${CI:-}" = true ] && werror=ON
    cmake --preset "$1" -DTIDED_WERROR=$werror >"build/configure-$1.log" 2>&1 ||
        { cat "build/configure-$1.log"; return 1; }
}

build() { # build PRESET [TARGET...]
    local preset=$1
    shift
    say "building $preset"
    mkdir -p build
    configure "$preset"
    cmake --build --preset "$preset" -j "$(nproc)" ${1:+--target "$@"} >"build/build-$preset.log" 2>&1 ||
        { grep -E -A12 'error|FAILED' "build/build-$preset.log" | head -80; return 1; }
    ! grep -E 'warning:' "build/build-$preset.log" || echo "(warnings above)"
}

run_tests() { # run_tests PRESET [CTEST OPTION...]
    local preset=$1
    shift
    say "testing $preset"
    ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" "$@"
}

plain() {
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    build release all all_verify_interface_header_sets
    run_tests release
}

sanitized() { # sanitized PRESET...
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/tests/support/tsan.supp
    local preset
    for preset in "$@"; do
        build "$preset"
        run_tests "$preset"
    done
}

sources() { # sources FOLDER...: its C++ files
    find "$@" \( -name '*.cpp' -o -name '*.h' \) -print
}

# Files of daemon/ that pull in Beast or TLS take clang-tidy a minute each: left to the compiler.
tidy_files() {
    sources policy metrics actuators | grep '\.cpp$'
    sources daemon | grep '\.cpp$' | xargs -r grep -LE 'boost/(beast|asio)|daemon/(sessions/session|server/http_server)'
}

lint() {
    install_packages "${build_packages[@]}" "${test_packages[@]}" "${lint_packages[@]}"
    say "clang-format"
    sources policy metrics actuators daemon tests | xargs clang-format-14 --dry-run -Werror
    say "clang-tidy"
    mkdir -p build
    configure release
    tidy_files | xargs -P "$(nproc)" -n 4 timeout 600 clang-tidy-14 --quiet -p build/release
    echo "lint: $(sources policy metrics actuators daemon tests | wc -l) files formatted, $(tidy_files | wc -l) checked"
}

# Runs each script as a test of its own; ends with "N passed, N failed".
run_scripts() {
    local passed=0 failed=0 script
    for script in "$@"; do
        if bash "$script"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAILED $script"
        fi
    done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

package() {
    install_packages "${build_packages[@]}" "${test_packages[@]}" "${package_packages[@]}"
    build release tided
    say "package and service"
    run_scripts tests/integration/package/*_test.sh tests/integration/systemd/*_test.sh
}

# A Go toolchain builds the API server from the module proxy: ten minutes the first time.
peer_api_server() {
    install_packages etcd-server
    command -v go >/dev/null || install_packages golang-go
    mkdir -p build/peers
    KUBE_APISERVER=$PWD/build/peers/kube-apiserver
    export KUBE_APISERVER PYTHONDONTWRITEBYTECODE=1 TIDED_BUILD=$PWD/build/release
    if ! (cd tests/peers/kube-apiserver && CGO_ENABLED=0 go build -mod=readonly -trimpath \
        -ldflags "-s -w" -o "$KUBE_APISERVER" .) >build/peers/kube-apiserver.log 2>&1; then
        tail -3 build/peers/kube-apiserver.log
        return 1
    fi
    python3 tests/peers/kube_apiserver_test.py && python3 tests/peers/kube_metrics_test.py
}

peers() {
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    build release tided
    say "peers"
    local run=0
    peer_api_server && run=1 || echo "FAILED kube-apiserver: see above and build/peers/"
    [ "$run" -eq 1 ] && echo "run kube-apiserver 1.26 over etcd 3.4: the kubernetes provider" &&
        echo "run metrics APIs behind it: the kubernetes_metrics source"
    echo "skipped kubelet and controllers: the test stands in for them (status follows spec)"
    if [ -n "${PROMQLTEST:-}" ]; then
        build release query_tool
        python3 tests/peers/promqltest.py build/release/tests/metrics/query_tool "$PROMQLTEST"
    else
        echo "skipped promqltest: PROMQLTEST=FOLDER names promql/promqltest/testdata of Prometheus 3"
    fi
    echo "$run run; each thing skipped is named above"
    [ "$run" -eq 1 ]
}

[ $# -gt 0 ] || set -- --plain
for part in "$@"; do
    case $part in
    --plain) plain ;;
    --setup-only) install_packages "${build_packages[@]}" "${test_packages[@]}" ;;
    --setup-build) install_packages "${build_packages[@]}" ;;
    --sanitizers) sanitized asan tsan ;;
    --asan) sanitized asan ;;
    --tsan) sanitized tsan ;;
    --lint) lint ;;
    --package) package ;;
    --peers) peers ;;
    *)
        sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
done
