"""Makes random shell scripts in the idioms of those that call the legacy tools."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from migration_support import script
from random_shell_pieces import (
    ANSWERS,
    CALLS,
    COUNT,
    FINDS,
    FIRST,
    HANDLES,
    HEAD,
    LABELS,
    LIST,
    MAKES,
    MATCHES,
    NAMES,
    ONE,
    OTHERS,
    PAIRS,
    TESTS,
    TYPED,
)

from migration.translate import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Maker:
    """Makes scripts, one from every seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - it is for no secret

    def script(self) -> str:
        """Return a script of some statements."""
        strict = self.random.choice(("", "set -e", "set -u", "set -euo pipefail"))
        begins = "name=alicia count=0 i=7 h=$first value=v\n"
        body = "\n".join(line for _ in range(self.random.randint(2, 5)) for line in self.followed())
        if "grep -q" in body:
            # What writes to a grep that has ended may fail then, or not.
            strict = strict.replace("uo pipefail", "")
        return HEAD.format(strict=strict) + begins + body + "\nsay end $count $h\n"

    def followed(self) -> list[str]:
        """Return a statement that can be followed, mostly: where a translation stops, all behind is not compared."""
        while True:
            lines = self.statement(2)
            text = HEAD.format(strict="") + "\n".join(lines) + "\n"
            if self.random.random() < 0.1 or not translate(script(text, "x.sh")).remains:
                return lines

    def of(self, *choices: Sequence[str]) -> str:
        """Return one of some texts, its gaps filled."""
        text = self.random.choice(self.random.choice(choices))
        for gap, fills in (("@M", LABELS), ("@H", HANDLES)):
            while gap in text:
                text = text.replace(gap, self.random.choice(fills), 1)
        return text

    def call(self, *choices: Sequence[str]) -> str:
        """Return a call of key_mgmt_util."""
        return f"{self.random.choice(CALLS)} {self.of(*choices)}"

    def asked(self, call: str, known: dict[str, tuple[str, ...]] = TESTS) -> str:
        """Return a test that fits a call, mostly."""
        fitting = next((tests for word, tests in known.items() if word in call), known["gen"])
        return self.of(fitting) if self.random.random() < 0.9 else self.of(*known.values())

    def taken(self) -> tuple[str, str]:
        """Return a call and the filters that take something out of what it prints."""
        what, filters = self.random.choice(
            ((MAKES, ONE), (MAKES, ONE), (FINDS, FIRST), (FINDS, LIST), (FINDS, COUNT), (("listUsers",), NAMES))
        )
        return self.call(what), self.of(filters)

    def block(self, depth: int) -> list[str]:
        """Return the lines of a block."""
        lines = [line for _ in range(self.random.randint(1, 2)) for line in self.statement(depth - 1)]
        return [f"    {line}" for line in lines]

    def condition(self) -> str:
        """Return something that an if or a while may ask."""
        call = self.call(MAKES, FINDS, OTHERS)
        test = self.asked(call)
        return self.random.choice(
            (
                f"{call} | {test}",
                f"{call} | {test}",
                f"! {call} | {test}",
                f"{call} 2>&1 | tee last.log | {test}",
                f'[ "$({self.call(FINDS)} | {self.of(COUNT)})" {self.of(("-gt 1", "-eq 0", "= 1", "-le 2"))} ]',
                f'[ -n "$({self.call(FINDS)} | {self.of(FIRST)})" ]',
                '[ -z "$h" ]',
                '[ "$count" -gt 1 ]',
                f"h=$({self.call(MAKES)} | {self.of(ONE)})",
                f'out=$({call}); echo "$out" | {test}',
                "[[ $h =~ ^[0-9]+$ ]]",
            )
        )

    def statement(self, depth: int) -> list[str]:
        """Return the lines of a statement."""
        options: list[Callable[[int], list[str]]] = [
            self.take,
            self.check,
            self.check,
            self.kept,
            self.user,
            self.plain,
            self.user,
        ]
        if depth > 0:
            options += [self.branch, self.loop, self.listed, self.function, self.branch]
        return self.random.choice(options)(depth)

    def plain(self, _: int) -> list[str]:
        """Return a call alone."""
        call, good = self.call(MAKES, FINDS, OTHERS, PAIRS), self.call(MAKES, FINDS, PAIRS, ("listUsers",))
        return [
            self.random.choice(
                (
                    f"{call} > /dev/null || true",
                    f"{good} > /dev/null; say status $?",
                    f"{good} || say failed",
                    f"{good} > /dev/null && say good",
                    f"{good} >> all.log 2>&1 || say bad",
                    "say $count $h",
                    "name=${name}x",
                    "trap 'say bye' EXIT",
                )
            )
        ]

    def take(self, _: int) -> list[str]:
        """Return what takes a value."""
        call, filters = self.taken()
        name = self.random.choice(("h", "count", "list", "value"))
        after = self.random.choice(
            (f'say "[${name}]"', f"say ${name}", f"say {name}=${{{name}}}x", f"say ${{#{name}}}")
        )
        head, *rest = filters.split(" | ")
        given = " | ".join((f'{head} <<< "$out"', *rest))
        return self.random.choice(
            (
                [f"{name}=$({call} | {filters})", after],
                [f"{name}=`{call} | {filters}`".replace("\\(", "\\\\(").replace("\\)", "\\\\)"), after],
                [f"out=$({call})", f'{name}=$(echo "$out" | {filters})', after],
                [f"out=$({call} 2>&1)", f"{name}=$({given})", after],
                [f"{call} > value.log", f"{name}=$(cat value.log | {filters})", after],
                [f"{call} | {filters} > value.txt", f"{name}=$(cat value.txt)", after],
                [f"{name}=$({call} | {filters}) || say none", after],
                [f"{name}=$({call} | {filters})", "say $?", after],
                [f'say "$({call} | {filters})"'],
                [f"say $({call} | {filters})"],
                [f'read -r {name} rest <<< "$({call} | {filters})"', after],
                [f"read -r {name} < <({call} | {filters})", after],
            )
        )

    def check(self, _: int) -> list[str]:
        """Return what looks whether something went well."""
        call = self.call(MAKES, FINDS, OTHERS, PAIRS)
        test, match = self.asked(call), self.asked(call, MATCHES)
        good = self.random.choice(
            ("say yes", "say yes; count=$((count + 1))", f"say yes $({self.call(MAKES)} | {self.of(ONE)})")
        )
        return self.random.choice(
            (
                [f"{call} | {test} && {good} || say no"],
                [f"if {call} | {test}; then {good}; else say no; fi"],
                [f"out=$({call})", f'if echo "$out" | {test}; then {good}; else say no; fi'],
                [f"out=$({call})", f"if [[ $out {match} ]]; then {good}; else say no; fi"],
                [f"out=$({call} 2>&1) || true", f'[[ "$out" {match} ]] && {good} || say no'],
                [f"{call} > check.log 2>&1", f"if {test} check.log; then {good}; fi"],
                [
                    f"out=$({self.call(MAKES)})",
                    'case "$out" in',
                    "    *SUCCESS*) say yes ;;",
                    "    *) say no ;;",
                    "esac",
                ],
                [f"out=$({call})", 'case "$out" in', "    *Error* | *failed*) say no ;;", "    *) say yes ;;", "esac"],
                [f"{call} | {test} || {{ say no; }}"],
                [f"if {self.condition()}; then", f"    {good}", "fi"],
            )
        )

    def kept(self, _: int) -> list[str]:
        """Return what goes through a file, an array, a function or a text."""
        handle = f"$({self.call(MAKES)} | {self.of(ONE)})"
        listed = f"$({self.call(FINDS)} | {self.of(LIST)})"
        return self.random.choice(
            (
                [f"keys=({listed})", 'say ${#keys[@]} "${keys[0]:-}"'],
                [
                    f"h={handle}",
                    'echo "made:$h" >> keys.txt',
                    "h=$(tail -1 keys.txt | cut -d: -f2)",
                    f"{self.call(OTHERS)} > /dev/null || true",
                ],
                [f"h={handle}", "$KMU exportPubKey -k $h -out key_$h.pem > /dev/null || true"],
                [f"mapfile -t keys < <({self.call(FINDS)} | {self.of(LIST)})", 'say "${#keys[@]}" "${keys[@]}"'],
                [f"IFS=', ' read -r -a keys <<< \"{listed}\"", 'say "${#keys[@]}"'],
                [f"declare -A by; by[x]={handle}", "$KMU deleteKey -k ${by[x]} > /dev/null", "say gone"],
                [
                    f"h={handle}",
                    "printf '%s\\n' \"$h\" > h.txt; read -r again < h.txt",
                    '[ "$again" = "$h" ] && say same',
                ],
                [f"h={handle}; h=${{h// /}}", 'say "${h:0:2}" $((h + 1))'],
            )
        )

    def user(self, _: int) -> list[str]:
        """Return what is typed at cloudhsm_mgmt_util, and what is asked of it."""
        password = self.random.choice(("adminpw1",) * 4 + ("wrongpw1",))
        typed = [self.of(TYPED) for _ in range(self.random.choice((1, 1, 2, 3)))]
        body = "\n".join(
            (
                f"loginHSM CO admin {password}",
                *typed,
                "logoutHSM" if self.random.random() < 0.5 else "listUsers",
                "quit",
            )
        )
        test = self.of(ANSWERS)
        text = re.sub(r"^grep -\w+ |'| > .*", "", test)
        # A grep that ends early may end the tool before its last command.
        piped = re.sub(r"grep -q(i?) (.*)", r"grep -c\1 \2 > /dev/null", test)
        document = f"$CMU <<EOF%s\n{body}\nEOF"
        fed = body.replace("\n", "\\n")
        return self.random.choice(
            (
                [document % " > users.log 2>&1", f"if {test} users.log; then say yes; else say no; fi"],
                ["if " + document % f" | {piped}", "then say yes; else say no; fi"],
                ["out=$(" + document % "", ")", f'if echo "$out" | {test}; then say yes; else say no; fi'],
                ["out=$(" + document % "", ")", f'[[ $out == *"{text}"* ]] && say yes || say no'],
                [document % " > /dev/null || true"],
                [f'printf "{fed}\\n" | $CMU | {piped} && say yes || say no'],
                [f'echo -e "{fed}" | $CMU > users.log', f"{test} users.log && say yes || say no"],
                [document % f" | {piped} && say yes || say no"],
            )
        )

    def branch(self, depth: int) -> list[str]:
        """Return a condition and what depends on it."""
        if self.random.random() < 0.2:
            return [f"if ! {{ {self.condition()}; }}; then", *self.block(depth), "fi"]
        more = ["else", *self.block(depth)] if self.random.random() < 0.5 else []
        return [f"if {self.condition()}; then", *self.block(depth), *more, "fi"]

    def loop(self, depth: int) -> list[str]:
        """Return a loop over names, or one that tries again."""
        inside = self.block(depth)
        return self.random.choice(
            (
                ["for name in alice bob carol; do", '    say "at $name"', *inside, "done"],
                [
                    "i=0",
                    f"until {self.condition()}; do",
                    "    i=$((i + 1))",
                    "    [ $i -ge 2 ] && break",
                    *inside,
                    "done",
                ],
                ["while read -r name; do", *inside, "done <<< $'alice\\ndave'", "name=alicia"],
                ["for ((i = 0; i < 2; i++)); do", *inside, "done"],
            )
        )

    def listed(self, depth: int) -> list[str]:
        """Return a loop over what was found."""
        call, filters = self.call(FINDS), self.of(LIST)
        inside = [
            self.random.choice(('say "[$h]"', "say $h", "$KMU deleteKey -k $h > /dev/null", "count=$((count + 1))"))
        ]
        if self.random.random() < 0.3:
            inside = self.block(depth)
        return self.random.choice(
            (
                [f"for h in $({call} | {filters}); do", *inside, "done"],
                [f"{call} | {filters} | while read -r h; do", *inside, "done"],
                [f"list=$({call} | {filters})", "for h in $list; do", *inside, "done"],
                ["while read -r h; do", *inside, f"done < <({call} | {filters})"],
                [f"{call} | {filters} | xargs -n1 $KMU deleteKey -k > /dev/null"],
                [f"for h in $({call} | {filters} | tr ',' ' '); do", *inside, "done"],
            )
        )

    def function(self, depth: int) -> list[str]:
        """Return a function and calls of it."""
        call, filters = self.taken()
        name = f"f{self.random.randint(0, 999)}"
        return self.random.choice(
            (
                [f"{name}() {{", f"    {call} | {filters}", "}", f"value=$({name})", 'say "[$value]"'],
                [
                    f"{name}() {{",
                    "    local label=$1 out",
                    '    out=$($KMU genSymKey -t 31 -s 32 -l "$label")',
                    f'    echo "$out" | {self.of(ONE)}',
                    "}",
                    f"h=$({name} called)",
                    "say $h",
                ],
                [
                    f"{name}() {{",
                    "    local rc=0",
                    f"    {self.call(MAKES)} | {self.of(TESTS['gen'])} || rc=$?",
                    "    return $rc",
                    "}",
                    f"if {name}; then say good; else say bad; fi",
                ],
                [f"{name}() {{", *self.block(depth), "}", name, f"{name} || true"],
                [
                    f'{name}() {{ $KMU findKey -l "$1" | {self.of(COUNT)}; }}',
                    f"count=$({name} two)",
                    "say $count",
                    f'[ "$({name} one)" -eq 1 ] && say single',
                ],
                [
                    f'{name}() {{ $KMU deleteKey -k "$1" | {self.of(TESTS["delete"])}; }}',
                    f"{name} $first && say gone || say kept",
                ],
            )
        )
