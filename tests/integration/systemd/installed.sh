# Sourced: a machine with the package installed, and questions about the service on it.
. "$here/../package/deb.sh"
. "$here/machine.sh"

installed_boot() {
    work=$(mktemp -d /tmp/tided-installed.XXXXXX)
    trap installed_end EXIT
    deb_build "$work"
    machine_boot "$work/machine" || exit $?
    machine_put "$work/tided.deb" srv/tided.deb
    machine_run dpkg -i /srv/tided.deb >/dev/null
}

installed_end() {
    machine_halt
    rm -rf "$work" "$deb_output"
}

value() { machine_run systemctl show -P "$1" tided; }
active() { machine_run systemctl is-active --quiet tided; }
new_pid() { [ "$(value MainPID)" != "$1" ] && [ "$(value MainPID)" != 0 ] && active; }
workers() { machine_run pgrep -cf 'sleep 9000' || :; }
workers_are() { [ "$(workers)" = "$1" ]; }
