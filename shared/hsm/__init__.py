"""One HSM, as its firmware sees a command."""

from __future__ import annotations

from shared.hsm.transfer import TransferCommands
from shared.hsm.users import UserCommands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from shared.hsm.other import OtherCommands
else:

    class OtherCommands:
        """Stands in for the firmware commands that few runs use, until the first of them is used (decision 6)."""

        def __getattr__(self, name: str) -> Any:
            from shared.hsm import other

            Hsm.__bases__ = (*Hsm.__bases__[:-1], other.OtherCommands)
            return getattr(self, name)


class Hsm(UserCommands, TransferCommands, OtherCommands):
    """A session's connection to one HSM, with all firmware commands."""
