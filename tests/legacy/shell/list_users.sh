#!/bin/bash
# list_users.sh <user>: reads the users out of the listings of both tools.
set -euo pipefail
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
printf 'listUsers\nquit\n' > commands
listing=$($CMU < commands)
count=$(echo "$listing" | awk -F: '/Number of users found:/ { print $2; exit }')
echo "users: $count"
echo "$listing" | grep -qE '[0-9]+\s+CU\s+'"$1"
echo "$listing" | grep -q "CU[[:space:]]*$1"
id=$(echo "$listing" | awk -v name="$1" '$2 == "CU" && $3 == name { print $1; exit }')
echo "id: $id"
# Everything behind the header is six words a user, with nothing else up to the end of the listing.
tokens=($(echo "$listing" | awk '/^Users on server 1/ { exit } on; /2FA/ { on = 1 }'))
echo "words: ${#tokens[@]}"
if /opt/cloudhsm/bin/key_mgmt_util singlecmd listUsers | grep -q "CU[[:space:]]*$1"; then
    echo "found"
fi
