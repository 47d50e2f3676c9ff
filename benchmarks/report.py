"""Rows of figures and budgets, as text or Markdown."""

from __future__ import annotations

from typing import NamedTuple

_SECOND = 1000.0


class Row(NamedTuple):
    """A figure, its peer's, and what it should be."""

    what: str
    figure: str
    peer: str = ""
    ratio: str = ""


class Budget(NamedTuple):
    """A promise of the design and what was measured."""

    what: str
    figure: str
    holds: bool


def milliseconds(value: float) -> str:
    """Return a time for people."""
    if value >= _SECOND:
        return f"{value / _SECOND:.2f} s"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def compared(what: str, own: float, peer_name: str, peer: float) -> Row:
    """Return a row for two times; the ratio says how many of the peer's runs one of ours takes."""
    return Row(what, milliseconds(own), f"{peer_name}: {milliseconds(peer)}", f"{own / peer:.2f}")


def text(rows: list[Row], budgets: list[Budget], *, markdown: bool) -> str:
    """Return both tables."""
    figures: list[tuple[str, ...]] = [("What", "Time or size", "Peer", "Ratio"), *rows]
    promises: list[tuple[str, ...]] = [("Budget", "Measured", "Verdict")]
    promises += [(budget.what, budget.figure, "holds" if budget.holds else "does not hold") for budget in budgets]
    layout = _markdown if markdown else _plain
    return f"{layout(figures)}\n\n{layout(promises)}\n"


def _markdown(table: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in table]
    lines.insert(1, "|" + "---|" * len(table[0]))
    return "\n".join(lines)


def _plain(table: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return "\n".join(line.rstrip() for line in lines)
