#!/usr/bin/env bash
# import-and-sign.sh for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
# 2 parts are to be done by hand; the script stops at each that is reached:
#   line 21: its output goes to: grep 'Handles of' | tee handles.txt
#   line 25: DSA is not supported: use EC or RSA
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
# It ends at a variable that is not set, too: put ${NAME:-} where nothing may stand.
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

# What jq takes out of the last answer.
hsm_take() {
    jq -er "$1" <<< "$HSM_ANSWER"
}

# OPTION FILTER [FILE]: jq, in which ``handle`` makes a reference the number that the handle was; the CLI takes both.
hsm_handles() {
    jq "$1" 'def handle: strings | ltrimstr("0x") | explode
        | reduce .[] as $digit (0; . * 16 + $digit - if $digit > 96 then 87 else 48 end); '"$2" "${@:3}" || return 1
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

# HEX: the bytes.
hsm_bytes() {
    local position
    for ((position = 0; position < ${#1}; position += 2)); do
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\x${1:position:2}"
    done
}

# FILE COMMAND...: signs, and writes the bytes of the signature.
hsm_signature_to() {
    hsm "${@:2}" > /dev/null || return
    hsm_take .data.signature | openssl base64 -d -A > "$1"
}

# FILE ATTRIBUTE COMMAND...: imports a public key with the usages of its type; the attribute may be empty.
hsm_import_public() {
    local text kind usages=(verify=true)
    text=$(openssl pkey -pubin -in "$1" -noout -text) || return
    case $text in
        *Modulus*) kind=rsa-public usages+=(encrypt=true wrap=true) ;;
        *'ASN1 OID'*) kind=ec-public ;;
        *)
            printf '%s: neither RSA nor EC\n' "$1" >&2
            return 1
            ;;
    esac
    hsm "${@:3}" --key-type-class "$kind" --attributes "${usages[@]}" ${2:+"$2"}
}

# FILE: the class of a private key.
hsm_private_type() {
    local text
    text=$(openssl pkey -in "$1" -noout -text) || return
    case $text in
        *modulus*) printf 'rsa-private' ;;
        *'ASN1 OID'*) printf 'ec-private' ;;
        *)
            printf '%s: neither RSA nor EC\n' "$1" >&2
            return 1
            ;;
    esac
}

# secret|private FILE COMMAND...: brings a key in, wrapped with OpenSSL under a pair that is made for it and deleted.
hsm_import() {
    local kind=$1 file=$2 public private modulus key secret data answer status=0
    shift 2
    hsm key generate-asymmetric-pair rsa --public-label "import-$$" --private-label "import-$$" \
        --modulus-size-bits 2048 --public-exponent 65537 --public-attributes wrap=true \
        --private-attributes unwrap=true > /dev/null || return
    public=$(hsm_take '.data.public_key."key-reference"')
    private=$(hsm_take '.data.private_key."key-reference"')
    modulus=$(hsm_take .data.public_key.attributes.modulus)
    key=$(openssl asn1parse -noout -out /dev/stdout -genconf <(
        printf 'asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\nk=BITWRAP,SEQUENCE:n\n[a]\no=OID:rsaEncryption\nz=NULL\n'
        printf '[n]\nn=INTEGER:%s\ne=INTEGER:65537\n' "$modulus"
    ) | openssl base64 -A)
    if [ "$kind" = secret ]; then
        data=$(hsm_encrypt "$key" < "$file" | openssl base64 -A) || status=$?
    else
        secret=$(openssl rand -hex 32)
        data=$({
            hsm_bytes "$secret" | hsm_encrypt "$key"
            openssl pkcs8 -topk8 -nocrypt -outform DER -in "$file" \
                | openssl enc -e -id-aes256-wrap-pad -K "$secret" -iv A65959A6
        } | openssl base64 -A) || status=$?
    fi
    [ "$status" -ne 0 ] || hsm "$@" --filter "key-reference=$private" --data "$data" || status=$?
    answer=$HSM_ANSWER
    hsm key delete --filter "key-reference=$public" > /dev/null || status=$?
    hsm key delete --filter "key-reference=$private" > /dev/null || status=$?
    HSM_ANSWER=$answer
    return "$status"
}

# FILE COMMAND...: imports a secret key.
hsm_import_secret() {
    hsm_import secret "$@"
}

# FILE COMMAND...: imports a private key; one of RSA may decrypt and unwrap too, as it could before.
hsm_import_private() {
    local word words=() IFS=' '
    for word in "$@"; do
        [[ $word != sign=true || " $* " != *' rsa-private '* ]] || words+=(decrypt=true unwrap=true)
        words+=("$word")
    done
    hsm_import private "${words[@]}"
}

# PUBLIC_KEY: what is read, encrypted with RSA-OAEP; the key is DER in base64.
hsm_encrypt() {
    openssl pkeyutl -encrypt -pubin -keyform DER -inkey <(openssl base64 -d -A <<< "$1") \
        -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
}

# source: idioms of public scripts: a function around singlecmd, $LOGIN, greps of handles
# status: inferred
set -e
export LD_LIBRARY_PATH=/opt/cloudhsm/lib
USER_NAME=${1:?user}
LOGIN="loginHSM -u CU -s $USER_NAME -p $HSM_PASSWORD"
: # kmu was a call of a legacy tool

# line 10: service cloudhsm-client start
#   not needed
#   there is no client daemon [7]
true
# line 11: configure -a 10.0.0.1
#   every component has its own configuration [7]
/opt/cloudhsm/bin/configure-cli -a 10.0.0.1

key=$(hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm_import_private server.key key unwrap rsa-aes --key-type-class "$(hsm_private_type server.key)" --label server --attributes sign=true --hash-function sha256 --mgf mgf1-sha256 | hsm_handles -r '.data.key."key-reference" | handle')
# line 14: getCaviumPrivKey -k $key -out server.pem
#   a file that key_mgmt_util wrote holds a handle: make it again [29]
hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm key generate-file --encoding reference-pem --path server.pem --filter "key-reference=$key"
# line 15: sign -f message.txt -k $key -m 6 -out message.sig
#   mechanisms have names and parameters [46]
#   data above 64 KB fails: hash it and use --data-type digest [49]
hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm_signature_to message.sig crypto sign rsa-pkcs-pss --key-filter "key-reference=$key" --hash-function sha256 --mgf mgf1-sha256 --salt-length 32 --data-path message.txt
# line 16: importPubKey -f server.pub -l server-public
#   usages are spelled out [30]
hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm_import_public server.pub '' key import pem --path server.pub --label server-public
# line 17: imSymKey -f data.key -t 31 -l data -w 4 -sess
#   not in one step: a pair is made, the key is wrapped with OpenSSL, unwrapped, and the pair is deleted [40]
#   a session key ends with its command, as it did [32]
hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm_import_secret data.key key unwrap rsa-oaep --key-type-class aes --label data --attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false --session --hash-function sha256 --mgf mgf1-sha256
if hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm_all_keys key list --filter attr.label=server > /dev/null; then
    echo "there it is"
fi
# line 21: findKey -l server
#   key list gives ten keys at a time; hsm_all_keys follows next_token [35]
#   other users' public keys are listed, too [35]
by_hand 'line 21: its output goes to: grep '"'"'Handles of'"'"' | tee handles.txt'
for old in $(cat old-handles.txt); do
    # line 23: deleteKey -k $old
    #   a key that is not there is an error [13]
    #   $old holds a handle from elsewhere: it is taken decimal or as 0x... [29]
    hsm_as crypto-user "$USER_NAME" "$HSM_PASSWORD" hsm key delete --filter "key-reference=$old" > /dev/null || true
done
# line 25: genDSAKeyPair -m 2048 -l old
#   no equivalent: DSA is not supported: use EC or RSA [45]
by_hand 'line 25: DSA is not supported: use EC or RSA'
