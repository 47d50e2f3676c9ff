"""A number in a variable that a script sets once becomes the name that CloudHSM CLI has for it; any other does not."""

import pytest
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
MAKE = f"{KMU} genSymKey -t $TYPE -s 32 -l a\n"
UNKNOWN = "key type $TYPE: its number is not known, and CloudHSM CLI takes its name"


def remains(text: str, name: str = "x.sh") -> list[str]:
    """Return what is left to a person of a script."""
    return [told for _, told in translate(script(text, name)).remains]


@pytest.mark.parametrize(
    "setting",
    [
        "TYPE=31\n",
        "TYPE='31'\n",
        "export TYPE=31\n",
        "readonly TYPE=31; echo $TYPE\n",
        ". ./settings\nTYPE=31\n",
        "TYPE=31  # AES\nMY_TYPE=2\n[ $TYPE == 31 ] && echo AES\n",
    ],
)
def test_a_number_that_is_set_once_is_named(setting: str) -> None:
    found = translate(script(f"#!/bin/bash\n{setting}{MAKE}", "x.sh"))
    assert found.remains == []
    assert "key generate-symmetric aes --label a --key-length-bytes 32 " in render(found)
    assert setting in render(found)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "TYPE=31\nTYPE=21\n",
        'if [ -z "$TYPE" ]; then TYPE=31; fi\n',
        '[ -n "$TYPE" ] || TYPE=31\n',
        "TYPE=${1:-31}\n",
        ": ${TYPE:=31}\n",
        "TYPE=31\nread TYPE\n",
        "TYPE=31\nread -r -p 'which type? ' TYPE\n",
        "for TYPE in 31 21; do echo; done\nTYPE=31\n",
        "TYPE=31\n(( TYPE++ ))\n",
        "TYPE=31\nlet TYPE-=10\n",
        "TYPE=31\n. ./settings\n",
        'TYPE=31\neval "$1"\n',
        "set_type() { TYPE=31; }\n",
        "TYPE=$(cat type)\n",
        "TYPE=31 ./other\n",
    ],
)
def test_a_number_that_may_be_another_is_not_named(setting: str) -> None:
    assert any("$TYPE" in told for told in remains(f"#!/bin/bash\n{setting}{MAKE}"))


def test_a_number_that_is_set_behind_the_command_is_not_named() -> None:
    assert remains(f"#!/bin/bash\n{MAKE}TYPE=31\n") == [UNKNOWN]


def test_what_has_no_name_stays_a_variable() -> None:
    text = f"#!/bin/bash\nTYPE=31\nSIZE=32\nLABEL=5\n{KMU} genSymKey -t 31 -s $SIZE -l $LABEL\n"
    shown = render(translate(script(text, "x.sh")))
    assert '--label "$LABEL" --key-length-bytes "$SIZE"' in shown


@pytest.mark.parametrize(
    ("number", "command", "becomes"),
    [
        (2, "genECCKeyPair -i $NUMBER -l a", "--curve prime256v1"),
        (1, "sign -f f -k 7 -m $NUMBER -out s", "crypto sign rsa-pkcs "),
        (2, "findKey -c $NUMBER", "attr.class=public-key"),
    ],
)
def test_curves_mechanisms_and_classes(number: int, command: str, becomes: str) -> None:
    assert becomes in render(translate(script(f"#!/bin/bash\nNUMBER={number}\n{KMU} {command}\n", "x.sh")))


EXPECT = """#!/usr/bin/expect -f
SETTING
spawn /opt/cloudhsm/bin/key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
send "genSymKey -t $TYPE -s 32 -l a\\r"
expect "Command:"
send "exit\\r"
expect eof
"""


def test_expect_names_what_is_set_once_and_nothing_that_is_given() -> None:
    assert remains(EXPECT.replace("SETTING", "set TYPE 31"), "x.exp") == []
    for setting in ("set TYPE [lindex $argv 0]", "set TYPE $env(KEY_TYPE)"):
        assert any("TYPE" in told for told in remains(EXPECT.replace("SETTING", setting), "x.exp"))


def test_a_number_that_is_not_known_is_told_from_one_without_a_name() -> None:
    call = KMU + " getAttribute -o 7 -a {} -out x\n"
    assert remains(f"#!/bin/bash\na() {{\n{call.format('$2')}}}\n") == [
        "attribute $2: its number is not known, and CloudHSM CLI takes its name"
    ]
    assert remains(f"#!/bin/bash\n{call.format('999')}") == ["attribute 999 has no name in CloudHSM CLI"]


def test_a_file_of_commands_that_a_script_writes_is_none_to_translate() -> None:
    call = "/opt/cloudhsm/bin/cloudhsm_mgmt_util cfg < $cmds\n"
    loop = 'for k in $keys; do echo "shareKey $k 4 1" >> $cmds; done\n'
    (made,) = remains(f"#!/bin/bash\necho 'loginHSM CU alice password1' > $cmds\n{loop}{call}")
    assert made.startswith("its commands are in $cmds, which the script writes, and only a run tells which")
    assert remains(f"#!/bin/bash\n{call}") == ["its commands are in $cmds: plan and translate that file"]
