#!/usr/bin/env bash
# The daemon dies at every named failpoint of a step and systemd restarts it: the pool is complete,
# no worker is orphaned or doubled, kept ones are the same, the pause and the journal of before are
# still there, no step stays open.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")")
. "$here/drill.sh"
few=3 many=6

drill_boot
deaths() { machine_run journalctl --no-pager -o cat -u tided | grep -c 'code=killed, status=9/KILL' || :; }
restarts_are() { [ "$(value NRestarts)" = "$1" ]; }
# What its environment says of failpoints; the unit's own TIDED_CONFINED shows that it can be read.
armed_for() {
    local seen
    seen=$(machine_run cat "/proc/$(value MainPID)/environ" | tr '\0' '\n' |
        grep -E '^TIDED_(CONFINED|FAILPOINT)=' | sort | tr '\n' ' ')
    [ "$seen" = "TIDED_CONFINED=0 ${1:+TIDED_FAILPOINT=$1 }" ]
}
is_restarted() { new_pid "$drill_pid" && restarts_are 1 && [ "$(deaths)" = $((died + 1)) ]; }
# What the journal has of steps that was not there before: their kinds and texts.
steps() {
    comm -13 <(echo "$drill_journal") <(journal) |
        awk -F'\t' '$2 ~ /^step_/ {print $2, ($2 == "step_outcome" ? $5 : "")}'
}
steps_are() { diff <(steps) <(printf '%b' "$1"); }
intended="step_intended \n" finished="step_outcome web: $few -> $many done\n"
afresh="step_outcome web: $few -> $many refused: a restart cut it short and the pool is at $few: decided afresh\n"

die_at() { # die_at KEEP PLACE[:COUNT] STEPS
    local died before
    drill_at="keep = $1, $2"
    must machine_run systemctl stop tided
    configure "$1" "$few" 2
    must machine_run systemctl set-environment "TIDED_FAILPOINT=$2"
    must machine_run systemctl start tided
    must machine_run systemctl unset-environment TIDED_FAILPOINT
    must machine_wait 15 workers_are_exactly "$few"
    must armed_for "$2"
    must restarts_are 0
    before_kill
    before=$(pids)
    died=$(deaths)
    configure "$1" "$many" 2
    machine_run tided reload >/dev/null 2>&1 || : # its answer may die with the daemon
    must machine_wait 15 is_restarted
    must armed_for ""
    after_kill "$many"
    must restarts_are 1
    must steps_are "$3"
    [ "$1" = false ] || must [ -z "$(comm -23 <(echo "$before") <(pids))" ]
    echo "ok: keep = $1: it dies at $2 and comes back whole"
}

back_to_few() {
    must machine_run systemctl stop tided
    configure "$1" "$few" 2
    must machine_run systemctl start tided
    must machine_wait 15 workers_are_exactly "$few"
}

for keep in false true; do
    drill_begin "$keep" "$few"
    # Without keep the start itself spawns the few; the step is to die at the second of its three.
    spawned=$([ "$keep" = true ] && echo 2 || echo $((few + 2)))
    die_at "$keep" before_intent "$intended$finished"
    for place in after_intent answer_read; do # the pool starts nobody before the step is closed
        back_to_few "$keep"
        die_at "$keep" "$place" "$intended$afresh$intended$finished"
    done
    for place in "call_sent:$spawned" outcome_written; do
        back_to_few "$keep"
        die_at "$keep" "$place" "$intended$finished"
    done
    drill_end "$keep"
done
