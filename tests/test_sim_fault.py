"""``cloudhsm-sim fault``: what is refused, what waits, and that a waiting fault is met."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Sim = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("cluster3")


def faults(sim: Sim) -> list[dict[str, Any]]:
    status, out, _ = sim("fault", "list", "--json")
    assert status == 0
    found: list[dict[str, Any]] = json.loads(out)["faults"]
    return found


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["10.0.0.2"], "the following arguments are required: KIND"),
        (["10.0.0.2", "explode"], "invalid choice: 'explode'"),
        (["10.0.0.2", "down", "--times", "0"], "argument --times: expected a whole number from 1"),
        (["10.0.0.2", "down", "createUser"], "unrecognized arguments: createUser"),
        (["10.0.0.2", "refuse", "createUser"], "the following arguments are required: CODE"),
        (["10.0.0.2", "refuse", "listECCCurveIds", "0xb3"], "no HSM knows the command 'listECCCurveIds': choose from"),
        (["10.0.0.2", "refuse", "CREATEUSER", "0xb3"], "changePswd, createObject, createPublicKey, createUser, "),
        (["10.0.0.2", "refuse", "createUser", "0"], "no HSM answers '0': choose from 0x1b ERR_BAD_PKCS_DATA, "),
        (["10.0.0.2", "refuse", "createUser", "RET_OK"], "no HSM answers 'RET_OK'"),
        (["10.0.0.2", "refuse", "createUser", "0x40000049"], "no HSM answers '0x40000049'"),
        (["10.0.0.2", "refuse", "createUser", "whatever"], "0xb3 RET_POLICY_MISMATCH, "),
        (["10.0.0.2", "delay"], "the following arguments are required: SECONDS"),
        *(
            (["10.0.0.2", "delay", text], "expected a number of seconds above 0, at most 3600")
            for text in ("0", "-1", "3601", "nan", "1e3", ".", "1.", "٣", "")
        ),
    ],
)
def test_wrong_usage_leaves_nothing(sim: Sim, words: list[str], text: str) -> None:
    status, out, err = sim("fault", "add", *words)
    assert (status, out) == (2, "")
    assert text in err
    assert faults(sim) == []


def test_unknown_hsm_and_unknown_fault(sim: Sim) -> None:
    assert sim("fault", "add", "10.9.9.9", "down") == (1, "", "cloudhsm-sim: no HSM 10.9.9.9\n")
    sim("fault", "add", "10.0.0.2", "down")
    assert sim("fault", "remove", "1", "7") == (1, "", "cloudhsm-sim: no fault 7 waits\n")
    assert [fault["id"] for fault in faults(sim)] == [1]
    for words in ([], ["1", "--all"], ["x"]):
        assert sim("fault", "remove", *words)[0] == 2
    assert len(faults(sim)) == 1


def test_kinds_as_they_are_listed(sim: Sim) -> None:
    assert sim("fault", "list") == (0, "No faults\n", "")
    for words in (
        ("10.0.0.1", "down", "--times", "2"),
        ("10.0.0.2", "refuse", "genECCKeyPair", "ret_policy_mismatch"),
        ("10.0.0.2", "refuse", "createUser", "227", "--times", "3"),
        ("10.0.0.3", "drop"),
        ("10.0.0.3", "delay", "0.5", "--command", "sign"),
    ):
        assert sim("fault", "add", *words)[0] == 0
    columns = ("ip", "kind", "command", "code", "symbol", "seconds", "remaining")
    assert [tuple(fault[column] for column in columns) for fault in faults(sim)] == [
        ("10.0.0.1", "down", None, None, None, None, 2),
        ("10.0.0.2", "refuse", "generateKeyPair", "0xb3", "RET_POLICY_MISMATCH", None, 1),
        ("10.0.0.2", "refuse", "createUser", "0xe3", "RET_USER_EXISTS", None, 3),
        ("10.0.0.3", "drop", "replicateKey", None, None, None, 1),
        ("10.0.0.3", "delay", "sign", None, None, 0.5, 1),
    ]
    assert sim("fault", "remove", "2", "4") == (0, "Removed 2 faults\n", "")
    assert [fault["id"] for fault in faults(sim)] == [1, 3, 5]
    assert sim("fault", "remove", "--all") == (0, "Removed 3 faults\n", "")
    assert sim("fault", "remove", "--all") == (0, "Removed 0 faults\n", "")


def test_what_was_added_is_shown(sim: Sim) -> None:
    status, out, _ = sim("fault", "add", "10.0.0.3", "delay", "1.5", "--json")
    assert status == 0
    view = json.loads(out)
    assert view | {"hsm": ""} == {
        "id": 1,
        "hsm": "",
        "ip": "10.0.0.3",
        "kind": "delay",
        "command": None,
        "code": None,
        "symbol": None,
        "seconds": 1.5,
        "remaining": 1,
    }
    assert [view] == faults(sim)


def test_reset_takes_faults_along(sim: Sim) -> None:
    sim("fault", "add", "10.0.0.1", "down")
    assert sim("reset")[0] == 0
    assert faults(sim) == []
