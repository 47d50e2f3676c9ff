"""The plain terminal: how lines end, what survives, and that nobody sees a password."""

import os
import pty
import re
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from itertools import pairwise

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_support import ROOT

from shared.console import Console


class Script:
    """A script on the other side of two pipes."""

    def __init__(self) -> None:
        source, self.input = os.pipe()
        self.output, sink = os.pipe()
        self.console = Console(source, sink)
        self._ends = [source, sink]

    def send(self, data: bytes, *, end: bool = False) -> None:
        """Send bytes, and close the input if it is to end."""
        os.write(self.input, data)
        if end:
            self.end()

    def end(self) -> None:
        """End the input."""
        os.close(self.input)
        self.input = -1

    def received(self) -> bytes:
        """Return what one read gives."""
        return os.read(self.output, 65536)

    def close(self) -> None:
        """Close all that is open."""
        for descriptor in (*self._ends, self.input, self.output):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    script.close()


def lines(console: Console) -> list[str]:
    found = []
    while (line := console.read_line()) is not None:
        found.append(line)
    return found


# Lines


def test_without_input_there_is_no_line(script: Script) -> None:
    script.end()
    assert script.console.read_line() is None
    assert script.console.read_line() is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\n", [""]),
        (b"\r", [""]),
        (b"\r\n", [""]),
        (b"\n\r", ["", ""]),
        (b"\r\r", ["", ""]),
        (b"\r\r\n", ["", ""]),
        (b"\n\n", ["", ""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\r", ["a"]),
        (b"a\r\nb", ["a", "b"]),
        (b"a\rb\nc\r\nd\r\n\r\ne", ["a", "b", "c", "d", "", "e"]),
        (b" a\tb \n", [" a\tb "]),
        (b"a\0b\n", ["a\0b"]),
    ],
)
def test_cr_lf_and_both_together_end_a_line(script: Script, data: bytes, expected: list[str]) -> None:
    script.send(data, end=True)
    assert lines(script.console) == expected


@given(
    data=st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\xc3", b"\xa9", b"bc"])).map(b"".join),
    cuts=st.lists(st.integers(0, 30)),
)
def test_it_does_not_matter_how_reads_cut_the_input(data: bytes, cuts: list[int]) -> None:
    expected = re.split(rb"\r\n|\r|\n", data)
    if expected[-1] == b"":
        expected.pop()
    borders = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(borders)]
    source, feed = os.pipe()
    console = Console(source)
    found: list[bytes] = []
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "read", lambda *_: chunks.pop(0) if chunks else b"")
            patch.setattr(console, "flush", lambda: None)
            found = [line.encode("utf-8", "surrogateescape") for line in lines(console)]
    finally:
        os.close(source)
        os.close(feed)
    assert found == expected


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_script_gets_its_answer_before_it_sends_more(script: Script, end: bytes) -> None:
    """A CR ends the line at once, though an LF might follow."""
    script.send(b"findKey" + end)
    found: list[str | None] = []
    reader = threading.Thread(target=lambda: found.append(script.console.read_line()), daemon=True)
    reader.start()
    reader.join(10)
    assert found == ["findKey"]
    script.send(b"quit" + end, end=True)
    assert lines(script.console) == ["quit"]


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x80", b"a\xc3", "é€\N{SNOWMAN}".encode(), bytes(set(range(256)) - {10, 13})]
)
def test_any_bytes_come_back_as_they_were(script: Script, data: bytes) -> None:
    script.send(data + b"\n" + data, end=True)
    for _ in range(2):
        line = script.console.read_line()
        assert line is not None
        script.console.write(line)
        script.console.flush()
        assert script.received() == data


def test_utf8_is_text(script: Script) -> None:
    script.send("é€\n".encode())
    assert script.console.read_line() == "é€"


def test_what_was_typed_ahead_can_be_forgotten(script: Script) -> None:
    script.send(b"one\r\ntwo\r\nthr")
    assert script.console.read_line() == "one"
    script.console.drop_input()
    script.send(b"\nfour\n")
    assert [script.console.read_line() for _ in range(2)] == ["", "four"]


# Blocks


def test_a_block_leaves_in_one_write_with_the_prompt_behind_it(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda sink, data: written.append(bytes(data)) or write(sink, data))
    script.console.write("\n\tone\n")
    script.console.write("two é\n")
    assert written == []
    write(script.input, b"next\n")
    assert script.console.read_line("Command:  ") == "next"
    assert written == ["\n\tone\ntwo é\nCommand:  ".encode()]
    script.console.flush()
    assert len(written) == 1


def test_a_block_larger_than_the_pipe_arrives_whole(script: Script) -> None:
    text = "0123456789abcdef" * 20_000
    received = bytearray()

    def read() -> None:
        while len(received) < len(text):
            received.extend(script.received())

    reader = threading.Thread(target=read)
    reader.start()
    script.console.write(text)
    script.console.flush()
    reader.join()
    assert received.decode() == text


def test_a_closed_pipe_ends_the_tool(script: Script) -> None:
    os.close(script.output)
    script.output = -1
    script.console.write("text")
    with pytest.raises(SystemExit) as caught:
        script.console.flush()
    assert caught.value.code == 1
    script.console.flush()


def test_a_terminal_that_is_gone_ends_the_tool() -> None:
    master, slave = pty.openpty()
    console = Console(slave, slave)
    os.close(master)
    assert console.interactive
    assert console.read_line() is None
    console.write("text")
    with pytest.raises(SystemExit) as caught:
        console.flush()
    assert caught.value.code == 1
    os.close(slave)


def test_a_full_disk_is_no_closed_pipe(script: Script) -> None:
    sink = os.open("/dev/full", os.O_WRONLY)
    console = Console(script.console.source, sink)
    console.write("text")
    with pytest.raises(OSError, match="No space left"):
        console.flush()
    os.close(sink)


def test_a_program_whose_reader_goes_prints_no_traceback() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom shared.console import Console\nc = Console()\n"
    code += "while True:\n c.write('y' * 9999)\n c.flush()\n"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.read(3) == b"yyy"
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 1


# Passwords

PROGRAM = """
import sys, termios
sys.path.insert(0, {root!r})
from shared.console import Console
console = Console()
console.write("hello\\n")
def echo():
    return bool(termios.tcgetattr(0)[3] & termios.ECHO)
{wait}
try:
    console.write("got %r\\n" % console.read_hidden("Enter password: "))
except KeyboardInterrupt:
    console.write("interrupted\\n")
console.write("echo %s\\n" % echo())
console.write("then %r\\n" % console.read_line("next: "))
console.flush()
"""


def start(wait: str = "") -> pexpect.spawn:
    program = PROGRAM.format(root=str(ROOT), wait=wait)
    child = pexpect.spawn(sys.executable, ["-c", program], encoding="utf-8", timeout=20)
    # pexpect waits before it sends, to hide that programs turn the echo off too late.
    child.delaybeforesend = None
    return child


def test_from_a_pipe_a_password_is_the_next_line(script: Script) -> None:
    script.send(b"secret\nnext\n", end=True)
    assert not script.console.interactive
    assert script.console.read_hidden("Enter password: ") == "secret"
    assert script.console.read_line() == "next"
    assert script.received() == b"Enter password: \n"
    assert script.console.read_hidden("again: ") is None


def test_the_echo_is_off_before_the_prompt_is_out() -> None:
    child = start()
    child.expect_exact("Enter password: ")
    assert not child.getecho()
    child.send("sécret 1\r")
    child.expect_exact("next: ")
    assert child.before == "\r\ngot 'sécret 1'\r\necho True\r\n"
    assert child.getecho()
    child.send("line\r")
    child.expect(pexpect.EOF)
    assert child.before == "line\r\nthen 'line'\r\n"


def test_what_was_typed_ahead_of_the_prompt_is_not_lost() -> None:
    child = start(wait="console.flush(); import select; select.select([0], [], [])")
    child.expect_exact("hello")
    child.send("secret\rnext line\r")
    child.expect_exact("got 'secret'")
    child.expect_exact("then 'next line'")
    child.expect(pexpect.EOF)


@pytest.mark.parametrize(("key", "answer"), [("\x04", "got None"), ("\x03", "interrupted")], ids=["eof", "interrupt"])
def test_the_echo_comes_back_after_the_end_of_input_and_an_interrupt(key: str, answer: str) -> None:
    child = start()
    child.expect_exact("Enter password: ")
    child.send(key)
    if child.expect_exact([answer, pexpect.TIMEOUT], timeout=5):
        # Python may see an interrupt a moment before it begins to wait, and then waits all the same.
        child.send(key)
        child.expect_exact(answer)
    child.expect_exact("echo True")
    child.expect_exact("next: ")
    assert child.getecho()
    child.send("line\r")
    child.expect_exact("then 'line'")
    child.expect(pexpect.EOF)


def test_a_terminal_that_had_no_echo_keeps_it_off() -> None:
    child = start(wait="console.read_line('ready')")
    child.expect_exact("ready")
    child.setecho(False)
    child.send("\r")
    child.expect_exact("Enter password: ")
    child.send("secret\r")
    child.expect_exact("echo False")
    child.close()


def test_a_raw_terminal_ends_lines_with_cr() -> None:
    """Some programs of the expect kind turn the translation of CR off."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    read, write = os.pipe()
    console = Console(slave, write)
    os.write(master, b"one\r")
    assert console.read_line() == "one"
    os.write(master, b"two\r\nthree\n")
    assert [console.read_line() for _ in range(2)] == ["two", "three"]
    for descriptor in (master, slave, read, write):
        os.close(descriptor)
