"""Interactive mode of the CloudHSM CLI on a terminal and through a pipe; what stays secret there."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from cloudhsm_cli import table
from shared.installation import Installation

PROMPT = "aws-cloudhsm > "
LOGIN = "login --username admin --role admin"


@contextmanager
def terminal(place: Installation, *words: str) -> Iterator["pexpect.spawn[str]"]:
    child = pexpect.spawn(
        f"{place.bin_dir}/cloudhsm-cli",
        ["interactive", *words],
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 200),
        env={**os.environ, "TERM": "dumb", "CLOUDHSM_SIM_HOME": place.prefix},
    )
    child.delaybeforesend = None
    try:
        yield child
    finally:
        child.close(force=True)


def piped(place: Installation, text: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [f"{place.bin_dir}/cloudhsm-cli", "interactive"]
    environment = {**os.environ, "CLOUDHSM_SIM_HOME": place.prefix, **env}
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)


def test_a_session_with_a_continued_line_a_hidden_password_and_an_interrupt(cluster2: Installation) -> None:
    with terminal(cluster2) as child:
        child.expect_exact(PROMPT)
        child.sendline("login \\")
        child.sendline("--username admin \\")
        child.sendline("--role admin")
        child.expect_exact("Enter password:")
        child.sendline("adminpw1")
        child.expect_exact(PROMPT)
        assert '"username": "admin"' in child.before
        assert "adminpw1" not in child.before
        child.send("user list --unfinished")
        child.sendintr()
        child.expect_exact(PROMPT)
        child.sendline("user create --username bob --role crypto-user \\")
        child.sendintr()
        child.expect_exact(PROMPT)
        child.sendline("quorum token-sign list")
        child.expect_exact(PROMPT)
        assert json.loads(child.before[child.before.index("{\r\n") :]) == {"error_code": 0, "data": {"tokens": []}}
        child.sendline("quit")
        child.expect(pexpect.EOF)
        assert child.before == "quit\r\n"
        child.close()
        assert child.exitstatus == 0


def test_an_interrupt_at_a_password_leads_back_to_the_prompt_with_the_echo_on(cluster2: Installation) -> None:
    with terminal(cluster2) as child:
        child.expect_exact(PROMPT)
        child.sendline(LOGIN)
        child.expect_exact("Enter password:")
        child.waitnoecho()
        child.sendintr()
        child.expect_exact(PROMPT)
        assert child.getecho()


def test_what_is_typed_ahead_is_kept_and_no_escape_code_is_sent(cluster2: Installation) -> None:
    with terminal(cluster2) as child:
        child.send(f"{LOGIN} --password adminpw1\ruser list\nquit\n")
        child.expect(pexpect.EOF)
        assert "\x1b" not in child.before
        assert child.before.count('"error_code": 0') == 2


def test_editing_prints_the_same_answers(cluster2: Installation) -> None:
    with terminal(cluster2, "--editing") as child:
        child.expect_exact(PROMPT)
        child.sendline("quorum token-sign list-quorum-values")
        child.expect_exact(
            '{\r\n  "error_code": 0,\r\n  "data": {\r\n    "user": 1,\r\n    "quorum": 1\r\n  }\r\n}\r\n'
        )
        child.expect_exact(PROMPT)
        child.sendline("quit")
        child.expect(pexpect.EOF)


def test_a_heredoc(cluster2: Installation) -> None:
    done = piped(cluster2, f"{LOGIN} --password adminpw1\nuser create --username a-b --role admin\n\nlogout\nquit\n")
    assert (done.returncode, done.stderr) == (0, "")
    answers = json.loads("[" + done.stdout.replace("}\n{", "},{") + "]")
    assert [answer["error_code"] for answer in answers] == [0, 1, 0]


def test_quit_takes_no_words(cluster2: Installation) -> None:
    done = piped(cluster2, "quit now\nquit --help\nlogout\nquit\nlogout\n")
    assert done.stderr.startswith("error: unexpected argument 'now' found\n\nUsage: quit\n")
    assert "\nUsage: quit\n" in done.stdout
    assert done.stdout.count("error_code") == 1


def test_odd_passwords_mean_nothing_to_the_shell(cluster2: Installation) -> None:
    odd = "p|a>s;s!#$(x)@?'\\"
    env = {"CLOUDHSM_ROLE": "admin", "CLOUDHSM_PIN": "admin:adminpw1", "CLOUDHSM_SIM_HOME": cluster2.prefix}
    tool = f"{cluster2.bin_dir}/cloudhsm-cli"
    words = [tool, "user", "create", "--username", "odd", "--role", "admin", "--password", odd]
    subprocess.run(words, env={**os.environ, **env}, check=True, capture_output=True)
    done = piped(cluster2, f"login --username odd --role admin\n{odd}\nquorum token-sign list\n")
    assert done.stdout.count('"error_code": 0') == 2


def test_no_password_is_kept_or_logged(cluster2: Installation) -> None:
    script = (
        f"{LOGIN} --password adminpw1\n"
        "user create --username bob --role crypto-user\nsecretpw9\nsecretpw9\n"
        "user create --username eve --role crypto-user --password secretpw8\n"
        "user create --username eve --role crypto-user --password secretpw8\n"
        "login --username bob --role crypto-user --password secretpw7\n"
    )
    done = piped(cluster2, script)
    kept = [path.read_bytes() for path in Path(cluster2.prefix).rglob("*") if path.is_file()]
    assert any(b"user create: success" in content for content in kept)
    for secret in ("adminpw1", "secretpw9", "secretpw8", "secretpw7"):
        assert secret not in done.stdout + done.stderr
        assert not [content for content in kept if secret.encode() in content]
    logs = list(Path(cluster2.run_dir).glob("cloudhsm-cli.log.*"))
    assert [oct(path.stat().st_mode & 0o777) for path in logs] == ["0o600"]


def test_a_log_that_cannot_be_written_goes_to_the_terminal(cluster2: Installation) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace("run/cloudhsm-cli.log", "nowhere/cloudhsm-cli.log"))
    done = piped(cluster2, "user list\nlogout\n")
    lines = done.stdout.splitlines()
    assert lines[0].endswith(" INFO  [cloudhsm_cli] user list: success")
    assert lines[1] == "{"
    assert done.stderr.rstrip().endswith("[cloudhsm_cli] logout: User must be logged in to perform this operation")


def test_a_command_has_in_the_log_the_name_that_is_typed(cluster2: Installation) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"file"', '"term"'))
    done = piped(cluster2, "key generate-symmetric aes --label x --key-length-bytes 16\n")
    assert "[cloudhsm_cli] key generate-symmetric aes: User must be logged in" in done.stderr


@pytest.mark.parametrize("level", ["error", "warn", "info"])
def test_the_level_of_the_log(cluster2: Installation, level: str) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"file"', '"term"').replace('"info"', f'"{level}"'))
    done = piped(cluster2, "user list\nlogout\n")
    assert ("user list: success" in done.stdout) == (level == "info")
    assert "logout: User must" in done.stderr


@pytest.mark.parametrize("away", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("words", "status"),
    [("cloudhsm-cli bla", 2), ("cloudhsm-cli interactive bla", 2), ("configure-cli --bla", 2), ("configure-cli", 2)],
)
def test_the_status_of_wrong_usage_does_not_depend_on_standard_error(
    cluster2: Installation, words: str, status: int, away: str
) -> None:
    environment = {**os.environ, "CLOUDHSM_SIM_HOME": cluster2.prefix}
    command = ["sh", "-c", f"exec {cluster2.bin_dir}/{words} {away}"]
    assert subprocess.run(command, capture_output=True, env=environment, check=False).returncode == status


def test_a_log_on_a_standard_error_that_is_gone_loses_no_answer(cluster2: Installation) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"file"', '"term"'))
    environment = {**os.environ, "CLOUDHSM_SIM_HOME": cluster2.prefix}
    command = ["sh", "-c", f"exec {cluster2.bin_dir}/cloudhsm-cli logout 2>&-"]
    found = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (found.returncode, json.loads(found.stdout)["error_code"]) == (1, 1)


def test_a_launcher_without_its_installation(tmp_path: Path, cluster2: Installation) -> None:
    environment = {**os.environ, "CLOUDHSM_SIM_HOME": str(tmp_path / "nothing")}
    command = [f"{cluster2.bin_dir}/cloudhsm-cli", "user", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("cloudhsm-cli: no installation at ")


def test_random_lines_change_nothing_and_are_all_answered(cluster2: Installation, tmp_path: Path) -> None:
    """Nobody is logged in; the lines are the same in every run."""
    pick = random.Random(5)  # noqa: S311 - not a secret
    names = [name for name in table.TABLE if not table.is_group(name)]
    syntaxes = {name: table.load(name).SYNTAX for name in names}
    values = ("admin", "alice", "crypto-user", "user", "0", "9", "x=y", "-", "''", '"a b"', "\\\\", "é", "t" * 200)
    lines = []
    for _ in range(400):
        name = pick.choice(names)
        words = name.split()
        flags = [option.flag for option in syntaxes[name].options] + ["--wrong", "-h", "-z", "--", "help"]
        for _ in range(pick.randrange(6)):
            words += [pick.choice(flags), *pick.choices(values, k=pick.randrange(3))]
        lines.append(" ".join(words[: pick.randrange(1, len(words) + 1)]))
    script = tmp_path / "lines"
    # A question takes the line that follows, so that the last line may be an answer; three empty ones are enough.
    script.write_text("\n".join([*lines, "", "", "", "quorum token-sign list-quorum-values"]))
    before = piped(cluster2, "user list\n").stdout
    with script.open() as source:
        done = subprocess.run(
            [f"{cluster2.bin_dir}/cloudhsm-cli", "interactive"],
            stdin=source,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "CLOUDHSM_SIM_HOME": cluster2.prefix},
            check=False,
            timeout=120,
        )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert done.stdout.endswith(json.dumps({"error_code": 0, "data": {"user": 1, "quorum": 1}}, indent=2) + "\n")
    assert piped(cluster2, "user list\n").stdout.replace('"inconsistent"', '"false"') == before
