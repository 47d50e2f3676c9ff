"""The folder that a simulated cluster lives in, laid out as /opt/cloudhsm, and its configuration files.

Every start of a tool imports this package, so nothing here imports more than ``os`` before it is needed.
"""

from shared.installation.files import InstallationError
from shared.installation.place import PROFILES, Installation

__all__ = ["PROFILES", "Installation", "InstallationError"]
