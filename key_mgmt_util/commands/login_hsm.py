"""loginHSM: log in on every HSM of the cluster."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.crypto.passwords import Password
from shared.errors import CLIENT_LOGIN_FAILURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

TYPES = {"CO": "CO", "CU": "CU", "AU": "AU", "PO": "PRECO", "PRECO": "PRECO"}
PASSWORD_PROMPT = "Enter password: "  # noqa: S105 - a prompt
WRONG_TYPE = "\n\tError: Invalid user type specified.\n"

_WHERE = (
    "-u  type of the user: CO, CU or AU",
    "-s  name of the user",
    "-p  password of the user",
    "-2fa  log in with a second factor, which only a CU has",
)
_OPTIONS = (
    Option("-u", readers.text),
    Option("-s", readers.text),
    Option("-p", readers.text),
    Option("-2fa"),
)
SYNTAX_1X = Syntax(
    _OPTIONS,
    (),
    Help(
        "Logs a user in to every HSM of the cluster.",
        "\nSyntax: loginHSM -h -u <user type> -p <password> -s <username> [-2fa]\n\n",
        _WHERE,
    ),
)
SYNTAX = Syntax(
    (*_OPTIONS, Option("-hpswd")),
    (),
    Help(
        SYNTAX_1X.help.description,
        "\nSyntax: loginHSM -h -u <user type> {-p <password> | -hpswd} -s <username> [-2fa]\n\n",
        (*_WHERE[:3], "-hpswd  ask for the password and do not show it", *_WHERE[3:]),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Log in; the code decides whether a chained command is run."""
    syntax = SYNTAX_1X if shell.profile == "1.x" else SYNTAX
    values = parse(shell, syntax, words if syntax is SYNTAX_1X else _without_value_of_hpswd(words))
    if values is None:
        return 0
    refusal = ""
    if "-u" not in values:
        refusal = "\n\tError: User type (-u) is missing.\n"
    elif "-p" not in values and "-hpswd" not in values:
        refusal = "\n\tError: Password (-p) is missing.\n"
    elif values["-u"] not in TYPES:
        refusal = WRONG_TYPE
    elif "-s" not in values:
        refusal = "\n\tError: Username (-s) is missing.\n"
    if refusal:
        shell.console.write(refusal + syntax.help.render())
        return 0
    password = values.get("-p")
    if password is None:
        password = shell.console.read_hidden(PASSWORD_PROMPT)
        if password is None:
            # The end of input is no wrong password, which would count.
            return CLIENT_LOGIN_FAILURE.number
    outcome = shell.client.login(TYPES[values["-u"]], values["-s"], Password(password))
    shell.console.write(results.result("Cfm3LoginHSM", outcome.code, shell.profile))
    shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number


def _without_value_of_hpswd(words: list[str]) -> list[str]:
    """Take a word behind -hpswd that is no option for the password, as one public recipe writes it (choice)."""
    position = 0
    while position + 1 < len(words):
        if words[position] == "-hpswd" and not words[position + 1].startswith("-"):
            return [*words[:position], "-p", *words[position + 1 :]]
        position += 1 if words[position] in ("-hpswd", "-2fa") else 2
    return words
