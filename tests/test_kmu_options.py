"""The option loop of KMU, and what decides for help."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from key_mgmt_util import readers, table
from key_mgmt_util.commands import find_key, gen_ecc_key_pair, gen_rsa_key_pair, gen_sym_key, get_attribute
from key_mgmt_util.options import MIN_SRV_MISSING, SESSION_SHARING, Option, Syntax, parse
from key_mgmt_util.shell import Shell, split

HELP = gen_sym_key.SYNTAX.help.render()
FULL = ["-t", "31", "-s", "32", "-l", "x"]
NAMES = (
    "Error2String deleteKey findKey findSingleKey genECCKeyPair genRSAKeyPair genSymKey getAttribute getKeyInfo"
    " loginHSM setAttribute"
)
SYNTAXES: dict[str, Syntax] = {name: vars(table.find(name))["SYNTAX"] for name in NAMES.split()}


def parsed(syntax: Syntax, words: list[str]) -> tuple[dict[str, Any] | None, str]:
    said: list[str] = []
    shell = SimpleNamespace(console=SimpleNamespace(write=said.append))
    values = parse(cast("Shell", shell), syntax, words)
    return values, "".join(said)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-h"], ""),
        (["-h", "-timeout", "5"], ""),
        (["-timeout", "5", "-h"], MIN_SRV_MISSING),
        (["-timeout", "5"], "\n\tError: Key type (-t) is missing.\n" + MIN_SRV_MISSING),
        (["-x", "31"], ""),
        (["-x", "-timeout", "5"], ""),
        ([*FULL, "-l", "y"], ""),
        ([*FULL, "-id"], ""),
        ([*FULL, ""], ""),
        ([*FULL, "-sess", "-u", "4"], SESSION_SHARING),
        ([*FULL, "-timeout", "1", "-sess", "-u", "4"], MIN_SRV_MISSING + SESSION_SHARING),
        ([*FULL, "-min_srv", "29"], ""),
        ([*FULL, "-min_srv", "29", "-timeout", "1"], ""),
        (["-l", "x", "-t", "x", "-s", "32"], "\n\tError: Key type (-t) is missing.\n"),
        (["-t", "31", "-s", "32", "-l"], ""),
    ],
)
def test_what_prints_help(words: list[str], line: str) -> None:
    assert parsed(gen_sym_key.SYNTAX, words) == (None, line + HELP)


def test_value_that_cannot_be_read_may_be_given_again() -> None:
    values, said = parsed(gen_sym_key.SYNTAX, ["-t", "x", *FULL])
    assert said == ""
    assert values is not None
    assert values["-t"] == 31


def test_flags_without_a_value_may_be_repeated_and_a_dash_is_a_value() -> None:
    values, said = parsed(gen_sym_key.SYNTAX, ["-sess", "-l", "-h", "-sess", "-nex", "-nex", "-t", "31", "-s", "16"])
    assert said == ""
    assert values == {"-sess": True, "-l": b"-h", "-nex": True, "-t": 31, "-s": 16}


def test_second_attest_is_help_in_get_attribute_only() -> None:
    words = ["-o", "6", "-a", "3", "-out", "f", "-attest"]
    assert parsed(get_attribute.SYNTAX, words)[0] is not None
    assert parsed(get_attribute.SYNTAX, [*words, "-attest"]) == (None, get_attribute.SYNTAX.help.render())
    assert parsed(gen_sym_key.SYNTAX, [*FULL, "-attest", "-attest"])[0] is not None


def test_option_that_may_be_repeated_keeps_its_last_value() -> None:
    syntax = Syntax((Option("-w", readers.int32, repeats=True),), (), gen_sym_key.SYNTAX.help)
    assert parsed(syntax, ["-w", "1", "-w", "2", "-w", "x"]) == ({"-w": 2}, "")


def test_wrong_curve_ends_the_command_without_help() -> None:
    assert parsed(gen_ecc_key_pair.SYNTAX, ["-timeout", "1", "-i", "x", "-h"]) == (None, gen_ecc_key_pair.INVALID_CURVE)


def test_m_value_of_rsa_has_its_own_text() -> None:
    values, said = parsed(gen_rsa_key_pair.SYNTAX, ["-m_value", "9"])
    assert values is None
    assert (
        said
        == "\n\tError: Invalid m_value.\n\n\tValid m_value range is 1 to 8\n" + gen_rsa_key_pair.SYNTAX.help.render()
    )


@pytest.mark.parametrize("words", [["-t", "aes"], ["-c", ""], ["-kcv", "-"], ["-sess", "9"]])
def test_find_key_never_searches_wider_than_asked(words: list[str]) -> None:
    values, said = parsed(find_key.SYNTAX, words)
    if words[1]:
        assert (values, said) == (None, find_key.SYNTAX.help.render())
    else:
        assert values == {"-c": 0}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("   ", []),
        ("  findKey   -l  x ", ["findKey", "-l", "x"]),
        ("findKey\t-l", ["findKey\t-l"]),
        ("findKey -l 'a b'", ["findKey", "-l", "'a", "b'"]),
        ("a\u00a0b", ["a\u00a0b"]),
        (" ".join("w" * 98), list("w" * 98)),
        (" ".join("w" * 99), []),
        ("x" * 1399 + "yz", ["x" * 1399 + "y"]),
    ],
)
def test_split(line: str, words: list[str]) -> None:
    assert split(line) == words


@given(st.text())
def test_split_loses_nothing_but_spaces(line: str) -> None:
    words = split(line)
    assert all(words)
    assert not any(" " in word for word in words)


FLAGS = sorted({option.flag for syntax in SYNTAXES.values() for option in syntax.options})
WORDS = st.one_of(
    st.sampled_from(FLAGS),
    st.sampled_from(["-h", "", "0", "1", "31", "99", "-1", "0x1f", "junk", "3,4", "65537", "."]),
    st.text(max_size=8),
)


@given(st.sampled_from(sorted(SYNTAXES)), st.lists(WORDS, max_size=12))
def test_random_options_give_values_or_one_text(name: str, words: list[str]) -> None:
    syntax = SYNTAXES[name]
    values, said = parsed(syntax, words)
    if values is None:
        curves = name == "genECCKeyPair" and said.endswith(gen_ecc_key_pair.INVALID_CURVE)
        silent_end = name == "findKey" and "WARNING" in said
        assert curves or silent_end or said.endswith(syntax.help.render())
        assert said.count(" is missing.\n") <= 1
    else:
        assert all(values.get(flag) is not None for flag, _ in syntax.required)
        assert set(values) <= {option.flag for option in syntax.options}
