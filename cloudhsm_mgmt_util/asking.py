"""Questions: the caution before a change, what to do when an HSM refuses, and passwords that are not shown."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

HIDDEN = "-hpswd"


def confirmed(shell: Shell) -> bool:
    """Print the caution and return whether the user goes on; any line but y or n is asked about again.

    The end of input is a no.
    """
    shell.console.write(texts.BANNERS[shell.profile])
    while True:
        answer = shell.ask(texts.CONTINUE)
        if answer is None or answer.strip() in ("n", "N"):
            return False
        if answer.strip() in ("y", "Y"):
            return True
        shell.console.write(texts.INVALID_OPTION)


def choice(shell: Shell, question: str, letters: str, at_end: str) -> str:
    """Return the letter of an answer, in either case; anything else is asked again, the end of input is ``at_end``."""
    while True:
        answer = shell.ask(question)
        if answer is None:
            return at_end
        letter = answer.strip().upper()
        if len(letter) == 1 and letter in letters:
            return letter


def password(shell: Shell, word: str) -> str | None:
    """Return the password that a login is given: the word itself, or what is typed for -hpswd; None at the end."""
    if not is_hidden(shell, word):
        return word
    return shell.ask_hidden(texts.PASSWORD)


def new_password(shell: Shell, word: str, first: str, second: str) -> str | None:
    """Return a new password: the word itself, or what is typed twice for -hpswd.

    None, when the two differ, which has been said then, or when input ends.
    """
    if not is_hidden(shell, word):
        return word
    typed = shell.ask_hidden(first)
    again = None if typed is None else shell.ask_hidden(second)
    if again is None or typed == again:
        return again
    shell.console.write(texts.PASSWORDS_DIFFER)
    return None


def is_hidden(shell: Shell, word: str) -> bool:
    """Return whether the password is to be asked for; clients before 3.2 did not know the word."""
    return word == HIDDEN and shell.profile != "1.x"


def user_type(word: str) -> str:
    """Return the type that a word names; one has two spellings."""
    return "PRECO" if word == "preCO" else word


def user_name(word: str) -> str:
    """Return a user's name as an HSM can be asked about it: what is no UTF-8 becomes a character of no name."""
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
