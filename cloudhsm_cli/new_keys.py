"""What the commands that make keys share: their options, and what those ask of the model."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.texts import CommandError
from shared import attribute_names as names
from shared.cluster.modern import QUORUM_VALUES, Wish
from shared.hsm.keys import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudhsm_cli.arguments import Values

_U8 = range(256)
LABEL = Option("--label", "LABEL", "Label for the key", required=True)
SESSION = Option(
    "--session",
    help="Creates a session key that exists only in the current session. The key cannot be recovered after the session "
    "ends",
)


def attributes_option(what: str, flag: str = "--attributes") -> Option:
    """Return the option for the attributes of ``what``."""
    form = "KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE"
    text = f"Space separated list of key attributes to set for {what} in the form of {form}"
    return Option(flag, "KEY_ATTRIBUTES", text, multiple=True)


def sharing_option(what: str) -> Option:
    """Return the option for the users with whom ``what`` is shared."""
    text = f"Space separated list of Crypto User usernames to share {what} with"
    return Option("--share-crypto-users", "SHARE_CRYPTO_USERS", text, multiple=True)


def quorum_options(kind: str = "key") -> tuple[Option, Option]:
    """Return the options for the two quorum values of a ``key`` or a ``private-key``."""
    named = kind.replace("-", " ")
    return (
        Option(
            f"--manage-{kind}-quorum-value",
            f"MANAGE_{kind.replace('-', '_').upper()}_QUORUM_VALUE",
            f"The quorum value for {named} management operations",
            numbers=_U8,
        ),
        Option(
            f"--use-{kind}-quorum-value",
            f"USE_{kind.replace('-', '_').upper()}_QUORUM_VALUE",
            f"The quorum value for {named} usage operations",
            numbers=_U8,
        ),
    )


def template(values: Values, key_class: int, *, label: str = "--label", attributes: str = "--attributes") -> Template:
    """Return what the options of a command ask of a new key of a class.

    Raises:
        CommandError: a label or an attribute that cannot be.
    """
    text = values.text(label)
    if len(text) > names.MAX_LABEL:
        raise CommandError(key_texts.BAD_LABEL)
    flags, key_id = _attributes(values.all(attributes), key_class)
    token = not values.has("--session")
    return Template(text.encode("utf-8", "surrogateescape"), key_id, token=token, flags=flags)


def wish(values: Values, asked: Template, kind: str = "key") -> Wish:
    """Return what is asked of a key that may be shared, and whose use and management may need approvals.

    Raises:
        CommandError: quorum values that cannot be.
    """
    users = tuple(values.all("--share-crypto-users"))
    manage, use = values.number(f"--manage-{kind}-quorum-value"), values.number(f"--use-{kind}-quorum-value")
    if manage is None and use is None:
        return Wish(asked, users)
    if manage is None or use is None or min(manage, use) < QUORUM_VALUES[0]:
        raise CommandError(key_texts.QUORUM_VALUES)
    if max(manage, use) > min(QUORUM_VALUES[-1], len(users) + 1):
        raise CommandError(key_texts.QUORUM_TOO_LARGE)
    return Wish(asked._replace(m_value=manage, use_value=use), users)


def _attributes(words: Sequence[str], key_class: int) -> tuple[int, bytes]:
    """Return the flags and the id of a new key."""
    flags, key_id = names.DEFAULTS[key_class], b""
    if not words:
        return flags, key_id
    from cloudhsm_cli.filters import boolean

    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CommandError(key_texts.BAD_ATTRIBUTE.format(word=word))
        if name == "token":
            raise CommandError(key_texts.TOKEN_ATTRIBUTE)
        if name == "class" and names.CLASSES.get(value) == key_class:
            continue  # it may be named, though it goes without saying
        if name == "id":
            key_id = given_hex(name, value)
        elif name in names.settable(key_class):
            flags = names.with_value(flags, name, boolean(name, value))
        elif name in names.BOOLEANS or name in names.OTHERS:
            raise CommandError(key_texts.NOT_AT_CREATION.format(name=name))
        else:
            raise CommandError(key_texts.UNKNOWN_ATTRIBUTE.format(name=name))
    return flags, key_id


def given_hex(name: str, value: str) -> bytes:
    """Return the bytes of an attribute that was given in hexadecimal; CommandError for what is none."""
    from cloudhsm_cli.filters import hexadecimal

    try:
        return hexadecimal(value)
    except ValueError as error:
        raise CommandError(key_texts.BAD_VALUE.format(name=name, value=value)) from error
