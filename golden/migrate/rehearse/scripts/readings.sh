#!/bin/bash
# source: idioms of public shell scripts: handles, lists and counts taken out of a tool's output by functions, loops, matches and filters
# status: inferred
set -u
BIN=/opt/cloudhsm/bin
USER_PW="password1"
kmu() { "$BIN/key_mgmt_util" singlecmd loginHSM -u CU -s alice -p "$USER_PW" "$@"; }
cmu() { /opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg; }
log() { echo "$(date) $*"; }
make_key() {
  local out
  out=$(kmu genSymKey -t 31 -s 32 -l "$1")
  echo "$out" | grep 'Key Handle' | awk '{print $NF}'
}
h1=$(make_key one)
h2=$(make_key two)
[ -n "$h1" ] || { echo "no handle"; exit 1; }
count=`kmu findKey -l one | grep "Total number of keys present" | sed 's/.*: //'`
if [ "$count" -eq 1 ]; then log "one key"; fi
if [ "$(kmu findKey -l two | awk -F: '/Total number/ {gsub(/ /,"",$2); print $2}')" -gt 0 ]; then log two; fi
mapfile -t all < <(kmu findKey -l one | grep -A1 'Handles of matching' | tail -1 | tr -d ' \t' | tr ',' '\n')
echo "${#all[@]}" > n.txt
until kmu findKey -l two | grep -q 'Handles of matching'; do sleep 1; done
kmu genRSAKeyPair -m 2048 -e 65537 -l rsa > pair.log
pub=$(grep 'public key handle' pair.log | sed -e 's/.*public key handle: //' -e 's/ .*//')
priv=$(awk '/private key handle/ {print $NF}' pair.log)
kmu exportPubKey -k "$pub" -out pub.pem
printf 'hello' > msg
kmu sign -f msg -k $priv -m 1 -out sig
kmu verify -f msg -s sig -k $pub -m 1 && echo verified > v.txt
user_exists() { printf 'listUsers\nquit\n' | cmu | grep -q "CU .*$1 "; }
if ! user_exists bob; then
printf '%s\n' "loginHSM CO admin adminpw1" "createUser CU bob password2" y quit | cmu > create.log
grep -q "createUser success" create.log && log created
fi
users=$(printf 'listUsers\nquit\n' | cmu | grep 'Number of users' | head -1 | awk -F: '{print $2}')
echo "$users" > users.txt
if out=$(kmu findKey -l one); then [[ $out =~ present:\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}" > c.txt; fi
re='Handles of matching keys:[[:space:]]+([0-9]+)'
o=$(kmu findKey -l two)
if [[ $o =~ $re ]]; then kmu deleteKey -k "${BASH_REMATCH[1]}"; fi
kmu findKey | grep Total
$BIN/key_mgmt_util <<EOF > kmu.log
loginHSM -u CU -s alice -p $USER_PW
genSymKey -t 31 -s 32 -l three
findKey -l three
exit
EOF
h3=$(grep 'Key Handle' kmu.log | grep -o '[0-9]*')
n3=$(grep 'Total number' kmu.log | grep -o '[0-9]*')
kmu deleteKey -k $h3
