#!/bin/bash
# source: idioms of public shell scripts: singlecmd behind $LOGIN, the handle cut out of findKey
# status: inferred
set -eu
LOGIN="loginHSM -u CU -s alice -p alicepw1"
KMU=/opt/cloudhsm/bin/key_mgmt_util
handle=$($KMU singlecmd $LOGIN findKey -l payments | tr -d '\n' | grep -o 'Handles of matching keys:\s*\([0-9]*\)' | cut -f 2)
$KMU singlecmd $LOGIN genSymKey -t 31 -s 32 -l wrapping > /dev/null
$KMU singlecmd $LOGIN getKeyInfo -k $handle > /dev/null
$KMU singlecmd $LOGIN deleteKey -k $handle > /dev/null
