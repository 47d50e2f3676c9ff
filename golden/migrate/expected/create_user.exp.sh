#!/usr/bin/env bash
# create_user.exp for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# To look at; the script does not stop there:
#   line 27: what is done when it reads "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE" is left out: the translation stops at a failure
#   line 41: what is done when it reads "createUser failed: HSM Error: This user is already created" is left out: the translation stops at a failure
#   line 42: what is done when it reads "invalid user type" is left out: the translation stops at a failure
#   line 43: what is done when it reads "HSM Error: Invalid input data/params" is left out: the translation stops at a failure
#   line 44: what is done when it reads "min pswd len 7 and max pswd len 32" is left out: the translation stops at a failure
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

# The role of a legacy user type.
hsm_role() {
    case $1 in
        CO | PCO) printf 'admin' ;;
        CU) printf 'crypto-user' ;;
        *)
            printf '%s has no role\n' "$1" >&2
            return 1
            ;;
    esac
}

# VALUE...: what is typed at a prompt; one with a blank in it was several words there.
hsm_typed() {
    local value
    for value in "$@"; do
        [[ $value != *[[:space:]]* ]] || by_hand_first 'what was typed as one word has blanks in it'
    done
}

co_password=${1:?co_password is argument 1}
name=${3:?name is argument 3}
password=${4:?password is argument 4}
type=${2:?type is argument 2}

hsm_typed "$type" "$name" "$password"

# line 19: enable_e2e
#   not needed
#   end-to-end encryption is always on [7]

# line 23: loginHSM CO admin $co_password
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login admin admin "$co_password"

# line 27: what is done when it reads "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE" is left out: the translation stops at a failure

# line 34: createUser $type $name $password
#   $type holds a user type, which becomes a role when the script runs [17]
#   nothing asks for a y [10]
#   a password among the arguments can be seen by others; leave it out and it is asked for [15]
hsm user create --username "$name" --role "$(hsm_role "$type")" --password "$password"

# line 41: what is done when it reads "createUser failed: HSM Error: This user is already created" is left out: the translation stops at a failure

# line 42: what is done when it reads "invalid user type" is left out: the translation stops at a failure

# line 43: what is done when it reads "HSM Error: Invalid input data/params" is left out: the translation stops at a failure

# line 44: what is done when it reads "min pswd len 7 and max pswd len 32" is left out: the translation stops at a failure

# line 48: quit
hsm_logout
