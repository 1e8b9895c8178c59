#!/bin/sh
# Installs, uses, updates and removes the Debian package $1 on this machine's system as it would be: what
# is written goes to a memory file system that ends with the mount namespace. Says what it has seen.
set -eu
package="$1"
space="$(mktemp -d)"
mount -t tmpfs tmpfs "$space"
mkdir "$space/upper" "$space/work" "$space/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$space/upper,workdir=$space/work" "$space/root"
mount -t proc proc "$space/root/proc"
mount --rbind /dev "$space/root/dev"
cp "$package" "$space/root/sluice.deb"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$space/root" sh -eu -c '
    has() { if [ -e "$1" ]; then echo "$2: yes"; else echo "$2: no"; fi; }
    dpkg -i /sluice.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
    echo "version: $(sluice -V | head -n 1)"
    echo "user: $(getent passwd sluice | cut -d: -f6,7)"
    has /opt/sluice/lib/sluice.aot "cache made"
    mkdir /data && chown sluice /data && cd /data
    sed -e "s#/var/lib/sluice#/data#; s#/run/sluice#/data#" /etc/sluice/sluice.yaml >/data/sluice.yaml
    echo "valid: $(setpriv --reuid=sluice --regid=sluice --clear-groups sluice -t -c /data/sluice.yaml)"
    echo "# mine" >>/etc/sluice/sluice.yaml
    dpkg -i /sluice.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
    echo "configuration kept: $(tail -n 1 /etc/sluice/sluice.yaml)"
    mkdir -p /var/lib/sluice && touch /var/lib/sluice/sluice.db
    dpkg -r sluice >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
    has /opt/sluice "program after removal"
    has /etc/sluice/sluice.yaml "configuration after removal"
    has /var/lib/sluice/sluice.db "store after removal"
    dpkg -P sluice >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
    has /etc/sluice/sluice.yaml "configuration after purge"
    has /var/lib/sluice "store after purge"
    echo "user after purge: $(getent passwd sluice || echo none)"'
