"""What exportPrivateKey and exSymKey share: key material leaves the HSM wrapped, and is unwrapped for the file."""

from __future__ import annotations

from key_mgmt_util import results
from shared import errors
from shared.errors import HsmError
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell

# By profile: the calls that wrap the key and unwrap it again.
APIS = {
    "3.x": ("Cfm3ExportWrapKey", "Cfm3ExportUnwrapKey"),
    "1.x": ("Cfm3WrapKey", "Cfm3UnWrapHostKey"),
}
HOST_UNWRAP_FAILED = "AES_unwrap_key failed\n"


class Exported(Record):
    """The code of the last call, and the key material in the clear, None unless all went well."""

    code: int
    material: bytes | None = None


def is_of_class(shell: Shell, handle: int, key_class: int) -> bool:
    """Return whether a key is of a class; one that cannot be looked at is taken for one, the HSM will tell."""
    key = shell.client.read_key(handle).value
    return key is None or key.key_class == key_class


def bring_out(shell: Shell, values: dict[str, Any], host_key: bytes) -> Exported:
    """Return the material of the key -k, wrapped by -w and unwrapped by it again, or here by ``host_key``."""
    from shared.crypto.wrapping import TRANSPORT, unwrap_with_aes

    wrap_api, unwrap_api = APIS[shell.profile]
    wrapped = shell.client.wrap_key(values["-k"], values["-w"], TRANSPORT)
    shell.console.write(results.result(wrap_api, wrapped.code, shell.profile))
    if wrapped.value is None:
        return Exported(wrapped.code.number)
    data = wrapped.value[1].data
    if host_key:
        try:
            return Exported(errors.RET_OK.number, unwrap_with_aes(host_key, data, TRANSPORT))
        except HsmError as refusal:
            shell.console.write(HOST_UNWRAP_FAILED)
            return Exported(refusal.code.number)
    outcome = shell.client.unwrap_host(values["-w"], data, TRANSPORT)
    shell.console.write(results.result(unwrap_api, outcome.code, shell.profile))
    return Exported(outcome.code.number, outcome.value)
