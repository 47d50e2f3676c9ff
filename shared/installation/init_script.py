"""The service ``cloudhsm-client``: an init script, for scripts that call ``service``.

It is the one thing written outside an installation, and only on request and for /opt/cloudhsm.
Source: the start, stop and status calls of scripts; one reads ``Active`` and ``running`` from one line.
"""

from __future__ import annotations

import os

from shared.installation.files import InstallationError, replace_files

PREFIX = "/opt/cloudhsm"
INIT_SCRIPT = "/etc/init.d/cloudhsm-client"

SCRIPT = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides:          cloudhsm-client
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: client daemon of a simulated CloudHSM cluster
### END INIT INFO

CLOUDHSM_SIM_HOME=@prefix@
export CLOUDHSM_SIM_HOME
client=$CLOUDHSM_SIM_HOME/bin/cloudhsm_client
cfg=$CLOUDHSM_SIM_HOME/etc/cloudhsm_client.cfg
run=$CLOUDHSM_SIM_HOME/run
log=$run/cloudhsm_client.log

# A number left by a killed daemon may be another process by now.
running() {
    pid=$(cat "$run/cloudhsm_client.pid" 2>/dev/null) && [ -n "$pid" ] &&
        kill -0 "$pid" 2>/dev/null && grep -q cloudhsm_client "/proc/$pid/cmdline" 2>/dev/null
}

start() {
    if running; then
        echo "cloudhsm-client is already running"
        return 0
    fi
    echo "Starting CloudHSM client daemon: cloudhsm-client"
    : >"$log"
    setsid "$client" "$cfg" </dev/null >"$log" 2>&1 &
    started=$!
    tries=0
    until grep -q 'libevmulti_init: Ready !' "$log"; do
        tries=$((tries + 1))
        if ! kill -0 "$started" 2>/dev/null || [ "$tries" -gt 300 ]; then
            echo "cloudhsm-client failed to start, see $log" >&2
            tail -n 1 "$log" >&2
            return 1
        fi
        sleep 0.1
    done
}

stop() {
    echo "Stopping CloudHSM client daemon: cloudhsm-client"
    : >"$run/cloudhsm_client.stopped"
    running || return 0
    kill "$pid"
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ]; then
            echo "cloudhsm-client did not stop" >&2
            return 1
        fi
        sleep 0.1
    done
}

status() {
    echo "cloudhsm-client - client daemon of a simulated CloudHSM cluster"
    if running; then
        echo "   Active: active (running)"
        echo " Main PID: $pid (cloudhsm_client)"
        return 0
    fi
    echo "   Active: inactive (dead)"
    return 3
}

case "$1" in
    start|stop|status) "$1" ;;
    restart|force-reload) stop && start ;;
    *)
        echo "Usage: $0 {start|stop|restart|force-reload|status}" >&2
        exit 2
        ;;
esac
"""


def check(prefix: str) -> None:
    """Make sure that the service of the installation at ``prefix`` can be set up.

    Raises:
        InstallationError: the prefix is not /opt/cloudhsm, or this machine takes no init script from the
            caller.
    """
    folder = os.path.dirname(INIT_SCRIPT)
    if prefix != PREFIX:
        raise InstallationError(f"a service is set up only for {PREFIX}, not for {prefix}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InstallationError(f"no service can be set up: {folder} is missing or may not be written")


def write(prefix: str) -> None:
    """Write the init script of the installation at ``prefix``, over an older one of its own kind.

    Raises:
        InstallationError: as for ``check``, or the script cannot be written.
    """
    check(prefix)
    replace_files([(INIT_SCRIPT, render(prefix), 0o755)])


def render(prefix: str) -> bytes:
    """Return the init script of the installation at ``prefix``, for a POSIX shell."""
    from shlex import quote

    return os.fsencode(SCRIPT.replace("@prefix@", quote(prefix)))
