"""Every row of the migration map, and every command that the shells know, has what it becomes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from migration_support import becomes, dialogue, script

from cloudhsm_cli.commandline import Reader, Told
from cloudhsm_mgmt_util.table import COMMANDS as CMU_COMMANDS
from key_mgmt_util.table import COMMANDS as KMU_COMMANDS
from migration import words
from migration.map import table
from migration.map.rule import Row
from migration.script import CMU, HOST, KMU
from migration.translate import Knowledge, translate

ROWS = [
    tuple(line.split(" | "))
    for line in (Path(__file__).parent / "data" / "migration-rows.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
VERSIONS = ("", "not stated", "5.7.0", "5.8.0", "5.10.0", "5.11.0", "5.12.0", "5.13.0", "5.14.0", "5.15.0")


def _matches(expected: str, actual: str) -> bool:
    return re.fullmatch(re.escape(expected).replace(r"\.\.\.", ".*"), actual) is not None


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_a_row_of_the_map(row: tuple[str, ...]) -> None:
    tool, line, *typed, expected = row
    # Who registers a quorum key must be the one who is logged in.
    before = ["loginHSM CO admin adminpw1"] if "register" in line else []
    answers = [text.removeprefix("typed: ") for text in typed]
    lines = [*before, line, *answers]
    steps = dialogue(tool, lines).steps
    assert len(steps) == len(before) + 1
    actual = becomes(tool, *lines, _3="alice", _4="bob")
    assert _matches(expected, actual), actual


# What the helper functions of a translated script put behind the words of a command.
ADDED = {
    "hsm_import_public": ["--key-type-class", "rsa-public", "--attributes", "verify=true"],
    "hsm_import_private": ["--filter", "key-reference=0x1", "--data", "AA=="],
    "hsm_import_secret": ["--filter", "key-reference=0x1", "--data", "AA=="],
    "hsm_verify_ecdsa": ["--signature", "AA=="],
}
KNOWN_LATER = {"$(hsm_private_type F)": "rsa-private"}


def test_cloudhsm_cli_takes_every_translated_command() -> None:
    line = Reader(interactive=True)
    taken = 0
    for tool, legacy, *typed, _ in ROWS:
        before = ["loginHSM CO admin adminpw1"] if "register" in legacy else []
        answers = [text.removeprefix("typed: ") for text in typed]
        found = dialogue(tool, [*before, legacy, *answers])
        outcome = translate(found, Knowledge({3: "alice", 4: "bob"})).outcomes[-1]
        for action in () if outcome.remains else outcome.result.actions:
            argv = [KNOWN_LATER.get(text, text) for text in map(words.shown, action.argv)]
            if argv and argv[0] not in ("quit", "help") and not action.program:
                given = [*argv, *ADDED.get(action.helper, [])]
                try:
                    line.command(given)
                except Told as refusal:
                    pytest.fail(f"{' '.join(given)}\n{refusal}")
                taken += 1
    assert taken > len(ROWS) // 2


def test_every_command_of_both_shells_has_a_rule() -> None:
    for tool, names in ((CMU, CMU_COMMANDS), (KMU, KMU_COMMANDS), (HOST, ("configure", "cloudhsm_client", "service"))):
        for name in names:
            assert table.find(tool, name).ROWS, name


def test_the_rows_name_every_command() -> None:
    named = {(row[0], row[1].split()[0]) for row in ROWS}
    aliases = {"getPrivKeyfile", "dsaGenKeyPair", "rsaGenKeyPair"}
    beyond = {
        "aesUnwrapPkcs8Buffer",
        "unWrapKeyWithSize",
        "listECCCurveIds",
    }  # not in the map, and without an equivalent
    assert {name for name in CMU_COMMANDS if ("cmu", name) not in named} == set()
    assert {name for name in KMU_COMMANDS if ("kmu", name) not in named} == aliases | beyond
    for name in beyond:
        assert table.find(KMU, name).ROWS


def test_the_lines_of_the_matrix_are_complete() -> None:
    rows = list(table.rows())
    assert len(set(rows)) == len(rows)
    for _, row in rows:
        assert isinstance(row, Row)
        assert row.since in VERSIONS
        assert row.cli or row.note, row
        assert not row.cli or row.since, row


def test_an_approval_is_used_once() -> None:
    lines = ["loginHSM CO admin adminpw1", "getToken 3 admin t", "deleteUser CU alice", "deleteUser CU bob"]
    forms = [outcome.result.actions[0].argv for outcome in translate(dialogue("cmu", lines)).outcomes]
    assert [word[0].text for word in forms[2]][-2:] == ["--approval", "t"]
    assert "--approval" not in [word[0].text for word in forms[3]]


def test_the_token_of_one_service_does_not_approve_another() -> None:
    assert "--approval" not in becomes("cmu", "getToken 4 admin t", "deleteUser CU alice")
    assert becomes("cmu", "getToken 4 admin t", "setMValue 3 2").endswith("--approval t")


def test_a_token_does_not_approve_the_shares_of_several_users() -> None:
    lines = "loginHSM -u CU -s carol -p password1\ngetToken -n 6 -k 6 -u carol -f t\nexit\n"
    lines += "loginHSM CU carol password1\nshareKey 6 3,4 1\n"
    outcome = translate(script(lines, "list.txt"), Knowledge({3: "alice", 4: "bob"})).outcomes[-1]
    assert outcome.remains
    assert "a token for each" in outcome.result.instead


def test_the_ids_of_a_new_cluster_are_known_from_its_activation() -> None:
    new = [
        "loginHSM PRECO admin password",
        "changePswd PRECO admin adminpw1",
        "y",
        "createUser CU alice password1",
        "y",
    ]
    assert becomes("cmu", *new, "shareKey 6 3 1").endswith("--username alice --role crypto-user")
    assert becomes("cmu", *new, "shareKey 6 4 1") == "none"


def test_ids_of_a_cluster_in_use_are_not_guessed() -> None:
    assert becomes("cmu", "createUser CU alice password1", "y", "shareKey 6 3 1") == "none"


def test_a_change_in_server_mode_is_not_made_on_all_hsms() -> None:
    lines = ["server 0", "createUser CU alice password1"]
    assert becomes("cmu", *lines) == "none"
    assert becomes("cmu", "server 0", "listUsers") == "user list"
    assert becomes("cmu", "server 0", "exit", "deleteUser CU alice").startswith("user delete")


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("kmu", "genECCKeyPair -curve 2 -l ec"),
        ("kmu", "deleteKey"),
        ("kmu", "genSymKey -t 31 -s 32"),
        ("kmu", "findKey -h"),
        ("cmu", "createUser CU alice"),
    ],
)
def test_a_mistake_that_shows_help_becomes_nothing(tool: str, line: str) -> None:
    outcome = translate(dialogue(tool, [line])).outcomes[-1]
    assert outcome.result.verdict == "no effect"
    assert "help" in outcome.result.notes[0].text


def test_a_mistake_that_may_be_none_is_left_to_a_person() -> None:
    """Typed at a tool, a variable may be several words."""
    text = 'spawn cloudhsm_mgmt_util\nset both [lindex $argv 0]\nsend "shareKey $both 1\\r"\n'
    outcome = translate(script(text, "x.exp")).outcomes[-1]
    assert outcome.remains
    assert "unless $both holds several words" in outcome.result.instead


@pytest.mark.parametrize(
    ("tool", "line", "reason"),
    [
        ("cmu", "createUser XY alice password1", "user type"),
        ("cmu", "getToken 5 admin t", "neither 3 (user) nor 4 (quorum)"),
        ("cmu", "setAttribute 6 134 maybe", "true or false"),
        ("cmu", "setAttribute 6 999 1", "no name"),
        ("kmu", "setAttribute -o 6 -a 1", "typed"),
        ("kmu", "wrapKey -m 9 -k 6 -w 7 -out F", "mechanism 9"),
        ("kmu", "findKey -kcv xyz", "hexadecimal"),
        ("cmu", "createUser PRECO first password", "cluster activate"),
        ("cmu", "setAttribute 6 1073742353 260=1", "wrap-template"),
        ("kmu", "unWrapKey -f F -w 7 -m 10 -noheader -l L -kt 31 -kc 4", "-iv_file"),
        ("kmu", "wrapKey -m 4 -k 6 -w 7 -out F -noheader -aad A", "do not go together"),
        ("kmu", "wrapKey -m 5 -k 6 -w 7 -out F -noheader -iv_file I", "do not go together"),
        ("kmu", "wrapKey -m 10 -k 6 -w 7 -out F -tag_size 16", "do not go together"),
        ("kmu", "wrapKey -m 10 -k 6 -w 7 -out F -noheader -tag_size 4", "do not go together"),
        ("kmu", "unWrapKey -f F -w 7 -m 11 -noheader -l L -kt 31 -kc 4 -iv_file I", "do not go together"),
        ("kmu", "genSymKey -t 31 -s 16 -l L -sess -u 3", "-sess and -u"),
        ("kmu", "genRSAKeyPair -m 2048 -e 65537 -l L -sess -u 3", "-sess and -u"),
        ("kmu", "importPrivateKey -l L -f F -w 4 -sess -u 3", "-sess and -u"),
    ],
)
def test_what_cannot_be_resolved_says_why(tool: str, line: str, reason: str) -> None:
    outcome = translate(dialogue(tool, [line]), Knowledge()).outcomes[-1]
    assert outcome.remains
    assert reason in outcome.result.instead


def test_a_tag_of_a_size_that_only_a_run_tells_is_taken() -> None:
    text = "#!/bin/sh\nkey_mgmt_util singlecmd wrapKey -m 10 -k 6 -w 7 -out F -noheader -tag_size $BYTES\n"
    outcome = translate(script(text, "wrap.sh")).outcomes[-1]
    assert not outcome.remains


def test_imsymkey_shares_a_session_key_as_it_did() -> None:
    assert "--session --share-crypto-users alice" in becomes(
        "kmu", "imSymKey -t 31 -l L -f F -w 4 -sess -u 3", _3="alice"
    )


@pytest.mark.parametrize("attribute", ["1 1", "258 abc", "354 0"])
def test_what_the_old_tool_refuses_to_set_is_not_set(attribute: str) -> None:
    outcome = translate(dialogue("cmu", [f"setAttribute 6 {attribute}"])).outcomes[-1]
    assert outcome.result.verdict == "no effect"
    assert "refuses" in outcome.result.notes[0].text


@pytest.mark.parametrize("line", ["getAttribute 6 512", "getAttribute 6 134 F", "getKeyInfo -k 6"])
def test_what_an_admin_does_not_see_is_left_to_a_person(line: str) -> None:
    outcome = translate(dialogue("cmu", ["loginHSM CO admin adminpw1", line])).outcomes[-1]
    assert outcome.remains
    assert "an admin sees only label and reference" in outcome.result.instead
    assert becomes("cmu", "loginHSM CU alice password1", line).startswith("key list")


def test_an_admin_reads_a_label() -> None:
    assert becomes("cmu", "loginHSM CO admin adminpw1", "getAttribute 6 3").startswith("key list")


@pytest.mark.parametrize(
    ("line", "said"),
    [("changePswd CO kate adminpw2", "--deregister-mfa"), ("changePswd CO kate adminpw2 -2fa F", "--change-quorum")],
)
def test_a_new_password_of_an_officer_says_what_becomes_of_the_keys(line: str, said: str) -> None:
    notes = translate(dialogue("cmu", [line])).outcomes[-1].result.notes
    assert any(said in note.text and note.item == 22 for note in notes)
    notes = translate(dialogue("cmu", ["changePswd CU alice password2"])).outcomes[-1].result.notes
    assert not any(said in note.text for note in notes)


def test_names_that_the_new_tool_takes_otherwise() -> None:
    lines = "loginHSM CO admin adminpw1\ncreateUser CU SvcApp password1\ncreateUser CU svc-app password1\n"
    outcomes = translate(script(lines, "list.txt")).outcomes
    assert any("makes it svcapp" in note.text for note in outcomes[1].result.notes)
    assert outcomes[2].remains
