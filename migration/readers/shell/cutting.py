"""Values that are cut into words or lines by what takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import words as shell_words
from migration.reading import kinds

if TYPE_CHECKING:
    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Reading


def split(reading: Reading) -> Reading:
    """Return a reading of a value of which blanks only separate words."""
    before, behind = (text.strip(" \t") for text in reading.around)
    extra = reading.extra if not reading.extra or reading.extra.strip() else "\n" if "\n" in reading.extra else " "
    return reading._replace(extra=extra, around=(before, behind), uneven=False, end="\n")


def line_by_line(reading: Reading, reader: Node) -> Reading | None:
    """Return a reading whose values a loop or an xargs takes one by one; None if they do not stand as it takes them."""
    if reading.kind not in (*kinds.ONE_LINE, *kinds.LISTS) or reading.uneven:
        return None
    source = shell_words.source(reader)
    if reader.type == "command" or re.match(r"while read\b", source):
        # Blanks around a value are not taken; what calls a tool by xargs becomes a loop over lines.
        reading = split(reading)
        if reader.type == "command" and not reading.extra.strip():
            reading = reading._replace(extra="\n")
    if "".join(reading.around) or (reading.kind in kinds.LISTS and reading.extra != "\n"):
        return None
    return reading
