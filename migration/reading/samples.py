"""What a run of a legacy tool prints, made up: to try out on it what a script does with the output.

Result lines, blocks and listings have the form of the rebuilt shells (a test compares them); numbers and names are
chosen so that nothing is taken for something else by accident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from migration.script import CMU, KMU

if TYPE_CHECKING:
    from collections.abc import Sequence

OK = "0x00 : HSM Return: SUCCESS"
FAILURES = {
    KMU: (
        "0xb3 \n\n\tHSM Error: This operation violates the current configured/FIPS policies",
        "0x30000080 \n\n\tHSM CLUSTER ERROR: Key/Token not found",
        "0x40000049 \n\n\tHSM Error: RET_USER_LOGIN_FAILURE",
    ),
    CMU: (
        "HSM Error: This user is already created",
        "HSM Error: RET_USER_LOGIN_FAILURE",
        "HSM Error: Invalid input data/params",
    ),
}
# Commands that cannot fail, or whose failure is nobody's question.
HARMLESS = ("quit", "exit", "logoutHSM", "help", "enable_e2e", "server", "info", "listAttributes", "listECCCurveIds")
_APIS = {
    "loginHSM": "Cfm3LoginHSM",
    "logoutHSM": "Cfm3LogoutHSM",
    "genSymKey": "Cfm3GenerateSymmetricKey",
    "genPBEKey": "Cfm3GeneratePBEKey",
    "genRSAKeyPair": "Cfm3GenerateKeyPair",
    "rsaGenKeyPair": "Cfm3GenerateKeyPair",
    "genECCKeyPair": "Cfm3GenerateKeyPair",
    "genDSAKeyPair": "Cfm3GenerateKeyPair:",
    "dsaGenKeyPair": "Cfm3GenerateKeyPair:",
    "createPublicKey": "Cfm3CreateRSAPublicKey",
    "importPubKey": "Cfm3CreatePublicKey",
    "exportPubKey": "Cfm3ExportPubKey",
    "importPrivateKey": "Cfm3ImportUnWrapKey",
    "exportPrivateKey": "Cfm3ExportUnwrapKey",
    "imSymKey": "Cfm3ImportUnWrapKey",
    "exSymKey": "Cfm3ExportUnwrapKey",
    "wrapKey": "Cfm2WrapKey",
    "unWrapKey": "Cfm3UnWrapKey",
    "deleteKey": "Cfm3DeleteKey",
    "findKey": "Cfm3FindKey",
    "findSingleKey": "Cfm3FindSingleKey",
    "getKeyInfo": "Cfm3GetKey",
    "getAttribute": "Cfm3GetAttribute",
    "setAttribute": "Cfm3SetAttribute",
    "getToken": "Cfm3GetToken",
    "delToken": "Cfm3DeleteToken",
    "approveToken": "Cfm3ApproveToken",
    "listTokens": "Cfm3ListTokens",
    "listUsers": "Cfm3ListUsers",
    "extractMaskedObject": "Cfm3ExtractMaskedObject",
    "insertMaskedObject": "Cfm3InsertMaskedObject",
    "sign": "Cfm3Sign: sign",
    "verify": "Cfm3Verify",
    "getCaviumPrivKey": "getCaviumPrivKey",
}
_HANDLES = {
    "genSymKey": "\n\tSymmetric Key Created.  Key Handle: {}\n",
    "genPBEKey": "\n\tPBE Key Created.  Key Handle: {}\n",
    "imSymKey": "\n\tSymmetric Key Imported.  Key Handle: {} \n",
    "importPrivateKey": "\n\tPrivate Key Imported.  Key Handle: {} \n",
    "importPubKey": "\nPublic Key Handle: {} \n",
    "unWrapKey": "\n\tKey Unwrapped.  Key Handle: {} \n",
    "insertMaskedObject": "\tNew Key Handle: {} \n",
}
_BEFORE = {
    "createPublicKey": "\n\tPublic Key Created.  Key Handle: {}\n",
    "sign": "\n\tSignature creation successful\n\n\tsignature is written to file a.sig\n",
    "verify": "\n\tSignature verifition successful\n",
    "exportPubKey": "\nPEM formatted public key is written to a.pem\n",
    "importPrivateKey": "BER encoded key length is 1216\n",
    "wrapKey": '\n\tKey Wrapped.\n\n\tWrapped Key written to file "a.bin length 312\n',
}
_STEPS = {
    "imSymKey": ("Cfm3ImportWrapKey", "Cfm3CreateUnwrapTemplate2"),
    "importPrivateKey": ("Cfm3ImportWrapKey", "Cfm3CreateUnwrapTemplate2"),
    "exSymKey": ("Cfm3ExportWrapKey",),
    "exportPrivateKey": ("Cfm3ExportWrapKey",),
}
PAIRS = ("genRSAKeyPair", "rsaGenKeyPair", "genECCKeyPair", "genDSAKeyPair", "dsaGenKeyPair")
# How many handles stand on one line of a list.
PER_LINE = 15
_WITHOUT_BLOCK = (
    "sign",
    "verify",
    "wrapKey",
    "getAttribute",
    "getKeyInfo",
    "exSymKey",
    "listUsers",
    "exportPubKey",
    "extractMaskedObject",
)
_CAUTION = (
    "*************************CAUTION********************************\n"
    "This is a CRITICAL operation, should be done on all nodes in the\n"
    "cluster. AWS does NOT synchronize these changes automatically with the \n"
    "nodes on which this operation is not executed or failed, please \n"
    "ensure this operation is executed on all nodes in the cluster.  \n"
    "****************************************************************\n"
    "\nDo you want to continue(y/n)?"
)
_BEGUN = {
    "createUser": "Creating User {}({}) on 2 nodes\n",
    "changePswd": "Changing password for {}({}) on 2 nodes\n",
    "deleteUser": "Deleting user {}({}) on 2 nodes\n",
}
_REFUSED = {
    "createUser": "creating user on server 0(10.0.0.4) failed",
    "changePswd": "Changing password on node 0(10.0.0.4) failed",
}
_ASKING = ("createUser", "changePswd", "shareKey", "setAttribute", "setMValue", "registerQuorumPubKey")
MANAGEMENT_READS = ("listUsers", "getHSMInfo", "findAllKeys", "getKeyInfo", "getAttribute", "getMValue", "listTokens")
_MANAGED = (*_ASKING, "deleteUser", "loginHSM", "listUsers")
_USER_ROW = "{:10}     \t\t{:7}\t\t{:39}\t{:>3}               {}    \t       \t  {}\n"
_SAID = {False: "NO", True: "YES"}
_USER_HEAD = "    User Id    \t\tUser Type      \tUser Name      \t\t\t   MofnPubKey  \t LoginFailureCnt       \t 2FA\n"


# What cloudhsm_mgmt_util prints whatever becomes of a command, and says nothing of it.
FIXED = {**dict.fromkeys(_ASKING, _CAUTION), "listUsers": _USER_HEAD}


class User(NamedTuple):
    """A row of a listing of users; an ``id`` of 0 is the number of the row."""

    type: str
    name: str
    quorum_key: bool = False
    failures: int = 0
    second_factor: bool = False
    id: int = 0


class Values(NamedTuple):
    """What stands in one sample: a handle, a pair, keys that are found, users that are listed, how many servers."""

    handle: int
    public: int
    private: int
    found: tuple[int, ...]
    users: tuple[User, ...]
    servers: int = 2


class Ran(NamedTuple):
    """One command of a run: the tool, its name, its words as they were typed."""

    tool: str
    name: str
    typed: str = ""


def known(tool: str, name: str) -> bool:
    """Return whether the output of a command is known."""
    return name in HARMLESS or (name in _APIS if tool == KMU else name in _MANAGED)


_FEW_DIGITS = 9999


def moved(values: Values, number: int) -> Values:
    """Return the values of a command by its number in the run, so that no two commands show the same.

    A handle of few digits stays one, as what asks for so many digits passes it over.
    """
    off = number * 1009
    return values._replace(
        handle=values.handle + off,
        public=values.public + off,
        private=values.private + off,
        found=tuple(handle + (off if handle > _FEW_DIGITS else number) for handle in values.found),
    )


def text(run: Sequence[Ran], values: Values, failed: dict[int, int], *, words: bool) -> str:
    """Return what a run prints.

    ``failed`` are the commands that fail, by their number in the run, each with the number of its failure; ``words``
    says that the commands were given as arguments (``singlecmd``).
    """
    pieces = [opening(run[0].tool, values.servers, words=words)]
    for number, ran in enumerate(run):
        if words and (number or len(run) == 1) and ran.tool == KMU:
            pieces.append(f"Command: {ran.typed} \n")
        elif not words and ran.tool == KMU:
            pieces.append("\nCommand:  ")
        if words and ran.name == "loginStatus" and number in failed:
            # Behind a bad login the command was not run.
            continue
        pieces.append(command(ran, moved(values, number), failed.get(number, -1)))
    return "".join(pieces)


def command(ran: Ran, values: Values, failure: int = -1) -> str:
    """Return what one command prints; ``failure`` is the number of its failure, below 0 if it succeeds."""
    if ran.tool == KMU:
        return _key_command(ran.name, values, failure)
    return _management_command(ran, values, failure) if ran.tool == CMU else ""


def opening(tool: str, servers: int, *, words: bool) -> str:
    """Return what a tool prints before its first command; ``words``: one that has its commands as arguments."""
    if tool == KMU:
        begun = "\n\tCfm3Initialize() returned app id : 01000000 \n\n\tsession_handle 1000000 \n"
        return f"{begun}\n\tCurrent FIPS mode is: 00000002\n" if words else begun
    places = [f"'10.0.0.{number + 4}': hostname '10.0.0.{number + 4}', port 2225" for number in range(servers)]
    connected = "".join(f"\nConnecting to server {place}...\nConnected to server {place}.\n" for place in places)
    return (
        "Ignoring E2E enable flag in the configuration file\n\nConnecting to the server(s), it may take time\n"
        f"depending on the server(s) load, please wait...\n{connected}{_servers('E2E enabled on', servers)}"
    )


def _servers(line: str, servers: int) -> str:
    return "".join(f"{line} server {number}(10.0.0.{number + 4})\n" for number in range(servers))


def _key_command(name: str, values: Values, failure: int) -> str:  # noqa: PLR0911 - one return a layout
    api = _APIS.get(name)
    if name in ("quit", "exit"):
        return ""
    if name == "loginStatus":
        return f"\n\t{'CU' if failure < 0 else 'No user'} has logged-in\n"
    if api is None:
        return f"\n\t{name}\n"
    if failure >= 0:
        return f"\n\t{api} returned: {FAILURES[KMU][failure]}\n"
    # The one that says it otherwise.
    returned = ": " if name == "importPrivateKey" else " returned: "
    result = f"\n\t{api}{returned}{OK}\n"
    if name in PAIRS:
        pair = f"    public key handle: {values.public}    private key handle: {values.private}"
        return f"{result}\n\tCfm3GenerateKeyPair:{pair}\n{_block(values.servers)}"
    if name == "findKey":
        return _found(values.found) + _block(1) + result
    if name == "listUsers":
        return _listed(values.users) + result
    before = _BEFORE.get(name, "").format(values.handle)
    before += "".join(f"\n\t{step} returned: {OK}\n" for step in _STEPS.get(name, ()))
    after = _HANDLES.get(name, "").format(values.handle)
    return before + result + after + ("" if name in _WITHOUT_BLOCK else _block(values.servers))


def _block(nodes: int) -> str:
    lines = (f"\tNode id {node} status: 0x00000000 : HSM Return: SUCCESS\n" for node in range(nodes))
    return f"\n\tCluster Status:\n{''.join(lines)}"


def _found(handles: tuple[int, ...]) -> str:
    text = f"\n\tTotal number of keys present: {len(handles)}\n"
    if handles:
        text += f"\n\tNumber of matching keys from start index 0::{len(handles) - 1}\n"
        rows = (handles[start : start + PER_LINE] for start in range(0, len(handles), PER_LINE))
        listed = ", \n\t".join(", ".join(map(str, row)) for row in rows)
        text += f"\n\tHandles of matching keys:\n\t{listed}\n"
    return text


def _listed(users: tuple[User, ...]) -> str:
    head = "\n\tIndex\t    User ID    \tUser Type\tUser Name\t\t\t   MofnPubKey\t LoginFailureCnt\t 2FA\n"
    rows = (
        f"\t{number}\t{user.id or number:10}\t{user.type}\t\t{user.name:32}\t"
        f"{_SAID[user.quorum_key]:>3} {user.failures:>15}\t\t {_SAID[user.second_factor]:>3}\n"
        for number, user in enumerate(users, 1)
    )
    return f"\n\tNumber Of Users Found: {len(users)}\n{head}{''.join(rows)}"


def _management_command(ran: Ran, values: Values, failure: int) -> str:
    name = ran.name
    kind, user = (*ran.typed.split()[1:3], "CU", "a")[:2]
    asked = (_CAUTION if name in _ASKING else "") + _BEGUN.get(name, "").format(user, kind)
    if name in ("quit", "exit"):
        return "disconnecting from servers, please wait...\n"
    if failure >= 0:
        failed = f"{name} failed: {FAILURES[CMU][failure]}\n"
        if name == "loginHSM" or name in MANAGEMENT_READS:
            return failed * values.servers
        refused = _REFUSED.get(name, f"{name} failed on server 0(10.0.0.4)")
        return f"{asked}{failed}{refused}\n\nRetry/Ignore/Abort?(R/I/A):"
    if name == "listUsers":
        rows = "".join(
            _USER_ROW.format(
                user.id or number,
                user.type,
                user.name,
                _SAID[user.quorum_key],
                user.failures,
                _SAID[user.second_factor],
            )
            for number, user in enumerate(values.users, 1)
        )
        listed = f"Number of users found:{len(values.users)}\n\n{_USER_HEAD}{rows}"
        return "".join(f"Users on server {number}(10.0.0.{number + 4}):\n{listed}" for number in range(values.servers))
    return asked + _servers(f"{name} success on", values.servers)
