"""One HSM, as its firmware sees a command."""

from __future__ import annotations

from shared.hsm.inspection import InspectionCommands
from shared.hsm.partition import PartitionCommands
from shared.hsm.sharing import SharingCommands
from shared.hsm.signing import SigningCommands
from shared.hsm.transfer import TransferCommands
from shared.hsm.users import UserCommands


class Hsm(UserCommands, TransferCommands, SigningCommands, SharingCommands, PartitionCommands, InspectionCommands):
    """A session's connection to one HSM, with all firmware commands."""
