"""The pieces that random shell scripts are made of."""

HEAD = """#!/bin/bash
{strict}
KMU="/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
first=$($KMU genSymKey -t 31 -s 32 -l one | awk '/Key Handle/ {{print $NF}}')
second=$($KMU genSymKey -t 31 -s 16 -l two | grep 'Key Handle' | grep -oE '[0-9]+$')
$KMU genSymKey -t 31 -s 16 -l two > /dev/null
say() {{ echo "> $*"; }}
run() {{ $KMU "$@"; }}
"""
# What is run: calls that make a key, look for some, and others; @M stands for a label, @H for a handle.
MAKES = ("genSymKey -t 31 -s 32 -l @M", "genSymKey -t 31 -s 16 -l '@M'", "genSymKey -t 16 -s 24 -l @M -nex")
FINDS = ("findKey -l @M", "findKey -c 4 -l @M", "findKey", "findKey -l none")
OTHERS = ("deleteKey -k @H", "listUsers", "getKeyInfo -k @H", "deleteKey -k 99999")
PAIRS = ("genECCKeyPair -i 2 -l @M", "genRSAKeyPair -m 2048 -e 65537 -l @M")
LABELS = (
    "one",
    "two",
    "three",
    "was_$first",
    "made$i",
    "${name}",
    "key-$count",
    "none",
    "$value",
    '"$value"',
    "$name.$i.x",
)
HANDLES = ("$first", "$second", "${first}", '"$second"')
CALLS = ("$KMU", "$KMU", "run", "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -p password1 -u CU -s alice")
# What takes a handle, of a made key, of a list, a count, names.
ONE = (
    "grep 'Key Handle' | grep -oE '[0-9]+'",
    "awk '/Key Handle/ {print $NF}'",
    "awk '/Key Handle/ {print $NF}' | tr -d '\\n'",
    "sed -n 's/.*Key Handle: \\([0-9]*\\).*/\\1/p'",
    "grep Handle: | cut -d: -f2",
    "grep 'Key Handle' | awk -F': ' '{print $2}'",
    "grep -o 'Key Handle: [0-9]*' | tr -dc '0-9'",
    "awk -F: '/Handle:/ {print $2}' | tr -d ' '",
    "grep Handle | sed 's/[^0-9]*//g'",
)
LIST = (
    "grep -A1 'Handles of' | tail -1 | tr ',' ' '",
    "grep -A1 'Handles of' | tail -n 1",
    "sed -n '/Handles of/{n;p}' | tr -d ' \\t'",
    "awk '/Handles of/ {getline; print}' | tr ',' '\\n'",
    "grep -A1 'Handles of matching' | grep -oE '[0-9]+'",
    "awk '/Handles of/ {getline; gsub(/,/, \"\"); print}'",
    "tr -d '\\n' | grep -o 'Handles of matching keys:[^a-zA-Z]*' | cut -d: -f2",
)
FIRST = (
    "grep -A1 'Handles of' | tail -1 | cut -d, -f1",
    "tr -d '\\n' | grep -o 'Handles of matching keys:\\s*\\([0-9]*\\)' | cut -f 2",
    "awk '/Handles of/ {getline; print $1}' | tr -d ,",
    "sed -n '/Handles of/{n;p}' | grep -oE '[0-9]+' | head -1",
    "grep -A1 'Handles of' | tail -1 | grep -oE '[0-9]+' | sort -rn | head -1",
)
COUNT = (
    "grep 'Total number' | grep -oE '[0-9]+'",
    "grep Total | cut -d: -f2",
    "awk '/Total/ {print $NF}'",
    "awk '/Total/ {print $NF}' | tr -d '\\n'",
    "sed -n 's/.*present: //p'",
    "grep -c 'Handles of'",
    "grep -A1 'Handles of' | tail -1 | tr ',' '\\n' | wc -l",
)
NAMES = (
    "awk '$3 == \"CU\" {print $4}'",
    "grep -c CU",
    "grep CU | awk '{print $4}' | tr '\\n' ' '",
    "awk '/CU/ {print $4}' | paste -sd,",
    "awk '/CU/ {print $4}' | sort -r | head -1",
    "awk '$3 == \"CU\" {print $4}' | wc -l",
)
TESTS = {
    "gen": ("grep -q SUCCESS", "grep -q 'HSM Return: SUCCESS'", "grep -qi error", "grep -q 'Key Created'",
            "grep -q 'Key Handle'", "grep -q 'returned: 0x00'", "grep SUCCESS > /dev/null"),
    "delete": ("grep -q 'DeleteKey returned: 0x00'", "grep -qi error", "grep -q 'Cfm3DeleteKey returned: 0x00 : HSM'"),
    "getKeyInfo": ("grep -qi error",),
    "find": ("grep -q 'present: 0'", "grep -q 'present: 1$'", "grep -q Handles", "grep -q 'present: [1-9]'"),
    "listUsers": ("grep -q alice", "grep -qw alice", "grep -q ali", "grep -qE 'CU[[:space:]]+alic'",
                  "grep -q 'CU.*alicia '", 'grep -q "$name"', "grep -qw $name"),
}  # fmt: skip
MATCHES = {
    "gen": ("== *SUCCESS*", '== *"HSM Return: SUCCESS"*', "!= *Error*", "=~ SUCCESS", "=~ Error", '== *"Key Created"*'),
    "find": ("== *'present: 0'*", "=~ present:\\ [1-9]", "=~ 'Handles of'", "!= *Handles*"),
    "delete": ("== *'DeleteKey returned: 0x00'*", "=~ Error", "!= *Error*"),
    "getKeyInfo": ("=~ Error",),
    "listUsers": ("=~ alice", "== *bob*", '== *"$name"*', '!= *" alice "*'),
}
TYPED = (
    "createUser CU bob password4\ny", "createUser CU bob password4\ny", "createUser CU alice password4\ny", "listUsers",
    "deleteUser CU alicia", "deleteUser CU nobody", "changePswd CU alicia password5\ny", "findAllKeys 3 0",
    "createUser CO @M password4\ny", "createUser CU $name password4\ny",
)  # fmt: skip
ANSWERS = (
    "grep -q 'createUser success'", "grep -q 'createUser failed'", "grep -q 'failed'",
    "grep -qi 'HSM Error'", "grep -q 'deleteUser success'", "grep -q bob",
    "grep -q 'already created'", "grep -q 'changePswd success'",
)  # fmt: skip
