#!/usr/bin/env bash
# kill -9 under a real systemd: when some of the new workers of a step are there and others are not
# yet, and at random moments of a step down. After each restart the pool is what the policy file
# says, no worker is orphaned or doubled, the pause and the journal of before are still there.
# Twenty times without keep, twenty times with it.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")")
. "$here/drill.sh"
kills=${KILLS:-20}
few=4 many=24

drill_boot

# The daemon's children as this side of the namespaces sees them: no process is started to look.
children() {
    local -a found
    read -ra found <"/proc/$daemon/task/$daemon/children" || :
    count=${#found[@]}
}

# Kills the daemon once it has some new workers; whether it was short of the rest.
kill_in_growth() {
    local before some=$((1 + RANDOM % (many - few - 4))) deadline=$((SECONDS + 10))
    children
    before=$count
    machine_run tided reload >/dev/null &
    until [ "$count" -ge $((before + some)) ]; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        children
    done
    kill -KILL "$daemon" || return 1
    killed=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
    [ "$count" -ge $((before + many - few)) ] || midst=$((midst + 1))
    wait $! || : # its answer may have died with the daemon
}

kill_in_shrinking() {
    machine_run tided reload || return 1
    sleep "0.$(printf %03d $((RANDOM % 250)))"
    kill -KILL "$daemon"
}

# A step to `many` that was not there at the beginning was on record before the kill.
intended() {
    comm -13 <(echo "$drill_journal") <(journal) | awk -F'\t' -v kill="$killed" -v to="$many" \
        '$2 == "step_intended" && $4 == to && $1 <= kill {found = 1} END {exit !found}'
}

drill() { # drill KEEP
    local round size=$few midst=0 count killed
    drill_begin "$1" "$size"
    for ((round = 0; round < kills; ++round)); do
        drill_at="keep = $1, round $round"
        size=$((size == few ? many : few))
        before_kill
        daemon=$(pgrep -P "$machine_init" -x tided)
        configure "$1" "$size" 2
        if [ "$size" = "$many" ]; then
            must kill_in_growth
            after_kill "$size"
            must intended
        else
            must kill_in_shrinking
            after_kill "$size"
        fi
    done
    drill_end "$1"
    echo "in the midst of a step: $midst of $kills kills"
    must [ "$midst" -ge $((kills / 4)) ] # of the half that grow
}

drill false
echo "ok: $kills kills without keep lose, orphan and double nothing; its workers end with it"
drill true
echo "ok: $kills kills with keep lose, orphan and double nothing"
