#!/bin/bash
# source: AWS CloudHSM user guide, quorum authentication for COs, driven by a here-document
# status: inferred
set -euo pipefail
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"

openssl dgst -sha256 -sign officer1.key -out registration.sig registration.token
$CMU << EOF
loginHSM CO officer1 password1
registerQuorumPubKey CO officer1 registration.token registration.sig officer1.pub
y
logoutHSM
loginHSM CO admin adminpw1
setMValue 4 2
y
quit
EOF

openssl dgst -sha256 -sign officer1.key -out officer1.token.sig1 officer1.token
openssl dgst -sha256 -sign officer2.key -out officer1.token.sig2 officer1.token
$CMU << EOF
loginHSM CO officer1 password1
getToken 3 officer1 officer1.token
approveToken approval.txt
deleteUser CU user1
getToken 4 officer1 other.token
approveToken missing.txt
setMValue 3 2
y
quit
EOF
