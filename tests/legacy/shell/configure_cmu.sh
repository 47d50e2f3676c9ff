#!/bin/bash
# configure_cmu.sh <ENI IP>: clients from 3.3 on ask the cluster themselves.
set -euo pipefail
/opt/cloudhsm/bin/configure -a "$1"
/opt/cloudhsm/bin/configure --cmu "$1"
echo listUsers | /opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
