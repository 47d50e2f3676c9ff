"""The prompts after which a transcript shows what was typed."""

import re
from dataclasses import dataclass

END_OF_INPUT = "^D"
INTERRUPT = "^C"


@dataclass(frozen=True)
class Prompt:
    """One prompt: `pattern` matches it from the start of a line.

    `hidden` prompts read without echo. A `silent` one is not printed when its tool's input is no terminal. Behind one
    that `continues`, a line with a backslash at its end goes on in the next line, for which there is no prompt.
    """

    pattern: str
    hidden: bool = False
    silent: bool = False
    continues: bool = False

    def match(self, line: str) -> str | None:
        """Return the prompt's text if `line` starts with it, else None."""
        found = re.match(self.pattern, line)
        return found.group() if found else None


PROMPTS = (
    Prompt(r"aws-cloudhsm>", silent=True),
    Prompt(r"aws-cloudhsm > ", silent=True, continues=True),
    Prompt(r"[a-z0-9_]+@cluster-[^ ]+ > ", silent=True, continues=True),
    Prompt(r"server\d+>", silent=True),
    Prompt(r"Command:  "),
    Prompt(r"Do you want to continue\(y/n\)\?"),
    Prompt(r"Retry/Ignore/Abort\?\(R/I/A\):"),
    Prompt(r"Retry/rollBack/Ignore\?\(R/B/I\):"),
    Prompt(r"Enter password: ", hidden=True),
    Prompt(r"Re-enter password: ", hidden=True),
    Prompt(r"Enter new password: ", hidden=True),
    Prompt(r"Re-enter new password: ", hidden=True),
    Prompt(r"\t*Enter the boolean attribute value \(0 or 1\):"),
    Prompt(r"Enter filename: "),
    Prompt(r"Enter PEM pass phrase:", hidden=True),
    Prompt(r"Enter password:", hidden=True),
    Prompt(r"Confirm password:", hidden=True),
    Prompt(r"Enter signed token file path \(press enter if same as the unsigned token file\):"),
    Prompt(r"Enter public key PEM file path:"),
)
_ANY = re.compile("|".join(prompt.pattern for prompt in PROMPTS))
CONTINUATION = Prompt("", silent=True, continues=True)


@dataclass(frozen=True)
class Asked:
    """A line that starts with a prompt: the prompt, its text on this line, and what was typed behind it."""

    prompt: Prompt
    text: str
    typed: str

    @property
    def ends_input(self) -> bool:
        """True if the input ends here; the file's newline behind `^D` is not the terminal's."""
        return self.typed == END_OF_INPUT


def asked(line: str) -> Asked | None:
    """Return the prompt with which `line` starts and what follows it, or None for a line of output."""
    for prompt in PROMPTS if _ANY.match(line) else ():
        text = prompt.match(line)
        if text is not None:
            return Asked(prompt, text, line[len(text) :])
    return None
