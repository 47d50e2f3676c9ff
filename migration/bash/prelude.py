"""Functions of the translated script, each with those that it needs; only what is used is written."""

from __future__ import annotations

import re

from migration.bash import loose, names, options, rows, tokens, tried
from migration.bash.hands import hands

_FUNCTIONS = r"""
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

# FILTER: a value of the last answer; an error if it is not there, as an attribute of another user's key.
hsm_value() {
    jq -r "[$1] | if any(. != null) then .[] else error(\"cloudhsm-cli shows no such value\") end" <<< "$HSM_ANSWER"
}

# FILTER COMMAND...: a value of a command's answer.
hsm_pick() {
    hsm "${@:2}" > /dev/null || return
    hsm_value "$1"
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

# USER: a password that is typed.
hsm_password() {
    local typed
    IFS= read -r -s -p "Enter password of $1: " typed
    printf '\n' >&2
    printf '%s' "$typed"
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

# true or false for what was 1 or 0.
hsm_truth() {
    case $1 in
        1 | 0x01) printf 'true' ;;
        0 | 0x00) printf 'false' ;;
        *)
            printf '%s is neither 0 nor 1\n' "$1" >&2
            return 1
            ;;
    esac
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

# [FILE]: its bytes in hexadecimal, 0x in front.
hsm_hex() {
    local LC_ALL=C byte number text=0x
    while IFS= read -r -d '' -n 1 byte; do
        printf -v number '%d' "'$byte"
        printf -v byte '%02x' "$((number & 255))"
        text+=$byte
    done < "${1:-/dev/stdin}"
    printf '%s' "$text"
}

# TEXT: its bytes in hexadecimal, 0x in front.
hsm_hex_text() {
    printf '%s' "$1" | hsm_hex
}

# FILE of hexadecimal digits: the digits, 0x in front.
hsm_digits() {
    local digits
    digits=$(< "$1")
    digits=${digits//[[:space:]]/}
    printf '0x%s' "${digits#0x}"
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

# FILE COMMAND...: signs with ECDSA, and writes the signature in DER, as it was.
hsm_ecdsa_to() {
    local raw half
    hsm "${@:2}" > /dev/null || return
    raw=$(hsm_take .data.signature | openssl base64 -d -A | hsm_hex)
    raw=${raw#0x}
    half=$((${#raw} / 2))
    openssl asn1parse -noout -out "$1" -genconf <(
        printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${raw:0:half}" "${raw:half}"
    )
}

# FILE FILTER COMMAND...: verifies an ECDSA signature in DER with the key that the filter selects.
hsm_verify_ecdsa() {
    local size part raw=''
    hsm key list --filter "$2" --verbose > /dev/null || return
    case $(hsm_take '.data.matched_keys[0].attributes.curve') in
        secp224r1) size=56 ;;
        prime256v1 | secp256r1 | secp256k1) size=64 ;;
        secp384r1) size=96 ;;
        secp521r1) size=132 ;;
        *) return 1 ;;
    esac
    while IFS= read -r part; do
        [[ $part == *INTEGER*:* ]] || continue
        printf -v part '%*s' "$size" "${part##*:}"
        raw+=${part// /0}
    done < <(openssl asn1parse -inform DER -in "$1" 2> /dev/null || true)
    hsm "${@:3}" --signature "$(hsm_bytes "$raw" | openssl base64 -A)"
}

# FILE COMMAND...: wraps, and writes the IV to the file.
hsm_iv_to() {
    local iv
    hsm "${@:2}" || return
    iv=$(hsm_take .data.iv)
    hsm_bytes "${iv#0x}" > "$1"
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

"""
_STATE = "HSM_ANSWER=''\nHSM_OPEN=''\n"
_ENTERED = "HSM_ENTERED=''\n"
_DEFINITION = re.compile(r"(?:^#[^\n]*\n)?^(\w+)\(\) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_TEXTS = {
    found[1]: found[0]
    for found in _DEFINITION.finditer(
        _FUNCTIONS + "".join(item.FUNCTIONS for item in (options, tried, names, loose, rows, tokens))
    )
}
# What a script must not call a function of its own.
NAMES = frozenset((*_TEXTS, "by_hand", "by_hand_first", "hsm_stop"))
_CALL = re.compile(r"\bhsm\w*\b")


def functions(body: str, *, allow_gaps: bool) -> str:
    """Return the functions that a script's body uses, in their order, and what they use."""
    needed: set[str] = set()
    waiting = [name for name in _CALL.findall(body) if name in _TEXTS]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [other for other in _CALL.findall(_TEXTS[name]) if other in _TEXTS]
    pieces = [_STATE + (_ENTERED if "hsm_logout" in needed else "")] if needed & {"hsm", "hsm_logout"} else []
    texts = "".join([body, *(_TEXTS[name] for name in sorted(needed))])
    pieces += hands(set(re.findall(r"\bby_hand(?:_first)?\b", texts)), body, allow_gaps=allow_gaps)
    pieces += [text for name, text in _TEXTS.items() if name in needed]
    return "\n".join(pieces)
