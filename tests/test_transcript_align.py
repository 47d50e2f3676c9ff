"""Alignment, the account of a difference, and rewriting."""

import pytest

from shared.transcript.align import align, salvage
from shared.transcript.diff import render_diff, visible
from shared.transcript.golden import Line
from shared.transcript.rewrite import rewritten


def agree(expected: list[str], actual: list[str]) -> bool:
    return all(pair.same for pair in align(expected, actual, {}))


def account(expected: list[str], actual: list[str]) -> list[str]:
    bindings: dict[str, str] = {}
    lines = [Line(raw, number) for number, raw in enumerate(expected, 10)]
    pairs = align(expected, actual, bindings)
    return list(render_diff(lines, actual, pairs, bindings))


def rewrite(expected: list[str], actual: list[str]) -> list[str]:
    bindings: dict[str, str] = {}
    pairs = align(expected, actual, bindings)
    salvage(expected, actual, pairs, bindings)
    return rewritten([Line(raw, 0) for raw in expected], actual, pairs, bindings)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (["a"], []),
        ([], ["a"]),
        (["a", "..."], ["b"]),
        (["...", "z"], ["a", "z", "b"]),
        (["a", "...", "b", "...", "c"], ["a", "b", "x"]),
        (["h [handle:k]", "k [handle:k]"], ["h 1", "k 2"]),
        (["...", "h [handle:k]", "k [handle:k]"], ["x", "h 1", "k 2"]),
        (["\\..."], ["a", "b"]),
    ],
)
def test_what_disagrees(expected: list[str], actual: list[str]) -> None:
    assert not agree(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([], []),
        (["..."], []),
        (["..."], ["a", "b"]),
        (["a", "...", "z"], ["a", "z"]),
        (["a", "...", "z"], ["a", "z", "z"]),
        (["...", "b", "...", "c"], ["a", "b", "b", "c", "c"]),
        (["...", "h [handle:k]", "...", "k [handle:k]"], ["x", "h 1", "y", "k 1"]),
    ],
)
def test_what_agrees(expected: list[str], actual: list[str]) -> None:
    assert agree(expected, actual)


def test_a_missing_line_leaves_the_lines_behind_it_aligned() -> None:
    assert account(["a", "b", "c", "d", "e", "f", "g"], ["a", "b", "c", "e", "f", "g"]) == [
        "@ line 11",
        "  b",
        "  c",
        "- d",
        "  e",
        "  f",
    ]


def test_distant_differences_are_shown_apart() -> None:
    expected = [f"line {number}" for number in range(20)]
    actual = ["first", *expected[1:-1], "last"]
    assert [line for line in account(expected, actual) if line.startswith("@")] == ["@ line 10", "@ line 27"]


def test_tabs_trailing_blanks_and_control_characters_are_visible() -> None:
    assert visible("\tKey:  7  ") == r"\tKey:  7\x20\x20"
    assert visible("\x1b[1m\r\x7f\udcff\\t") == r"\x1b[1m\x0d\x7f\xff\\t"
    assert account(["Found: 1"], ["Found: 1 "]) == ["@ line 10", "- Found: 1", r"+ Found: 1\x20"]


def test_a_differing_line_tells_the_value_that_its_placeholder_has() -> None:
    assert account(["h [handle:k]", "k [handle:k]"], ["h 1", "k 2"]) == [
        "@ line 10",
        "  h 1",
        "- k [handle:k]    ([handle:k] = 1)",
        "+ k 2",
    ]


def test_wildcards_in_the_surroundings_are_shown_as_they_match() -> None:
    assert account(["...", "x"], ["y"]) == ["@ line 10", "  ...", "- x", "+ y"]
    assert account(["...", "x", "z"], ["a", "z"]) == ["@ line 10", "  ...", "- x", "+ a", "  z"]


def test_a_changed_line_still_binds() -> None:
    bindings: dict[str, str] = {}
    expected = ["Symmetric Key Created.  Key Handle: [handle:k]"]
    actual = ["3 keys created. Key Handle: 262150."]
    salvage(expected, actual, align(expected, actual, bindings), bindings)
    assert bindings == {"handle:k": "262150"}


def test_a_line_without_its_words_binds_a_value_of_the_kind() -> None:
    bindings: dict[str, str] = {}
    salvage(["Handle: [handle:k]"], ["new2 key 99"], align(["Handle: [handle:k]"], ["new2 key 99"], {}), bindings)
    assert bindings == {"handle:k": "99"}


def test_nothing_is_bound_from_a_line_that_has_no_such_value() -> None:
    bindings: dict[str, str] = {}
    salvage(["Handle: [handle:k]"], ["refused"], align(["Handle: [handle:k]"], ["refused"], {}), bindings)
    assert bindings == {}


def test_rewriting_keeps_what_agrees_and_puts_placeholders_back() -> None:
    expected = [
        "started [..]",
        "...",
        "\tKey Handle: [handle:k]",
        "Command:  getKeyInfo -k [handle:k]",
        "old",
        "key [handle:k] is gone",
    ]
    actual = [
        "started at noon",
        "one",
        "two",
        "\tKey Handle:  262150",
        "Command:  getKeyInfo -k 262150",
        "$ new",
        "another 262150, not 2621501",
    ]
    assert rewrite(expected, actual) == [
        "started [..]",
        "...",
        "\tKey Handle:  [handle:k]",
        "Command:  getKeyInfo -k [handle:k]",
        "$ new",
        "another [handle:k], not 2621501",
    ]


def test_a_short_value_is_put_back_only_where_it_stood() -> None:
    expected = ["Key Handle: [handle:k]", "Node id 0", "the key [handle:k]"]
    assert rewrite(expected, ["Key Handle: 7", "Node id 7", "the key 7."]) == [
        "Key Handle: [handle:k]",
        "Node id 7",
        "the key [handle:k].",
    ]


def test_many_lines_do_not_agree_if_the_last_does_not() -> None:
    # Trying every place for the dots, line by line, would never end.
    assert not agree(["...", *map(str, range(3000)), "end"], [*map(str, range(3000)), "stop"])
