"""Lines that somebody may type at both tools, as hypothesis strategies.

In some of them ``{handle}``, that of a key, or ``{known}``, type and name of a user, is left to be filled in.
"""

from hypothesis import strategies as st
from tools_support import CLONE, FIRST_PASSWORD, OTHER, SOURCE

from shared.hsm.faults import COMMANDS, TOOL_COMMANDS

EVERYWHERE = (SOURCE, CLONE, OTHER)
LINEAGES = ((SOURCE, CLONE), (OTHER,))

KMUS = st.sampled_from([SOURCE, SOURCE, CLONE, OTHER])
# Which clusters' HSMs the file of a run of cloudhsm_mgmt_util names.
CMUS = st.sampled_from([(SOURCE,), EVERYWHERE])
SERVERS = st.integers(0, 4)

# Which of several things, by their order; NONE stands for something that is not there.
NONE = 11
PICKS = st.integers(0, NONE)

NAMES = st.sampled_from(["dave", "erin", "DAVE", "carol"])
TYPES = st.sampled_from(["CU", "CU", "CU", "CO", "PRECO"])
PASSWORDS = st.sampled_from([FIRST_PASSWORD, FIRST_PASSWORD, "password2"])
USER_IDS = st.sampled_from([3, 4, 5, 4, 5, 6])
WHO = st.sampled_from(["admin", "admin", "alice", "bob", "carol"])
ANSWERS = st.lists(st.sampled_from("RIAB"), max_size=3)
# The last attribute may not be set.
VALUES = st.sampled_from(["3 label", "260 0", "262 0", "264 1", "268 1", "370 0", "528 1", "354 1"])


def lines(*texts: str) -> st.SearchStrategy[str]:
    """Return one of some lines, with what stands in braces drawn."""
    drawn = {"name": NAMES, "type": TYPES, "password": PASSWORDS, "user": USER_IDS, "value": VALUES}

    def line(text: str) -> st.SearchStrategy[str]:
        used = {name: values for name, values in drawn.items() if f"{{{name}}}" in text}
        return st.fixed_dictionaries(used).map(lambda found: text.format(handle="{handle}", known="{known}", **found))

    return st.one_of(map(line, texts))


GENERATE = lines(
    "genSymKey -t 31 -s 16 -l first",
    "genSymKey -t 16 -s 20 -l second -nex",
    "genSymKey -t 31 -s 32 -l shared -u {user}",
    "genSymKey -t 31 -s 32 -l session -sess",
    "genSymKey -t 31 -s 32 -l sure -min_srv 2 -timeout 1",
    "genSymKey -t 31 -s 7 -l refused",
    "genECCKeyPair -i 2 -l pair -u {user}",
    "genRSAKeyPair -m 2048 -e 65537 -l pair",
)
OWN = lines("deleteKey -k {handle}", "setAttribute -o {handle} -a 1")
ASK = lines("findKey", "findKey -u {user}", "findSingleKey -k {handle}", "getKeyInfo -k {handle}", "listUsers")

USERS = lines(
    "createUser {type} {name} {password}",
    "createUser {type} {name} {password}",
    "deleteUser {known}",
    "deleteUser {known}",
    "deleteUser {type} {name}",
    "changePswd {known} {password}",
)
TRUST = lines("setAttribute {handle} 134 1", "setAttribute {handle} 134 0")
MANAGE = lines("shareKey {handle} {user} 1", "shareKey {handle} {user} 0", "setAttribute {handle} {value}")
READ = lines("listUsers", "findAllKeys {user} 1", "findAllKeys 0 0", "getKeyInfo {handle}", "getAttribute {handle} 512")

_COMMON = ["createUser", "deleteUser", "changePswd", "shareKey", "syncKey", "syncUser", "rollBack"]
_AWAITED = st.sampled_from(_COMMON) | st.sampled_from(sorted(COMMANDS | TOOL_COMMANDS.keys()))
_CODES = st.sampled_from(["RET_MXN_AUTH_FAILED", "0xe4", "0xa8"])
FAULTS = st.one_of(
    st.builds("refuse {} {}".format, _AWAITED, _CODES),
    st.builds("refuse {} {} --times 3".format, _AWAITED, _CODES),
    st.builds("delay 2 --command {}".format, _AWAITED),
    st.sampled_from(["down", "down --times 3", "drop", "drop --times 2", "delay 1"]),
)
