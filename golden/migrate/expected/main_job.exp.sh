#!/usr/bin/env bash
# main_job.exp for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 10 parts are to be done by hand; the script stops at each that is reached:
#   line 83: waits for "Server 2(10.0.0.3) is not connected", which is JSON now
#   line 124: waits for "Number of keys found 3", which is JSON now
#   line 125: waits for "Number of keys found 3", which is JSON now
#   line 126: waits for "Number of keys found 0", which is JSON now
#   line 128: the CLI always asks all HSMs; for one of them make a configuration with that server alone
#   line 130: inside a cluster run user create again, which repairs; between clones: user replicate --username U --role R --source-cluster-id A --destination-cluster-id B (5.15.0)
#   line 134: inside a cluster keys are in step by themselves; between clones: key replicate --filter key-reference=... --source-cluster-id A --destination-cluster-id B (5.12.0)
#   line 140: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user
#   line 144: waits for "Key Hash:\r\n([0-9a-f]{64})\r\n", which is JSON now
#   line 150: ends the script if [llength [lsort -unique $hashes]] != 1: go on from here only if that is not so
# To look at; the script does not stop there:
#   line 60: ends where cloudhsm_mgmt_util does not come up, as if one HSM does not answer: the new script does not notice, so look for cluster-coverage other than full in key list --verbose
#   line 115: prints what the tools gave: the translation prints JSON in its place
#   line 119: ends where cloudhsm_mgmt_util does not come up, as if one HSM does not answer: the new script does not notice, so look for cluster-coverage other than full in key list --verbose
#   line 151: prints what the translation does not know, and does not print
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

keys=()
co_password=Adm1nPassw0rd
cu_password=Cu5erPassw0rd

# line 60: ends where cloudhsm_mgmt_util does not come up, as if one HSM does not answer: the new script does not notice, so look for cluster-coverage other than full in key list --verbose

# line 61: enable_e2e
#   not needed
#   end-to-end encryption is always on [7]

# line 64: loginHSM PRECO admin ***
#   nobody logs in before the cluster is activated [18]

# line 67: changePswd PRECO admin $co_password
#   nothing asks for a y [10]
#   a second activation fails [18]
#   a password among the arguments can be seen by others; leave it out and it is asked for [15]
hsm cluster activate --password "$co_password"

# line 70: logoutHSM

# line 72: loginHSM CO admin $co_password
#   CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands [15]
hsm_login admin admin "$co_password"

# line 75: createUser CU alice $cu_password
hsm user create --username alice --role crypto-user --password "$cu_password"

printf '%s\n' '' 'MAINTENANCE: take 10.0.0.3 down, then press Enter'

# line 81: createUser CU bob $cu_password
hsm user create --username bob --role crypto-user --password "$cu_password"

by_hand_first 'line 83: waits for "Server 2(10.0.0.3) is not connected", which is JSON now'

# line 85: quit
hsm_logout

# line 91: loginHSM -u CU -s alice -p $cu_password
hsm_login crypto-user alice "$cu_password"

# line 95: genSymKey -t 31 -s 32 -l backup-key
#   usages are spelled out: without them an AES key can only sign and verify [30]
hsm key generate-symmetric aes --label backup-key --key-length-bytes 32 --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false
keys+=("$(hsm_handle '.data.key."key-reference"')")

# line 101: genRSAKeyPair -m 2048 -e 65537 -l tls-key
#   usages are spelled out: a pair without them can do nothing [30]
hsm key generate-asymmetric-pair rsa --public-label tls-key --private-label tls-key --modulus-size-bits 2048 --public-exponent 65537 --public-attributes encrypt=true wrap=true verify=true --private-attributes decrypt=true unwrap=true sign=true
keys+=("$(hsm_handle '.data.public_key."key-reference"')")
keys+=("$(hsm_handle '.data.private_key."key-reference"')")

# line 109: findKey -l tls-key
#   key list gives ten keys at a time; hsm_all_keys follows next_token [35]
#   other users' public keys are listed, too [35]
hsm_all_keys key list --filter attr.label=tls-key
hsm_take '.data.total_key_count == 2' > /dev/null

# line 113: exit
hsm_logout

printf '%s\n' '' 'MAINTENANCE: take 10.0.0.3 up again, then press Enter'

# line 115: prints what the tools gave: the translation prints JSON in its place

# line 119: ends where cloudhsm_mgmt_util does not come up, as if one HSM does not answer: the new script does not notice, so look for cluster-coverage other than full in key list --verbose

# line 120: loginHSM CO admin $co_password
hsm_login admin admin "$co_password"

# line 123: findAllKeys 3 0
#   only alice sees which keys are theirs; an admin gets all references [36]
hsm_all_keys key list

by_hand_first 'line 124: waits for "Number of keys found 3", which is JSON now'

by_hand_first 'line 125: waits for "Number of keys found 3", which is JSON now'

by_hand_first 'line 126: waits for "Number of keys found 0", which is JSON now'

# line 128: server 0
#   no equivalent: the CLI always asks all HSMs; for one of them make a configuration with that server alone
by_hand 'line 128: the CLI always asks all HSMs; for one of them make a configuration with that server alone'

# line 130: syncUser 4 2
#   no equivalent: inside a cluster run user create again, which repairs; between clones: user replicate --username U --role R --source-cluster-id A --destination-cluster-id B (5.15.0)
by_hand 'line 130: inside a cluster run user create again, which repairs; between clones: user replicate --username U --role R --source-cluster-id A --destination-cluster-id B (5.15.0)'

for key in "${keys[@]}"; do
    # line 134: syncKey $key 2
    #   no equivalent: inside a cluster keys are in step by themselves; between clones: key replicate --filter key-reference=... --source-cluster-id A --destination-cluster-id B (5.12.0)
    by_hand 'line 134: inside a cluster keys are in step by themselves; between clones: key replicate --filter key-reference=... --source-cluster-id A --destination-cluster-id B (5.12.0)'
done

# line 138: exit
#   not needed
#   there is no server mode to leave [11]

# line 140: findAllKeys 3 1
#   no equivalent: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user
by_hand 'line 140: there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user'

by_hand_first 'line 144: waits for "Key Hash:\r\n([0-9a-f]{64})\r\n", which is JSON now'

# line 148: quit
hsm_logout

by_hand_first 'line 150: ends the script if [llength [lsort -unique $hashes]] != 1: go on from here only if that is not so'

# line 151: prints what the translation does not know, and does not print

# line 158: loginHSM -u CU -s bob -p $cu_password
hsm_login crypto-user bob "$cu_password"
hsm key list --max-items 1 > /dev/null

# line 162: loginHSM -u CU -s alice -p $cu_password
hsm_login crypto-user alice "$cu_password"
hsm key list --max-items 1 > /dev/null

for key in "${keys[@]}"; do
    # line 166: findSingleKey -k $key
    #   no key is no error: look at total_key_count [13]
    hsm key list --filter "key-reference=$key"
done

# line 171: exit
hsm_logout

printf '%s\n' '' 'in step again'
