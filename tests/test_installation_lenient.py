"""The reader of configuration files: all of JSON, trailing commas, and never an error of another kind."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.installation import InstallationError, cfg, templates
from shared.installation.files import read_json
from shared.installation.lenient import loads

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
STOCK = cfg.render(templates.mgmt_cfg("/opt/cloudhsm")).decode()
STOCK_CLIENT = cfg.render(templates.client_cfg("/opt/cloudhsm", "3.x")).decode()


@given(VALUES, st.sampled_from([None, 1, 4, "\t"]), st.booleans())
def test_reads_every_json_text(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = loads(f" {text}\r\n")
    assert found == value
    assert json.dumps(found) == json.dumps(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2 ,\n],\n}', {"a": [1, 2]}),
        ('{"a": ",}",}', {"a": ",}"}),
        ('["\\",]", "\\\\",]', ['",]', "\\"]),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("-1.5e3", -1500.0),
        ("{}", {}),
    ],
)
def test_reads(text: str, value: Any) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a value"),
        ('{"a": 1', 'line 1: expected "," or "}"'),
        ('{\n"a" 1}', 'line 2: expected ":"'),
        ('{\n\n"a": }', "line 3: expected a value"),
        ("[1 2]", 'line 1: expected "," or "]"'),
        ("[,]", "line 1: expected a value"),
        ("[1,,]", "line 1: expected a value"),
        ("{,}", 'line 1: expected a name in double quotes or "}"'),
        ("{} {}", "line 1: expected the end of the file"),
        ('["a\nb"]', "line 1: a text in double quotes has no end"),
        ('["a\\"]', "line 1: a text in double quotes has no end"),
        ('["\\x"]', "line 1: a text holds an unknown escape"),
        ("[1-2]", "line 1: expected a value"),
        ("1e999", "line 1: a number is out of range"),
        ("9" * 5000, "line 1: a number is out of range"),
        ("[" * 5000, "line 1: nested too deeply"),
        ("NaN", "line 1: expected a value"),
    ],
)
def test_refuses_with_one_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^line") as caught:
        loads(text)
    assert str(caught.value) == message


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([STOCK, STOCK_CLIENT]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        piece = draw(st.text(max_size=3) | st.sampled_from(list('{}[]",:\\-1')) | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[end:]
    return text


@given(mutated())
def test_a_damaged_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("cfg") / "damaged.cfg"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for reader in (cfg.read_servers, cfg.read_client):
        try:
            reader(str(path))
        except InstallationError as error:
            assert str(path) in str(error)  # noqa: PT017 - either outcome is right
            assert "\n" not in str(error)  # noqa: PT017 - same


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("cfg") / "random.cfg"
    path.write_bytes(content)
    try:
        read_json(str(path))
    except InstallationError as error:
        assert str(error).startswith(f"malformed configuration file {path}: ")  # noqa: PT017 - either is right


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "windows.cfg"
    path.write_bytes(b"\xef\xbb\xbf{}\r\n")
    assert read_json(str(path)) == {}


@pytest.mark.parametrize("path", ["missing", ".", "/dev/zero", "nul\0byte"])
def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InstallationError, match=r"^cannot read "):
        read_json(path)
