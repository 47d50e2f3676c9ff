#!/usr/bin/env bash
# rotate_keys.sh for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 11 parts are to be done by hand; the script stops at each that is reached:
#   line 36: its output goes to: grep -q 'Cfm3DeleteKey returned: 0x30000080'
#   line 37: its output goes to: grep -q 'Error: Key handle (-k) is missing.'
#   line 38: its output goes to: grep -q '^Description'
#   line 39: its output goes to: grep -q '^Description'
#   line 40: its output goes to: grep -q '^Description'
#   line 41: its output goes to: grep -q 'Help Commands Available:'
#   line 41: listKeys is no command of key_mgmt_util: it showed help and did nothing
#   line 42: listSlots is no command of key_mgmt_util: it showed help and did nothing
#   line 43: zeroizeHSM is no command of key_mgmt_util: it showed help and did nothing
#   line 52: reads what a legacy tool printed, which is JSON now: grep -q 'Cfm3LoginHSM returned: 0x40000049' refused.txt
#   line 53: reads what a legacy tool printed, which is JSON now: grep -q Cfm3FindKey refused.txt
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
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

# What is left to a person: says so, and stops.
by_hand() {
    { printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2; } 2>&"$HSM_SAID"
    hsm_stop
}

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

# OPTION FILTER [FILE]: jq, in which ``handle`` makes a reference the number that the handle was; the CLI takes both.
hsm_handles() {
    jq "$1" 'def handle: strings | ltrimstr("0x") | explode
        | reduce .[] as $digit (0; . * 16 + $digit - if $digit > 96 then 87 else 48 end); '"$2" "${@:3}" || return 1
}

# FILTER: a value of the last answer; an error if it is not there, as an attribute of another user's key.
hsm_value() {
    jq -r "[$1] | if any(. != null) then .[] else error(\"cloudhsm-cli shows no such value\") end" <<< "$HSM_ANSWER"
}

# FILE FILTER COMMAND...: the same, into a file.
hsm_pick_to() {
    local value
    hsm "${@:3}" > /dev/null || return
    value=$(hsm_value "$2") || return
    printf '%s\n' "$value" > "$1"
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

# ROLE USER PASSWORD COMMAND...: a command under a login of its own.
hsm_as() {
    (
        hsm_login "$1" "$2" "$3" || exit
        trap hsm_logout EXIT
        "${@:4}"
    )
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

# WORD...: what stood without quotes; where one is no word now, the old tool was given something else.
hsm_word() {
    local word
    for word in "$@"; do
        [ -n "$word" ] || by_hand_first 'what stood without quotes is empty'
    done
    hsm_piece "$@"
}

# PIECE...: what stood without quotes in a word; with blanks in it, it was several words.
hsm_piece() {
    local word
    for word in "$@"; do
        [[ $word != *[[:space:]"${IFS-}"]* ]] || by_hand_first 'what stood without quotes has blanks in it'
    done
}

# Makes a new key under a label, takes the old ones away; each step is a singlecmd of its own.
set -euo pipefail
export HSM_PARTITION=PARTITION_1 HSM_USER=alice HSM_PASSWORD=password1 n3fips_password=alice:password1
KMU=/opt/cloudhsm/bin/key_mgmt_util
LOGIN="loginHSM -u CU -s $HSM_USER -p $HSM_PASSWORD"
LABEL=rotated

# Nothing there yet: the script must get past this under set -e.
before=$(hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm_all_keys key list --filter "attr.label=$LABEL" | jq -r '.data.total_key_count')
echo "before: $before"

for turn in 1 2 3; do
    out=$(hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm key generate-symmetric aes --label "$LABEL" --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false || true)
    new=$(hsm_handles -ers '.[] | .data.key."key-reference" | handle // empty' <<< "$out")
    if [[ $(hsm_handles -r '.data.key."key-reference" | handle' <<< "$out") =~ ^([0-9]+)$ ]]; then
        [ "${BASH_REMATCH[1]}" = "$new" ]
    fi
    old=$(hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm_all_keys key list --filter "attr.label=$LABEL" | hsm_handles -ers '.[] | .data.matched_keys[0]."key-reference" | handle // empty')
    if [ "$old" != "$new" ]; then
        # line 22: deleteKey -k $old
        #   a key that is not there is an error [13]
        { hsm_word "$old"; hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm key delete --filter "key-reference=$old"; } > /dev/null
        echo "deleted"
    fi
done
# line 27: findKey -l $LABEL
#   key list gives ten keys at a time; hsm_all_keys follows next_token [35]
#   other users' public keys are listed, too [35]
hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm_all_keys key list --filter "attr.label=$LABEL" | jq -es '.[0].data.total_key_count == 1' > /dev/null

# The label of the key, out of the dump file, which is relative to the working directory.
mkdir -p dumps && cd dumps
# line 31: getAttribute -o $new -a 3 -out label
#   the file holds the value as CloudHSM CLI shows it, without the attribute's name above it [29]
hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm_pick_to label '.data.matched_keys[].attributes."label"' key list --filter "key-reference=$new" --verbose > /dev/null
[ "$(tail -n 1 label)" = $LABEL ]
cd ..

# Mistakes are shown and do not end the script.
# line 36: deleteKey -k $old
by_hand 'line 36: its output goes to: grep -q '"'"'Cfm3DeleteKey returned: 0x30000080'"'"''
# line 37: deleteKey
#   no effect
#   the real tool only shows help: deleteKey needs -k
by_hand 'line 37: its output goes to: grep -q '"'"'Error: Key handle (-k) is missing.'"'"''
# line 38: findKey -wrong yes
#   no effect
#   the real tool only shows help: findKey knows no option -wrong
by_hand 'line 38: its output goes to: grep -q '"'"'^Description'"'"''
# line 39: genECCKeyPair -curve 2 -l ec
#   no effect
#   the real tool only shows help: genECCKeyPair knows no option -curve
by_hand 'line 39: its output goes to: grep -q '"'"'^Description'"'"''
# line 40: genSymKey -t 31 -s 32 -l s -sess 0
#   no effect
#   the real tool only shows help: genSymKey knows no option 0
by_hand 'line 40: its output goes to: grep -q '"'"'^Description'"'"''
by_hand 'line 41: its output goes to: grep -q '"'"'Help Commands Available:'"'"''
by_hand 'line 42: listSlots is no command of key_mgmt_util: it showed help and did nothing'
by_hand 'line 43: zeroizeHSM is no command of key_mgmt_util: it showed help and did nothing'
# line 44: listUsers
#   users have no ids, and types are roles [17]
hsm user list > /dev/null
hsm_as crypto-user "$HSM_USER" "$HSM_PASSWORD" hsm key list --max-items 1 > /dev/null
if hsm_as crypto-user "$HSM_USER" wrongpassword hsm_all_keys key list > refused.txt 2>&1; then
    echo "a wrong password was taken"
    exit 1
else
    echo "refused with $?"
fi
by_hand 'line 52: reads what a legacy tool printed: grep -q '"'"'Cfm3LoginHSM returned: 0x40000049'"'"' refused.txt'
! by_hand_first 'line 53: reads what a legacy tool printed: grep -q Cfm3FindKey refused.txt'
echo "handle: $new"
