"""Random expect scripts: what the reader says that they type is what a tool gets when expect runs them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from expect_support import Maker, differs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(shutil.which("expect") is None, reason="expect runs the scripts here, and is not installed")
@pytest.mark.parametrize("start", range(0, 30, 10))
def test_a_random_script_types_what_the_reader_says(start: int, tmp_path: Path) -> None:
    compared = 0
    for seed in range(start, start + 10):
        maker = Maker(seed)
        text = maker.script()
        found = differs(text, tmp_path, fails=maker.random.randint(2, 5))
        assert not found, f"{found}\n{text}"
        compared += found == ""
    assert compared > 5
