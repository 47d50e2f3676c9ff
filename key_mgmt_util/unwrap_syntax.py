"""The options of unWrapKey in both profiles."""

from __future__ import annotations

from key_mgmt_util import creation, readers, wrap_options
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax

# What only a file without a header needs.
BARE = ("-l", "-id", "-kt", "-kc", "-i")
_OPTIONS = (
    Option("-f", readers.file_now),
    Option("-w", readers.int64, repeats=True),
    Option("-sess", repeats=True),
    Option("-attest"),
    Option("-l", readers.raw),
    Option("-id", readers.raw),
    Option("-kt", readers.int32),
    Option("-kc", readers.int32),
    *creation.SERVERS,
)
_REQUIRED = (
    ("-w", "\n\tError: wrapping key handle (-w) is missing.\n"),
    ("-f", "\n\tError: Key filename (-f) is missing.\n"),
)
_REQUIRED_BARE = (
    ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ("-kc", "\n\tError: Key class (-kc) is missing.\n"),
    ("-kt", "\n\tError: Key type (-kt) is missing.\n"),
)
_INDENT = " " * 18
_USAGE = (
    "\nSyntax: unWrapKey -h -f <key file name> -w <wrapper key handle>\n"
    f"{_INDENT}[-sess] [-attest] [-m <mechanism>]\n"
    f"{_INDENT}{MIN_SRV_USAGE}\n"
)
_WHERE = (
    "-f  file with the wrapped key",
    "-w  handle of the key that unwraps it",
    "-sess  make a session key",
    "-attest  check that the HSM's answer is attested",
    "-min_srv  number of HSMs on which the key must be before the command ends",
    "-timeout  seconds to wait for that number",
)
_BARE_LINES = (
    "-noheader  there are no attributes of the key in the file, so give them here:",
    "-l  label of the new key",
    "-id  id of the new key",
    "-kt  type of the key (0 = RSA, 1 = DSA, 3 = ECC, 16 = GENERIC_SECRET, 21 = DES3, 31 = AES)",
    "-kc  class of the key (3 = private, 4 = secret)",
    "-i  IV in hex, for AES_KEY_WRAP and NIST_AES_WRAP_NO_PAD",
)
_DESCRIPTION = "Makes a key out of a file with its wrapped form on the HSMs of the cluster."
SYNTAX_1X = Syntax(
    options=(*_OPTIONS, *wrap_options.OPTIONS_1X),
    required=_REQUIRED,
    help=Help(
        _DESCRIPTION,
        f"{_USAGE}{_INDENT}[-t <hash-type>] [-noheader] [-l <key-label>] [-id <key-id>]\n"
        f"{_INDENT}[-kt <key-type>] [-kc <key-class>] [-i <unwrapping-IV>]\n",
        (*_WHERE, *wrap_options.LINES_1X, *_BARE_LINES),
    ),
)
SYNTAX = Syntax(
    options=(
        *_OPTIONS,
        *wrap_options.OPTIONS,
        Option("-iv_file", wrap_options.file_or_help),
        Option("-nex", repeats=True),
        Option("-u", readers.users),
        creation.M_VALUE,
    ),
    required=(*_REQUIRED, wrap_options.MECHANISM_MISSING),
    help=Help(
        _DESCRIPTION,
        f"{_USAGE}{_INDENT}[-aad <additional authenticated data filename>] [-tag_size <tag size>]\n"
        f"{_INDENT}[-iv_file <IV file>] [-t <hash-type>] [-nex] [-u <user id list>]\n"
        f"{_INDENT}[-m_value <number of users needed for approval>] [-noheader]\n"
        f"{_INDENT}[-l <key-label>] [-id <key-id>] [-kt <key-type>] [-kc <key-class>]\n"
        f"{_INDENT}[-i <unwrapping-IV>]\n",
        (
            *_WHERE,
            *wrap_options.LINES,
            *wrap_options.NEW_LINES,
            "-iv_file  file with the IV of AES_GCM, with -noheader",
            "-nex  the key cannot be extracted",
            "-u  ids of the users who share the key, with commas between",
            "-m_value  number of users who must approve the use of the key",
            *_BARE_LINES,
        ),
    ),
)


def syntax_for(profile: str, words: list[str]) -> Syntax:
    """Return what unWrapKey takes in a profile, and what it requires with these words."""
    syntax = SYNTAX_1X if profile == "1.x" else SYNTAX
    if "-noheader" in words:
        return syntax._replace(required=(*syntax.required, *_REQUIRED_BARE))
    return syntax
