#!/usr/bin/env bash
# The .deb through its life on a machine with systemd: install, upgrade from the previous package's
# real state file with a changed conffile, removal, purge, and again; then once without systemd.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")")
. "$here/deb.sh"
. "$here/../systemd/machine.sh"

work=$(mktemp -d /tmp/tided-package.XXXXXX)
finish() {
    machine_halt
    rm -rf "$work" "$deb_output"
}
trap finish EXIT

deb_build "$work"
expect "contents name binary, unit, configuration, manual" bash -c "dpkg-deb -c '$work/tided.deb' |
    awk '{print \$6}' | grep -cxE './usr/bin/tided|./usr/lib/systemd/system/tided.service|./etc/tided/tided.toml|./usr/share/man/man8/tided.8.gz|./usr/share/man/man5/tided.toml.5.gz' |
    grep -qx 5"
expect "depends on the libraries it links" bash -c \
    "dpkg-deb -f '$work/tided.deb' Depends | grep -q libssl3"
# The project has no mail address of its own yet.
expect "lintian finds no error" lintian --allow-root --fail-on error --tag-display-limit 0 \
    --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$work/tided.deb"

machine_boot "$work/machine" || exit $?
machine_put "$work/tided.deb" srv/tided.deb
machine_put "$work/previous.deb" srv/previous.deb
active() { machine_run systemctl is-active --quiet tided; }
events() { machine_run curl -sf 'http://127.0.0.1:9119/api/v1/decisions?limit=1000' | grep -o '"kind":"started"' | wc -l; }

expect "installs" machine_run dpkg -i /srv/previous.deb
expect "the user exists" machine_run getent passwd tided
expect "the service runs" machine_wait 20 active
expect "the shipped policy file passes check" machine_run tided check /etc/tided/tided.toml
expect "it is in dry-run" bash -c "nsenter -t $machine_init -m -r -- curl -sf http://127.0.0.1:9119/api/v1/status | grep -q '\"mode\":\"dry-run\"'"
verify() { machine_run systemd-analyze verify "$1" >"$work/verify" 2>&1; }
expect "systemd-analyze verify runs" verify /lib/systemd/system/tided.service
expect "and names no line of ours" bash -c "! grep tided '$work/verify'"
machine_run sh -c 'sed s/^Type=/Typ=/ /lib/systemd/system/tided.service >/run/wrong-tided.service'
verify /run/wrong-tided.service || :
expect "it would name a wrong one" grep -E "wrong-tided.service:[0-9]+: Unknown key 'Typ'" "$work/verify"
exposure_at_most() {
    machine_run systemd-analyze security --offline=true --threshold="$1" --no-pager \
        /lib/systemd/system/tided.service >"$work/exposure" || return 1
    machine_say "$(tail -n 1 "$work/exposure")" >&3
}
exec 3>&1
expect "exposure is at most 1.5" exposure_at_most 15
machine_run install -D -m 644 /usr/share/doc/tided/examples/tided.service.d/workers.conf \
    /run/systemd/system/tided.service.d/workers.conf
expect "exposure is at most 2.0 with the drop-in" exposure_at_most 20
machine_run rm -r /run/systemd/system/tided.service.d

journalled() { [ "$(events)" -gt 0 ]; }
expect "its start is in the journal" machine_wait 10 journalled
expect "a state file is there" machine_run test -s /var/lib/tided/tided.db
machine_run sh -c 'echo "# changed by the administrator" >>/etc/tided/tided.toml'
before=$(events)
expect "upgrades" machine_run dpkg -i --force-confold /srv/tided.deb
expect "the service runs after it" machine_wait 20 active
expect "the changed conffile is kept" machine_run grep -q administrator /etc/tided/tided.toml
expect "the new one lies beside it" machine_run test -f /etc/tided/tided.toml.dpkg-dist
expect "the journal of before is still there" machine_wait 10 bash -c \
    ". '$here/../systemd/machine.sh'; machine_init=$machine_init; $(declare -f events); [ \$(events) -gt $before ]"

expect "removes" machine_run dpkg -r tided
expect "the service is gone" bash -c "! nsenter -t $machine_init -m -p -r -- systemctl is-active --quiet tided"
expect "configuration and state stay" machine_run test -f /etc/tided/tided.toml -a -f /var/lib/tided/tided.db
expect "purges" machine_run dpkg -P tided
expect "nothing of it stays" machine_run sh -c '! ls -d /etc/tided /var/lib/tided /run/tided /usr/bin/tided 2>/dev/null | grep .'
expect "installs again" machine_run dpkg -i /srv/tided.deb
expect "and runs again" machine_wait 20 active
machine_halt

mkdir "$work/bare"
machine_boot "$work/bare" bare || exit $?
machine_put "$work/tided.deb" srv/tided.deb
expect "without systemd: installs" machine_run dpkg -i /srv/tided.deb
expect "without systemd: works" machine_run tided check /etc/tided/tided.toml
expect "without systemd: reinstalls" machine_run dpkg -i /srv/tided.deb
expect "without systemd: purges" machine_run dpkg -P tided
