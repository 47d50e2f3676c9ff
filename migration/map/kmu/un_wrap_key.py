"""unWrapKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import key_kinds, making, wrapping
from migration.map.rule import Row, Unresolved, none, translated
from migration.map.scene import action, attributes, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("unWrapKey -f F -w h", "--data-path F --filter key-reference=0x..", "5.11.0"),
    Row("unWrapKey (CloudHSM header)", "", "", "cannot be unwrapped: wrap the key again with -noheader first"),
    Row("unWrapKey -l L -id I -kt T -kc C", "--label L --attributes id=0x.. --key-type-class T", "5.11.0"),
    Row("unWrapKey -kt 1", "", "", "there is no DSA"),
    Row("unWrapKey -iv_file F", "--iv 0x..", "5.11.0"),
    Row(
        "unWrapKey -nex|-sess|-u|-m_value",
        "--attributes extractable=false, --session, --share-crypto-users, quorum values",
        "5.11.0",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Make a key out of the file."""
    if not command.has("-noheader"):
        return none(
            "a file with the CloudHSM header cannot be unwrapped: wrap the key again with key_mgmt_util and -noheader",
            making.note(41),
        )
    if command.has("-i"):
        return none("no IV can be given for AES key wrap; the default one is used without -i", making.note(43))
    if words.literal(command.get("-kt")) == "1":
        return none("there is no DSA", making.note(45))
    kind = key_kinds.type_class(command.values["-kt"] or (), command.values["-kc"] or ())
    name = wrapping.name_of(command.values["-m"] or ())
    wrapping.remark(name, scene)
    making.warn(command, scene)
    if name == "aes-gcm" and not command.has("-iv_file"):
        raise Unresolved("aes-gcm needs the IV that was used: name its file with -iv_file")
    usages = making.UNWRAPPED.get(kind, ())
    unwrap = action(
        f"key unwrap {name}",
        scene.key(command.values["-w"] or ()),
        option("--data-path", command.get("-f")),
        option("--key-type-class", words.text(kind)),
        option("--label", command.get("-l")),
        attributes("--attributes", *usages, making.not_extractable(command), key_id=command.get("-id")),
        making.shared(command, scene),
        wrapping.parameters(name, command, unwrap=True),
        scene.approval("key-management"),
    )
    return translated(unwrap._replace(binds=making.bound(scene, "handle")), flags=usages)
