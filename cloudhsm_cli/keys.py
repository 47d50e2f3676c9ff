"""What the key and crypto commands share: the client over the cluster's HSMs, refusals as texts, filter options."""

from __future__ import annotations

from cloudhsm_cli import key_texts, texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.texts import CommandError
from shared.cluster.modern import (
    AVAILABLE_ON,
    CopyError,
    KeyClient,
    NotOneKeyError,
    OutOfStepError,
    UnavailableKeyError,
)
from shared.errors import HsmError
from shared.hsm.modern import WeakHashError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.connection import Connection
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.cluster.keyview import KeyView

_HELP = (
    "Key reference (e.g. key-reference=0xabc) or space separated list of key attributes in the form of "
    "attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select a matching key"
)


def filter_option(flag: str = "--filter", what: str = "", *, required: bool = True) -> Option:
    """Return the option that selects keys; ``what`` says for what."""
    return Option(flag, "FILTER", f"{_HELP} {what}".rstrip(), multiple=True, required=required)


def key_command(run: Callable[[Shell, Values], Data]) -> Callable[[Shell, Values], Data]:
    """Let what the model raises about keys be told in this tool's words."""

    def told(shell: Shell, values: Values) -> Data:
        try:
            return run(shell, values)
        except NotOneKeyError as error:
            raise CommandError(key_texts.NOT_ONE.format(count=error.count)) from error
        except UnavailableKeyError as error:
            logged = "" if error.handle is None else key_texts.NOT_AVAILABLE_LOGGED.format(handle=error.handle)
            raise CommandError(key_texts.NOT_AVAILABLE, logged) from error
        except OutOfStepError as error:
            raise CommandError(key_texts.NOT_IN_STEP) from error
        except CopyError as error:
            text = texts.PARTLY_FAILED.format(what="Key", failed=error.failed, all=error.asked)
            raise CommandError(text) from error
        except WeakHashError as error:
            raise CommandError(key_texts.WEAK_HASH.format(given=error.given, needed=error.needed)) from error
        except HsmError as refusal:
            raise CommandError(key_texts.of_refusal(refusal)) from refusal

    return told


def keys_of(connection: Connection) -> KeyClient:
    """Return the requests about keys over a connection in which somebody is logged in."""
    is_off = connection.config.option("disable_key_availability_check")
    return KeyClient.beside(connection.fleet, 1 if is_off else AVAILABLE_ON)


def client(shell: Shell, values: Values) -> KeyClient:
    """Return the requests about keys to the cluster that a command is for; see ``Shell.authenticated``."""
    return keys_of(shell.authenticated(values))


def selected(keys: KeyClient, values: Values, flag: str = "--filter", *, to_use: bool = False) -> KeyView:
    """Return the one key that a filter selects; ``to_use`` it must be available on enough HSMs.

    Raises:
        CommandError: the filter has no condition: the only key that there is would be meant by chance.
    """
    from cloudhsm_cli.filters import criteria

    wanted = criteria(values.all(flag) or [""])
    return keys.usable(wanted) if to_use else keys.one(wanted)


def approved(keys: KeyClient, *paths: str | None) -> AbstractContextManager[None]:
    """Return a context in which what is done to keys is approved by the token files that were given.

    Raises:
        CommandError: a file cannot be used.
    """
    given = [path for path in paths if path is not None]
    if not given:
        return keys.approved(())
    from cloudhsm_cli.token_files import read_approval

    return keys.approved([read_approval(path) for path in given])


def reference(view: KeyView) -> str:
    """Return the reference of a key as it is shown."""
    return f"0x{view.key.handle:016x}"
