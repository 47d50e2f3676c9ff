"""The approval file of approveToken: its format, and what is said about one that cannot be used."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cluster.approvals import MAX_APPROVALS, ApprovalFileError, read_approvals
from shared.hsm.approvals import MAX_PER_FILE, TOKEN_BYTES, Signed

TOKENS = b"t" * (2 * TOKEN_BYTES)
HEAD = "Multi Token File Path = t;\nToken File Path = ;\nNumber of Approvals = {};\n"
APPROVER = "Approver Type = {};\nApprover Name = {};\nApproval File = {};\n"
GOOD = HEAD.format(1) + APPROVER.format(2, "officer1", "s")
# As the guide prints it.
GUIDE = """\
# For "Multi Token File Path", type the path to the file that contains
# the token. You can type the same value for "Token File Path", but
# that's not required. The "Token File Path" line is required in any
# case, regardless of whether you type a value.
Multi Token File Path = t;
Token File Path = ;

# Total number of approvals
Number of Approvals = 2;

# Approver 1
Approver Type = 2; # 2 for CO, 1 for CU
Approver Name = officer1;
Approval File = s;

# Approver 2
Approver Type = 2; # 2 for CO, 1 for CU
Approver Name = officer2;
Approval File = s;
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t").write_bytes(TOKENS)
    (tmp_path / "s").write_bytes(b"s" * 256)
    (tmp_path / "short").write_bytes(b"s" * 255)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "odd").write_bytes(TOKENS + b"t")
    (tmp_path / "many").write_bytes(b"t" * ((MAX_PER_FILE + 1) * TOKEN_BYTES))
    return tmp_path


def read(text: str | bytes) -> tuple[Signed, ...]:
    Path("a").write_bytes(text if isinstance(text, bytes) else text.encode())
    approvals = read_approvals("a", "approveToken")
    assert approvals.tokens == TOKENS
    return approvals.signed


def fault(text: str | bytes) -> str:
    with pytest.raises(ApprovalFileError) as caught:
        read(text)
    return str(caught.value)


OFFICER = Signed("CO", "officer1", b"s" * 256)


def test_the_guide_s_example() -> None:
    assert read(GUIDE) == (OFFICER, OFFICER._replace(name="officer2"))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(";", ""),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace(" = ", ":"),
        GOOD.replace(" = ", " : = \t"),
        GOOD.replace(" = ", " "),
        GOOD.replace("= 2;", "= 0x2;").replace("= 1;", "= 0X01;"),
        GOOD.replace("= 2;", "= 2 # CO"),
        GOOD.replace("Path = ;", "Path = t;"),
        GOOD.replace("\nApp", "\n# a remark\n\n  \t App"),
        GOOD.rstrip(),
        GOOD + APPROVER.format(1, "more", "none"),
        GOOD + "Number of Approvals = 20;\nMulti Token File Path = none;\n",
        "\n".join(reversed(HEAD.format(1).splitlines())) + "\n" + APPROVER.format(2, "officer1", "s"),
    ],
)
def test_forms_that_are_read_alike(text: str) -> None:
    assert read(text) == (OFFICER,)


def test_there_is_no_such_file() -> None:
    with pytest.raises(ApprovalFileError) as caught:
        read_approvals("none", "approveToken")
    assert str(caught.value) == "Failed to open file: none\n"
    with pytest.raises(ApprovalFileError):
        read_approvals("nul\0", "approveToken")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Path = t;", "Path = none;", "failed to open none\n"),
        ("Path = t;", "Path = ;", "failed to open \n"),
        ("Multi Token File Path = t;\n", "", "failed to open \n"),
        ("Token File Path = ;", "Token File Path = none;", "failed to open none\n"),
        ("Token File Path = ;", "Token File Path = empty;", "failed to read token from empty\n"),
        ("Path = t;", "Path = odd;", f"approveToken(): Invalid Token Size: {2 * TOKEN_BYTES + 1}\n"),
        ("Path = t;", "Path = empty;", "failed to read 0 tokens from empty\n"),
        ("Path = t;", "Path = many;", " number of tokens in the file is more than 32\n"),
        ("Path = t;", f"Path = {'x' * 256};", "Field Multi Token File Path has incompatible value of size 256\n"),
        ("Approvals = 1;", "Approvals = 21;", " number of approvals in the file is more than 20\n"),
        ("Approvals = 1;", "Approvals = 2;", "Failed to read Approver Details\nCould only read 1/2 approvers info\n"),
        ("Approvals = 1;", "Approvals = 0;", "Failed to read Approver Details\nCould only read 0/0 approvers info\n"),
        ("Number of Approvals = 1;\n", "", "Failed to read Approver Details\nCould only read 0/0 approvers info\n"),
        ("Approvals = 1;", "Approvals = one;", "Field Number of Approvals has incompatible value of size 3\n"),
        ("Approver Name", "Name", "Failed to read Approver Details\nCould only read 0/1 approvers info\n"),
        ("Approval File = s;\n", "", "Failed to read Approver Details\nCould only read 0/1 approvers info\n"),
        ("Type = 2;", "Type = 3;", "Invalid User Type 3 for officer1\n"),
        ("Type = 2;", "Type = CO;", "Field Approver Type has incompatible value of size 2\n"),
        ("Name = officer1;", "Name = ;", "Field Approver Name has incompatible value of size 0\n"),
        ("Name = officer1;", f"Name = {'a' * 32};", "Field Approver Name has incompatible value of size 32\n"),
        ("Name = officer1;", "Name = a b;", "Field Approver Name has incompatible value of size 3\n"),
        ("File = s;", "File = none;", "failed to open none\n"),
        ("File = s;", "File = short;", "failed to read approval from short\n"),
        ("File = s;", "File = empty;", "failed to read approval from empty\n"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, message: str) -> None:
    assert old in GOOD
    assert fault(GOOD.replace(old, new, 1)) == message


def test_at_most_twenty() -> None:
    text = HEAD.format(MAX_APPROVALS) + APPROVER.format(2, "officer1", "s") * MAX_APPROVALS
    assert len(read(text)) == MAX_APPROVALS


def test_bytes_that_are_no_text() -> None:
    assert "has incompatible value" in fault(GOOD.encode().replace(b"officer1", b"\xff\xfe"))
    assert fault(b"\xff\0\n") == "failed to open \n"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_in_it(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = GOOD.encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        text = (
            text[:start] + data.draw(st.binary(max_size=20) | st.sampled_from([b"\n", b"=", b";", b"\0"])) + text[end:]
        )
    file = tmp_path_factory.getbasetemp() / "approvals"
    file.write_bytes(text)
    try:
        signed = read_approvals(str(file), "approveToken").signed
    except ApprovalFileError:
        return
    assert all(one.user_type in ("CU", "CO") and one.name.isascii() for one in signed)
