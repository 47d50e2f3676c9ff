#!/bin/bash
# source: idioms of public shell scripts: handles and counts that are kept in files and in a log
# status: inferred
set -eu
head -c 32 /dev/zero > raw.key
wrapping=$(/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l wrapping | grep 'Key Handle' | awk '{print $NF}')
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 imSymKey -f raw.key -t 31 -l brought -w "$wrapping" > tools.log
first=$(/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l app | grep 'Key Handle' | awk '{print $NF}')
second=$(/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l app | grep 'Key Handle' | awk '{print $NF}')
third=$(/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l app | grep 'Key Handle' | awk '{print $NF}')
echo "made $second, keeping $third" > app.log
echo "$first $second $third" > handles.txt
echo "kept: 2" > count.log
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 deleteKey -k "$second" >> tools.log
