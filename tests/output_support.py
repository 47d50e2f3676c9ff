"""Scripts that call key_mgmt_util and read what it prints, and what becomes of their lines."""

from migration_support import script

from migration.bash.script import render
from migration.translate import translate

LOGIN = "loginHSM -u CU -s alice -p password1"
KMU = f"key_mgmt_util singlecmd {LOGIN}"
AS = "hsm_as crypto-user alice password1"
MADE = f"{AS} hsm key generate-symmetric aes --label a --key-length-bytes 32 --attributes "
ALL = '.data.matched_keys[:15][]."key-reference" | handle'
LISTED = f"{AS} hsm_all_keys key list --filter attr.label=a"
GEN, FIND = f"{KMU} genSymKey -t 31 -s 32 -l a", f"{KMU} findKey -l a"


def body(*lines: str) -> str:
    """Return what becomes of lines of bash, the prelude left out, attributes of keys shortened."""
    text = "\n".join(lines) + "\n"
    whole = render(translate(script(f"#!/bin/bash\n# begins\n{text}", "x.sh")))
    made = whole.split("# begins\n", 1)[1]
    kept = (line for line in made.split("\n") if not line.lstrip().startswith("#"))
    usages = "encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false"
    return "\n".join(kept).replace(usages, "...").strip("\n")


def left(*lines: str) -> list[int]:
    """Return the lines that are left to a person, from 1."""
    return [line for line, _ in translate(script("\n".join(lines) + "\n", "x.sh")).remains]
