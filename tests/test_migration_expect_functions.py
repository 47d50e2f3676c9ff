"""What Tcl's functions give, held against Tcl itself: the reader gives the same, or says that it does not know."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from migration_support import script

from migration.readers.expect.expression import Evaluator
from migration.reading.regexes import UnknownError
from migration.translate import translate

# What the reader once gave, and Tcl does not.
ASKED = [
    "expr {010 + 1}",
    "expr {010}",
    "expr {0x10}",
    "expr {1 ? 0x1F : 2}",
    "expr {08 == 8}",
    'expr {"0b101" == 5}',
    'expr {"0o17" == 15}',
    'expr {"1e1" == 10}',
    "expr {1e1 == 10}",
    "expr {1e1 + 1}",
    "expr {1_0 + 1}",
    'expr {"010" < 9}',
    "format %d 010",
    "format %d 0x1f",
    "format %+d 5",
    "format {% d} 5",
    "format %*d 5 7",
    "format {%2$s %1$s} a b",
    "format %#x 255",
    "format %x -1",
    "format %5.1f 2.25",
    "string is integer 0x1F",
    "string is integer 08",
    "string is integer 99999999999999999999",
    "string is double 1e3",
    "string is double .5",
    "string is double inf",
    "string is integer {}",
    "string is integer -strict {}",
    "string map {a 1 a 2} banana",
    "string map {an X a Y} banana",
    "split {} ,",
    "llength [split {} ,]",
    "lrange {a b c} 0 end-4",
    "lrange {a b c} 0 -2",
    "string range abc 0 end-4",
    "linsert {a b c} end-1 x",
    "linsert {a b c} -1 x",
    "lindex {a b c d e f g h i j k} 010",
    "lsort -integer {010 9}",
    "concat a {} b",
    r"regsub b abc {x\\y}",
    "string first b abcb 2",
]
# What it gives still.
KNOWN = {
    "expr {9 + 1}": "10",
    "expr {-7 / 2}": "-4",
    "expr {1.5 * 2}": "3.0",
    "expr {0 == 0.0}": "1",
    'expr {"08a" == "08a"}': "1",
    "format %03d 7": "007",
    "format {%-5s|} ab": "ab   |",
    "format 100%%": "100%",
    "string is integer -12": "1",
    "string is integer 12abc": "0",
    "string is double 1.5": "1",
    "lrange {a b c} 0 end-1": "a b",
    "linsert {a b c} end x": "a b c x",
    "lindex {a b c} end": "c",
    "lsort -integer {10 9}": "9 10",
}


def read(source: str) -> str | None:
    """Return what the reader says that a script gives, None if it does not know."""

    def nothing(name: str) -> str:
        raise UnknownError(name)

    try:
        return Evaluator(nothing).script(source)
    except UnknownError:
        return None


@pytest.mark.skipif(shutil.which("tclsh") is None, reason="needs tclsh to hold the reader against")
@pytest.mark.parametrize("source", [*ASKED, *KNOWN])
def test_a_function_gives_what_tcl_gives_or_nothing(source: str) -> None:
    """A label is counted, formatted or cut as Tcl does it, or it is left to a person."""
    told = f"catch {{{source}}} found\nputs -nonewline $found"
    tcl = subprocess.run(["tclsh"], input=told, text=True, capture_output=True, check=True).stdout
    assert read(source) in (None, tcl)


@pytest.mark.parametrize(("source", "value"), KNOWN.items())
def test_what_is_plain_is_known(source: str, value: str) -> None:
    """What most scripts write is followed."""
    assert read(source) == value


@pytest.mark.parametrize("option", ["-nocase", "-nocase -exact", "-exact -nocase --", "-regexp -matchvar m"])
def test_a_choice_with_options_is_not_taken_for_a_plain_one(option: str) -> None:
    """``-nocase`` finds abc where it reads ABC, so that neither branch is done unasked."""
    for body in ("make yes", ""):
        text = f"switch {option} -- ABC {{ abc {{ {body} }} default {{ make no }} }}\n".replace("-- --", "--")
        text = 'proc make {l} { send "genSymKey -t 31 -s 32 -l $l\\r" }\nspawn key_mgmt_util\n' + text
        said = [told for _, told in translate(script(text, "x.exp")).remains]
        assert len(said) == 1 + bool(body)
        assert all("only if" in told for told in said)


def test_a_variable_without_braces_is_a_piece_of_the_expression() -> None:
    assert Evaluator({"a": "1 + 2"}.__getitem__).script("expr $a * 2") == "5"
    assert Evaluator({"a": "1 + 2"}.__getitem__).script("expr $a") == "3"


@pytest.mark.parametrize(("start", "label"), [("9", "k10"), ("010", ""), ("08", "")])
def test_a_counter_counts_as_tcl_counts(start: str, label: str) -> None:
    """With a zero before it a number is one in base 8, or none: what is counted from it is left to a person."""
    text = f'spawn key_mgmt_util\nset n {start}\nincr n\nsend "genSymKey -t 31 -s 32 -l k$n\\r"\n'
    found = translate(script(text, "x.exp"))
    assert found.remains == [] if label else "what n holds is not known" in found.remains[0][1]
