#!/bin/bash
# Scripts of the vendor's own client call the tool by its older names, from its folder.
set -euo pipefail
cd /opt/cloudhsm/bin
[ -e Cfm3Util ] || ln -s key_mgmt_util Cfm3Util
./Cfm3Util singlecmd loginHSM -u CU -s alice -p password1 genRSAKeyPair -m 2048 -e 65537 -l vendor
./Cfm3Util singlecmd loginHSM -u CU -s alice -p password1 findKey -c 3 | grep -E 'Total number of keys present: 1\s*$'
