"""What is said of a shell script, without the passwords that stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import masking

if TYPE_CHECKING:
    from migration.dialogue import Builder
    from migration.script import Call, Rewrite


def hide(builder: Builder, calls: list[Call], rewrites: list[Rewrite]) -> None:
    """Mask every password in what is said of a script, and where its translation stops."""
    without = masking.masker(masking.passwords(builder.steps))
    masking.hide(builder)
    calls[:] = [call._replace(gap=without(call.gap)) for call in calls]
    rewrites[:] = [rewrite._replace(gap=without(rewrite.gap)) for rewrite in rewrites]
