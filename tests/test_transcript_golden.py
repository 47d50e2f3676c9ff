"""Golden files: what is refused, what is understood, and that rendering is the inverse of parsing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.transcript.golden import Golden, Line, Section, load, parse, render, save
from shared.transcript.header import GoldenError, parse_header

HEAD = "# status: guide\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "no '$ command' line"),
        (HEAD, 1, "no '$ command' line"),
        ("$ true\n", 1, "no '# status:' line"),
        ("# source: somewhere\n$ true\n", 1, "no '# status:' line"),
        (
            "# status: documented\n$ true\n",
            1,
            "status must be one of session, guide, source, inferred, choice",
        ),
        (HEAD + "# status: session\n$ true\n", 2, "status is given twice"),
        (HEAD + "# profile: 2.x\n$ true\n", 2, "profile must be one of 3.x, 1.x"),
        (HEAD + "# setpu: cluster create demo\n$ true\n", 2, "unknown key 'setpu', did you mean 'setup'?"),
        (HEAD + "# setup: cluster create 'demo\n$ true\n", 2, "setup: No closing quotation"),
        (HEAD + "# setup: cloudhsm-sim\n$ true\n", 2, "setup names no command"),
        (HEAD + "# env: 1=2\n$ true\n", 2, "env needs NAME=VALUE"),
        (HEAD + "# env: NAME\n$ true\n", 2, "env needs NAME=VALUE"),
        (HEAD + "# pipe: perhaps\n$ true\n", 2, "pipe must be one of yes, no"),
        (HEAD + "# timeout: long\n$ true\n", 2, "timeout needs a number of seconds"),
        (HEAD + "# timeout: -1\n$ true\n", 2, "timeout needs a number of seconds"),
        (HEAD + "# file ../f: x\n$ true\n", 2, "'../f' is neither in the working directory nor"),
        (HEAD + "# file /etc/f: x\n$ true\n", 2, "'/etc/f' is neither in the working directory nor"),
        (HEAD + "# bytes f: 0\n$ true\n", 2, "'0' is not hexadecimal"),
        (HEAD + "output\n$ true\n", 2, "expected '# key: value' or '$ command'"),
        (HEAD + "$ \n", 2, "'$' without a command"),
        (HEAD + "$ cat 'f\n", 2, "No closing quotation in the command"),
        (HEAD + "$ true\n? 0\n\nmore\n", 5, "output behind '? 0', which ends its section"),
    ],
)
def test_a_malformed_file_is_refused_with_the_line_at_fault(text: str, line: int, message: str) -> None:
    with pytest.raises(GoldenError) as caught:
        parse(text)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_the_header_says_what_the_transcript_needs() -> None:
    header = parse_header(
        [
            "# source: AWS CloudHSM user guide, genSymKey",
            "# status: guide",
            "# profile: 1.x",
            "# setup: cloudhsm-sim cluster create demo --user 'CU:a b:pw'",
            "# setup: cluster show",
            "# file dir/in.txt: two ",
            "# file dir/in.txt:",
            "# bytes key.bin: 00ff 0a*3",
            "# bytes key.bin: 01",
            "# bytes empty:",
            "# env: CLOUDHSM_SIM_CLOCK=2020-01-01T00:00:00=Z",
            "# pipe: yes",
            "# timeout: 12.5",
            "# note: seen twice",
            "# any other line, with a colon: here",
            "#",
            "",
        ]
    )
    assert header.source == "AWS CloudHSM user guide, genSymKey"
    assert (header.status, header.profile) == ("guide", "1.x")
    assert header.setup == (
        ("cluster", "create", "demo", "--user", "CU:a b:pw"),
        ("cluster", "show"),
    )
    assert dict(header.files) == {
        "dir/in.txt": b"two \n\n",
        "key.bin": b"\x00\xff\x0a\x0a\x0a\x01",
        "empty": b"",
    }
    assert header.env == (("CLOUDHSM_SIM_CLOCK", "2020-01-01T00:00:00=Z"),)
    assert (header.pipe, header.typeahead, header.timeout) == (True, False, 12.5)


def test_sections_statuses_and_remarks() -> None:
    golden = parse(HEAD + "$ key_mgmt_util\n\nCommand:  exit\n? 0\n\n# and then\n$ cat f\n\tline \n")
    assert golden.sections == (
        Section("key_mgmt_util", 2, ("", "Command:  exit"), 0, ("", "# and then")),
        Section("cat f", 8, ("\tline ",)),
    )


def test_a_section_left_at_a_prompt_ends_its_input_there() -> None:
    section = parse(HEAD + "$ cmu\naws-cloudhsm>info\naws-cloudhsm>\n").sections[0]
    assert section.expected() == [Line("aws-cloudhsm>info", 3), Line("aws-cloudhsm>^D", 4)]


def test_bytes_that_are_no_utf8_and_bare_carriage_returns_survive(tmp_path) -> None:  # noqa: ANN001
    data = b"# status: choice\n$ cat f\n\xff\xfe one\rtwo\x0b\x0c\xc2\x85\n"
    path = tmp_path / "x.golden"
    path.write_bytes(data)
    golden = load(path)
    assert len(golden.sections[0].lines) == 1
    save(golden, path)
    assert path.read_bytes() == data


_TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)
_OUTPUT = _TEXT.filter(lambda line: not line.startswith(("$ ", "? ")))
_WORD = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=8)
_REMARK = st.one_of(st.just(""), _TEXT.map("#{}".format))


@st.composite
def _texts(draw: st.DrawFn) -> str:
    lines = ["# status: session", *draw(st.lists(_TEXT.map("# note: {}".format), max_size=3))]
    for _ in range(draw(st.integers(1, 4))):
        lines.append("$ " + " ".join(draw(st.lists(_WORD, min_size=1, max_size=3))))
        lines += draw(st.lists(_OUTPUT, max_size=6))
        if draw(st.booleans()):
            lines += [f"? {draw(st.integers(0, 255))}", *draw(st.lists(_REMARK, max_size=2))]
    return "\n".join(lines) + "\n"


@given(_texts())
def test_rendering_is_the_inverse_of_parsing(text: str) -> None:
    golden: Golden = parse(text)
    assert render(golden) == text
    assert parse(render(golden)) == golden
