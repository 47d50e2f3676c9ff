#!/bin/bash
# first_setup.sh <ENI IP>: what a start-up script of a machine does before it uses the cluster.
set -euo pipefail
IP=$1
CFG=/opt/cloudhsm/etc
export LD_LIBRARY_PATH=/opt/cloudhsm/lib

cp issuing/customerCA.crt $CFG/customerCA.crt
sudo /opt/cloudhsm/bin/configure -a "$IP" || exit 1
/opt/cloudhsm/bin/configure -a '10.0.0.1' && echo "configured"
/opt/cloudhsm/bin/configure -a "$IP" | grep -q cloudhsm_mgmt_util.cfg

LOG=/opt/cloudhsm/run/cloudhsm_client.log
/opt/cloudhsm/bin/cloudhsm_client $CFG/cloudhsm_client.cfg &> $LOG &
CLIENT=$!
until grep -q 'libevmulti_init: Ready !' $LOG; do
    sleep 0.1
done
grep -q 'Updating cluster to server version' $LOG
kill -0 $CLIENT

test -s /opt/cloudhsm/daemon/1/cluster.info
sudo /opt/cloudhsm/bin/configure -m
kill $CLIENT
wait $CLIENT
echo "exit status of the client: $?"
