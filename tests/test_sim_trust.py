"""The fingerprint of the owner's certificate, from whatever a file may hold."""

from pathlib import Path

import pytest

from shared.installation import InstallationError
from shared.installation.trust import fingerprint

BEGIN = b"-----BEGIN CERTIFICATE-----"
END = b"-----END CERTIFICATE-----"
# The SEQUENCE of one INTEGER.
SMALL = b"MAMCAQE="


def written(folder: Path, content: bytes) -> str:
    path = folder / "ca.crt"
    path.write_bytes(content)
    return str(path)


def test_missing_file_is_left_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fingerprint(str(tmp_path / "none.crt"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30\x03\x02\x01\x01",
        BEGIN,
        BEGIN + b"\n" + SMALL,
        SMALL + b"\n" + END,
        BEGIN + b"\n" + END,
        BEGIN + b"\nMAMC!AQE=\n" + END,
        BEGIN + b"\nMAMCAQE\n" + END,
        BEGIN + b"\nMAQCAQE=\n" + END,
        BEGIN + b"\nBAMCAQE=\n" + END,
        BEGIN + b"\nMA==\n" + END,
        BEGIN + b"\nMIQ=\n" + END,
        BEGIN.replace(b"CERTIFICATE", b"PUBLIC KEY") + b"\n" + SMALL + b"\n" + END,
    ],
)
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InstallationError, match="no certificate in PEM form"):
        fingerprint(written(tmp_path, content))


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallationError):
        fingerprint(str(tmp_path))


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_texts_around_do_not_count(tmp_path: Path, newline: bytes) -> None:
    plain = fingerprint(written(tmp_path, newline.join([BEGIN, SMALL, END])))
    chatty = newline.join([b"subject=CN = owner", BEGIN, SMALL[:4], SMALL[4:], END, BEGIN, END])
    assert fingerprint(written(tmp_path, chatty)) == plain
    assert len(plain) == 64
