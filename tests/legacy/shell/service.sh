#!/bin/bash
# The client as a service: stopped, the key tool cannot start; started, it works.
set -uo pipefail
sudo service cloudhsm-client stop
/opt/cloudhsm/bin/key_mgmt_util singlecmd listUsers
echo "stopped: $?"
sudo service cloudhsm-client start || exit 1
until grep -q 'libevmulti_init: Ready !' /opt/cloudhsm/run/cloudhsm_client.log; do sleep 0.1; done
if service cloudhsm-client status -l | grep Active | grep -q running; then
    echo "running"
fi
/opt/cloudhsm/bin/key_mgmt_util singlecmd listUsers > /dev/null
echo "started: $?"
sudo service cloudhsm-client stop
