"""key set-attribute: change one attribute of one key."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.filters import boolean
from cloudhsm_cli.keys import approved, filter_option, key_command, keys_of, selected
from cloudhsm_cli.new_keys import given_hex
from cloudhsm_cli.texts import CommandError
from shared import attribute_names as names
from shared import attributes, errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

# What the model says of a value that an attribute cannot have, or that this user cannot give it.
_NOT_SETTABLE = (errors.POLICY_MISMATCH, errors.NOT_AUTHORIZED, errors.INVALID_DATA)
_TEMPLATES = ("wrap-template", "unwrap-template")
SYNTAX = Syntax(
    filter_option(what="to modify"),
    Option("--name", "KEY_ATTRIBUTE", "Name of attribute to be set", required=True),
    Option("--value", "KEY_ATTRIBUTE_VALUE", "Attribute value to be set", required=True),
    APPROVAL,
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Change the attribute wherever the key is."""
    name, text = values.text("--name"), values.text("--value")
    if name not in names.BOOLEANS and name not in names.OTHERS:
        raise CommandError(key_texts.UNKNOWN_ATTRIBUTE.format(name=name))
    attribute, value = _wanted(name, text)
    keys = keys_of(shell.authenticated(values))
    view = selected(keys, values)
    try:
        with approved(keys, values.get("--approval")):
            keys.modify(view, attribute, value)
    except HsmError as refusal:
        if refusal.code in _NOT_SETTABLE:
            raise CommandError(key_texts.CANNOT_BE_SET.format(name=name, value=text)) from refusal
        raise
    return {"message": "Attribute set successfully"}


def _wanted(name: str, text: str) -> tuple[int, bool | bytes]:
    """Return the number of an attribute and the value that it is to have."""
    if name in names.BOOLEANS:
        return names.BOOLEANS[name], boolean(name, text) != (name == names.MODIFIABLE)
    if name == "label" and len(text) > names.MAX_LABEL:
        raise CommandError(key_texts.BAD_LABEL)
    if name == "id":
        return attributes.ID, given_hex(name, text)
    if name in _TEMPLATES:
        return names.OTHERS[name], _template(name, text)
    return names.OTHERS[name], text.encode("utf-8", "surrogateescape")


def _template(name: str, text: str) -> bytes:
    """Return a template of the form ``sign=true,wrap=false`` as the model reads it."""
    pieces = []
    for word in text.replace(",", " ").split():
        inner, _, value = word.partition("=")
        if inner not in names.BOOLEANS or inner == names.MODIFIABLE:
            raise CommandError(key_texts.BAD_VALUE.format(name=name, value=text))
        pieces.append(f"{names.BOOLEANS[inner]}={int(boolean(inner, value))}")
    return ",".join(pieces).encode()
