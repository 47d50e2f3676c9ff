"""key_mgmt_util: how it is called, what it prints at the start, what it ends with."""

from __future__ import annotations

import os
import sys

from key_mgmt_util.shell import ENDINGS, Shell
from key_mgmt_util.table import COMMANDS
from shared import errors
from shared.console import Console
from shared.lean import suppress
from shared.mechanisms import FIPS_STATE
from shared.store.protocol import StoreError

FAILED = 255
INTERRUPTED = 130
_VERSION = "3.04"
UNKNOWN_ARGUMENTS = (
    "\n\tError: Unknown commandline arguments. \n"
    "\t\tIf you want to script a command, use the following format: \n"
    '\t\t\t"Cfm3Util singlecmd <command>" \n'
    "\t\tWhere <command> is the full command you would type when \n"
    "\t\tyou are using Cfm3Util in the normal interactive mode.\n"
    "\n\n"
    "\t\tIf you want to script a CU authorised command,\n"
    "\t\tuse the following format: \n"
    '\t\t\t"Cfm3Util singlecmd [loginHSM -u <CU> -s <username> -p <password>] <command>" \n'
    "\n"
)


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run the tool over its arguments and return its exit status: 0, or 255 when it could not start or log in."""
    arguments = sys.argv[1:] if argv is None else argv
    arguments = _without_vendor_words(arguments)
    console = Console()
    try:
        status = _run(console, arguments, launcher)
        console.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (StoreError, OSError) as error:
        # The store, a masking key or the output is gone: no command can go on, and none is half done.
        sys.stderr.write(f"key_mgmt_util: {error}\n")
        return FAILED
    finally:
        with suppress(OSError):
            console.flush()
    return status


def _without_vendor_words(arguments: list[str]) -> list[str]:
    """Drop what scripts put before the mode: the vendor's name of the tool, and the partition that it took."""
    if arguments[:1] == ["Cfm3Util"]:
        arguments = arguments[1:]
    if arguments[:1] == ["-p"] and len(arguments) > 1:
        arguments = arguments[2:]
    return arguments


def _run(console: Console, arguments: list[str], launcher: str | None) -> int:
    from key_mgmt_util.connection import Refused, connect

    if arguments and arguments[0].startswith("-v"):
        return _print_version(console, launcher)
    try:
        connection = connect(launcher)
    except Refused as refusal:
        if refusal.reason:
            sys.stderr.write(f"key_mgmt_util: {refusal.reason}\n")
        code = refusal.code
        console.write(f"\n\tCfm3Initialize() returned 0x{code.number:02x} : {code.text}\n")
        return FAILED
    try:
        console.write(
            f"\n\tCfm3Initialize() returned app id : {connection.application:08x} \n"
            f"\n\tsession_handle {connection.application:x} \n"
            f"\n\tCurrent FIPS mode is: {FIPS_STATE:08x}\n"
        )
        return _serve(Shell(console, connection.client, connection.profile), arguments)
    finally:
        connection.close()


def _print_version(console: Console, launcher: str | None) -> int:
    from key_mgmt_util.connection import Refused, connect

    console.write(f"Util Version\t\t\t:\t{_VERSION}\nSDK API Version\t\t\t:\t{_VERSION}\n")
    try:
        connect(launcher).close()
    except Refused:
        return 0
    console.write(f"LiquidSec Client Version\t:\t{_VERSION}\n")
    return 0


def _serve(shell: Shell, arguments: list[str]) -> int:
    mode = arguments[0] if arguments else None
    if mode == "singlecmd":
        return _single_command(shell, arguments[1:])
    if mode == "scriptfile" and len(arguments) > 1:
        from key_mgmt_util.scriptfile import run_script

        run_script(shell, arguments[1])
    elif mode in (None, "--editing"):
        from key_mgmt_util.commands.help import listing

        shell.console.write(listing())
        if mode == "--editing" or os.environ.get("CLOUDHSM_SIM_EDITING") == "1":
            from key_mgmt_util.editing import interact

            interact(shell)
        else:
            shell.interact()
    else:
        shell.console.write(UNKNOWN_ARGUMENTS)
    return 0


def _single_command(shell: Shell, words: list[str]) -> int:
    """Run one command, with a login before it if the words begin with one; the login is not echoed."""
    login = _login_length(words)
    if login and login < len(words):
        if shell.execute(words[:login]) != errors.RET_OK.number:
            return FAILED
        words = words[login:]
    if words:
        shell.console.write("Command:" + "".join(f" {word} " for word in words) + "\n")
        if not shell.ends(words):
            shell.execute(words)
    return 0


def _login_length(words: list[str]) -> int:
    """Return how many words a chained login takes: its options as they come, in any order (choice).

    It is 0 when the words begin with no login, or with one that has no option.
    """
    if words[:1] != ["loginHSM"]:
        return 0
    position = 1
    while position < len(words):
        word = words[position]
        if word in ("-u", "-s", "-p", "-h"):
            position += 2
        elif word == "-2fa":
            position += 1
        elif word == "-hpswd":
            position += 1
            # A command that follows is one; anything else is the password that a recipe writes here.
            if position < len(words) and not _is_command(words[position]):
                position += 1
        else:
            break
    return min(position, len(words)) if position > 1 else 0


def _is_command(word: str) -> bool:
    return word.startswith("-") or word in ENDINGS or word in COMMANDS
