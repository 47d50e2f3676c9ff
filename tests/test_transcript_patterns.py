"""Placeholders, wildcards and quoting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.transcript.align import align
from shared.transcript.patterns import Pattern, quote, substitute, to_lines, unquote


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("Key Handle: 7", "Key Handle: 7 "),
        ("Key Handle: 7 ", "Key Handle: 7"),
        ("\tKey", "        Key"),
        ("Key Handle: [handle:k]", "Key Handle: 0x7"),
        ("Key Handle: [handle:k]", "Key Handle: 7 "),
        ("Key Handle: [handle:k]", "Key Handle: "),
        ("[handle:k] and [handle:k]", "7 and 8"),
        ("Node [..] ok", "Node 1 bad"),
        ("[ip:a]", "10.0.0"),
        ("[sha:d]", "abc"),
        ("[label:l]", "two words"),
        ("[time:t]", "yesterday"),
        ("[nothing:k]", "7"),
        (".*", "anything"),
    ],
)
def test_what_does_not_match(raw: str, line: str) -> None:
    assert Pattern(raw).match(line, {}) is None


@pytest.mark.parametrize(
    ("raw", "line", "bound"),
    [
        ("a\tb ", "a\tb ", {}),
        ("Key Handle: [handle:k]", "Key Handle: 262150", {"handle:k": "262150"}),
        ("[handle:k] and [handle:k]", "7 and 7", {"handle:k": "7"}),
        ("status: 0x[hex:s] : [..]", "status: 0x0000ff00 : SUCCESS", {"hex:s": "0000ff00"}),
        ("value [hex:v].", "value 0xAB.", {"hex:v": "0xAB"}),
        ("on server 0([ip:a])", "on server 0(10.0.0.1)", {"ip:a": "10.0.0.1"}),
        ("[time:t] INF", "2018-12-24T18:28:54Z INF", {"time:t": "2018-12-24T18:28:54Z"}),
        ("at [time:t]", "at Mon Dec  4 18:28:54 2018", {"time:t": "Mon Dec  4 18:28:54 2018"}),
        ("[sha:d]  f", "a" * 64 + "  f", {"sha:d": "a" * 64}),
        (
            "[id:c] [serial:s] [label:l]",
            "hsm-1a 5.3G:1 my,key",
            {"id:c": "hsm-1a", "serial:s": "5.3G:1", "label:l": "my,key"},
        ),
        ("[..]", "", {}),
        ("[nothing:k]", "[nothing:k]", {}),
    ],
)
def test_what_matches_and_what_it_binds(raw: str, line: str, bound: dict[str, str]) -> None:
    assert Pattern(raw).match(line, {}) == bound


def test_a_bound_placeholder_matches_its_value_only() -> None:
    pattern = Pattern("Key Handle: [handle:k]")
    assert pattern.match("Key Handle: 8", {"handle:k": "7"}) is None
    assert pattern.match("Key Handle: 7", {"handle:k": "7"}) == {}


def test_values_are_substituted_and_unknown_placeholders_stay() -> None:
    assert substitute("getKeyInfo -k [handle:k] -l [label:l]", {"handle:k": "7"}) == "getKeyInfo -k 7 -l [label:l]"


@pytest.mark.parametrize("line", ["$ true", "? 0", "...", "% no newline", "\\$ true", "\\\\..."])
def test_output_that_looks_like_the_files_own_syntax_is_quoted(line: str) -> None:
    assert quote(line) == "\\" + line
    assert unquote(quote(line)) == line


@pytest.mark.parametrize("line", ["$5", "? zero", ".... ", "...x", "\\", "\\n", "? 0 "])
def test_other_output_stands_as_it_is(line: str) -> None:
    assert quote(line) == unquote(line) == line


@given(st.text(st.sampled_from("$?.\\ 0%ax\t\n"), max_size=30))
def test_any_output_matches_its_own_lines_and_comes_back(text: str) -> None:
    lines = to_lines(text)
    assert all(pair.same for pair in align(lines, lines, {}))
    ends = lines[-1:] != ["% no newline"]
    plain = "\n".join(unquote(line) for line in (lines if ends else lines[:-1]))
    assert plain + ("\n" if ends and lines else "") == text
