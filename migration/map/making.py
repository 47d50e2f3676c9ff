"""What all commands that make a key share: sharing, quorum, sessions, and options that are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Note, Row, Unresolved, translated
from migration.map.scene import action, attributes, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Action, Result
    from migration.map.scene import Scene
    from migration.words import Word

ROWS = (
    Row("-l", "--label", "5.10.0"),
    Row("-id", "--attributes id=0x...", "5.10.0", "hexadecimal; changed later only on hsm2m"),
    Row("-nex", "--attributes extractable=false", "5.10.0"),
    Row("-sess", "--session", "5.10.0", "lost at once in single commands"),
    Row("-u <ids>", "--share-crypto-users <names>", "5.10.0", "blanks between them"),
    Row("-m_value n", "--manage-key-quorum-value n --use-key-quorum-value n", "5.14.0", "n above 1"),
    Row(
        "-min_srv n, -timeout s",
        "",
        "",
        "no such option: a key must be on two HSMs unless configure-cli --disable-key-availability-check",
    ),
    Row("-attest", "", "", "left out"),
)
PAIR_ROWS = (
    Row("genRSAKeyPair/genECCKeyPair -l L", "--public-label L --private-label L", "5.10.0"),
    Row(
        "genRSAKeyPair/genECCKeyPair -m_value n",
        "--manage-private-key-quorum-value n --use-private-key-quorum-value n",
        "5.14.0",
    ),
)
UNWRAPPED = {
    "aes": ("encrypt=true", "decrypt=true", "wrap=true", "unwrap=true", "sign=false", "verify=false"),
    "des3": ("encrypt=true", "decrypt=true", "sign=false", "verify=false"),
    "generic-secret": ("sign=false", "verify=false"),
    "rsa-private": ("decrypt=true", "unwrap=true", "sign=true"),
    "ec-private": ("sign=true",),
}
_LEAST_QUORUM = 2
_SHARE_NO_SESSION_KEY = ("genSymKey", "genRSAKeyPair", "rsaGenKeyPair", "genECCKeyPair", "importPrivateKey")
_LEFT_OUT = {
    "-attest": "-attest has no equivalent and is left out",
    "-wk": "-wk has no equivalent and is left out",
    "-min_srv": "-min_srv is left out: a key must be on two HSMs, unless the availability check is off",
    "-timeout": "-timeout is left out: there is no such wait",
}
_ITEMS = {"-attest": 45, "-wk": 40, "-min_srv": 33, "-timeout": 33}


def note(item: int) -> Note:
    """Return a reference to an item of the differences."""
    return Note("", item)


def warn(command: Parsed, scene: Scene) -> None:
    """Say which options are left out."""
    for flag, text in _LEFT_OUT.items():
        if command.has(flag):
            scene.note(text, _ITEMS[flag])


def not_extractable(command: Parsed) -> str:
    """Return the attribute of ``-nex``, nothing without it."""
    return "extractable=false" if command.has("-nex") else ""


def shared(command: Parsed, scene: Scene, prefix: str = "") -> tuple[Word, ...]:
    """Return the options for sharing, quorum and session keys; ``prefix`` is that of a pair's quorum options."""
    found: list[Word] = []
    if command.has("-sess") and command.has("-u") and command.name in _SHARE_NO_SESSION_KEY:
        raise Unresolved(f"{command.name} takes -sess and -u together for a mistake and makes no key")
    if command.has("-sess"):
        alone = scene.step is not None and scene.step.session.words
        what = "with its command, as it did" if alone else "with the login, so all commands under it run in one session"
        scene.note(f"a session key ends {what}", 32)
        found.append(words.text("--session"))
    if (users := command.get("-u")) is not None:
        found += [words.text("--share-crypto-users"), *scene.user_list(users)]
    if (value := command.get("-m_value")) is not None:
        number = words.number(value)
        if number is not None and number < _LEAST_QUORUM:
            scene.note(f"-m_value {number} asked for no approval, and is left out: values are above 1", 27)
        else:
            scene.note("one value became two: for managing the key, and for using it", 27)
            found += option(f"--manage-{prefix}key-quorum-value", value)
            found += option(f"--use-{prefix}key-quorum-value", value)
    warn(command, scene)
    return tuple(found)


def approvals(scene: Scene) -> tuple[Word, ...]:
    """Return the approval of a wrap, which is of the payload key."""
    approval = scene.approval("key-management")
    return (words.text("--payload-approval"), approval[1]) if approval else ()


def made(make: Action, scene: Scene, flags: tuple[str, ...] = ()) -> Result:
    """Return the command with what takes the handle of its one key."""
    return translated(make._replace(binds=bound(scene, "handle")), flags=flags)


def bound(scene: Scene, *parts: str) -> tuple[tuple[str, str], ...]:
    """Return the variables for the handles of new keys: those of the script, else one for each that a session shows."""
    step = scene.step
    numbers = step.created if step else ()
    found: list[tuple[str, str]] = []
    names = []
    for index, part in enumerate(parts):
        wanted = f"key_{step.line}" + ("" if len(parts) == 1 else f"_{part}") if step and index < len(numbers) else ""
        taken = scene.bind(part, wanted)
        found += taken
        names.append(taken[0][0] if taken else "")
    scene.remember(numbers, names)
    return tuple(found)


def pair(  # noqa: PLR0917 - what the two commands differ in
    kind: str,
    size: tuple[Word, ...],
    public: tuple[str, ...],
    private: tuple[str, ...],
    command: Parsed,
    scene: Scene,
) -> Result:
    """Return the generation of a pair with the usages that its keys had."""
    scene.note("usages are spelled out: a pair without them can do nothing", 30)
    label, identity = command.get("-l"), command.get("-id")
    if label is None:
        raise Unresolved("a pair needs a label")
    make = action(
        f"key generate-asymmetric-pair {kind}",
        option("--public-label", label),
        option("--private-label", label),
        size,
        attributes("--public-attributes", *public, key_id=identity),
        attributes("--private-attributes", *private, not_extractable(command), key_id=identity),
        shared(command, scene, "private-"),
    )
    return translated(make._replace(binds=bound(scene, "public", "private")), flags=(*public, *private))
