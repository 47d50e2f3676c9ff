#!/bin/bash
# find_all_keys.sh <user id>: the key list by way of a file.
set -euo pipefail
OUT=$(pwd)/keys.txt
/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg << EOF2
loginHSM CO admin adminpw1
findAllKeys $1 0 $OUT
quit
EOF2
found=$(sed '2q;d' keys.txt)
echo "count: ${found##* }"
handles=$(sed '4q;d' keys.txt | sed 's/([os,]*)//g')
IFS=',' read -r -a list <<< "$handles"
for handle in "${list[@]}"; do
    echo "handle: $handle"
done
