#!/bin/bash
# expected: [13] output standard output, content
set -e
sudo /opt/cloudhsm/bin/configure -a 10.0.0.1
sudo service cloudhsm-client start
sudo /opt/cloudhsm/bin/configure -m
sudo /opt/cloudhsm/bin/configure --cmu 10.0.0.1
sudo service cloudhsm-client stop
/opt/cloudhsm/bin/cloudhsm_client /opt/cloudhsm/etc/cloudhsm_client.cfg > /dev/null 2>&1 &
/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg << EOF
loginHSM PRECO admin password
changePswd PRECO admin newpass1
y
logoutHSM
loginHSM CO admin newpass1
createUser CU alice password1
y
quit
EOF
