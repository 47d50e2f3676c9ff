"""How cloudhsm-migrate prints: tables for people, Markdown for documents, JSON for programs."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

TABLE, MARKDOWN, JSON = "table", "markdown", "json"
FORMATS = (TABLE, MARKDOWN, JSON)
_STYLES = {TABLE: "simple", MARKDOWN: "pipe"}


def add_format(parser: argparse.ArgumentParser) -> None:
    """Give a command the option for the form of its output."""
    parser.add_argument(
        "--format", choices=FORMATS, default=TABLE, help="table, markdown or json (default: %(default)s)"
    )


def write(text: str) -> None:
    """Print text, with escapes for what the terminal's encoding cannot show."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def write_json(value: Any) -> None:
    """Print a value as JSON, all ASCII, two blanks a level."""
    import json

    print(json.dumps(value, indent=2))


def table(style: str, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = ()) -> str:
    """Return rows as a table of a style; in a plain one long cells are broken at ``widths``."""
    from tabulate import tabulate

    def cell(text: str, index: int) -> str:
        clean = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in " ".join(text.split(" ")))
        if style == MARKDOWN:
            return clean.replace("|", "\\|")
        return (
            "\n".join(textwrap.wrap(clean, widths[index], break_on_hyphens=False))
            if widths and widths[index]
            else clean
        )

    cells = [[cell(text, index) for index, text in enumerate(row)] for row in rows]
    return tabulate(cells, columns, tablefmt=_STYLES[style], disable_numparse=True)
