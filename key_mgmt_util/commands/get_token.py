"""getToken: start a service for a key whose use or management must be approved, and get its tokens."""

from __future__ import annotations

from key_mgmt_util import readers, results, token_text
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import OutputError, write_file
from key_mgmt_util.options import Option, ShowHelp, Syntax, parse
from shared.hsm.base import MAX_NAME
from shared.hsm.quorum import KEY_SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.shell import Shell

KEY_MISSING = "\n\tError: Key Handle (-k) is missing.\n"
INVALID_SERVICE = "Invalid service number\n"
CANNOT_OPEN = "failed to open the file {path}\n"
CUT_SHORT = "coudn't write all token info, {written} byte written of {size}\n"


def _name(value: str, _: Callable[[str], None]) -> str:
    if len(value) > MAX_NAME:
        raise ShowHelp
    return value


SYNTAX = Syntax(
    options=(
        Option("-n", readers.int32),
        Option("-k", readers.int32),
        Option("-u", _name),
        Option("-f", readers.text),
        Option("-F", token_text.flags),
    ),
    required=(("-u", ""), ("-f", "")),
    help=Help(
        "Starts an MxN service and writes its tokens, one of each HSM, to a file.",
        "\nSyntax: getToken -n <ServiceNo> -k <Key> -u <user_name> -f <token_file_to_store> [-F flags]\n",
        (
            "-n  number of the service (5 = USE_KEY, 6 = MANAGE_KEY)",
            "-k  handle of the key",
            "-u  name of the user who is logged in",
            "-f  file to write the tokens to",
            f"-F  flags ({token_text.ALL_TOKENS} = drop tokens that have timed out first)",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Get the tokens; the file is made before the HSMs are asked."""
    say = shell.console.write

    def check(values: dict[str, Any], wants_help: bool) -> bool:
        is_key_service = values.get("-n") in KEY_SERVICES
        if not wants_help and is_key_service and "-k" not in values:
            say(KEY_MISSING)
            wants_help = True
        if not is_key_service:
            say(INVALID_SERVICE)
        return wants_help or not is_key_service

    values = parse(shell, SYNTAX, words, check)
    if values is None:
        return 0
    path = values["-f"]
    try:
        write_file(path, b"")
    except OutputError:
        say(CANNOT_OPEN.format(path=path))
        return 0
    outcome = shell.client.get_token(values["-n"], values["-u"], values["-k"], clean="-F" in values)
    say(results.result("Cfm3GetToken", outcome.code, shell.profile))
    if outcome.value is not None:
        content = b"".join(record for _, record in outcome.value)
        try:
            write_file(path, content)
        except OutputError:
            say(CUT_SHORT.format(written=0, size=len(content)))
        for token, _ in outcome.value:
            say(token_text.token_line(token))
    say(results.block(outcome, shell.profile))
    return outcome.code.number
