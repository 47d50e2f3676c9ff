#!/bin/bash
# kmu_heredoc.sh <last line>: commands on stdin; the last line may be exit, quit, logout, or nothing.
set -euo pipefail
/opt/cloudhsm/bin/key_mgmt_util > kmu.log << EOF2
loginHSM -u CU -s alice -p password1

genSymKey -t 31 -s 32 -l heredoc
findKey -l heredoc
$1
EOF2
echo "status $?"
grep 'Symmetric Key Created.  Key Handle:' kmu.log
# Prompts are there, the commands are not echoed.
[ "$(grep -c 'Command:  ' kmu.log)" -ge 4 ]
! grep -q 'Command:  [a-z]' kmu.log
