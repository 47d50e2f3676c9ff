#!/bin/bash
# Makes a new key under a label, takes the old ones away; each step is a singlecmd of its own.
set -euo pipefail
export HSM_PARTITION=PARTITION_1 HSM_USER=alice HSM_PASSWORD=password1 n3fips_password=alice:password1
KMU=/opt/cloudhsm/bin/key_mgmt_util
LOGIN="loginHSM -u CU -s $HSM_USER -p $HSM_PASSWORD"
LABEL=rotated

# Nothing there yet: the script must get past this under set -e.
before=$($KMU singlecmd $LOGIN findKey -l $LABEL | grep -o 'Total number of keys present: [0-9]*' | awk '{ print $NF }')
echo "before: $before"

for turn in 1 2 3; do
    out=$($KMU singlecmd $LOGIN genSymKey -t 31 -s 32 -l $LABEL)
    new=$(echo "$out" | grep "Handle:" | grep -o -E "[0-9]+")
    if [[ $out =~ Symmetric\ Key\ Created\.\ \ Key\ Handle:\ ([0-9]+) ]]; then
        [ "${BASH_REMATCH[1]}" = "$new" ]
    fi
    old=`$KMU Cfm3Util singlecmd loginHSM -u CU -p $HSM_PASSWORD -s $HSM_USER findKey -l $LABEL |
        tr -d '\n' | grep -o 'Handles of matching keys:\s*\([0-9]*\)' | cut -f 2`
    if [ "$old" != "$new" ]; then
        $KMU singlecmd loginHSM -p $HSM_PASSWORD -s $HSM_USER -u CU deleteKey -k $old |
            grep -q 'Cfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS'
        echo "deleted"
    fi
done
$KMU singlecmd $LOGIN findKey -l $LABEL | grep -qE 'Total number of keys present: 1\s*$'

# The label of the key, out of the dump file, which is relative to the working directory.
mkdir -p dumps && cd dumps
$KMU singlecmd $LOGIN getAttribute -o $new -a 3 -out label > /dev/null
[ "$(tail -n 1 label)" = $LABEL ]
cd ..

# Mistakes are shown and do not end the script.
$KMU singlecmd $LOGIN deleteKey -k $old | grep -q 'Cfm3DeleteKey returned: 0x30000080'
$KMU singlecmd $LOGIN deleteKey | grep -q 'Error: Key handle (-k) is missing.'
$KMU singlecmd $LOGIN findKey -wrong yes | grep -q '^Description'
$KMU singlecmd $LOGIN genECCKeyPair -curve 2 -l ec | grep -q '^Description'
$KMU singlecmd $LOGIN genSymKey -t 31 -s 32 -l s -sess 0 | grep -q '^Description'
$KMU singlecmd $LOGIN listKeys | grep -q 'Help Commands Available:'
$KMU singlecmd listSlots | grep -q 'Help Commands Available:'
$KMU singlecmd zeroizeHSM > /dev/null
$KMU singlecmd listUsers > /dev/null
$KMU singlecmd $LOGIN | grep -q 'Cfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS'
if $KMU singlecmd loginHSM -u CU -s $HSM_USER -p wrongpassword findKey > refused.txt; then
    echo "a wrong password was taken"
    exit 1
else
    echo "refused with $?"
fi
grep -q 'Cfm3LoginHSM returned: 0x40000049' refused.txt
! grep -q Cfm3FindKey refused.txt
echo "handle: $new"
