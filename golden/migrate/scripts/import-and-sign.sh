#!/bin/bash
# source: idioms of public scripts: a function around singlecmd, $LOGIN, greps of handles
# status: inferred
set -e
export LD_LIBRARY_PATH=/opt/cloudhsm/lib
USER_NAME=${1:?user}
LOGIN="loginHSM -u CU -s $USER_NAME -p $HSM_PASSWORD"
kmu() { /opt/cloudhsm/bin/key_mgmt_util singlecmd $LOGIN "$@"; }

sudo service cloudhsm-client start
sudo /opt/cloudhsm/bin/configure -a 10.0.0.1

key=$(kmu importPrivateKey -f server.key -l server -w 4 | grep 'Key Handle:' | grep -o -E '[0-9]+')
kmu getCaviumPrivKey -k $key -out server.pem
kmu sign -f message.txt -k $key -m 6 -out message.sig
kmu importPubKey -f server.pub -l server-public
kmu imSymKey -f data.key -t 31 -l data -w 4 -sess
if kmu findKey -l server | grep -q 'HSM Return: SUCCESS'; then
    echo "there it is"
fi
kmu findKey -l server | grep 'Handles of' | tee handles.txt
for old in $(cat old-handles.txt); do
    kmu deleteKey -k $old > /dev/null || true
done
kmu genDSAKeyPair -m 2048 -l old
