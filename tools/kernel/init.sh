#!/bin/bash
# Process 1 of the guest; JOB, the folder that job.ts describes, comes on the kernel's command line. The guest's root is
# the host's, read-only, with memory over it: the same programs and files under the same paths, and what is written is
# lost with the guest, but for the job's folder and those named in its file `writable`.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

power_off() {
  sync
  echo o >/proc/sysrq-trigger
  sleep 60
}

fail() {
  echo "init: $*"
  power_off
}

# First as the kernel starts it, on the host's bare root; then once more in a root that can be written.
overlay_root() {
  local ram=/mnt
  mount -t tmpfs ram $ram && mkdir $ram/upper $ram/work $ram/root || fail "no memory filesystem"
  modprobe -d "$kernel" overlay || fail "no overlay filesystem"
  mount -t overlay -o lowerdir=/,upperdir=$ram/upper,workdir=$ram/work overlay $ram/root || fail "no root"
  STAGE=root exec chroot $ram/root "$JOB/init"
}

mount_system() {
  mount -t sysfs sys /sys
  mount -t devtmpfs dev /dev
  mkdir -p /dev/pts /dev/shm
  mount -t devpts pts /dev/pts
  mount -t tmpfs shm /dev/shm
  mount -t tmpfs run /run
  mkdir -p /run/lock /run/netns
}

# A folder of the host, writable, in its place.
mount_host() {
  mkdir -p "$1" && mount -t hostfs -o "$1" host "$1"
}

# Under /lib/modules, so that the kernel's own requests ("ip link add type veth") find them, too.
mount_modules() {
  mkdir -p /lib/modules /run/kernel
  mount -t hostfs -o "$kernel" host /run/kernel && mount --bind /run/kernel/lib/modules /lib/modules
}

wait_until_uptime() {
  local now
  read -r now _ </proc/uptime
  awk -v now="$now" -v wanted="$1" 'BEGIN { if (wanted > now) system("sleep " wanted - now) }'
}

mount -t proc proc /proc || exit 1
read -r kernel <"$JOB/kernel"
if [[ ${STAGE-} != root ]]; then overlay_root; fi

mount_system
mount_host "$JOB" || fail "no job folder"
while read -r folder; do mount_host "$folder" || fail "no folder $folder"; done <"$JOB/writable"
mount_modules || fail "no modules"
mapfile -t modules <"$JOB/modules"
modprobe -a "${modules[@]}" || fail "a module does not load"
ip link set lo up
hostname heddle-guest
read -r not_before <"$JOB/not-before"
wait_until_uptime "$not_before"

env -i bash "$JOB/command" </dev/null >>"$JOB/stdout" 2>>"$JOB/stderr"
status=$?
dmesg >"$JOB/dmesg"
echo $status >"$JOB/status"
power_off
