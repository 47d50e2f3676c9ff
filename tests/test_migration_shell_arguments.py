"""What a shell script and its functions are given: numbers that all calls give, variables that must be set."""

from __future__ import annotations

import pytest
from migration_support import script
from test_migration_shell import KMU, become, left

from migration.bash.script import render
from migration.translate import translate

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


@pytest.mark.parametrize("line", [': "${APP:?not set}"', "L=${1?usage}", "set -u"])
def test_the_head_tells_of_the_status_of_a_variable_that_must_be_set(line: str) -> None:
    """POSIX wants a status that is not 0: that of bash is 1, that of dash 2."""
    told = "# Where a variable must be set and is not, bash has status 1; dash, which sh may have been, has 2.\n"
    for first, is_told in (("#!/bin/sh", True), ("#!/bin/dash -e", True), ("#!/bin/bash", False)):
        text = f'{first}\n{line}\n{KMU} findKey -l "$1"\n'
        assert (told in render(translate(script(text, "x.sh")))) is is_told
    assert told not in render(translate(script(f'#!/bin/sh\n{KMU} findKey -l "${{1:-?}}"\n', "x.sh")))
