#!/usr/bin/env bash
# tided at work in front of you: a small HTTP worker as a process pool, a load that rises sixfold
# and falls again, and how replicas and decisions move with it.
#
#   daemon/demo.sh [--seconds N]   default 90
#   daemon/demo.sh --forever       until Ctrl-C
#   daemon/demo.sh --picture FILE  also writes the last screen as SVG
#
# Installs what is needed (Debian 12, root), builds, runs everything on loopback and in a temporary
# directory, and ends what it started. Works without a terminal too: then it prints plain lines.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$root"
ulimit -c 0

seconds=90 forever=no picture=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --forever) forever=yes ;;
    --picture) picture=$(readlink -f "${2:?--picture needs a file}") && shift ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
[[ $seconds =~ ^[0-9]+$ ]] && [ "$seconds" -ge 20 ] || { echo "--seconds: at least 20" >&2; exit 2; }

work=$(mktemp -d /tmp/tided-demo.XXXXXX)
daemon= load=
clean_up() {
    local pid
    for pid in $load $daemon; do kill "$pid" 2>/dev/null || true; done
    for pid in $load $daemon; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# First port of a block of 16 that nobody listens on.
free_ports() {
    local first last busy
    for first in $(seq 21000 16 21400); do
        busy=no
        for last in $(seq "$first" $((first + 15))); do
            (exec 3<>"/dev/tcp/127.0.0.1/$last") 2>/dev/null && busy=yes
        done
        [ "$busy" = no ] && { echo "$first"; return; }
    done
    echo "no free ports between 21000 and 21415" >&2
    return 1
}

echo "preparing: packages and a release build (a few minutes the first time)"
bash tests/run.sh --setup-build
[ -f build/release/build.ninja ] || cmake --preset release >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; exit 1; }
cmake --build --preset release --target tided demo_worker demo_load demo_view >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log"; exit 1; }
bin=$root/build/release

first=$(free_ports)
api=$first first_port=$((first + 1)) most=12
targets=$(for i in $(seq 0 $((most - 1))); do printf '"127.0.0.1:%d", ' $((first_port + i)); done)
cat >"$work/tided.toml" <<TOML
[daemon]
listen = "127.0.0.1:$api"
control_socket = "$work/control.sock"
state = "$work/state"
log_file = "$work/tided.log"
interval = "1s"
mode = "act"

[source.workers]
type = "scrape"
interval = "1s"
targets = [$targets]

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["$bin/daemon/demo/demo_worker", "--port", "{port}", "--service-ms", "20"]
first_port = $first_port
probe = "http://127.0.0.1:{port}/ready"

[policy.web]
pool = "web"
min = 2
max = $most

[[policy.web.metric]]
name = "rps"
query = "sum(rate(demo_requests_total[5s]))"
source = "workers"
target = { average_value = 30 }
max_age = "5s"

[policy.web.behavior] # a day in a minute and a half: HPA's pace (+100 % per 15 s) is for real days
scale_up.policies = [{ type = "percent", value = 100, period = "3s" }]
scale_down.stabilization = "10s"
TOML
mkdir "$work/state"
"$bin/tided" check "$work/tided.toml"
"$bin/tided" run --config "$work/tided.toml" >"$work/out.log" 2>&1 &
daemon=$!
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$api") 2>/dev/null && break
    kill -0 "$daemon" 2>/dev/null || { cat "$work/out.log" "$work/tided.log"; exit 1; }
    sleep 0.1
done
echo "tided listens on http://127.0.0.1:$api (metrics: /metrics, policy: /api/v1/policies/web)"

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
for _ in $(seq 100); do # the two workers of the minimum, so that the load meets somebody
    listens $((first_port)) && listens $((first_port + 1)) && break
    sleep 0.1
done
sleep 0.5

round() {
    "$bin/daemon/demo/demo_load" --first-port "$first_port" --ports "$most" --base 40 --peak 240 \
        --seconds "$seconds" --stats "$work/load.stats" >"$work/load.log" &
    load=$!
    "$bin/daemon/demo/demo_view" --api "$api" --policy web --stats "$work/load.stats" \
        --seconds "$seconds" ${picture:+--svg "$picture"}
    wait "$load" || true
    load=
    echo "load: $(cat "$work/load.log")"
    "$bin/tided" explain web --socket "$work/control.sock" || true
}

round
while [ "$forever" = yes ]; do round; done

cat <<END

That was tided on http://127.0.0.1:$api: 6 times the load, replicas behind it, every step explained.
How to go on:
  README.md                        five minutes to production
  $bin/tided check systemd/tided.toml
  man systemd/man/tided.8          all commands
END
