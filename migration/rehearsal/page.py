"""The report as one page of HTML that needs nothing from outside; no password is in a report, so none is in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from migration.rehearsal import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.rehearsal.rehearse import Rehearsal

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.4rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border-bottom: 1px solid #d0d7de; padding: .35rem .6rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
tr.unexplained td { background: #ffebe9; }
.verdict { font-weight: 600; }
@media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #e6edf3; }
    th, td { border-color: #30363d; }
    tr.unexplained td { background: #490202; }
}
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="verdict">{verdict}</p>
<p>{beginning}</p>
{tables}
</body>
</html>
"""


def page(rehearsal: Rehearsal) -> bytes:
    """Return the page in UTF-8."""
    rows = [report.row(found) for found in rehearsal.found]
    marks = [report.UNEXPLAINED if found.cause is None else "" for found in rehearsal.found]
    tables = [
        _table(("side", "ended"), report.runs(rehearsal)),
        _table(("cluster", "before", "after the script", "after the translation"), report.steps(rehearsal)),
        _table(report.COLUMNS, rows, marks) if rows else "",
    ]
    content = _PAGE.format(
        title=_shown(f"Rehearsal of {rehearsal.wanted.script.name}"),
        style=_STYLE,
        verdict=_shown(report.verdict(rehearsal)),
        beginning=_shown(report.beginning(rehearsal)),
        tables="\n".join(filter(None, tables)),
    )
    return content.encode("utf-8", "backslashreplace")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], marks: Sequence[str] = ()) -> str:
    head = "".join(f"<th>{_shown(column)}</th>" for column in columns)
    lines = []
    for number, cells in enumerate(rows):
        mark = f' class="{marks[number]}"' if number < len(marks) and marks[number] else ""
        lines.append(f"<tr{mark}>{''.join(f'<td>{_shown(cell)}</td>' for cell in cells)}</tr>")
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table>"


def _shown(text: str) -> str:
    return escape("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text))
