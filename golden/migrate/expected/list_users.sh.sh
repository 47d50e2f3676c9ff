#!/usr/bin/env bash
# list_users.sh for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 2 parts are to be done by hand; the script stops at each that is reached:
#   line 11: reads what a legacy tool printed, which is JSON now: echo "$listing" | awk -v name="$1" '$2 == "CU" && $3 == name { print $1; exit }'
#   line 14: reads what a legacy tool printed, which is JSON now: echo "$listing" | awk '/^Users on server 1/ { exit } on; /2FA/ { on = 1 }'
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer; CloudHSM CLI goes on without it.
set -euo pipefail

HSM_ANSWER=''
HSM_OPEN=''

# Stops the script, and all shells of it around this one.
hsm_stop() {
    local shell=$BASHPID stat shells=()
    while [ "$shell" != "$$" ] && stat=$(cat "/proc/$shell/stat" 2> /dev/null); do
        stat=${stat##*) ? }
        shell=${stat%% *}
        shells=("$shell" "${shells[@]}")
    done
    [ "$shell" = "$$" ] && [ "${#shells[@]}" -gt 0 ] || shells=("$$")
    kill -s TERM "${shells[@]}"
    exit 3
}
trap 'exit 3' TERM

# What is left to a person before anything else can be done: says so, and stops.
by_hand_first() {
    printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2
    hsm_stop
}

# A CloudHSM CLI command: its JSON on standard output, or on standard error and status 1 if it failed.
hsm() {
    local status=0
    if [ -n "$HSM_OPEN" ]; then
        hsm_ask "$@" || status=$?
    else
        HSM_ANSWER=$(hsm_call "$@") || status=$?
    fi
    if [ "$status" -ne 0 ]; then
        printf '%s\n' "$HSM_ANSWER" >&2
        return 1
    fi
    printf '%s\n' "$HSM_ANSWER"
}

# Becomes CloudHSM CLI under the login, if there was one; a CLOUDHSM_PIN of the script itself stays what it is.
hsm_call() {
    if [ -n "${HSM_ENTERED+set}" ]; then
        unset CLOUDHSM_ROLE CLOUDHSM_PIN || exit
        [ -z "$HSM_ENTERED" ] || export CLOUDHSM_ROLE="${HSM_ENTERED%%:*}" CLOUDHSM_PIN="${HSM_ENTERED#*:}"
    fi
    exec "${CLOUDHSM_CLI:-cloudhsm-cli}" "$@"
}

# A command in the session: writes its line, and reads up to the end of the JSON object.
hsm_ask() {
    local line word text=''
    for word in "$@"; do
        if [[ ! $word =~ ^[A-Za-z0-9_./:=,+@%-]+$ ]]; then
            word=${word//\\/\\\\}
            word="\"${word//\"/\\\"}\""
        fi
        text+=" $word"
    done
    HSM_ANSWER=''
    printf '%s\n' "${text# }" >&"$HSM_TO"
    while IFS= read -r -t "${HSM_TIMEOUT:-300}" -u "$HSM_FROM" line; do
        line=${line%$'\r'}
        if [ -z "$HSM_ANSWER" ]; then
            case $line in
                *error:*)
                    HSM_ANSWER=$line
                    return 1
                    ;;
                '{' | *'> {') HSM_ANSWER='{' ;;
            esac
            continue
        fi
        HSM_ANSWER+=$'\n'$line
        if [ "$line" = '}' ]; then
            [[ $HSM_ANSWER == $'{\n  "error_code": 0,'* ]]
            return
        fi
    done
    HSM_ANSWER="no answer to: $1 ${2:-}"
    return 1
}

# list_users.sh <user>: reads the users out of the listings of both tools.
set -euo pipefail
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
printf 'listUsers\nquit\n' > commands
listing=$(hsm user list)
count=$(jq -r '.data.users | length' <<< "$listing")
echo "users: $count"
jq -es --arg user "$1" 'any(.[0].data.users[]?; (.username | startswith($user)) and .role == "crypto-user")' <<< "$listing" > /dev/null
jq -es --arg user "$1" 'any(.[0].data.users[]?; (.username | startswith($user)) and .role == "crypto-user")' <<< "$listing" > /dev/null
id=$(by_hand_first 'line 11: reads what a legacy tool printed: echo "$listing" | awk -v name="$1" '"'"'$2 == "CU" && $3 == name { print $1; exit }'"'"'')
echo "id: $id"
# Everything behind the header is six words a user, with nothing else up to the end of the listing.
tokens=($(by_hand_first 'line 14: reads what a legacy tool printed: echo "$listing" | awk '"'"'/^Users on server 1/ { exit } on; /2FA/ { on = 1 }'"'"''))
echo "words: ${#tokens[@]}"
if hsm user list | jq -es --arg user "$1" 'any(.[0].data.users[]?; (.username | startswith($user)) and .role == "crypto-user")' > /dev/null; then
    echo "found"
fi
