#!/bin/bash
# source: idioms of public shell scripts: here-document, files of keys and signatures
# status: inferred
set -euo pipefail
echo "what is signed" > message.txt
/opt/cloudhsm/bin/key_mgmt_util << EOF
loginHSM -u CU -s alice -p password1
genRSAKeyPair -m 2048 -e 65537 -l tls -id tls1
exportPubKey -k 6 -out tls.pub
getCaviumPrivKey -k 7 -out tls.pem
sign -f message.txt -k 7 -m 6 -out message.sig
genSymKey -t 31 -s 32 -l wrapping
wrapKey -k 7 -w 8 -m 6 -noheader -out tls.wrapped
exit
EOF
