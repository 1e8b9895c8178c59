#!/bin/sh
# Runs a command as a container would: as user 65532, in the root file system $1, which is read-only
# but for /var/lib/sluice and /tmp, where nothing can be executed; $2 is mounted at /etc/sluice/conf.
# With $3, a directory of a memory control group, within its limit. The rest is the environment, up
# to "--", and the command.
set -eu
root="$1" configuration="$2" group="$3"
shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount --bind -o ro "$configuration" "$root/etc/sluice/conf"
mount -t tmpfs -o nosuid,noexec,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,noexec,uid=65532,gid=65532,mode=0750 tmpfs "$root/var/lib/sluice"
mount -o remount,bind,ro "$root"
[ -z "$group" ] || echo $$ >"$group/cgroup.procs"
variables=""
while [ "$1" != -- ]; do
    variables="$variables $1"
    shift
done
shift
# shellcheck disable=SC2086 # no variable here has blanks
exec env -i $variables /usr/sbin/chroot --userspec=65532:65532 "$root" "$@"
