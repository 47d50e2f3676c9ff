"""The firmware commands that are imported when the first of them is used."""

from __future__ import annotations

from shared.hsm.inspection import InspectionCommands
from shared.hsm.mtls import MtlsCommands
from shared.hsm.partition import PartitionCommands
from shared.hsm.sharing import SharingCommands
from shared.hsm.signing import SigningCommands
from shared.hsm.tokens import TokenCommands


class OtherCommands(
    SigningCommands, SharingCommands, PartitionCommands, InspectionCommands, TokenCommands, MtlsCommands
):
    """All but logins, users, keys and their transfer."""
