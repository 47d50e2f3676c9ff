#!/bin/bash
# source: idioms of public shell scripts: checks of a tool's output, negated, of a variable, of a log, of one command of several
# status: inferred
KMU="/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
for i in 1 2 3; do
  if ! $KMU genSymKey -t 31 -s 32 -l temp | grep -q SUCCESS; then
    echo "failed to make key $i"; exit 1
  fi
done
last=$($KMU findKey -l temp | grep -A1 'Handles of matching' | tail -n1 | awk '{print $NF}')
echo "$last" > last.txt
$KMU deleteKey -k $last
for h in $($KMU findKey -l temp | grep -A1 'Handles of matching keys' | tail -1 | tr ',' ' '); do
  $KMU deleteKey -k $h
done
$KMU findKey -l temp | grep -q 'Total number of keys present: 0' || exit 5
$KMU genSymKey -t 31 -s 32 -l keep1 > out.log 2>&1
if ! grep -q SUCCESS out.log; then echo "no key"; exit 6; fi
out=$($KMU genSymKey -t 31 -s 16 -l keep2)
if ! echo "$out" | grep -q 'HSM Return: SUCCESS'; then echo "bad"; exit 7; fi
[[ "$out" == *"Key Created"* ]] || exit 8
if [[ $out != *SUCCESS* ]]; then exit 9; fi
if ! $CMU <<EOF | grep -q 'createUser success'
loginHSM CO admin adminpw1
createUser CU bob password2
y
listUsers
quit
EOF
then
  echo "no bob"; exit 10
fi
# a second time must fail
if $CMU <<EOF | grep -q 'createUser success'
loginHSM CO admin adminpw1
createUser CU bob password2
y
A
listUsers
quit
EOF
then echo "bob twice" > twice.txt; else echo "bob once" > once.txt; fi
n=$($KMU findKey | awk '/Total number/{print $NF}')
echo "$n" > count.txt
$KMU genSymKey -t 31 -s 32 -l pipe1
$KMU genSymKey -t 31 -s 32 -l pipe1
$KMU findKey -l pipe1 | awk '/Handles of matching/{getline; gsub(/[ \t]/,""); print}' | tr ',' '\n' | while read -r h; do
  $KMU deleteKey -k $h
done
handles=$($KMU findKey -l keep1 | sed -n '/Handles/{n;s/[^0-9,]//g;p}')
IFS=, read -ra arr <<< "$handles"
for h in "${arr[@]}"; do $KMU getAttribute -o $h -a 3 -out label.txt; done
res=$($KMU deleteKey -k 99999)
if echo "$res" | grep -qi "error"; then echo "no such key" > nokey.txt; fi
