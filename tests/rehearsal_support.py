"""Rehearsals of translations that are wrong."""

from typing import Any

import pytest

from migration.bash.sources import Body
from migration.rehearsal import sides
from migration.translate import Translation


def mistranslate(monkeypatch: pytest.MonkeyPatch, right: str, wrong: str) -> None:
    """Let a rehearsal's translation say something wrong instead of something that it does say."""
    rendered = sides.rendered

    def mistaken(translation: Translation, **options: Any) -> Body:
        body = rendered(translation, **options)
        assert right in body.text
        return body._replace(text=body.text.replace(right, wrong))

    monkeypatch.setattr(sides, "rendered", mistaken)
