"""``cloudhsm-migrate matrix``: what of both tools has an equivalent, and since which version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import output
from migration.map import table

if TYPE_CHECKING:
    import argparse

COLUMNS = ("tool", "SDK 3", "CloudHSM CLI", "since", "note")
_WIDTHS = (10, 36, 50, 10, 50)
_NONE = "no equivalent"
_SHORT = {"cloudhsm_mgmt_util": "CMU", "key_mgmt_util": "KMU", "configure": "host"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the option of the command."""
    output.add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the matrix; return 0."""
    rows = [(tool, row.legacy, row.cli, row.since, row.note) for tool, row in table.rows()]
    if args.format == output.JSON:
        keys = ("tool", "legacy", "cli", "since", "note")
        output.write_json([{key: value or None for key, value in zip(keys, row, strict=True)} for row in rows])
    else:
        shown = [(_SHORT[tool], legacy, cli or _NONE, since, note) for tool, legacy, cli, since, note in rows]
        output.write(output.table(args.format, COLUMNS, shown, _WIDTHS))
    return 0
