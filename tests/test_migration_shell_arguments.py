"""Numbers that a function of a shell script is given by all that call it."""

from __future__ import annotations

import pytest
from test_migration_shell import become, left

ASKS = 'attr() {\nKMU getAttribute -o "$1" -a $2 -out f > /dev/null\ntail -1 f\n}\n'
LOOPS = "for h in 7 8; do attr $h 3; done"


@pytest.mark.parametrize(
    "calls",
    ['attr 7 3\nx=$(attr "$h" "3")', LOOPS, "attr 7 3 # as attr 7 354 is none", "tail /tmp/attr\nattr 7 3"],
)
def test_a_number_that_every_call_gives_has_its_name(calls: str) -> None:
    assert left(ASKS + calls) == []
    assert """'.data.matched_keys[].attributes."label"'""" in become(ASKS + calls)


@pytest.mark.parametrize(
    "calls",
    [
        "attr 7 3; attr 7 354",
        "attr 7 $A",
        "attr $h 3",
        "attr $(find) 3",
        'attr "$@" 3',
        "attr * 3",
        "attr 7",
        "attr 7 3\nF=attr; $F 7 354",
        "attr 7 3\nexport -f attr",
        "attr 7 3\nattr() { :; }",
        "",
    ],
)
def test_a_number_that_a_call_may_give_otherwise_is_left_to_a_person(calls: str) -> None:
    assert 3 in left(ASKS + calls)


def test_arguments_that_a_function_moves_are_left_to_a_person() -> None:
    assert 3 in left(ASKS.replace("{\n", "{\nshift;") + "attr 7 9 3")


def test_a_label_stays_what_the_function_is_given() -> None:
    found = become('make() { KMU genSymKey -t $2 -s 32 -l "$1"; }\nmake 31 31')
    assert '--label "$1"' in found
    assert left('make() { KMU genSymKey -t $2 -s 32 -l "$1"; }\nmake 31 31') == []
