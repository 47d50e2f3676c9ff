#!/bin/bash
# Five wrong passwords lock a user; the officer's changePswd unlocks.
set -euo pipefail
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
for try in 1 2 3 4 5; do
    echo "loginHSM CU alice wrong-$try"
done | $CMU | grep -c 'loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE'
echo "loginHSM CU alice password1" | $CMU | grep -c 'loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE'
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 findKey && exit 1
echo "listUsers" | $CMU | awk '$3 == "alice" { print "failures:", $5 }'
$CMU << EOF2
loginHSM CO admin adminpw1
changePswd CU alice password2
y
quit
EOF2
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password2 findKey
