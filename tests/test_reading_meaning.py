"""What a pipeline asks of a tool's output, told by trying it out: the idioms of scripts, and what is not to be told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reading_filters import PIPELINES, stages

from migration import words
from migration.reading import kinds
from migration.reading.kinds import Reading
from migration.reading.meaning import meaning, of_stages
from migration.reading.samples import Ran
from migration.script import CMU, KMU

LOGIN = Ran(KMU, "loginHSM", "loginHSM -u CU -s alice -p x")
FIND = (LOGIN, Ran(KMU, "findKey", "findKey -l x"))
MAKE = (LOGIN, Ran(KMU, "genSymKey", "genSymKey -l x"))
PAIR = (LOGIN, Ran(KMU, "genRSAKeyPair", "genRSAKeyPair -l x"))


def managed(*names: str) -> tuple[Ran, ...]:
    """Return a run of cloudhsm_mgmt_util under a login."""
    return tuple(Ran(CMU, name) for name in ("loginHSM", *names, "quit"))


def told(run: tuple[Ran, ...], pipeline: str, *, status: bool = False) -> Reading | None:
    """Return what a pipeline asks of a run."""
    return meaning(run, of_stages(stages(pipeline)), words=run[0].tool == KMU, status=status)


@pytest.mark.parametrize(
    ("run", "pipeline", "kind", "extra"),
    [
        (FIND, r"tr -d '\n' | grep -o 'Handles of matching keys:\s*\([0-9]*\)' | cut -f 2", kinds.FIRST, ""),
        (FIND, "grep -A1 'Handles of matching keys' | tail -1 | cut -d, -f1", kinds.FIRST, ""),
        (FIND, "grep -A1 'Handles of matching keys' | tail -1 | awk '{print $NF}'", kinds.ROW_LAST, ""),
        (FIND, "grep -A1 'Handles of matching keys' | tail -1 | tr ',' ' '", kinds.ROW, "  "),
        (FIND, "grep -A1 'Handles of matching keys' | tail -1", kinds.ROW, ", "),
        (FIND, r"sed -n '/Handles/{n;p}' | tr -d ' \t' | tr , '\n'", kinds.ROW, "\n"),
        (FIND, "awk '/Handles of/{getline; gsub(/[^0-9,]/, \"\"); print}'", kinds.ROW, ","),
        (FIND, "awk '/Total number/{print $NF}'", kinds.COUNT, ""),
        (MAKE, "grep 'Handle:' | grep -o -E '[0-9]+'", kinds.HANDLE, ""),
        (MAKE, r"sed -n 's/.*Key Handle: \([0-9]*\).*/\1/p'", kinds.HANDLE, ""),
        (PAIR, "awk '/private key handle/{print $NF}'", kinds.PRIVATE, ""),
        (PAIR, "grep -oP 'public key handle: \\K\\d+'", kinds.PUBLIC, ""),
        (managed("listUsers"), "grep 'Number of users' | head -1 | cut -d: -f2", kinds.USERS, ""),
    ],
)
def test_values(run: tuple[Ran, ...], pipeline: str, kind: str, extra: str) -> None:
    found = told(run, pipeline)
    assert found is not None
    assert (found.kind, found.extra) == (kind, extra)


@pytest.mark.parametrize(
    ("run", "pipeline", "kind", "step", "after_login"),
    [
        (MAKE, "grep -q SUCCESS", kinds.OK, 1, True),
        (MAKE, "grep -q 'Cfm3GenerateSymmetricKey returned: 0x00'", kinds.OK, 1, False),
        (MAKE, "grep -q 'Key Created'", kinds.OK, 1, False),
        (MAKE, "grep -qi error", kinds.FAILED, 1, False),
        (FIND, "grep -q 'Total number of keys present: 0'", kinds.NONE_FOUND, 1, False),
        (FIND, "grep -q 'Handles of matching'", kinds.FOUND, 1, False),
        (managed("createUser"), "grep -q 'createUser success'", kinds.OK, 1, False),
        (managed("createUser", "listUsers"), "grep -q 'createUser success'", kinds.OK, 1, False),
        (managed("listUsers", "createUser"), "grep -q 'createUser success'", kinds.OK, 2, False),
        (managed("createUser", "deleteUser"), "grep -q 'loginHSM success'", kinds.OK, 0, False),
        (managed("createUser", "deleteUser"), "grep -q 'failed:'", kinds.ANY_FAILED, 2, False),
        (managed(), "grep -q 'RET_USER_LOGIN_FAILURE'", kinds.FAILED, 0, False),
        (managed("listUsers"), "grep -q 'RET_USER_LOGIN_FAILURE'", kinds.FAILED, 0, False),
    ],
)
def test_outcomes(run: tuple[Ran, ...], pipeline: str, kind: str, step: int, *, after_login: bool) -> None:
    found = told(run, pipeline, status=True)
    assert found is not None
    assert (found.kind, found.step, found.after_login) == (kind, step, after_login)


@pytest.mark.parametrize(
    ("pipeline", "name", "role", "where"),
    [
        ("grep -q alice", "alice", "", kinds.PART),
        ("grep -qw alice", "alice", "", kinds.WORD),
        (r"grep -qE 'CU[[:space:]]+alice\b'", "alice", "crypto-user", kinds.FIRST_WORD),
        (r"grep -qE '\balice[[:space:]]'", "alice", "", kinds.LAST_WORD),
        ("grep -qE 'CU[[:space:]]+alice'", "alice", "crypto-user", kinds.BEGINNING),
        ("grep -qE 'alice[[:space:]]+NO'", "alice", "", None),
        ('awk \'$2=="CO" && $3=="boss"{f=1} END{exit !f}\'', "boss", "admin", kinds.WHOLE),
    ],
)
def test_users(pipeline: str, name: str, role: str, where: str | None) -> None:
    found = told(managed("listUsers"), pipeline, status=True)
    if where is None:
        # The column behind the name is no part of the question.
        assert found is None
        return
    assert found is not None
    assert (found.kind, found.name, found.extra, found.where) == (kinds.USER, words.text(name), role, where)


def test_a_number_of_keys() -> None:
    found = told(FIND, r"grep -qE 'Total number of keys present: 7\s*$'", status=True)
    assert found is not None
    assert (found.kind, found.extra) == (kinds.COUNT_IS, "7")


@pytest.mark.parametrize(
    ("run", "pipeline", "status"),
    [
        (FIND, "grep -oE '[0-9]+' | tail -1", False),
        (MAKE, "grep Handle", False),
        (MAKE, "awk '/returned/{print $3}'", False),
        (MAKE, "grep -c SUCCESS", False),
        (PAIR, "grep -o '[0-9]*' | tail -1", False),
        (PAIR, "sed 's/.*private key handle: //'", False),
        (MAKE, "grep -q 'HSM Error'", True),
        (MAKE, "grep -q 0x30000080", True),
        (MAKE, "grep -q FIPS", True),
        (MAKE, "grep -q Nonsense", True),
        (managed("createUser", "createUser"), "grep -q 'createUser success'", True),
        (managed("createUser"), "grep -q 'already created'", True),
        # The caution before the question says "failed", whatever becomes of the command.
        (managed("createUser"), "grep -qi failed", True),
        (MAKE, "tee log | grep -q SUCCESS", True),
    ],
)
def test_what_cannot_be_told(run: tuple[Ran, ...], pipeline: str, *, status: bool) -> None:
    assert told(run, pipeline, status=status) is None


RUNS = st.sampled_from([FIND, MAKE, PAIR, managed("createUser", "listUsers"), managed("listUsers"), (MAKE[1],)])


@settings(max_examples=120, deadline=None)
@given(RUNS, st.sampled_from(PIPELINES), st.booleans())
def test_a_meaning_is_of_a_command_of_the_run(run: tuple[Ran, ...], pipeline: str, status: bool) -> None:
    found = told(run, pipeline, status=status)
    assert found is None or (0 <= found.step < len(run) and found.is_value != status)
