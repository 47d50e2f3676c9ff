"""Numbers that only a run knows, as names of CloudHSM CLI."""

from __future__ import annotations

# What stops for a person where there is no name.
CALLS = ("$(hsm_class ", "$(hsm_key_type ")
FUNCTIONS = r"""
# NUMBER: the name of a key class.
hsm_class() {
    case $1 in
        2) printf 'public-key\n' ;;
        3) printf 'private-key\n' ;;
        4) printf 'secret-key\n' ;;
        *) by_hand_first "class $1 has no name in CloudHSM CLI" ;;
    esac
}

# NUMBER: the name of a key type.
hsm_key_type() {
    case $1 in
        0) printf 'rsa\n' ;;
        3) printf 'ec\n' ;;
        16) printf 'generic-secret\n' ;;
        21) printf 'des3\n' ;;
        31) printf 'aes\n' ;;
        *) by_hand_first "key type $1 has no name in CloudHSM CLI" ;;
    esac
}
"""
