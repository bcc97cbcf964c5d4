# Sourced: pools of sleeping workers under the real service, and what must hold after a kill.
. "$here/installed.sh"

drill_boot() {
    installed_boot
    machine_run mkdir -p /run/systemd/system/tided.service.d
    machine_run install -m 644 /usr/share/doc/tided/examples/tided.service.d/workers.conf \
        /run/systemd/system/tided.service.d/workers.conf
    machine_run sh -c \
        'printf "[Unit]\nStartLimitIntervalSec=0\n" >/run/systemd/system/tided.service.d/test.conf'
    machine_run systemctl daemon-reload
}

# must COMMAND...: as expect, but silent when all is well.
must() {
    "$@" >"$deb_output" 2>&1 && return
    echo "not ok: ${drill_at:-}: $*"
    cat "$deb_output"
    machine_run pgrep -af '^/bin/sleep' || :
    machine_run journalctl --no-pager -o cat -u tided -n 40
    exit 1
}

configure() { # configure KEEP COUNT IDLE: `web` has COUNT workers, `idle` shall have IDLE
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
min = $3
max = 2
TOML
}

# The command lines of all workers, in order: each index once, none of the paused pool.
workers_are_exactly() {
    diff <(machine_run pgrep -af '^/bin/sleep [89]000' | cut -d' ' -f2- | sort) \
        <(seq -f '/bin/sleep 9000%g' 0 $(($1 - 1)) | sort)
}

holds() { # holds COMMAND...: for a second
    local until=$(($(date +%s%N) + 1000000000))
    while [ "$(date +%s%N)" -lt "$until" ]; do
        "$@" || return 1
    done
}

api() { curl -sf "http://127.0.0.1:9119/api/v1/$1"; }
# Decisions and steps of `web`, one a line: time, kind, from, to, text.
journal() {
    api 'decisions?policy=web&limit=1000' | python3 -c 'if True:
        import json, sys
        found = json.load(sys.stdin)
        for e in found["decisions"] if isinstance(found, dict) else found:
            print(e["at"], e["kind"], e.get("from"), e.get("to"), e["text"], sep="\t")' | sort
}
pause_line() { machine_run tided status | grep -o 'paused by .*'; }
pids() { machine_run pgrep -f '^/bin/sleep 9000' | sort; }

# A service that knows of no drill before, with COUNT workers, `idle` paused although it shall have
# two.
drill_begin() { # drill_begin KEEP COUNT
    drill_at="keep = $1"
    configure "$1" "$2" 0
    must machine_run systemctl stop tided
    must machine_run find /var/lib/tided -mindepth 1 -delete
    must machine_run systemctl start tided
    must machine_wait 15 workers_are_exactly "$2"
    must machine_run tided pause idle --reason drill --for 2h
    configure "$1" "$2" 2
    must machine_run tided reload
    must machine_wait 5 pause_line
    drill_pause=$(pause_line)
    must grep -E '^paused by uid=0\(root\) until 20.*Z: drill$' <<<"$drill_pause"
}

before_kill() {
    drill_pid=$(value MainPID)
    drill_journal=$(journal)
    must [ -n "$drill_journal" ]
}

journal_is_kept() { [ -z "$(comm -23 <(echo "$drill_journal") <(journal))" ]; }
none_open() { api status | grep '"open_steps": *0[,}]'; }

after_kill() { # after_kill COUNT
    must machine_wait 15 new_pid "$drill_pid"
    must machine_wait 15 workers_are_exactly "$1"
    must machine_wait 5 none_open
    must holds workers_are_exactly "$1"
    must [ "$(pause_line)" = "$drill_pause" ]
    must journal_is_kept
}

drill_end() { # no worker outlives a service without keep
    must machine_run systemctl stop tided
    [ "$1" = true ] || must machine_wait 10 workers_are_exactly 0
}
