#!/bin/bash
# Every sign that a shell or a command line library could take for its own, in one password.
set -euo pipefail
PASSWORD='a|b>c;d"e'\''f!g#h@'
/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg << EOF2
loginHSM CO admin adminpw1
createUser CU odd $PASSWORD
y
logoutHSM
loginHSM CU odd $PASSWORD
quit
EOF2
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s odd -p "$PASSWORD" genSymKey -t 31 -s 32 -l odd
/opt/cloudhsm/bin/key_mgmt_util << EOF2
loginHSM -u CU -s odd -p $PASSWORD
findKey -l odd
exit
EOF2
[ -z "$(ls -A)" ] || { echo "a file was made of it:"; ls; exit 1; }
