#!/usr/bin/env bash
# A throw-away machine for a test: this machine's own root as the read-only layer of an overlay,
# real systemd as PID 1 in namespaces of its own (pid, mount, uts, ipc, cgroup). The network is
# shared, so services can be reached on loopback. Needs root; nothing of it survives the test.
#
#   . machine.sh
#   machine_boot DIR          systemd runs when it returns (status 77 = cannot be done here)
#   machine_boot DIR bare     the same file system, no systemd: as in a container image
#   machine_put FILE PATH     copies FILE into the machine
#   machine_run COMMAND...    runs a command in it
#   machine_halt
#
# Both cgroup layouts are known: v2 alone, and v1 controllers with v2 beside them.
set -euo pipefail

machine_controllers="cpu cpuacct memory pids blkio devices freezer"

machine_say() { printf 'machine: %s\n' "$*"; }

# machine_wait SECONDS COMMAND...: until it succeeds.
machine_wait() {
    local deadline=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# The cgroups that this shell is in, one directory a line, for every hierarchy that is mounted.
machine_own_cgroups() {
    local line id names path
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
        sed -n 's|^0::|/sys/fs/cgroup|p' /proc/self/cgroup
        return
    fi
    while IFS=: read -r id names path; do
        case $id:$names in
        0:) names=unified ;;
        *:name=*) names=${names#name=} ;;
        esac
        [[ " $machine_controllers systemd unified " == *" ${names%%,*} "* ]] || continue
        [ ! -d "/sys/fs/cgroup/$names" ] || echo "/sys/fs/cgroup/$names${path%/}"
    done </proc/self/cgroup
}

machine_boot() {
    machine_dir=$(readlink -f "$1")
    local kind=${2:-systemd} cgroup name=tided-machine-$$
    mkdir -p "$machine_dir"/{root,layer}
    : >"$machine_dir/cgroups"
    for cgroup in $(machine_own_cgroups); do
        mkdir -p "$cgroup/$name" 2>/dev/null && echo "$cgroup/$name" >>"$machine_dir/cgroups"
    done
    # shellcheck disable=SC2016
    setsid bash -c 'while read -r group; do echo $$ >"$group/cgroup.procs" || exit 1; done <"$1/cgroups"
        exec unshare --fork --pid --mount --uts --ipc --cgroup --propagation private \
            bash "$2" --inside "$1" "$3"' \
        machine "$machine_dir" "${BASH_SOURCE[0]}" "$kind" \
        >"$machine_dir/boot.log" 2>&1 </dev/null &
    machine_outer=$!
    machine_find_init() {
        machine_init=$(pgrep -P "$machine_outer") &&
            [ "$(cat "/proc/$machine_init/comm")" = "$([ "$kind" = bare ] && echo sleep || echo systemd)" ]
    }
    if ! machine_wait 15 machine_find_init; then
        machine_say "cannot boot here: $(tail -n 3 "$machine_dir/boot.log")"
        machine_drop_cgroups || :
        return 77
    fi
    machine_init=$(pgrep -P "$machine_outer")
    [ "$kind" = bare ] || machine_wait 60 machine_is_up ||
        { cat "$machine_dir/boot.log"; return 1; }
}

machine_is_up() { machine_run systemctl is-system-running | grep -Eq 'running|degraded'; }

machine_run() {
    nsenter --target "$machine_init" --mount --uts --ipc --pid --cgroup --root -- \
        env -C / -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        DEBIAN_FRONTEND=noninteractive "$@"
}

machine_put() { cp "$1" "/proc/$machine_init/root/$2"; }

machine_halt() {
    [ -n "${machine_init:-}" ] || return 0
    machine_gone() { [ ! -d "/proc/$machine_init" ]; }
    if [ "$(cat "/proc/$machine_init/comm")" = systemd ]; then
        kill -s RTMIN+4 "$machine_init" # power off
        machine_wait 15 machine_gone || machine_say "systemd did not power off"
    fi
    machine_gone || kill -KILL "$machine_init"
    machine_wait 5 machine_gone || machine_say "PID 1 did not end"
    wait "$machine_outer" 2>/dev/null || :
    machine_wait 5 machine_drop_cgroups || machine_say "cgroups stay: $(cat "$machine_dir/cgroups")"
    machine_init=
}

# Takes its cgroups away; they are busy for a moment after the last process has ended.
machine_drop_cgroups() {
    local cgroup left=0
    while read -r cgroup; do
        find "$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null || :
        [ ! -d "$cgroup" ] || left=1
    done <"$machine_dir/cgroups"
    return $left
}

# --- inside the namespaces ---

machine_mount_cgroups() {
    local top=$1/sys/fs/cgroup name
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
        mount -t cgroup2 cgroup2 "$top"
        return
    fi
    mount -t tmpfs -o mode=755 tmpfs "$top"
    for name in $machine_controllers; do
        [ -d "/sys/fs/cgroup/$name" ] || continue
        mkdir "$top/$name"
        mount -t cgroup -o "$name" cgroup "$top/$name"
    done
    mkdir "$top/systemd" "$top/unified"
    mount -t cgroup -o none,name=systemd cgroup "$top/systemd"
    mount -t cgroup2 cgroup2 "$top/unified"
}

machine_mount_dev() {
    local dev=$1/dev node
    mount -t tmpfs -o mode=755 tmpfs "$dev"
    mkdir "$dev/pts" "$dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$dev/pts"
    mount -t tmpfs tmpfs "$dev/shm"
    ln -s pts/ptmx "$dev/ptmx"
    ln -s /proc/self/fd "$dev/fd"
    for node in null zero full random urandom tty; do
        : >"$dev/$node"
        mount --bind "/dev/$node" "$dev/$node"
    done
}

# Nothing of the host's services: only what basic.target needs, and what the test installs.
machine_only_basics() {
    local etc=$1/etc/systemd/system unit
    mount -t tmpfs -o mode=755 tmpfs "$etc"
    printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >"$etc/machine.target"
    for unit in systemd-udevd systemd-udev-trigger systemd-sysctl systemd-modules-load \
        systemd-sysusers systemd-tmpfiles-setup-dev systemd-random-seed systemd-update-utmp \
        apparmor e2scrub_reap keyboard-setup console-setup; do
        ln -s /dev/null "$etc/$unit.service"
    done
    ln -s /dev/null "$etc/timers.target"
    : >"$1/etc/fstab"
    rm -f "$1/usr/sbin/policy-rc.d" # as on a host: services of packages may start
}

machine_inside() {
    local dir=$1 root=$1/root
    mount -t tmpfs -o size=1g tmpfs "$dir/layer"
    mkdir "$dir/layer/upper" "$dir/layer/work"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layer/upper,workdir=$dir/layer/work" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    machine_mount_cgroups "$root"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    machine_mount_dev "$root"
    machine_only_basics "$root"
    hostname tided-machine
    cd "$root"
    mkdir -p .host
    pivot_root . .host
    umount -l /.host
    if [ "$2" = bare ]; then
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sleep 1000000
    fi
    exec env -i container=tided PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --unit=machine.target --log-target=journal
}

if [ "${1:-}" = --inside ]; then
    machine_inside "$2" "$3"
fi
