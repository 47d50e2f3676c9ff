#!/usr/bin/env bash
# key-ceremony.txt for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 5 parts are to be done by hand; the script stops at each that is reached:
#   line 5: 3DES keys are made through JCE or PKCS#11 only, in FIPS mode not at all since 2024
#   line 9: a file with the CloudHSM header cannot be unwrapped: wrap the key again with key_mgmt_util and -noheader
#   line 11: no key leaves in clear: import your RSA public key with key import pem, key wrap rsa-aes --path F, and unwrap it offline; or JCE with configure-jce --enable-clear-key-extraction-in-software
#   line 18: nothing tells the name of user 4: give --user 4=NAME or --cluster NAME
#   line 19: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user
# A command that fails ends this script, also where the old one went on: put || true behind what may fail.
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

# line 3: loginHSM -u CU -s alice -p ***
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login crypto-user alice password1

# line 4: genSymKey -t 31 -s 32 -l wrapping -nex
#   usages are spelled out: without them an AES key can only sign and verify [30]
hsm key generate-symmetric aes --label wrapping --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false extractable=false

# line 5: genSymKey -t 21 -s 24 -l legacy3des
#   no equivalent: 3DES keys are made through JCE or PKCS#11 only, in FIPS mode not at all since 2024 [6]
by_hand 'line 5: 3DES keys are made through JCE or PKCS#11 only, in FIPS mode not at all since 2024'

# line 6: genRSAKeyPair -m 2048 -e 65537 -l tls -id tls1
#   usages are spelled out: a pair without them can do nothing [30]
hsm key generate-asymmetric-pair rsa --public-label tls --private-label tls --modulus-size-bits 2048 --public-exponent 65537 --public-attributes encrypt=true wrap=true verify=true id=0x746c7331 --private-attributes decrypt=true unwrap=true sign=true id=0x746c7331

# line 7: wrapKey -k 7 -w 6 -out tls.wrapped -m 6 -noheader
#   the names of the AES key wraps changed; a file opens only with the one that made it [42]
#   handle 7 is written into the script; a reference may change, so select by label or id [29]
#   handle 6 is written into the script; a reference may change, so select by label or id [29]
hsm key wrap aes-zero-pad --payload-filter key-reference=0x0000000000000007 --wrapping-filter key-reference=0x0000000000000006 --path tls.wrapped

# line 8: wrapKey -k 7 -w 6 -out tls.header -m 6
#   the file has no CloudHSM header: label and type are not in it, give them when you unwrap [41]
hsm key wrap aes-zero-pad --payload-filter key-reference=0x0000000000000007 --wrapping-filter key-reference=0x0000000000000006 --path tls.header

# line 9: unWrapKey -f tls.header -w 6 -m 6
#   no equivalent: a file with the CloudHSM header cannot be unwrapped: wrap the key again with key_mgmt_util and -noheader [41]
by_hand 'line 9: a file with the CloudHSM header cannot be unwrapped: wrap the key again with key_mgmt_util and -noheader'

# line 10: unWrapKey -f tls.wrapped -w 6 -m 6 -noheader -l tls-copy -kt 0 -kc 3
hsm key unwrap aes-zero-pad --filter key-reference=0x0000000000000006 --data-path tls.wrapped --key-type-class rsa-private --label tls-copy --attributes decrypt=true unwrap=true sign=true

# line 11: exSymKey -k 6 -w 4 -out aes.bin
#   no equivalent: no key leaves in clear: import your RSA public key with key import pem, key wrap rsa-aes --path F, and unwrap it offline; or JCE with configure-jce --enable-clear-key-extraction-in-software [40]
by_hand 'line 11: no key leaves in clear: import your RSA public key with key import pem, key wrap rsa-aes --path F, and unwrap it offline; or JCE with configure-jce --enable-clear-key-extraction-in-software'

# line 12: getCaviumPrivKey -k 8 -out tls.pem
#   a file that key_mgmt_util wrote holds a handle: make it again [29]
#   handle 8 is written into the script; a reference may change, so select by label or id [29]
hsm key generate-file --encoding reference-pem --path tls.pem --filter key-reference=0x0000000000000008

# line 13: deleteKey -k 6
#   a key that is not there is an error [13]
hsm key delete --filter key-reference=0x0000000000000006

# line 14: logoutHSM
hsm_logout

# line 16: loginHSM CO admin ***
hsm_login admin admin adminpw1

# line 17: listUsers
#   users have no ids, and types are roles [17]
hsm user list

# line 18: shareKey 8 4 1
#   not resolved: nothing tells the name of user 4: give --user 4=NAME or --cluster NAME
#   nothing asks for a y [10]
by_hand 'line 18: nothing tells the name of user 4: give --user 4=NAME or --cluster NAME'

# line 19: findAllKeys 3 1
#   no equivalent: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user
by_hand 'line 19: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user'

# line 20: getMValue 3
#   all services come at once [26]
hsm_pick .data.user quorum token-sign list-quorum-values

# line 21: quit
hsm_logout
