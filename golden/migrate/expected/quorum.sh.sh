#!/usr/bin/env bash
# quorum.sh for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 1 part is to be done by hand; the script stops at each that is reached:
#   line 27: which keys sign is not in the script: have each approver sign other.token, each with hsm_approve other.token APPROVER PRIVATE_KEY
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
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

# PATH FILE KEY: the signature of what jq finds in the token file.
hsm_token_signature() {
    jq -er "$1" "$2" | openssl base64 -d -A | openssl pkeyutl -sign -inkey "$3" -pkeyopt digest:sha256 \
        | openssl base64 -A
}

# TOKEN USER KEY: adds an approval to a token file.
hsm_approve() {
    local signature document
    signature=$(hsm_token_signature .token "$1" "$3")
    document=$(jq --arg user "$2" --arg signature "$signature" \
        '.signatures += [{username: $user} + (if .service then {role: "crypto-user"} else {} end)
            + {signature: $signature}]' "$1")
    printf '%s\n' "$document" > "$1"
}

# TOKEN KEY: signs all parts of a registration token.
hsm_sign_registration() {
    local count index signature document
    count=$(jq -e '.tokens | length' "$1")
    for ((index = 0; index < count; index++)); do
        signature=$(hsm_token_signature ".tokens[$index].unsigned" "$1" "$2")
        document=$(jq --argjson index "$index" --arg signature "$signature" '.tokens[$index].signed = $signature' "$1")
        printf '%s\n' "$document" > "$1"
    done
}

# source: AWS CloudHSM user guide, quorum authentication for COs, driven by a here-document
# status: inferred
set -euo pipefail
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"

: 'the token is signed where it is used'
# line 9: loginHSM CO officer1 ***
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
# line 10: registerQuorumPubKey CO officer1 registration.token registration.sig officer1.pub
#   the HSM makes the registration token; its signature goes into the JSON file [24]
# line 12: logoutHSM
# line 13: loginHSM CO admin ***
# line 14: setMValue 4 2
#   nothing asks for a y [10]
# line 16: quit
(
    hsm_session admin officer1 password1
    hsm quorum token-sign generate --service registration --token registration.token || exit
    hsm_sign_registration registration.token officer1.key || exit
    hsm user change-quorum token-sign register --public-key officer1.pub --signed-token registration.token || exit
    hsm_logout
    hsm_login admin admin adminpw1
    hsm quorum token-sign set-quorum-value --service quorum --value 2
    hsm_logout
)


: 'the token is signed where it is used'
: 'the token is signed where it is used'
# line 22: loginHSM CO officer1 ***
# line 23: getToken 3 officer1 officer1.token
#   the token is a JSON file, is used once, and ends with the session or after ten minutes [25]
# line 24: approveToken approval.txt
#   nothing is handed in: signatures go into the token file, which --approval names [25]
# line 25: deleteUser CU user1
#   the token is used up by this command [25]
# line 26: getToken 4 officer1 other.token
# line 27: approveToken missing.txt
#   no equivalent: which keys sign is not in the script: have each approver sign other.token, each with hsm_approve other.token APPROVER PRIVATE_KEY
# line 28: setMValue 3 2
# line 30: quit
(
    hsm_session admin officer1 password1
    hsm quorum token-sign generate --service user --token officer1.token || exit
    hsm_approve officer1.token officer1 officer1.key || exit
    hsm_approve officer1.token officer2 officer2.key || exit
    hsm user delete --username user1 --role crypto-user --approval officer1.token || exit
    hsm quorum token-sign generate --service quorum --token other.token || exit
    by_hand 'line 27: which keys sign is not in the script: have each approver sign other.token, each with hsm_approve other.token APPROVER PRIVATE_KEY'
    hsm quorum token-sign set-quorum-value --service user --value 2 --approval other.token
    hsm_logout
)

