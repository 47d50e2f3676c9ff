#!/bin/sh
# enter.sh PREFIX COMMAND...: run a command where /opt/cloudhsm is the installation at PREFIX.
# Runs in a mount namespace of its own, so nothing of this is seen from outside or stays behind.
set -eu
prefix=$1
shift

if [ ! -d /opt/cloudhsm ]; then
    # A new /opt with the mount point in it, and everything that the real one has: an interpreter may live there.
    mkdir -p "$prefix.opt"
    mount -t tmpfs -o mode=755 tmpfs "$prefix.opt"
    for entry in /opt/* /opt/.[!.]*; do
        place=$prefix.opt/${entry#/opt/}
        if [ -L "$entry" ]; then
            cp -P "$entry" "$place"
        elif [ -d "$entry" ]; then
            mkdir "$place"
            mount --rbind "$entry" "$place"
        elif [ -f "$entry" ]; then
            : >"$place"
            mount --bind "$entry" "$place"
        fi
    done
    mkdir "$prefix.opt/cloudhsm"
    mount --rbind "$prefix.opt" /opt
fi
mount --bind "$prefix" /opt/cloudhsm

# Init scripts go to a folder of the test, and `service` must not turn to a running systemd.
if [ -d /etc/init.d ]; then
    mkdir -p "$prefix.init.d"
    mount --bind "$prefix.init.d" /etc/init.d
fi
if [ -d /run/systemd ]; then
    mount -t tmpfs tmpfs /run/systemd
fi

exec "$@"
