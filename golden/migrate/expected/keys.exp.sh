#!/usr/bin/env bash
# keys.exp for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 5 parts are to be done by hand; the script stops at each that is reached:
#   line 53: waits for "Owned by user:? [0-9]+", which is JSON now
#   line 63: waits for a failure, "Cfm3DeleteKey returned: 0x30000080": the translation stops at it
#   line 68: errors are texts
#   line 68: key generate-asymmetric-pair ec --help lists the curves
#   line 68: the page on key attributes lists names; numbers are not used
# A command that fails ends this script, also where the old one went on: put || true behind what may fail.
# What the old one printed where something failed is not printed: CloudHSM CLI says what failed.
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

# What jq takes out of the last answer.
hsm_take() {
    jq -er "$1" <<< "$HSM_ANSWER"
}

# OPTION FILTER [FILE]: jq, in which ``handle`` makes a reference the number that the handle was; the CLI takes both.
hsm_handles() {
    jq "$1" 'def handle: strings | ltrimstr("0x") | explode
        | reduce .[] as $digit (0; . * 16 + $digit - if $digit > 96 then 87 else 48 end); '"$2" "${@:3}" || return 1
}

# FILTER: the handles of the references in the last answer; an error if there is none.
hsm_handle() {
    hsm_handles -er "$1 | handle" <<< "$HSM_ANSWER"
}

# FILTER: a value of the last answer; an error if it is not there, as an attribute of another user's key.
hsm_value() {
    jq -r "[$1] | if any(. != null) then .[] else error(\"cloudhsm-cli shows no such value\") end" <<< "$HSM_ANSWER"
}

# FILTER COMMAND...: a value of a command's answer.
hsm_pick() {
    hsm "${@:2}" > /dev/null || return
    hsm_value "$1"
}

# FILE FILTER COMMAND...: the same, into a file.
hsm_pick_to() {
    local value
    hsm "${@:3}" > /dev/null || return
    value=$(hsm_value "$2") || return
    printf '%s\n' "$value" > "$1"
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

# COMMAND...: a key list with all its pages as one answer.
hsm_all_keys() {
    local token='' pages='' from=()
    while :; do
        hsm "$@" "${from[@]}" > /dev/null || return
        [[ $HSM_ANSWER == *'"next_token"'* || -n $pages ]] || break
        pages+=$HSM_ANSWER$'\n'
        token=$(jq -r '.data.next_token // empty' <<< "$HSM_ANSWER")
        [ -n "$token" ] || break
        from=(--starting-token "$token")
    done
    [ -z "$pages" ] || HSM_ANSWER=$(jq -s '.[0] * {data: {matched_keys: map(.data.matched_keys[])}}
        | .data.returned_key_count = (.data.matched_keys | length) | del(.data.next_token)' <<< "$pages")
    printf '%s\n' "$HSM_ANSWER"
}

user=${1:?user is argument 1}
password=${2:?password is argument 2}

# line 25: loginHSM -u CU -p $password -s $user
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_session crypto-user "$user" "$password"

# line 29: loginStatus
#   nothing says who is logged in; a key is listed, which fails behind a bad login [9]
hsm key list --max-items 1

# line 32: genSymKey -t 31 -s 32 -l kept -sess
#   usages are spelled out: without them an AES key can only sign and verify [30]
#   a session key ends with the login, so all commands under it run in one session [32]
hsm key generate-symmetric aes --label kept --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false --session
kept=$(hsm_handle '.data.key."key-reference"')

# line 35: genSymKey -t 31 -s 32 -l lost -sess
hsm key generate-symmetric aes --label lost --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false --session

# line 37: genSymKey -t 31 -s 16 -l aes
hsm key generate-symmetric aes --label aes --key-length-bytes 16 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
secret=$(hsm_handle '.data.key."key-reference"')

# line 40: genECCKeyPair -i 2 -l ec
#   usages are spelled out: a pair without them can do nothing [30]
hsm key generate-asymmetric-pair ec --public-label ec --private-label ec --curve prime256v1 --public-attributes verify=true --private-attributes sign=true
public=$(hsm_handle '.data.public_key."key-reference"')
private=$(hsm_handle '.data.private_key."key-reference"')

# line 44: setAttribute -o $kept -a 1
hsm key set-attribute --filter "key-reference=$kept" --name token --value true

# line 49: getAttribute -o $kept -a 3 -out label.txt
#   the file holds the value as CloudHSM CLI shows it, without the attribute's name above it [29]
hsm_pick_to label.txt '.data.matched_keys[].attributes."label"' key list --filter "key-reference=$kept" --verbose

# line 52: getKeyInfo -k $private
#   owners and users are names [17]
hsm_pick '.data.matched_keys[]."key-info"' key list --filter "key-reference=$private" --verbose

by_hand_first 'line 53: waits for "Owned by user:? [0-9]+", which is JSON now'

# line 55: findKey -c 4 -t 31
#   key list gives ten keys at a time; hsm_all_keys follows next_token [35]
#   other users' public keys are listed, too [35]
hsm_all_keys key list --filter attr.class=secret-key attr.key-type=aes
hsm_take '.data.total_key_count == 3' > /dev/null

# line 59: deleteKey -k $secret
#   a key that is not there is an error [13]
hsm key delete --filter "key-reference=$secret"

# line 62: deleteKey -k $secret
hsm key delete --filter "key-reference=$secret"

by_hand_first 'line 63: waits for a failure, "Cfm3DeleteKey returned: 0x30000080": the translation stops at it'

# line 65: findSingleKey -k $public
#   no key is no error: look at total_key_count [13]
hsm key list --filter "key-reference=$public"

# line 68: listECCCurveIds
#   no equivalent: key generate-asymmetric-pair ec --help lists the curves [45]
by_hand 'line 68: key generate-asymmetric-pair ec --help lists the curves'

# line 68: listAttributes
#   no equivalent: the page on key attributes lists names; numbers are not used [45]
by_hand 'line 68: the page on key attributes lists names; numbers are not used'

# line 68: getHSMInfo
#   names no HSM, only serial numbers [12]
hsm cluster hsm-info

# line 68: Error2String -r 0x30000088
#   no equivalent: errors are texts [13]
by_hand 'line 68: errors are texts'

# line 68: quit
hsm_logout

printf '%s\n' '' "left: $kept $public $private"
