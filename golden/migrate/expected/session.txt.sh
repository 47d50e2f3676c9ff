#!/usr/bin/env bash
# session.txt for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# A command that fails ends this script, also where the old one went on: put || true behind what may fail.
# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer; CloudHSM CLI goes on without it.
set -euo pipefail

HSM_ANSWER=''
HSM_OPEN=''
HSM_ENTERED=''

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

# line 6: listUsers
#   users have no ids, and types are roles [17]
hsm user list

# line 15: quit

# line 17: loginHSM -u CU -s alice -hpswd
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login crypto-user alice password1

# line 22: genSymKey -t 31 -s 32 -l aes256
#   usages are spelled out: without them an AES key can only sign and verify [30]
hsm key generate-symmetric aes --label aes256 --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
key_22=$(hsm_handle '.data.key."key-reference"')

# line 28: genRSAKeyPair -m 2048 -e 65537 -l rsa -u 4 -min_srv 2 -timeout 5
#   usages are spelled out: a pair without them can do nothing [30]
#   user 4 is bob [17]
#   -min_srv is left out: a key must be on two HSMs, unless the availability check is off [33]
#   -timeout is left out: there is no such wait [33]
hsm key generate-asymmetric-pair rsa --public-label rsa --private-label rsa --modulus-size-bits 2048 --public-exponent 65537 --public-attributes encrypt=true wrap=true verify=true --private-attributes decrypt=true unwrap=true sign=true --share-crypto-users bob
key_28_public=$(hsm_handle '.data.public_key."key-reference"')
key_28_private=$(hsm_handle '.data.private_key."key-reference"')

# line 34: wrapKey -k 262154 -w 262152 -out rsa.wrapped -m 6 -noheader
#   the names of the AES key wraps changed; a file opens only with the one that made it [42]
hsm key wrap aes-zero-pad --payload-filter "key-reference=$key_28_private" --wrapping-filter "key-reference=$key_22" --path rsa.wrapped

# line 35: getKeyInfo -k 262154
#   owners and users are names [17]
hsm_pick '.data.matched_keys[]."key-info"' key list --filter "key-reference=$key_28_private" --verbose

# line 36: deleteKey -k 999
#   a key that is not there is an error [13]
#   handle 999 is written into the script; a reference may change, so select by label or id [29]
hsm key delete --filter key-reference=0x00000000000003e7

# line 37: exit
hsm_logout
