"""setAttribute: turn a session key into a token key."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import attributes, errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

PROMPT = "\t\tThis attribute is defined as a boolean value.\n\t\tEnter the boolean attribute value (0 or 1):"
UNREADABLE = "\nError reading the user input value\n"
UNKNOWN = "\n\tThis attribute is either not modifiable or unknown"

SYNTAX = Syntax(
    options=(Option("-o", readers.int64), Option("-a", readers.int32)),
    required=(
        ("-o", "\n\tError: Object handle (-o) is missing.\n"),
        ("-a", "\n\tError: Attribute ID (-a) is missing.\n"),
    ),
    help=Help(
        "Sets an attribute of an object.",
        "\nSyntax: setAttribute -h -o <object handle> -a <attribute> \n",
        (
            "-o  handle of the object",
            "-a  attribute to set:",
            f"\n           OBJ_ATTR_TOKEN                  = {attributes.TOKEN}",
        ),
        tail="\n\n",
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Ask for the value and set it; for what cannot be set only the result line tells so."""
    say = shell.console.write
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    block = ""
    if values["-a"] != attributes.TOKEN:
        say(UNKNOWN)
        code = errors.ERR_ARGUMENTS_BAD
    else:
        value = _value(shell)
        if value is None:
            say(UNREADABLE)
            code = errors.ERR_INVALID_USER_INPUT
        else:
            outcome = shell.client.make_token(values["-o"], value)
            code = outcome.code
            block = results.block(outcome, shell.profile)
    say(results.result("Cfm3SetAttribute", code, shell.profile) + block)
    return code.number


def _value(shell: Shell) -> bool | None:
    """Read a number as C's scanf does, over blank lines; the rest of its line is dropped (choice)."""
    line = shell.console.read_line(PROMPT)
    while line is not None and not line.strip():
        line = shell.console.read_line()
    text = (line or "").strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    return readers.atoi(text) != 0 if "0" <= digits[:1] <= "9" else None
