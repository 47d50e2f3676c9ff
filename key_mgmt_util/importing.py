"""What importPrivateKey and imSymKey share: key material from a file goes wrapped into the HSMs."""

from __future__ import annotations

from key_mgmt_util import creation, readers, results
from key_mgmt_util.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell
    from shared.hsm.intake import Wanted

# By profile: the calls that wrap the material on its way, make the template, and unwrap.
APIS = {
    "3.x": ("Cfm3ImportWrapKey", "Cfm3CreateUnwrapTemplate2", "Cfm3ImportUnWrapKey"),
    "1.x": ("Cfm3WrapHostKey", "Cfm3CreateUnwrapTemplate", "Cfm3UnWrapKey"),
}
OPTIONS = (
    Option("-l", readers.raw),
    Option("-id", readers.raw),
    Option("-sess", repeats=True),
    Option("-u", readers.users),
    Option("-wk", readers.text),
    Option("-attest"),
    creation.M_VALUE,
    *creation.SERVERS,
)
RETURNED = " returned: "


def bring_in(
    shell: Shell,
    values: dict[str, Any],
    host_key: bytes,
    material: bytes,
    wanted: Wanted,
    *,
    line: str,
    returned: str = RETURNED,
) -> int:
    """Import key material and return the code of the call that ended it.

    It is wrapped by the HSM's wrapping key, or here by ``host_key``, which ought to be the same key. ``line`` is the
    one with the handle, ``returned`` what stands between the name of the last call and its code.
    """
    from shared.crypto.wrapping import TRANSPORT, wrap_with_aes

    wrap_api, template_api, unwrap_api = APIS[shell.profile]
    if host_key:
        wrapped = wrap_with_aes(host_key, material, TRANSPORT).data
    else:
        outcome = shell.client.wrap_host(values["-w"], material, TRANSPORT)
        shell.console.write(results.result(wrap_api, outcome.code, shell.profile))
        if outcome.value is None:
            return outcome.code.number
        wrapped = outcome.value
    prepared = shell.client.prepare_template()
    shell.console.write(results.result(template_api, prepared.code, shell.profile))
    if prepared.value is None:
        return prepared.code.number
    made = shell.client.import_key(wrapped, values["-w"], wanted)
    handle = made.value[0].handle if made.value else 0
    return creation.report(shell, unwrap_api, made, values, line.format(handle), returned=returned)
