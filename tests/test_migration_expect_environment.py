"""Variables of the environment in an expect script: with a default where one is not set, and in the path of a tool."""

from __future__ import annotations

import pytest
from migration_support import script
from test_migration_expect_asked import MAKE, QUIT, left

from migration.bash.script import render
from migration.translate import translate

START = 'spawn key_mgmt_util\nexpect "Command:"\nsend "loginHSM -u CU -s alice -p password1\\r"\nexpect "Command:"\n'
SETS = "set label $env(L)"


def translated(text: str) -> list[str]:
    """Return the lines of a translation, of which nothing is left to a person."""
    assert left(text) == []
    return render(translate(script(text, "x.exp"))).splitlines()


@pytest.mark.parametrize(
    ("asks", "written"),
    [
        (f"if {{[info exists env(L)]}} {{ {SETS} }} else {{ set label prod }}", 'label="${L-prod}"'),
        (f"set label prod\nif {{[info exists ::env(L)]}} {{ {SETS} }}", 'label="${L-prod}"'),
        (f"if {{![info exists env(L)]}} {{ set label prod }} else {{ {SETS} }}", 'label="${L-prod}"'),
        (f'if {{[info exists env(L)] && $env(L) ne ""}} {{ {SETS} }} else {{ set label prod }}', 'label="${L:-prod}"'),
        (f'if {{![info exists env(L)] || $env(L) == ""}} {{ set label a-1 }} else {{ {SETS} }}', 'label="${L:-a-1}"'),
    ],
)
def test_a_default_for_what_the_environment_does_not_have_stays_one(asks: str, written: str) -> None:
    lines = translated(f"{asks}\n{START}{MAKE}\n{QUIT}\n")
    assert written in lines
    assert 'hsm_typed "$label"' in lines
    assert any("generate-symmetric" in line and '--label "$label"' in line for line in lines)


def test_what_is_typed_before_the_environment_is_asked_is_what_it_was_there() -> None:
    text = f"set label old\n{START}{MAKE}\nif {{[info exists env(L)]}} {{ {SETS} }}\n{MAKE}\n{QUIT}\n"
    made = [line for line in translated(text) if "generate-symmetric" in line]
    assert ["--label old" in made[0], '--label "$label"' in made[1]] == [True, True]


@pytest.mark.parametrize(
    "asks",
    [
        f"if {{[info exists env(M)]}} {{ {SETS} }} else {{ set label prod }}",
        f"if {{[info exists env(L)]}} {{ set label prod }} else {{ {SETS} }}",
        'if {[info exists env(L)]} { set label "x-$env(L)" } else { set label prod }',
        f'if {{[info exists env(L)]}} {{ {SETS} }} else {{ set label "a b" }}',
        f"if {{[info exists env(L)]}} {{ {SETS} }} else {{ set label $env(M) }}",
        f"if {{[info exists env(L)] && $argc > 1}} {{ {SETS} }} else {{ set label prod }}",
        f"if {{[info exists env(L)]}} {{ {SETS} }} else {{ set label prod }}\nif {{$argc > 2}} {{ set label x }}",
    ],
)
def test_other_ways_to_a_value_are_left_to_a_person(asks: str) -> None:
    assert any("label depends on" in told for told in left(f"{asks}\n{START}{MAKE}\n{QUIT}\n"))


@pytest.mark.parametrize(
    "begun",
    [
        'set kmu "$env(HSM_HOME)/bin/key_mgmt_util"\nspawn $kmu',
        'set kmu "$env(HSM_HOME)/bin/key_mgmt_util"\nspawn sudo -E $kmu',
        "set bin $env(HSM_HOME)\nset kmu $bin/key_mgmt_util\neval spawn $kmu",
        'set kmu "$env(HSM_HOME)/key_mgmt_util"\neval "spawn -noecho $kmu"',
        'set kmu "$env(HSM_HOME)/key_mgmt_util"\nspawn {*}$kmu',
    ],
)
def test_a_tool_is_started_wherever_the_environment_says_that_it_is(begun: str) -> None:
    text = f"set label a\n{START}{MAKE}\n{QUIT}\n".replace("spawn key_mgmt_util", begun)
    lines = translated(text)
    assert any("generate-symmetric" in line for line in lines)
    assert not any("HSM_HOME" in line for line in lines)


@pytest.mark.parametrize("begun", ["spawn $env(KMU)", "eval spawn $env(KMU)", "eval spawn [lindex $argv 0]"])
def test_a_program_that_nothing_names_is_not_taken_for_a_tool(begun: str) -> None:
    text = f"set label a\n{START}{MAKE}\n{QUIT}\n".replace("spawn key_mgmt_util", begun)
    assert not any(step.name for step in script(text, "x.exp").steps)


@pytest.mark.parametrize(
    ("asks", "test"),
    [
        ("if {[catch {set label $env(L)}]} { puts no; exit 3 }", "! -v L"),
        ("if {[catch {set label $::env(L)} err]} { exit 3 }", "! -v L"),
        ("if {[catch {set env(L)} label] != 0} { exit 3 }", "! -v L"),
        ("set label a\nif {[catch {open $argv0.conf r} f]} { exit 3 }", None),
        ("set file [lindex $argv 0]\nset label a\nif {[catch {open $file r} f]} { exit 3 }", '! -r "$file"'),
    ],
)
def test_what_ends_the_script_as_it_is_not_there_is_asked_for(asks: str, test: str | None) -> None:
    text = f"{asks}\n{START}{MAKE}\n{QUIT}\n"
    if test is None:
        assert any("ends the script if" in told for told in left(text))
    else:
        assert f"if [[ {test} ]]; then" in translated(text)


@pytest.mark.parametrize(
    "asks",
    [
        "if {![catch {set label $env(L)}]} { exit 3 }",
        "if {[catch {set label $env(L)}] == 0} { exit 3 }",
        "set label a\nif {[catch {open x.conf w} f]} { exit 3 }",
        "proc value {} { if {[catch {set label $env(L)}]} { exit 3 }; return $label }\nset label [value]",
    ],
)
def test_another_catch_is_left_to_a_person(asks: str) -> None:
    assert left(f"{asks}\n{START}{MAKE}\n{QUIT}\n")
