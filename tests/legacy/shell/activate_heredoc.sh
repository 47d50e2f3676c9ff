#!/bin/bash
# Runs in a container build: no terminal at all, and the tool in the background.
set -euo pipefail
/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg > cmu.log 2>&1 << EOF2 &
enable_e2e

loginHSM PRECO admin password
changePswd PRECO admin Secret-Password
y
logoutHSM
loginHSM CO admin Secret-Password
createUser CU builder Builder-Password
y
createUser CO second Second-Password
y
logoutHSM
quit
EOF2
wait $!
echo "status $?"
[ "$(grep -c 'createUser success' cmu.log)" -eq 6 ]
if grep -q 'aws-cloudhsm>' cmu.log; then
    echo "a prompt without a terminal"
    exit 1
fi
