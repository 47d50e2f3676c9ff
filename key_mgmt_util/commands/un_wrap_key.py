"""unWrapKey: make a key out of a file that wrapKey, or other software, has written."""

from __future__ import annotations

from key_mgmt_util import creation, results, wrap_header, wrap_options
from key_mgmt_util.options import parse
from key_mgmt_util.unwrap_syntax import BARE, SYNTAX, SYNTAX_1X, syntax_for
from shared.crypto.wrapping import AES_GCM
from shared.hsm.intake import Wanted
from shared.hsm.wrapping import MAX_INPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell

__all__ = ["SYNTAX", "SYNTAX_1X", "run"]

LINE = "\n\tKey Unwrapped.  Key Handle: {} \n"


def run(shell: Shell, words: list[str]) -> int:
    """Unwrap the key."""
    syntax = syntax_for(shell.profile, words)
    values = parse(shell, syntax, words)
    if values is None:
        return 0
    if _is_misused(values, shell.profile):
        shell.console.write(syntax.help.render())
        return 0
    return _unwrap_bare(shell, values) if "-noheader" in values else _unwrap(shell, values)


def _is_misused(values: dict[str, Any], profile: str) -> bool:
    if "-noheader" in values:
        lacks_something = wrap_options.mechanism(values) == AES_GCM and "-iv_file" not in values
    else:
        lacks_something = any(flag in values for flag in BARE)
    return lacks_something or wrap_options.misused(values, profile)


def _unwrap(shell: Shell, values: dict[str, Any]) -> int:
    """Unwrap what has a header, which tells of the key; a file without a good one opens nowhere."""
    content = values["-f"]
    read = wrap_header.unpack(content)
    header, wrapped = read or (wrap_header.NONE, b"")
    if len(content) > MAX_INPUT:
        # The HSM refuses it for its length.
        wrapped = content
    template = creation.template_of({**values, "-l": header.label, "-id": header.key_id})
    wanted = Wanted(header.key_class, header.key_type, template, header.flags)
    return _finish(shell, values, "Cfm3UnWrapKey", (wrapped, header.iv), wanted)


def _unwrap_bare(shell: Shell, values: dict[str, Any]) -> int:
    """Unwrap a bare key, which becomes what the options tell."""
    prepared = shell.client.prepare_template()
    line = results.result("Cfm3CreateUnwrapTemplate2", prepared.code, shell.profile)
    if prepared.value is None:
        shell.console.write(line)
        return prepared.code.number
    # The next result line follows without an empty one between.
    shell.console.write(line.removesuffix("\n"))
    wanted = Wanted(values["-kc"], values["-kt"], creation.template_of(values))
    iv = values.get("-iv_file", values.get("-i", b""))
    return _finish(shell, values, "Cfm2UnWrapWithTemplate3", (values["-f"], iv), wanted)


def _finish(shell: Shell, values: dict[str, Any], api: str, wrapped: tuple[bytes, bytes], wanted: Wanted) -> int:
    data, iv = wrapped
    outcome = shell.client.unwrap_key(data, values["-w"], wrap_options.parameters(values, iv), wanted)
    handle = outcome.value[0].handle if outcome.value else 0
    return creation.report(shell, api, outcome, values, LINE.format(handle))
