"""Pages: Markdown with a transcript in it, read, replayed and brought up to date without touching the prose."""

from pathlib import Path

import pytest

from cloudhsm_sim.commands.transcript import simulator
from shared.transcript import actions
from shared.transcript.golden import load, save
from shared.transcript.header import GoldenError

PAGE = """<!-- transcript
# source: nobody
# status: choice
# file greeting.txt: hello
-->
# A greeting

First $ prose, then a file:

```transcript
$ cat greeting.txt
hello
? 0
```

    $ no transcript

```
$ nor this
```

```transcript
$ true
? 0
$ false
? 1
```
The end.
"""


def page(folder: Path, text: str = PAGE) -> Path:
    path = folder / "greeting.md"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("? 0\n```\n\n    $", "```\n\n    $", 12, "a transcript in a page ends with '? status'"),
        ("? 1\n```\n", "? 1\n", 27, "no '```' at the end of the last transcript"),
        ("# status: choice\n", "", 9, "no '# status:' line"),
        ("# status", "# statsu", 3, "unknown key 'statsu'"),
        ("$ cat", "$ cat '", 11, "No closing quotation"),
    ],
)
def test_malformed_pages(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in PAGE
    with pytest.raises(GoldenError) as caught:
        load(page(tmp_path, PAGE.replace(old, new, 1)))
    assert caught.value.line == line
    assert message in str(caught.value)


def test_a_document_without_transcript_cannot_be_checked(tmp_path: Path) -> None:
    status, lines = actions.check(page(tmp_path, "# Nothing\n"), simulator())
    assert (status, lines) == (2, [f"{tmp_path}/greeting.md: line 1: no '$ command' line"])


def test_the_blocks_are_the_sections_at_their_lines_in_the_page(tmp_path: Path) -> None:
    golden = load(page(tmp_path))
    lines = PAGE.split("\n")
    assert [section.command for section in golden.sections] == ["cat greeting.txt", "true", "false"]
    assert [lines[section.number - 1] for section in golden.sections] == ["$ cat greeting.txt", "$ true", "$ false"]
    assert golden.header.files == (("greeting.txt", b"hello\n"),)


@pytest.mark.parametrize("text", [PAGE, PAGE.removesuffix("The end.\n"), PAGE + "\n\n"])
def test_saving_is_the_inverse_of_loading(tmp_path: Path, text: str) -> None:
    path = page(tmp_path, text)
    save(load(path), path)
    assert path.read_text() == text


def test_a_page_is_checked_and_updated(tmp_path: Path) -> None:
    path = page(tmp_path, PAGE.replace("\nhello\n", "\ngood bye\n"))
    status, lines = actions.check(path, simulator())
    assert status == 1
    assert {"@ line 12", "- good bye", "+ hello"} <= set(lines)
    assert actions.update(path, simulator()) == (0, [f"{path}: updated"])
    assert path.read_text() == PAGE
    assert actions.check(path, simulator()) == (0, [f"{path} (pty): ok"])
