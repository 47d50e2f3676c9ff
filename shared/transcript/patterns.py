"""Lines with placeholders: what they match, what they bind, and how text is quoted so that it is no pattern.

`[kind:name]` binds at first sight and must be equal later, `[..]` matches anything within a line, a line
`...` any number of lines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "handle": r"\d+",
    "hex": r"(?:0x)?[0-9A-Fa-f]+",
    "time": (
        r"(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
        r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: [A-Z]{3,4})?(?: \d{4})?(?: [A-Z]{3,4})?"
        r"|\d\d/\d\d/\d{4}(?: \d\d:\d\d:\d\d)?"
        r"|\d\d:\d\d:\d\d(?:[.,]\d+)?"
        r"|\d+)"
    ),
    "label": r"\S+",
    "serial": r"[0-9A-Za-z.:-]+",
    "ip": r"\d{1,3}(?:\.\d{1,3}){3}",
    "id": r"[0-9A-Za-z_-]+",
    "sha": r"(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{40})",
}
ANY_LINES = "..."
ANY_TEXT = "[..]"
NO_NEWLINE = "% no newline"  # stands behind a last line that the tool did not end

PLACEHOLDER = re.compile(r"\[(" + "|".join(KINDS) + r"):(\w+)\]")
_PART = re.compile(PLACEHOLDER.pattern + r"|\[\.\.\]")
# A line of output that looks like the file's own syntax stands with one backslash more.
_QUOTED = re.compile(r"(\\*)(?=\$ |\? \d+$|\.\.\.$|% no newline$)")

Bindings = dict[str, str]


def quote(text: str) -> str:
    """Return the line of the file that stands for the output line `text`."""
    found = _QUOTED.match(text)
    return "\\" + text if found else text


def unquote(raw: str) -> str:
    """Return the output line for which the line `raw` of the file stands, the inverse of `quote`."""
    found = _QUOTED.match(raw)
    return raw[1:] if found and found.group(1) else raw


def to_lines(text: str) -> list[str]:
    """Return the lines of a file that stand for the output `text`."""
    lines = [quote(line) for line in text.split("\n")]
    return [*lines, NO_NEWLINE] if lines[-1] else lines[:-1]


def names(raw: str) -> list[str]:
    """Return the placeholders in `raw` as `kind:name`, in order."""
    return [f"{kind}:{name}" for kind, name in PLACEHOLDER.findall(raw)]


def substitute(raw: str, bindings: Mapping[str, str]) -> str:
    """Return `raw` with the value of every bound placeholder; the others stay as they are."""
    return PLACEHOLDER.sub(lambda found: bindings.get(found.group()[1:-1], found.group()), raw)


@dataclass(frozen=True)
class Pattern:
    """One expected line, `raw` as it stands in the file."""

    raw: str

    @property
    def any_lines(self) -> bool:
        """True if it stands for any number of lines."""
        return self.raw == ANY_LINES

    @property
    def literal(self) -> bool:
        """True if it has no placeholder and no wildcard."""
        return not self.any_lines and not _PART.search(self.raw)

    def match(self, line: str, bindings: Mapping[str, str]) -> Bindings | None:
        """Return what the file's form of a line binds beyond `bindings`, or None if it does not match."""
        if self.literal:
            return {} if self.raw == line else None
        found = self.compiled(bindings).fullmatch(line)
        if found is None:
            return None
        return {key.replace("__", ":", 1): value for key, value in found.groupdict().items()}

    def compiled(self, bindings: Mapping[str, str]) -> re.Pattern[str]:
        """Return the regular expression of the whole line, bound placeholders as their values."""
        regex, end, seen = "", 0, set()
        for part in _PART.finditer(self.raw):
            regex += re.escape(self.raw[end : part.start()])
            end = part.end()
            key, group = part.group()[1:-1], f"{part.group(1)}__{part.group(2)}"
            if part.group() == ANY_TEXT:
                regex += ".*?"
            elif key in bindings:
                regex += re.escape(bindings[key])
            elif key in seen:
                regex += f"(?P={group})"
            else:
                seen.add(key)
                regex += f"(?P<{group}>{KINDS[part.group(1)]})"
        return re.compile(regex + re.escape(self.raw[end:]), re.DOTALL)
