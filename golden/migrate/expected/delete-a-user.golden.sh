#!/usr/bin/env bash
# delete-a-user.golden for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 4 parts are to be done by hand; the script stops at each that is reached:
#   line 26: openssl is run, which is left out: openssl genrsa -out officer1.key 2048
#   line 29: openssl is run, which is left out: openssl genrsa -out officer2.key 2048
#   line 42: officer1 registers the key, and nobody else can: log in as officer1 before it
#   line 47: officer2 registers the key, and nobody else can: log in as officer2 before it
# To look at; the script does not stop there:
#   line 24: sed is run, which is left out: sed -i 's/10.0.1.4/X/g; s/10.0.2.14/10.0.1.4/g; s/X/10.0.2.14/g' /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
#   line 33: mkfifo is run, which is left out: mkfifo officer1.token.sig1 officer1.token.sig2
#   line 35: sh is run, which is left out: sh -c "trap '' HUP; timeout 60 sh approvers >/dev/null 2>&1 </dev/null &"
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
    kill -s USR2 "${shells[@]}"
    exit 3
}
trap 'exit 3' USR2

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

# line 24: sed is run, which is left out: sed -i 's/10.0.1.4/X/g; s/10.0.2.14/10.0.1.4/g; s/X/10.0.2.14/g' /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg

# line 33: mkfifo is run, which is left out: mkfifo officer1.token.sig1 officer1.token.sig2

# line 35: sh is run, which is left out: sh -c "trap '' HUP; timeout 60 sh approvers >/dev/null 2>&1 </dev/null &"

# line 39: loginHSM PCO admin ***
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_session admin admin adminpw1

by_hand 'line 26: openssl is run, which is left out: openssl genrsa -out officer1.key 2048'

# line 42: registerMofnPubKey CO key_match_string officer1 officer1.key
#   not resolved: officer1 registers the key, and nobody else can: log in as officer1 before it
#   the HSM makes the registration token; its signature goes into the JSON file [24]
by_hand 'line 42: officer1 registers the key, and nobody else can: log in as officer1 before it'

by_hand 'line 29: openssl is run, which is left out: openssl genrsa -out officer2.key 2048'

# line 47: registerMofnPubKey CO key_match_string officer2 officer2.key
#   not resolved: officer2 registers the key, and nobody else can: log in as officer2 before it
by_hand 'line 47: officer2 registers the key, and nobody else can: log in as officer2 before it'

# line 52: setMValue 3 2
#   nothing asks for a y [10]
hsm quorum token-sign set-quorum-value --service user --value 2

# line 56: logoutHSM
hsm_logout

# line 58: loginHSM CO officer1 ***
hsm_session admin officer1 password1

# line 61: getToken 3 officer1 officer1.token
#   the token is a JSON file, is used once, and ends with the session or after ten minutes [25]
hsm quorum token-sign generate --service user --token officer1.token

# line 76: approveToken approval.txt
#   nothing is handed in: signatures go into the token file, which --approval names [25]
hsm_approve officer1.token officer1 officer1.key
hsm_approve officer1.token officer2 officer2.key

# line 79: deleteUser CU user1
#   the token is used up by this command [25]
hsm user delete --username user1 --role crypto-user --approval officer1.token

# line 83: quit
hsm_logout
