"""configure-cli where its arguments or the file that it changes are no good."""

from pathlib import Path

import pytest

from cloudhsm_cli.configure import main
from shared.installation import Installation

SERVER = '{"hostname": "10.0.0.1", "port": 2223, "enable": true}'


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("-a", ""), "-a <HSM_IP>..."),
        (("-a", "10.0.0.1", ""), "-a <HSM_IP>..."),
        (("--cluster-id", ""), "--cluster-id <CLUSTER_ID>"),
        (("--hsm-ca-cert", ""), "--hsm-ca-cert <HSM_CA_CERT>"),
        (("--log-file", ""), "--log-file <LOG_FILE>"),
        (("add-cluster", "--cluster-id="), "--cluster-id <CLUSTER_ID>"),
        (("add-cluster", "--cluster-id", "c", "--hsm-ca-cert="), "--hsm-ca-cert <HSM_CA_CERT>"),
    ],
)
def test_an_empty_value_is_none(
    installation: Installation, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], option: str
) -> None:
    before = Path(installation.cli_cfg).read_bytes()
    assert main(list(words)) == 2
    text = f"error: a value is required for '{option}' but none was supplied\n"
    assert capsys.readouterr().err.startswith(text)
    assert Path(installation.cli_cfg).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words", "fault"),
    [
        (
            f'{{"clusters": [{{"cluster": {{"servers": [{SERVER}]}}}}], "logging": 3}}',
            ("--log-level", "warn"),
            "logging is no object",
        ),
        (
            f'{{"clusters": [{{"cluster": {{"servers": [{SERVER}], "options": []}}}}]}}',
            ("--enable-key-availability-check",),
            "clusters[0].cluster.options is no object",
        ),
        ('{"clusters": [{"cluster": 1}]}', ("remove-cluster", "--cluster-id", "c"), "clusters[0].cluster is no object"),
        ('{"clusters": []}', ("-a", "10.0.0.1"), "clusters is empty"),
    ],
)
def test_a_file_that_cannot_be_changed_is_told(
    installation: Installation, capsys: pytest.CaptureFixture[str], content: str, words: tuple[str, ...], fault: str
) -> None:
    cfg = Path(installation.cli_cfg)
    cfg.write_text(content)
    assert main(list(words)) == 1
    text = f"configure-cli: malformed configuration file {cfg}: {fault}\n"
    assert capsys.readouterr().err == text
    assert cfg.read_text() == content


def test_help_about_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "help"]) == 0
    assert "\nUsage: configure-cli help [COMMAND]...\n" in capsys.readouterr().out
