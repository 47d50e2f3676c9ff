#!/usr/bin/env bash
# users.exp for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 2 parts are to be done by hand; the script stops at each that is reached:
#   line 20: nothing tells the name of user 3: give --user 3=NAME or --cluster NAME
#   line 28: waits for "Number of users found:4", which is JSON now
# To look at; the script does not stop there:
#   line 35: flushCache is no command of cloudhsm_mgmt_util
# A command that fails ends this script, also where the old one went on: put || true behind what may fail.
# What the old one printed where something failed is not printed: CloudHSM CLI says what failed.
# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer; CloudHSM CLI goes on without it.
set -euo pipefail

HSM_ANSWER=''
HSM_OPEN=''
HSM_ENTERED=''

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

# What is left to a person: says so, and stops.
by_hand() {
    printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2
    hsm_stop
}

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

# ROLE USER PASSWORD: the credentials of the commands that follow. CLOUDHSM_PIN cannot hold a colon; a session can.
hsm_login() {
    hsm_logout
    case $3 in
        *:*) hsm_session "$@" ;;
        *) HSM_ENTERED="$1:$2:$3" ;;
    esac
}

# ROLE USER PASSWORD: one login for the commands that follow, for what ends with a login: tokens, session keys.
hsm_session() {
    hsm_logout
    coproc HSM_COPROC { hsm_call interactive 2>&1; }
    HSM_OPEN=$HSM_COPROC_PID
    exec {HSM_FROM}<&"${HSM_COPROC[0]}" {HSM_TO}>&"${HSM_COPROC[1]}"
    eval "exec ${HSM_COPROC[0]}<&- ${HSM_COPROC[1]}>&-"
    hsm login --username "$2" --role "$1" --password "$3" > /dev/null
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

# Ends the login.
hsm_logout() {
    if [ -n "$HSM_OPEN" ]; then
        printf 'quit\n' >&"$HSM_TO" || true
        exec {HSM_TO}>&- {HSM_FROM}<&-
        wait "$HSM_OPEN" || true
        HSM_OPEN=''
    fi
    HSM_ENTERED=''
}

# VALUE...: what is typed at a prompt; one with a blank in it was several words there.
hsm_typed() {
    local value
    for value in "$@"; do
        [[ $value != *[[:space:]]* ]] || by_hand_first 'what was typed as one word has blanks in it'
    done
}

officer=admin
: "${CO_PASSWORD:?must be set}"
: "${CU_PASSWORD:?must be set}"
argument_1=${1-}

hsm_typed "$CU_PASSWORD"

# line 9: loginHSM CO $officer -hpswd
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login admin "$officer" "$CO_PASSWORD"

# line 14: createUser CU alice $CU_PASSWORD
#   nothing asks for a y [10]
#   a password among the arguments can be seen by others; leave it out and it is asked for [15]
hsm user create --username alice --role crypto-user --password "$CU_PASSWORD"

# line 14: createUser CU bob $CU_PASSWORD
hsm user create --username bob --role crypto-user --password "$CU_PASSWORD"

if [[ "$argument_1" == share ]]; then
    # line 20: shareKey 262152 3 1
    #   not resolved: nothing tells the name of user 3: give --user 3=NAME or --cluster NAME
    by_hand 'line 20: nothing tells the name of user 3: give --user 3=NAME or --cluster NAME'
fi

# line 24: changePswd CU alice ***
hsm user change-password --username alice --role crypto-user --password colon:1234

# line 27: listUsers
#   users have no ids, and types are roles [17]
hsm user list

by_hand 'line 28: waits for "Number of users found:4", which is JSON now'

# line 29: logoutHSM
hsm_logout

# line 30: loginHSM CU alice ***
hsm_login crypto-user alice colon:1234

# line 32: setAttribute 262152 3 $(date +%s)
#   handle 262152 is written into the script; a reference may change, so select by label or id [29]
hsm key set-attribute --filter key-reference=0x0000000000040008 --name label --value "$(date +%s)"

# line 35: flushCache is no command of cloudhsm_mgmt_util

# line 36: quit
hsm_logout
