#!/usr/bin/env bash
# kill -9 at random moments under a real systemd, in the midst of steps: after each restart the pool
# is what the policy file says, no worker is orphaned or doubled, the pause is still there. Twenty
# times without keep, twenty times with it.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")")
. "$here/installed.sh"
kills=${KILLS:-20}

installed_boot
machine_run mkdir -p /run/systemd/system/tided.service.d
machine_run install -m 644 /usr/share/doc/tided/examples/tided.service.d/workers.conf \
    /run/systemd/system/tided.service.d/workers.conf
machine_run sh -c \
    'printf "[Unit]\nStartLimitIntervalSec=0\n" >/run/systemd/system/tided.service.d/test.conf'
machine_run systemctl daemon-reload

paused() { machine_run tided status | grep -e 'paused by .*: drill' >/dev/null; }

configure() { # configure KEEP MIN
    cat >"/proc/$machine_init/root/etc/tided/tided.toml" <<TOML
[daemon]
interval = "100ms"
mode = "act"

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["/bin/sleep", "9000{index}"]
keep = $1
stop_grace = "1s"

[policy.web]
pool = "web"
min = $2
max = $2

[pool.idle]
provider = "here"
command = ["/bin/sleep", "8000{index}"]

[policy.idle]
pool = "idle"
min = 0
max = 2
TOML
}

drill() { # drill KEEP
    local keep=$1 round pid size=3
    configure "$keep" 3
    machine_run systemctl restart tided
    machine_wait 15 workers_are 3
    machine_run tided pause idle --reason drill
    for ((round = 0; round < kills; ++round)); do
        size=$((size == 3 ? 5 : 3))
        configure "$keep" "$size"
        pid=$(value MainPID)
        machine_run tided reload >/dev/null
        sleep "0.$((RANDOM % 400 + 100))" # the moment of the kill is what varies
        machine_run kill -KILL "$pid"
        machine_wait 15 new_pid "$pid" || return 1
        machine_wait 15 workers_are "$size" || {
            echo "round $round: $(workers) workers, not $size"
            return 1
        }
        paused || { echo "round $round: the pause is gone"; return 1; }
    done
    machine_run tided resume idle >/dev/null
}

expect "$kills kills without keep lose, orphan and double nothing" drill false
machine_run systemctl stop tided
expect "its workers end with it" machine_wait 10 workers_are 0
expect "$kills kills with keep lose, orphan and double nothing" drill true
