"""What files of text and numbers say in a rehearsal: handles are decimal on one side, references on the other."""

import json
import shutil
import time
from pathlib import Path

import pytest
from rehearsal_support import mistranslate

from migration.main import main
from migration.masking import MASK
from migration.rehearsal.outputs import Printed, printed
from migration.rehearsal.pairing import Names
from migration.rehearsal.privacy import Privacy
from migration.rehearsal.state import HsmState, KeyState
from migration.rehearsal.texts import EMPTY, JSON, LESS, MISSING, NO_TOOL, TEXT, Telling, compared, value

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "golden" / "migrate" / "rehearse" / "scripts" / "numbers.sh"


def _state(first: int, *labels: str) -> dict[str, tuple[HsmState, ...]]:
    keys = tuple(
        KeyState(1 << 18 | slot, slot, label, ("secret-key", "aes"), {}, b"", "")
        for slot, label in enumerate(labels, first)
    )
    return {"demo": (HsmState("10.0.0.1", 1, "up", {}, {}, keys[1:], keys[:1]),)}


# On the legacy side 262150 (gone) and 262151 are alike, 262152 is another; the translation's come two later.
NAMES = Telling(Names({"demo": ()}, _state(6, "app", "app", "one"), _state(8, "app", "app", "one")))
FIRST, SECOND, OTHER = "0x0000000000040008", "0x0000000000040009", "0x000000000004000a"
APP = "key app (aes secret-key), the"


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("262151", SECOND),
        ("262151", "262153"),
        ("262151\n", f"{SECOND} \n\n"),
        ("262150,262151, 262152", f"{FIRST}\n{SECOND}\n{OTHER}\n"),
        ("262151 7", f"{SECOND} 7"),
        (f"created key 262151, of 2: {FIRST}\n", f"created key {SECOND}, of 2: {FIRST}\n"),
        ("handle=262150;\n\x1b[0m", f"handle={FIRST};\n\x1b[0m"),
        ("key262151", f"key{SECOND}"),
    ],
)
def test_files_that_say_the_same(own: str, other: str) -> None:
    said = compared(own.encode(), other.encode(), NAMES)
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ("2\n", "1\n", ("2", "1")),
        ("262151", "262152", (f"{APP} 2nd of 2", f"{APP} 1st of 2")),
        ("262152", "262152", ("key one (aes secret-key)", f"{APP} 1st of 2")),
        ("262150 262151", FIRST, ("2 numbers", "1 number")),
        ("262151", FIRST, (f"{APP} 2nd of 2", f"{APP} 1st of 2")),
        (
            "262151 262152",
            f"{SECOND} {SECOND}",
            ("number 2 of 2: key one (aes secret-key)", f"number 2 of 2: {APP} 2nd of 2"),
        ),
        ("7", "0x0000000000000007", ("7", "a reference that no key has")),
        ("7", SECOND, ("7", f"{APP} 2nd of 2")),
        ("a\nkey 262151\n", f"a\nkey {FIRST}\n", (f"line 2: {APP} 2nd of 2", f"line 2: {APP} 1st of 2")),
        ("2 keys\n", "1 keys\n", ("line 1: 2", "line 1: 1")),
        ("a\nb\n", "a\n", ("line 2: b", "line 2: an empty line")),
        ("a\n", "a", ("1 line end", "no line end")),
        ("2\n", "", ("1 number", "an empty file")),
        ("2\n", "\n", ("1 number", "1 bytes, SHA-256 01ba4719c80b6fe9")),
    ],
)
def test_files_that_do_not(own: str, other: str, said: tuple[str, str]) -> None:
    assert compared(own.encode(), other.encode(), NAMES) == said


@pytest.mark.parametrize(
    "texts", [("password1\n", "password2\n"), ("12345678", "12345679"), ("x 1234567x", "x 1244567x")]
)
def test_what_may_be_a_password_is_not_shown(texts: tuple[str, str]) -> None:
    said = compared(*(text.encode() for text in texts), NAMES)
    assert said[0] != said[1]
    assert not any(part in "".join(said) for text in texts for part in (text.strip(), text.strip()[3:6]))


def test_bytes_are_no_text() -> None:
    """A number that differs would be shown."""
    said = compared(b"\xff 1", b"\xff 2", NAMES)
    assert said[0] != said[1]
    assert {text[:17] for text in said} == {"3 bytes, SHA-256 "}


ANSWER = '{\n  "error_code": 0,\n  "data": {}\n}\n'
BY_TOOL = "Command:  findKey\n\tCfm3FindKey returned: 0x00 : HSM Return: SUCCESS\nTotal number of keys present: 3\n"
TOOL = f"made 262151\n{BY_TOOL}end\n"
JOINED = " ".join(BY_TOOL.split())


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        (TOOL, f"made {SECOND}\n{ANSWER}end\n", (TEXT, JSON)),
        (f"made 262151\n{JOINED}\nend\n", f"made {SECOND}\n{' '.join(ANSWER.split())}\nend\n", (TEXT, JSON)),
        ("made 262151\nTotal number of keys present: 3\n", f"made {SECOND}\n\n{ANSWER.rstrip()}", (TEXT, JSON)),
        (BY_TOOL, "", (TEXT, EMPTY)),
        (TOOL, f"made {SECOND}\nx.sh: to be done by hand: line 3: it\nend\n", (TEXT, LESS)),
        # What the script itself wrote is something else, is missing, is new, or comes in another order.
        (TOOL, f"made {FIRST}\n{ANSWER}end\n", (f"line 1: {APP} 2nd of 2", f"{APP} 1st of 2")),
        (TOOL, f"{ANSWER}end\n", ("line 1: made 262151", MISSING)),
        (TOOL, f"made {SECOND}\n{ANSWER}", ("line 5: end", MISSING)),
        (TOOL, f"made {SECOND}\n{ANSWER}more\nend\n", None),
        (BY_TOOL, f"{ANSWER}more\n", (MISSING, "more")),
        (TOOL, f"end\n{ANSWER}made {SECOND}\n", None),
        (TOOL, "{\n", None),
        ("a\nb\nc\n", "a\nc\n", ("line 2: b", MISSING)),
        # A value that was taken out of what was printed is a value.
        ("262151\n", f"{SECOND}\n", ("numbers", "numbers")),
        ("262151\n", f"{FIRST}\n", (f"{APP} 2nd of 2", f"{APP} 1st of 2")),
        ("2\n", ANSWER, None),
        ("label\n", ANSWER, ("line 1: label", MISSING)),
        ("", ANSWER, (NO_TOOL, JSON)),
    ],
)
def test_what_tools_print_among_the_rest(own: str, other: str, said: tuple[str, str] | None) -> None:
    found = printed(own.encode(), other.encode(), NAMES, Printed(BY_TOOL.encode()))
    if said is None:
        assert found[0] != found[1]
        assert not {TEXT, JSON} & set(found)
        assert found[1] != MISSING
    else:
        assert found == said


def test_clocks_of_both_sides_are_not_the_same() -> None:
    now = int(time.time())
    for own, other in (("12:59:58 made", "13:00:01 made"), ("23:59:59", "00:00:01"), (f"at {now}", f"at {now + 2}")):
        said = compared(own.encode(), other.encode(), NAMES)
        assert said[0] == said[1]
    for own, other in (("12:59:58 made", "14:00:01 made"), ("12:00:00 a", "12:00:00 b"), ("1600000000", "1600000001")):
        assert len(set(compared(own.encode(), other.encode(), NAMES))) == 2


TEXT_OF_SCRIPT = 'PW=Secret.word\necho "made the certificate of $1" > made.log; createUser CU bob plainword\n'


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("made the certificate of carol", "made the certificate of carol"),
        ("made the certificate of caroline", f"made the certificate of {MASK}"),
        ("Secret.word", MASK),
        ("plainword made", f"{MASK} made"),
        ("x=plainword", MASK),
        ("12:00 h7-x9", "12:00 h7-x9"),
        ("p4ssw0rd made", f"{MASK} made"),
        ("4f 5e 6d 7c", None),
        ("-----BEGIN KEY-----", None),
        ("made " * 13, None),
        ("", None),
    ],
)
def test_what_may_be_shown(line: str, shown: str | None) -> None:
    assert Privacy(TEXT_OF_SCRIPT, ["plainword"]).line(line.encode()) == shown


def test_bytes_are_not_shown() -> None:
    assert Privacy().line(b"\xff") is None
    assert Privacy().line(b"a\x1b") is None


def test_a_value_without_its_name() -> None:
    assert value(b"OBJ_ATTR_LABEL\nkept\n", b"kept\n", NAMES) == (TEXT, TEXT)
    assert len(set(value(b"OBJ_ATTR_LABEL\nkept\n", b"other\n", NAMES))) == 2
    assert len(set(value(b"OBJ_ATTR_LABEL\nkept\n", b"", NAMES))) == 2


@pytest.mark.parametrize(
    ("right", "wrong", "file", "said"),
    [
        ('echo "kept: 2"', 'echo "kept: 1"', "count.log", ("line 1: 2", "line 1: 1")),
        (
            "keeping $third",
            "keeping $first",
            "app.log",
            tuple(f"line 1: key app (aes secret-key), the {number} of 3" for number in ("3rd", "1st")),
        ),
        ('$first $second $third"', '$first $second"', "handles.txt", ("3 numbers", "2 numbers")),
    ],
)
def test_a_translation_that_writes_something_else(  # noqa: PLR0917 - what is wrong, and what is said
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    right: str,
    wrong: str,
    file: str,
    said: tuple[str, str],
) -> None:
    mistranslate(monkeypatch, right, wrong)
    shutil.copy(SCRIPT, tmp_path)
    status = main(["rehearse", "--format", "json", str(tmp_path / SCRIPT.name)])
    report = json.loads(capsys.readouterr().out)
    found = [item for item in report["differences"] if item["subject"] != "tools.log"]
    assert [(item["subject"], item["script"], item["translation"], item["cause"]) for item in found] == [
        (file, *said, None)
    ]
    assert status == 1
