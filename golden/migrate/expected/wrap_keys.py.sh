#!/usr/bin/env bash
# wrap_keys.py for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# To look at; the script does not stop there:
#   line 23: what is done if 'SUCCESS' not in child.before is left out: the translation stops at a failure
#   line 43: ends the program with status 2 if pexpect.TIMEOUT is raised, which is not carried over
# A command that fails ends this script, also where the old one went on: put || true behind what may fail.
# What the old one printed where something failed is not printed: CloudHSM CLI says what failed.
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

USER=alice
PASSWORD=password1

# line 23: what is done if 'SUCCESS' not in child.before is left out: the translation stops at a failure

# line 41: loginHSM -u CU -s $USER -p $PASSWORD
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login crypto-user "$USER" "$PASSWORD"

# line 43: ends the program with status 2 if pexpect.TIMEOUT is raised, which is not carried over

# line 44: genSymKey -t 31 -s 32 -l kek-0007
#   usages are spelled out: without them an AES key can only sign and verify [30]
hsm key generate-symmetric aes --label kek-0007 --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
kek=$(hsm_handle '.data.key."key-reference"')

# line 46: genSymKey -t 31 -s 16 -l billing-01
hsm key generate-symmetric aes --label billing-01 --key-length-bytes 16 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
key=$(hsm_handle '.data.key."key-reference"')

# line 47: wrapKey -noheader -m 4 -k $key -w $kek -out billing.wrapped
#   the names of the AES key wraps changed; a file opens only with the one that made it [42]
hsm key wrap aes-pkcs5-pad --payload-filter "key-reference=$key" --wrapping-filter "key-reference=$kek" --path billing.wrapped

# line 48: deleteKey -k $key
#   a key that is not there is an error [13]
hsm key delete --filter "key-reference=$key"

# line 46: genSymKey -t 31 -s 16 -l mail-02
hsm key generate-symmetric aes --label mail-02 --key-length-bytes 16 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
key_2=$(hsm_handle '.data.key."key-reference"')

# line 47: wrapKey -noheader -m 4 -k $key_2 -w $kek -out mail.wrapped
hsm key wrap aes-pkcs5-pad --payload-filter "key-reference=$key_2" --wrapping-filter "key-reference=$kek" --path mail.wrapped

# line 48: deleteKey -k $key_2
hsm key delete --filter "key-reference=$key_2"

# line 49: findKey -l mail-02
#   key list gives ten keys at a time; hsm_all_keys follows next_token [35]
#   other users' public keys are listed, too [35]
hsm_all_keys key list --filter attr.label=mail-02
keys_found=$(hsm_take '.data.total_key_count')

# line 51: ends the program if child.match.group(1) != '0'
if [[ "$keys_found" -gt 0 ]]; then
    printf '%s: %s\n' "${0##*/}" 'line 51: ends the program if child.match.group(1) != '"'"'0'"'"'' >&2
    exit 3
fi

# line 53: exit
hsm_logout
