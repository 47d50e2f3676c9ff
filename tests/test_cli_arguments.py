"""The words of the CloudHSM CLI: what is read out of them, and clap's refusals of what cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudhsm_cli import output, usage
from cloudhsm_cli.arguments import HelpWanted, Option, Syntax, Wrong, read
from cloudhsm_cli.commandline import Reader, Told
from cloudhsm_cli.shell import split

SYNTAX = Syntax(
    Option("--label", "LABEL", "Label for the key", required=True),
    Option("--session", help="Make a session key"),
    Option("--attributes", "KEY_ATTRIBUTES", "Attributes", multiple=True),
    Option("--filter", "FILTER", "Conditions", multiple=True, least=1),
    Option("--value", "VALUE", "A number", numbers=range(9)),
    Option("--data-path", "DATA_PATH", "A file", group="data"),
    Option("--data", "DATA", "Base64", group="data"),
    Option("--verbose", help="Say more", short="-v"),
)
PLACE = usage.Place("key test", "Test", SYNTAX)
GOOD = ["--label", "x", "--data", "y"]
TEXT = st.text(max_size=8).filter(lambda text: not text.startswith("-") or text == "-")


def refusal(*words: str) -> str:
    with pytest.raises(Wrong) as caught:
        read(SYNTAX, words)
    return str(getattr(usage, caught.value.reason)(PLACE, *caught.value.details))


def first_line(*words: str) -> str:
    return refusal(*words).partition("\n")[0]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--label", "error: a value is required for '--label <LABEL>' but none was supplied"),
        ("--label --session", "error: a value is required for '--label <LABEL>' but none was supplied"),
        ("--label -x", "error: unexpected argument '-x' found"),
        ("--label a --label b", "error: the argument '--label <LABEL>' cannot be used multiple times"),
        ("--session=yes", "error: unexpected value 'yes' for '--session' found; no more were expected"),
        ("--filter", "error: a value is required for '--filter <FILTER>...' but none was supplied"),
        ("--value 9", "error: invalid value '9' for '--value <VALUE>': 9 is not in 0..=8"),
        ("--value 1e3", "error: invalid value '1e3' for '--value <VALUE>': invalid digit found in string"),
        ("--value=", "error: invalid value '' for '--value <VALUE>': cannot parse integer from empty string"),
        (
            f"--value {10**20}",
            f"error: invalid value '{10**20}' for '--value <VALUE>': number too large to fit in target type",
        ),
        (
            f"--value {1 << 63}",
            f"error: invalid value '{1 << 63}' for '--value <VALUE>': number too large to fit in target type",
        ),
        (
            f"--value {(1 << 63) - 1}",
            f"error: invalid value '{(1 << 63) - 1}' for '--value <VALUE>': {(1 << 63) - 1} is not in 0..=8",
        ),
        ("word", "error: unexpected argument 'word' found"),
        ("-- --label", "error: unexpected argument '--label' found"),
        ("-vx", "error: unexpected argument '-x' found"),
        ("--data a --data-path b", "error: the argument '--data <DATA>' cannot be used with '--data-path <DATA_PATH>'"),
    ],
)
def test_what_cannot_be_read(words: str, line: str) -> None:
    assert first_line(*words.split()) == line


def test_what_is_missing_is_listed() -> None:
    assert refusal("-v") == (
        "error: the following required arguments were not provided:\n"
        "  --label <LABEL>\n"
        "  <--data-path <DATA_PATH>|--data <DATA>>\n"
        "\n"
        "Usage: key test --label <LABEL> --verbose <--data-path <DATA_PATH>|--data <DATA>>\n"
        "\n"
        "For more information, try '--help'.\n"
    )


def test_help_comes_before_what_is_missing_and_after_what_is_wrong() -> None:
    with pytest.raises(HelpWanted):
        read(SYNTAX, ["--session", "-h"])
    with pytest.raises(HelpWanted):
        read(SYNTAX, ["-vh"])
    assert first_line("--wrong", "--help") == "error: unexpected argument '--wrong' found"


def test_text_that_is_not_utf_8_is_refused() -> None:
    text = "error: invalid UTF-8 was detected in one or more arguments"
    usage_line = "Usage: key test [OPTIONS] --label <LABEL> <--data-path <DATA_PATH>|--data <DATA>>"
    assert refusal("--label", "\udcff") == f"{text}\n\n{usage_line}\n\nFor more information, try '--help'.\n"
    for words in (["--filter", "a", "\udcff"], ["--value", "\udcff"], ["--data-path=\udcff"]):
        assert first_line(*words) == text


def told(*words: str) -> Told:
    with pytest.raises(Told) as caught:
        Reader(interactive=True).command(words)
    return caught.value


def test_a_subcommand_is_read_before_what_its_command_lacks() -> None:
    shown = told("login", "mfa-token-sign", "--help")
    assert (shown.status, shown.text.splitlines()[2]) == (
        0,
        "Usage: login --username <USERNAME> --role <ROLE> mfa-token-sign --token <TOKEN>",
    )
    assert "\n  --token <TOKEN>\n" in told("login", "mfa-token-sign").text
    assert "\n  --username <USERNAME>\n" in told("login", "mfa-token-sign", "--token", "t").text


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("help help", "help"),
        ("help key help", "key help"),
        ("key help help", "key help"),
        ("help login help", "login help"),
        ("login help help", "login help"),
    ],
)
def test_help_about_help(words: str, name: str) -> None:
    shown = told(*words.split())
    assert shown.status == 0
    assert shown.text == (
        "Print this message or the help of the given subcommand(s)\n"
        "\n"
        f"Usage: {name} [COMMAND]...\n"
        "\n"
        "Arguments:\n"
        "  [COMMAND]...  Print help for the subcommand(s)\n"
    )


def test_help_about_a_subcommand_that_there_is_not() -> None:
    shown = told("login", "help", "bla")
    assert (shown.status, shown.text.splitlines()[0]) == (2, "error: unrecognized subcommand 'bla'")


def test_the_layout_of_help_with_long_names() -> None:
    """As on the guide's page of key generate-symmetric aes: below the names, if they leave the texts no room."""
    syntax = Syntax(
        Option("--label", "LABEL", "Label for the key", required=True),
        Option("--share-crypto-users", "SHARE_CRYPTO_USERS", "Usernames", multiple=True),
        Option(
            "--manage-key-quorum-value", "MANAGE_KEY_QUORUM_VALUE", "The quorum value for key management operations"
        ),
    )
    assert usage.Place("key generate-symmetric aes", "", syntax).help() == (
        "Usage: key generate-symmetric aes [OPTIONS] --label <LABEL>\n"
        "\n"
        "Options:\n"
        "      --cluster-id <CLUSTER_ID>\n"
        "          Unique Id to choose which of the clusters in the config file to run the operation against. If not "
        "provided, will fall back to the value provided when interactive mode was started, or error\n"
        "      --label <LABEL>\n"
        "          Label for the key\n"
        "      --share-crypto-users [<SHARE_CRYPTO_USERS>...]\n"
        "          Usernames\n"
        "      --manage-key-quorum-value <MANAGE_KEY_QUORUM_VALUE>\n"
        "          The quorum value for key management operations\n"
        "  -h, --help\n"
        "          Print help\n"
    )


@given(st.lists(TEXT, max_size=4), st.lists(TEXT, min_size=1, max_size=4), TEXT)
def test_values_come_back_as_they_were_given(attributes: list[str], filters: list[str], label: str) -> None:
    words = [
        "--attributes",
        *attributes,
        f"--label={label}",
        "--filter",
        *filters,
        "-v",
        "--filter",
        "z",
        "--data",
        "d",
    ]
    values = read(SYNTAX, words)
    assert values.text("--label") == label
    assert values.all("--attributes") == attributes
    assert values.all("--filter") == [*filters, "z"]
    assert (values.has("--verbose"), values.has("--session"), values.get("--value")) == (True, False, None)


@given(
    st.lists(st.sampled_from(["--label", "--data", "--filter", "--value", "-v", "-h", "--", "-", "3", "x", "=", ""]))
)
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        values = read(SYNTAX, words)
    except HelpWanted:
        assert {"-h", "--help"} & set(words)
    except Wrong as wrong:
        text = getattr(usage, wrong.reason)(PLACE, *wrong.details)
        assert text.startswith("error: ")
        assert text.endswith("\n\nFor more information, try '--help'.\n")
    else:
        assert values.has("--label")
        assert values.has("--data") != values.has("--data-path")


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["user", "quorum", "token-sign", "help", "-h", "login", "list", "--role", "admin", ""]))
)
def test_any_line_names_a_command_or_is_told_something(words: list[str]) -> None:
    shown = ""
    try:
        command, _ = Reader(interactive=True).command(words)
    except Told as told:
        shown = told.text
    else:
        assert command.SYNTAX
    assert not shown or "Usage:" in shown or shown.startswith("error: ")


@given(st.text(max_size=20))
def test_texts_are_json(text: str) -> None:
    import json

    shown = output.envelope(0, {"text": text, "list": [], "numbers": [1, 2], "flag": True})
    data = {"text": text, "list": [], "numbers": [1, 2], "flag": True}
    assert json.loads(shown)["data"] == {**data, "text": text.encode("utf-8", "replace").decode()}
    if text.isascii():
        assert shown == json.dumps({"error_code": 0, "data": data}, indent=2).replace("\\u007f", "\x7f") + "\n"


def test_quotes_hold_a_word_together() -> None:
    assert split("a  b\tc") == ["a", "b", "c"]
    assert split("""--password "pass word" 'a"b' \\"x""") == ["--password", "pass word", 'a"b', '"x']
    assert split("--label #1") == ["--label", "#1"]
    with pytest.raises(ValueError, match="No closing quotation"):
        split("'")
