"""Functions of the translated script that sign tokens with a key file."""

from __future__ import annotations

FUNCTIONS = r"""
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

# PRIVATE PUBLIC: writes the public key of a private one.
hsm_public_key() {
    openssl pkey -in "$1" -pubout -out "$2"
}
"""
