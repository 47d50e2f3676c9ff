"""The tree of commands: which file holds which, and the line that help shows for it.

Names only, so that one command is found without importing the others. A name without a file is a group.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cloudhsm_cli.arguments import Syntax, Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

    class Command(Protocol):
        """What a command's file offers."""

        __name__: str
        SYNTAX: Syntax

        def run(self, shell: Shell, values: Values) -> Data:
            """Carry the command out and return its data.

            Raises:
                CommandError: it cannot be done; the text is the data of the error.
                HsmError: an HSM refused.
            """
            ...


# A name, its file below commands/, and what it is for.
TABLE = {
    "cluster": ("", "Commands for the cluster as a whole"),
    "cluster activate": ("cluster.activate", "Give the first admin a password, which makes the cluster ready for use"),
    "cluster hsm-info": ("cluster.hsm_info", "Show the hardware and firmware of every HSM"),
    "cluster mtls": ("", "Commands for mutual TLS between clients and HSMs"),
    "cluster mtls deregister-trust-anchor": ("cluster.mtls.deregister_trust_anchor", "Remove trust anchors"),
    "cluster mtls get-enforcement": ("cluster.mtls.get_enforcement", "Show whose connections need a certificate"),
    "cluster mtls list-trust-anchors": ("cluster.mtls.list_trust_anchors", "List the trust anchors"),
    "cluster mtls register-trust-anchor": ("cluster.mtls.register_trust_anchor", "Register a trust anchor"),
    "cluster mtls set-enforcement": ("cluster.mtls.set_enforcement", "Set whose connections need a certificate"),
    "login": ("login", "Log in to the cluster"),
    "logout": ("logout", "Log out of the cluster"),
    "quorum": ("", "Commands for quorum authentication"),
    "quorum token-sign": ("", "Commands for quorum authentication by signed tokens"),
    "quorum token-sign delete": ("quorum.token_sign.delete", "Delete tokens"),
    "quorum token-sign generate": ("quorum.token_sign.generate", "Generate a token to be signed"),
    "quorum token-sign list": ("quorum.token_sign.list", "List the tokens of all users"),
    "quorum token-sign list-quorum-values": (
        "quorum.token_sign.list_quorum_values",
        "List how many approvals each service takes",
    ),
    "quorum token-sign set-quorum-value": (
        "quorum.token_sign.set_quorum_value",
        "Set how many approvals a service takes",
    ),
    "user": ("", "Commands for users"),
    "user change-mfa": ("", "Change the second factor of a user"),
    "user change-mfa token-sign": ("user.change_mfa.token_sign", "Register a key for signed tokens, or deregister it"),
    "user change-password": ("user.change_password", "Change the password of a user"),
    "user change-quorum": ("", "Change how a user approves"),
    "user change-quorum token-sign": ("", "Change the key with which a user signs quorum tokens"),
    "user change-quorum token-sign register": ("user.change_quorum.token_sign.register", "Register the key"),
    "user create": ("user.create", "Create a user"),
    "user delete": ("user.delete", "Delete a user"),
    "user list": ("user.list", "List the users of the cluster"),
    "user replicate": ("user.replicate", "Replicate a user to a clone of the cluster"),
}
HELP = ("help", "Print this message or the help of the given subcommand(s)")
INTERACTIVE = ("interactive", "Read commands from the terminal, one a line")
QUIT = ("quit", "Leave interactive mode")


def children(path: str) -> list[tuple[str, str]]:
    """Return the names directly below a group (the root: the empty path), each with its about line."""
    prefix = f"{path} " if path else ""
    return [
        (name.removeprefix(prefix), about)
        for name, (_, about) in TABLE.items()
        if name.startswith(prefix) and " " not in name.removeprefix(prefix)
    ]


def is_group(path: str) -> bool:
    """Return whether there are names below this one."""
    return not path or (path in TABLE and not TABLE[path][0])


def load(path: str) -> Command:
    """Return the command of a full name."""
    command: Command = import_module(f"cloudhsm_cli.commands.{TABLE[path][0]}")
    return command
