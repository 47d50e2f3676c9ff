"""Names that no variable of a translation has: they mean something to bash, to everybody, or to its functions."""

from __future__ import annotations

_BASH = """
BASH BASHOPTS BASHPID EUID FUNCNAME GROUPS HOME HOSTTYPE IFS LANG LC_ALL LINENO MACHTYPE OLDPWD OPTARG OPTIND OSTYPE
PATH PIPESTATUS PPID PS1 PS4 PWD RANDOM REPLY SECONDS SHELLOPTS SHLVL TMPDIR TZ UID
"""
_KEPT = """
HSM_ANSWER HSM_COPROC HSM_COPROC_PID HSM_ENTERED HSM_FROM HSM_GIVEN HSM_OPEN HSM_ROWS HSM_SAID HSM_TO
"""
# What a person gives to a translation.
_GIVEN = "CLOUDHSM_CLI HSM_TIMEOUT"
_EVERYBODYS = """
COLUMNS DISPLAY EDITOR HISTFILE HOST HOSTNAME LINES LOGNAME MAIL SHELL SUDO_USER TEMP TERM TMP USER USERNAME
"""
# What the functions of a translation keep.
KEPT = frozenset(_KEPT.split())
TAKEN = KEPT.union(_BASH.split(), _GIVEN.split())
# With those that are in the environment of everybody: a variable of another language is not meant by them.
ENVIRONMENT = TAKEN.union(_EVERYBODYS.split())
