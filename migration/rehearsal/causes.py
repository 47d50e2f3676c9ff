"""What explains a difference: one rule a cause, with its number in the list of docs/migration-reference.md, section 4.

A rule looks at a difference and at what is known of the rehearsal, and returns a cause or None. The first rule that
returns one explains the difference; what none explains is for a person to look at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.rehearsal.difference import (
    CARRIED,
    CLUSTER,
    FILE,
    LEGACY_TOOL,
    NOTHING,
    OUTPUT,
    REHEARSED,
    RUN,
    STEP,
    USER,
    Cause,
    Found,
)
from migration.rehearsal.effects import affects, makes_a_key, would_make_equal
from migration.rehearsal.texts import EMPTY, GAPS, JSON, LESS, MISSING, TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migration.rehearsal.difference import Difference
    from migration.rehearsal.facts import Facts

    Rule = Callable[[Difference, Facts], "Cause | None"]

# What CloudHSM CLI says when it refuses what the tools of SDK 3 did, and the difference that it is.
MESSAGES = (
    (r"Digest security strength", 48, "a hash weaker than the key is refused since 5.16"),
    (r"must be available on at least 2 HSMs", 33, "a key must be on two HSMs before it is used"),
    (r"Key selection criteria matched (?!0 )", 29, "a filter must select one key, and labels are not unique"),
    (r"set to a value greater than 1", 27, "quorum values of a key are above 1"),
    (r"Token key attribute cannot be supplied", 32, "whether a key is a session key is an option of its making"),
    (r"Attribute \S+ cannot be set", 31, "the attribute cannot be changed on this type of HSM"),
    (r"not allowed for this key or by the mode", 6, "refused in FIPS mode since 2024"),
    (r"already been activated", 18, "activating a second time is an error"),
    (r"inconsistent", 19, "a user or key that is not on every HSM is refused"),
)
_FIPS, _HANDLES = 6, 29
_JSON = re.compile(
    r"JSON|output goes to|reads what a legacy tool printed|waits for|is done when it reads|in the output"
)
_UNSET = re.compile(r"^(\w+): must be set$")
_ENDINGS = re.compile(r"failure|showed help and did nothing")


def explained(found: Iterable[Difference], facts: Facts) -> list[Found]:
    """Return the differences with their causes; that HSMs are out of step follows from what differs on them."""
    told = [Found(difference, cause(difference, facts)) for difference in found]
    told = [item if item.cause else Found(item.difference, _consequence(item.difference, facts)) for item in told]
    state = [item for item in told if item.difference.kind not in (STEP, RUN, FILE, OUTPUT, CLUSTER)]
    unclear = any(item.cause is None for item in state)
    first = next((item.cause for item in state if item.cause), None)
    return [
        Found(item.difference, None if unclear else first) if item.difference.kind == CLUSTER else item for item in told
    ]


def cause(difference: Difference, facts: Facts) -> Cause | None:
    """Return what explains a difference by itself, None if nothing does."""
    if difference.kind == RUN and difference.field in (REHEARSED, LEGACY_TOOL):
        return None
    if difference.kind == RUN and difference.field == CARRIED:
        return _did_not_start(difference, facts) or _may_be_left(facts)
    return next((found for rule in RULES if (found := rule(difference, facts)) is not None), None)


def _left_to_a_person(difference: Difference, _: Facts) -> Cause | None:
    if difference.kind != STEP:
        return None
    item = difference.item
    if not item and _JSON.search(difference.why):
        item = 13
    if not item and _ENDINGS.search(difference.why):
        item = 13
    return Cause(item, difference.why)


def _refused(difference: Difference, facts: Facts) -> Cause | None:
    if difference.kind != RUN or difference.field != "stopped":
        return None
    for pattern, item, text in MESSAGES:
        # The mode is one reason of several, so the translation must have said that it is to be expected.
        expected = item != _FIPS or item in facts.items_at(difference.line)
        if expected and re.search(pattern, difference.why):
            return Cause(item, text)
    return None


def _failed_before(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a stop at a command that failed in SDK 3 too: there the script went on."""
    if difference.kind != RUN or difference.field != "stopped":
        return None
    if any(facts.has_failed(outcome.step) for outcome in facts.outcomes_at(difference.line)):
        return Cause(13, "the command failed before too; its exit status ends the script now")
    return None


def _not_approved(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a command that waits for an approval which the script handed in, in SDK 3 by a command of its own."""
    if difference.kind != RUN or not re.search(r"[Qq]uorum|approval", difference.why):
        return None
    handed = [outcome for outcome in facts.translation.outcomes if outcome.step.name == "approveToken"]
    return Cause(25, "approvals are given with the command that they approve") if handed else None


def _second_factor(difference: Difference, facts: Facts) -> Cause | None:
    places = facts.outcomes_at(difference.line) if difference.line else facts.translation.outcomes
    waits = difference.kind == RUN and difference.field in ("stopped", "ended") and bool(facts.translated.status)
    file = difference.kind == FILE and bool(difference.line)
    if (waits or file) and any("-2fa" in facts.texts(found.step) for found in places):
        return Cause(22, "the token file of a second factor has another form, and is signed while the command waits")
    return None


def _needs_what_is_left(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a stop at a command that uses what a command would have given that is left to a person."""
    if difference.kind != RUN or difference.field != "stopped":
        return None
    given = {
        capture.variable: outcome
        for outcome in facts.translation.outcomes
        if outcome.remains
        for capture in outcome.step.captures
    }
    used = [name for outcome in facts.outcomes_at(difference.line) for name in facts.variables(outcome.step)]
    used += _UNSET.findall(difference.why)
    found = next((given[name] for name in used if name in given), None)
    own = [outcome for outcome in facts.outcomes_at(difference.line) if outcome.remains]
    left = found or next(iter(own), None)
    return None if left is None else Cause(facts.item(left), f"needs line {left.step.line}, which is left to a person")


def _shifted(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a stop at a handle that is written out, where a key before it was left to a person."""
    if difference.kind != RUN or difference.field != "stopped" or _HANDLES not in facts.items_at(difference.line):
        return None
    for outcome in facts.translation.outcomes:
        if outcome.remains and outcome.step.line < difference.line and makes_a_key(outcome.step):
            return Cause(_HANDLES, f"handles are other ones, as line {outcome.step.line} is left to a person")
    return None


def _by_hand_at_last(difference: Difference, _: Facts) -> Cause | None:
    """Explain a status that comes from a part which is left to a person."""
    if difference.kind == RUN and "to be done by hand" in difference.why:
        return Cause(13, "the status comes from a part that is left to a person")
    return None


def _ended_otherwise(difference: Difference, facts: Facts) -> Cause | None:
    if difference.kind != RUN or difference.field != "status":
        return None
    if facts.translation.remains:
        return Cause(13, "a check that decides the status is left to a person")
    return None


def _did_not_start(difference: Difference, facts: Facts) -> Cause | None:
    """Explain what a cloudhsm_mgmt_util did not do that ended at once, as an HSM of its configuration is down."""
    if difference.kind in (STEP, FILE) or "Connection to one of servers failed" not in facts.legacy.out:
        return None
    return Cause(
        11, "cloudhsm_mgmt_util does not start while an HSM is down; CloudHSM CLI works with those that answer"
    )


def _may_be_left(facts: Facts) -> Cause | None:
    """Explain what was not read by a part that nobody followed, or that is left out as it is for a failure alone."""
    lines = facts.not_followed()
    if not lines:
        return None
    told = ", ".join(map(str, lines))
    return Cause(0, f"line{'s' if len(lines) > 1 else ''} {told} {'are' if len(lines) > 1 else 'is'} not followed")


def _counted_failures(difference: Difference, _: Facts) -> Cause | None:
    if difference.kind == USER and difference.field == "failed logins":
        return Cause(21, "failed logins are counted on the HSMs that are asked")
    return None


def _repaired(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a user that was on some HSMs only: creating it again fails there in SDK 3, and repairs it in SDK 5."""
    if difference.kind != USER or difference.field != "exists" or difference.legacy != NOTHING:
        return None
    if not facts.everywhere(difference.subject):
        return Cause(19, "creating a user that some HSMs have repairs it; cloudhsm_mgmt_util asks on each HSM")
    return None


def _other_text(difference: Difference, _: Facts) -> Cause | None:
    if difference.kind not in (FILE, OUTPUT) or difference.field != "content":
        return None
    if (difference.legacy, difference.translated) in ((TEXT, JSON), (JSON, TEXT), (TEXT, LESS)):
        return Cause(13, "what the tools print is JSON now")
    return None


def _of_a_program(difference: Difference, facts: Facts) -> Cause | None:
    """Explain what a Python program prints and the translation does not, and what it kept to itself."""
    if difference.kind != OUTPUT or facts.translation.script.language != "python":
        return None
    if difference.translated == MISSING:
        lost = [line for line, told in facts.translation.remains if told.startswith("prints")]
        if not lost and facts.legacy.status:
            return Cause(13, "a failure is told in other words")
        return Cause(13, f"line {lost[0]} prints what the translation does not know") if lost else None
    return Cause(13, "what a command answers is printed now") if difference.translated == JSON else None


def _not_said(difference: Difference, facts: Facts) -> Cause | None:
    """Explain lines that are missing where something was left to a person that may write them."""
    lines = facts.left_lines() if difference.translated in GAPS else []
    if difference.kind not in (FILE, OUTPUT) or not lines:
        return None
    told = f"lines {', '.join(map(str, lines))} are" if len(lines) > 1 else f"line {lines[0]} is"
    return Cause(13, f"{told} left to a person, and may write it")


def _not_printed(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a file to which a script sends what a tool prints, where that is left to a person."""
    if difference.kind == FILE and (line := facts.line_left_of(difference.subject)):
        return Cause(13, f"line {line}, which writes it, is left to a person")
    return None


def _attribute_text(difference: Difference, facts: Facts) -> Cause | None:
    if difference.kind == FILE and difference.field == "content" and EMPTY not in difference[3:5]:
        names = {outcome.step.name for outcome in facts.outcomes_at(difference.line)}
        if names & {"getAttribute", "findAllKeys", "getKeyInfo", "getToken", "getHSMInfo"}:
            return Cause(26 if "getToken" in names else 0, "the file has another form")
    return None


def _header(difference: Difference, facts: Facts) -> Cause | None:
    """Explain a wrapped file with the header that carries attributes."""
    if difference.kind != FILE or difference.legacy != "a wrapped key with a header":
        return None
    return Cause(41, "CloudHSM CLI writes no header") if facts.outcomes_at(difference.line) else None


def _tokens(difference: Difference, facts: Facts) -> Cause | None:
    """Explain the JSON files of tokens; those of SDK 3 are other files."""
    if difference.kind != FILE or difference.field != "written":
        return None
    names = {outcome.step.name for outcome in facts.translation.outcomes if outcome.step.name}
    quorum = names & {"getToken", "registerQuorumPubKey", "registerMofnPubKey"}
    if quorum and difference.legacy == NOTHING and facts.is_written_by_translation(difference.subject):
        return Cause(24, "the HSM's token is a file now")
    return None


RULES: tuple[Rule, ...] = (
    _left_to_a_person,
    _failed_before,
    _did_not_start,
    _refused,
    _not_approved,
    _second_factor,
    _needs_what_is_left,
    _shifted,
    _by_hand_at_last,
    _ended_otherwise,
    _counted_failures,
    _repaired,
    _other_text,
    _not_printed,
    _of_a_program,
    _not_said,
    _attribute_text,
    _header,
    _tokens,
)


def _consequence(difference: Difference, facts: Facts) -> Cause | None:
    """Return the cause of a difference that follows from what the translation did not do."""
    if difference.kind in (STEP, RUN):
        return None
    stop = next((found for found in facts.runs() if found.field in ("stopped", "ended")), None)
    if difference.translated in GAPS and stop is not None and (told := cause(stop, facts)) is not None:
        return Cause(told.item, f"it is behind the stop: {told.text}")
    for outcome, line in facts.undone():
        if not affects(outcome.step, difference, facts):
            continue
        if line and not would_make_equal(outcome.step, difference):
            continue
        if line:
            return Cause(facts.item(outcome) if outcome.remains else 13, f"line {line} is left to a person")
        told = cause(stop, facts) if stop is not None else None
        if told is not None:
            return Cause(told.item, f"line {outcome.step.line} is behind the stop: {told.text}")
    return None
