"""Result lines and cluster status blocks in both profiles."""

from typing import Any

import pytest

from key_mgmt_util import results
from shared import errors
from shared.cluster.client import NodeStatus, Outcome
from shared.errors import Code

NODES = (NodeStatus(0, errors.RET_OK), NodeStatus(2, errors.SERVER_UNAVAILABLE))


def outcome(code: Code, nodes: tuple[NodeStatus, ...] = NODES) -> Outcome[Any]:
    return Outcome(code, None, nodes)


@pytest.mark.parametrize(
    ("profile", "code", "line"),
    [
        ("3.x", errors.POLICY_MISMATCH, f"\n\tApi returned: 0xb3 \n\n\t{errors.POLICY_MISMATCH.text}\n"),
        ("1.x", errors.POLICY_MISMATCH, f"\n\tApi returned: 0xb3 : {errors.POLICY_MISMATCH.text}\n"),
        ("3.x", errors.RET_OK, "\n\tApi returned: 0x00 : HSM Return: SUCCESS\n"),
        ("1.x", errors.RET_OK, "\n\tApi returned: 0x00 : HSM Return: SUCCESS\n"),
        ("3.x", errors.LOGIN_FAILURE, "\n\tApi returned: 0x40000049 \n\n\tHSM Error: RET_USER_LOGIN_FAILURE\n"),
        ("1.x", errors.LOGIN_FAILURE, "\n\tApi returned: 0xa3 : HSM Error: RET_USER_LOGIN_FAILURE\n"),
        ("3.x", errors.KEY_NOT_FOUND, f"\n\tApi returned: 0x30000080 \n\n\t{errors.KEY_NOT_FOUND.text}\n"),
        ("1.x", errors.KEY_NOT_FOUND, f"\n\tApi returned: 0xa8 : {errors.INVALID_HANDLE.text}\n"),
        ("3.x", errors.NOT_AUTHORIZED, "\n\tApi returned: 0xc6 \n\n\tHSM Error: Key Access is denied\n"),
    ],
)
def test_result_line(profile: str, code: Code, line: str) -> None:
    assert results.result("Api", code, profile) == line


def test_result_line_may_have_other_words_between() -> None:
    assert results.result("Api", errors.RET_OK, "3.x", ": ") == "\n\tApi: 0x00 : HSM Return: SUCCESS\n"


def test_block() -> None:
    unavailable = "0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable\n"
    assert results.block(outcome(errors.RET_OK), "3.x") == (
        f"\n\tCluster Status:\n\tNode id 0 status: 0x00000000 : HSM Return: SUCCESS\n\tNode id 2 status: {unavailable}"
    )
    assert results.block(outcome(errors.POLICY_MISMATCH), "1.x") == (
        "\n\tCluster Error Status\n\tNode id 0 and err state 0x00000000 : HSM Return: SUCCESS\n"
        f"\tNode id 2 and err state {unavailable}"
    )


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ("3.x", errors.LOGIN_FAILURE),
        ("3.x", errors.KEY_NOT_FOUND),
        ("3.x", errors.NOT_LOGGED_IN),
        ("1.x", errors.NOT_LOGGED_IN),
        ("3.x", errors.INVALID_OPERATION),
        ("1.x", errors.DAEMON_SOCKET),
    ],
)
def test_what_comes_without_a_block(profile: str, code: Code) -> None:
    assert results.block(outcome(code), profile) == ""


@pytest.mark.parametrize("profile", ["3.x", "1.x"])
def test_nothing_asked_is_no_block(profile: str) -> None:
    assert results.block(outcome(errors.RET_OK, ()), profile) == ""


def test_1x_shows_a_block_for_a_wrong_password_and_an_unknown_handle() -> None:
    for code in (errors.LOGIN_FAILURE, errors.KEY_NOT_FOUND):
        assert results.block(outcome(code), "1.x").startswith("\n\tCluster Error Status\n")
