"""Which file holds which command, and in which mode it exists. Names only: one command imports one file."""

from __future__ import annotations

from shared.lean import Protocol, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell


class Entry(Record):
    """A command's file, its modes (``G`` global, ``S`` server), whether it works without end-to-end encryption.

    ``profile`` is the one whose clients know the command, for those that came or went with a client.
    """

    module: str
    modes: str = "GS"
    unencrypted: bool = False
    profile: str = ""


COMMANDS = {
    "approveToken": Entry("approve_token"),
    "changePswd": Entry("change_pswd"),
    "createUser": Entry("create_user"),
    "delToken": Entry("del_token"),
    "deleteUser": Entry("delete_user"),
    "enable_e2e": Entry("enable_e2e", unencrypted=True),
    "exit": Entry("exit", "S", unencrypted=True),
    "findAllKeys": Entry("find_all_keys"),
    "getAttribute": Entry("get_attribute"),
    "getCert": Entry("get_cert", "S", unencrypted=True),
    "getHSMInfo": Entry("get_hsm_info", unencrypted=True),
    "getKeyInfo": Entry("get_key_info"),
    "getMValue": Entry("get_m_value"),
    "getToken": Entry("get_token"),
    "help": Entry("help", unencrypted=True),
    "info": Entry("info", "G", unencrypted=True),
    "listAttributes": Entry("list_attributes"),
    "listTokens": Entry("list_tokens"),
    "listUsers": Entry("list_users", unencrypted=True),
    "loginHSM": Entry("login_hsm"),
    "logoutHSM": Entry("logout_hsm"),
    "quit": Entry("quit", "G", unencrypted=True),
    "registerMofnPubKey": Entry("register_mofn_pub_key", profile="1.x"),
    "registerQuorumPubKey": Entry("register_quorum_pub_key", profile="3.x"),
    "server": Entry("server", unencrypted=True),
    "setAttribute": Entry("set_attribute"),
    "setMValue": Entry("set_m_value"),
    "shareKey": Entry("share_key"),
    "syncKey": Entry("sync_key", "S"),
    "syncUser": Entry("sync_user", "S"),
}


class Command(Protocol):
    """What a command's file offers: its synopsis, how many arguments it takes, and itself."""

    SYNTAX: str
    ARGUMENTS: tuple[int, int]

    def run(self, shell: Shell, arguments: list[str]) -> None:
        """Carry the command out; the number of arguments is right."""


def names(mode: str, profile: str = "3.x") -> list[str]:
    """Return the names of the commands of a mode, sorted without case."""
    known = (name for name, entry in COMMANDS.items() if mode in entry.modes and entry.profile in ("", profile))
    return sorted(known, key=str.lower)


def matches(word: str, mode: str, profile: str = "3.x") -> list[str]:
    """Return the names that a word may stand for: the exact one, else all of which it is a prefix."""
    known = names(mode, profile)
    return [word] if word in known else [name for name in known if name.startswith(word)]


def load(name: str) -> Command:
    """Return the command of an exact name."""
    # What import_module does, without the module that it is in.
    command: Command = __import__(f"cloudhsm_mgmt_util.commands.{COMMANDS[name].module}", fromlist=["run"])
    return command
