"""Numbers that only a run knows, as names of CloudHSM CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.key_kinds import CLASSES, TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

# What stops for a person where there is no name.
CALLS = ("$(hsm_class ", "$(hsm_key_type ")


def _function(name: str, what: str, known: Mapping[int, str]) -> str:
    """Return the function that prints the name of a number."""
    cases = [f"        {number}) printf '{told}\\n' ;;" for number, told in known.items()]
    other = f'        *) by_hand_first "{what} $1 has no name in CloudHSM CLI" ;;'
    lines = [
        f"# NUMBER: the name of a {what}.",
        f"{name}() {{",
        "    case $1 in",
    ]
    return "\n".join([*lines, *cases, other, "    esac", "}", ""])


_LISTED = """
# TYPE: the role that a listing shows of a legacy user type.
hsm_listed_role() {
    case $1 in
        CO) printf 'admin' ;;
        CU) printf 'crypto-user' ;;
        AU) printf 'internal(APPLIANCE_USER)' ;;
        *) by_hand_first "no listing shows users of the type $1" ;;
    esac
}
"""
FUNCTIONS = f"\n{_function('hsm_class', 'class', CLASSES)}\n{_function('hsm_key_type', 'key type', TYPES)}{_LISTED}"
