#!/usr/bin/env bash
# The service under a real systemd: start and ready, reload good and wrong, watchdog, crash, stop;
# programs refused as shipped and allowed by the drop-in, kept workers across restarts.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")")
. "$here/installed.sh"

installed_boot
is() { [ "$(value "$1")" = "$2" ]; }
configure() { cat >"/proc/$machine_init/root/etc/tided/tided.toml"; }
journal_has() { machine_run journalctl --no-pager | grep -ie "$1" >/dev/null; }
metric() { machine_run curl -sf http://127.0.0.1:9119/metrics | awk -v name="$1" '$1 == name {print $2}'; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }
fed_since() { [ "$(value WatchdogTimestampMonotonic)" -gt "$1" ]; }
users_are() { # real, effective and saved user, group of the main process
    [ "$(machine_run ps -o ruser=,euser=,suser=,egroup= -p "$(value MainPID)" | tr -s ' ')" = "$1" ]
}
as_user() { machine_run setpriv --reuid "$1" --regid "$1" --init-groups "${@:2}"; }
status_has() { as_user bert tided status | grep -e "$1" >/dev/null; }

configure <<'TOML'
[daemon]
interval = "500ms"
TOML
machine_run systemctl stop tided
started=$(date +%s%N)
expect "start returns when it is ready" machine_run systemctl start tided
echo "start to ready under systemd: $((($(date +%s%N) - started) / 1000000)) ms"
expect "it is active" active
expect "it runs as its own user" users_are "tided tided tided tided"
expect "it tells its status" bash -c "[ -n \"$(value StatusText)\" ]"

expect "a right file reloads" machine_run systemctl reload tided
expect "the metric says so" metric_is tided_config_last_reload_successful 1
configure <<<'[daemon'
machine_run systemctl reload tided >/dev/null 2>&1 && { echo "not ok: a wrong file reloads"; exit 1; }
expect "after a wrong one it runs on" active
expect "the metric says so" metric_is tided_config_last_reload_successful 0
expect "the journal says where" journal_has 'tided.toml:1:'
configure </dev/null
expect "and it is mended" machine_run systemctl reload tided

machine_run mkdir -p /run/systemd/system/tided.service.d
machine_run sh -c 'printf "[Service]\nWatchdogSec=2\nTimeoutAbortSec=2\n" >/run/systemd/system/tided.service.d/test.conf'
machine_run systemctl daemon-reload
machine_run systemctl restart tided
pid=$(value MainPID)
machine_run kill -STOP "$pid"
expect "the watchdog restarts a stuck daemon" machine_wait 30 new_pid "$pid"
expect "the restart is counted" is NRestarts 1
expect "the watchdog is named" journal_has 'watchdog'
pid=$(value MainPID)
machine_run kill -KILL "$pid"
expect "a crash is followed by a restart" machine_wait 15 new_pid "$pid"
expect "it feeds its watchdog for two periods" \
    machine_wait 30 fed_since $(($(value ExecMainStartTimestampMonotonic) + 4000000))
expect "a healthy one is not restarted" is NRestarts 2
expect "stops" machine_run systemctl stop tided
expect "in good order" is Result success
expect "with status 0" is ExecMainStatus 0

configure <<'TOML'
[daemon]
interval = "500ms"
mode = "act"

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["/bin/sleep", "9000{index}"]
keep = true

[policy.web]
pool = "web"
min = 3
max = 5
TOML
machine_run systemctl start tided >/dev/null 2>&1 && { echo "not ok: programs run as shipped"; exit 1; }
expect "as shipped programs are refused with the drop-in's name" journal_has 'workers.conf'
expect "and that is no reason to try again" is ExecMainStatus 3
machine_run install -m 644 /usr/share/doc/tided/examples/tided.service.d/workers.conf \
    /run/systemd/system/tided.service.d/workers.conf
machine_run systemctl daemon-reload
machine_run systemctl reset-failed tided
expect "with the drop-in it starts" machine_run systemctl start tided
expect "three workers run" machine_wait 15 workers_are 3
for name in ann bert; do
    machine_run useradd --no-create-home --user-group --groups tided "$name"
done
machine_run useradd --no-create-home --user-group carl
expect "a user of group tided pauses" as_user ann tided pause web --reason "migration"
expect "and is shown as owner" machine_wait 10 status_has \
    "paused by uid=$(machine_run id -u ann)(ann) until resumed: migration"
expect "another of the group may end it" as_user bert tided resume web
as_user carl tided status >/dev/null 2>&1 && { echo "not ok: a stranger reaches the socket"; exit 1; }
before=$(machine_run pgrep -f 'sleep 9000' | sort)
pid=$(value MainPID)
machine_run kill -KILL "$pid"
expect "it comes back after a kill" machine_wait 15 new_pid "$pid"
expect "and sees its workers" machine_wait 15 metric_is 'tided_policy_current_replicas{policy="web"}' 3
expect "the kept workers are the same" [ "$(machine_run pgrep -f 'sleep 9000' | sort)" = "$before" ]
machine_run systemctl restart tided
expect "it sees them after a restart" \
    machine_wait 15 metric_is 'tided_policy_current_replicas{policy="web"}' 3
expect "they are still the same" [ "$(machine_run pgrep -f 'sleep 9000' | sort)" = "$before" ]
