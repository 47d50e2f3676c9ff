"""The compiled half of ``sqlite3``; its Python half only adapts dates and times, which no record has."""

from __future__ import annotations

from shared.lean import standing_in

__all__ = ["sqlite3"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from typing import Any
else:
    from _functools import _lru_cache_wrapper

    def _lru_cache(size: int) -> Callable[[Callable[..., Any]], Any]:
        """Return what makes a function remember its last ``size`` answers."""
        return lambda function: _lru_cache_wrapper(function, size, False, tuple)

    # The core of its cache of statements is compiled; what is around that takes two milliseconds to import.
    with standing_in("functools", lru_cache=_lru_cache):
        import _sqlite3 as sqlite3
