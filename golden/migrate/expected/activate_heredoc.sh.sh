#!/usr/bin/env bash
# activate_heredoc.sh for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 2 parts are to be done by hand; the script stops at each that is reached:
#   line 21: reads what a legacy tool printed, which is JSON now: [ "$(grep -c 'createUser success' cmu.log)" -eq 6 ]
#   line 22: reads what a legacy tool printed, which is JSON now: grep -q 'aws-cloudhsm>' cmu.log
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer; CloudHSM CLI goes on without it.
set -euo pipefail

HSM_ANSWER=''
HSM_OPEN=''
HSM_ENTERED=''

exec {HSM_SAID}>&2

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
    { printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2; } 2>&"$HSM_SAID"
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

# Runs in a container build: no terminal at all, and the tool in the background.
set -euo pipefail
# line 5: enable_e2e
#   not needed
#   end-to-end encryption is always on [7]
# line 7: loginHSM PRECO admin ***
#   nobody logs in before the cluster is activated [18]
# line 8: changePswd PRECO admin ***
#   nothing asks for a y [10]
#   a second activation fails [18]
#   a password among the arguments can be seen by others; leave it out and it is asked for [15]
# line 10: logoutHSM
# line 11: loginHSM CO admin ***
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
# line 12: createUser CU builder ***
# line 14: createUser CO second ***
# line 16: logoutHSM
# line 17: quit
(
    hsm cluster activate --password Secret-Password || exit
    hsm_login admin admin Secret-Password
    hsm user create --username builder --role crypto-user --password Builder-Password || exit
    hsm user create --username second --role admin --password Second-Password
    hsm_logout
) > cmu.log 2>&1 &

wait $!
echo "status $?"
by_hand_first 'line 21: reads what a legacy tool printed: [ "$(grep -c '"'"'createUser success'"'"' cmu.log)" -eq 6 ]'
if by_hand_first 'line 22: reads what a legacy tool printed: grep -q '"'"'aws-cloudhsm>'"'"' cmu.log'; then
    echo "a prompt without a terminal"
    exit 1
fi
