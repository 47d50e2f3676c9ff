"""The stand-ins for typing and contextlib behave as the originals do, and those for whole modules give way to them."""

import contextlib
import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from model_support import ROOT

from shared import lean
from shared.lean import Record


class Lean(Record):
    """A record."""

    first: int
    second: str = "two"


class Usual(NamedTuple):
    """The same of typing's."""

    first: int
    second: str = "two"


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, "a", 2), {}), ((1,), {"third": 3}), ((1,), {"first": 1}), ((1, "a"), {"second": "b"})],
)
def test_a_record_refuses_fields_that_it_lacks_or_has_already(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (Usual, Lean):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_a_record_refuses_to_be_changed() -> None:
    for kind in (Usual, Lean):
        with pytest.raises(AttributeError):
            kind(1).first = 2  # type: ignore[misc]
        with pytest.raises((TypeError, ValueError)):
            kind(1)._replace(third=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(("values", "named"), [((1,), {}), ((1, "a"), {}), ((), {"second": "b", "first": 1})])
def test_a_record_is_what_a_named_tuple_is(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    record, usual = Lean(*values, **named), Usual(*values, **named)
    assert record == usual
    assert hash(record) == hash(usual)
    assert (record.first, record.second) == (usual.first, usual.second)
    assert record._asdict() == usual._asdict()
    assert record._fields == usual._fields
    assert record._replace(first=5) == usual._replace(first=5)
    assert Lean._make(usual) == Usual._make(record) == record
    assert type(Lean._make(usual)) is Lean
    assert repr(record) == repr(usual).replace("Usual", "Lean")
    assert type(record._replace(first=5)) is Lean
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own
    assert copy.deepcopy(record) == record


def happenings(manager: Callable[..., Any], raised: BaseException | None, *, caught: bool) -> list[str]:
    """Return what a block and the function around it go through."""
    seen: list[str] = []

    @manager
    def around(name: str) -> Iterator[str]:
        seen.append("before")
        try:
            yield name
        except ValueError as error:
            seen.append(f"inside {error}")
            if not caught:
                raise
        finally:
            seen.append("after")

    try:
        with around("block") as name:
            seen.append(name)
            if raised is not None:
                raise raised  # noqa: TRY301 - in the block, as a user would
    except BaseException as error:  # noqa: BLE001 - whichever it is
        seen.append(f"outside {error!r} {error is raised}")
    return seen


@pytest.mark.parametrize("caught", [True, False])
@pytest.mark.parametrize("raised", [None, ValueError("wrong"), KeyboardInterrupt(), StopIteration("end")])
def test_a_context_manager_of_a_function_is_the_usual_one(raised: BaseException | None, caught: bool) -> None:
    usual = happenings(contextlib.contextmanager, raised, caught=caught)
    assert happenings(lean.contextmanager, raised, caught=caught) == usual


def test_a_function_that_yields_twice_is_no_context_manager() -> None:
    @lean.contextmanager
    def twice() -> Iterator[None]:
        yield
        yield

    with pytest.raises(RuntimeError), twice():
        pass


def test_suppress_ends_a_block_at_what_it_names_only() -> None:
    with lean.suppress(OSError, KeyError):
        raise FileNotFoundError
    with pytest.raises(ValueError), lean.suppress(OSError, KeyError):  # noqa: PT011 - any
        raise ValueError


STAND_IN = """
import sys
sys.path.insert(0, {root!r})
from shared.lean import standing_in
with standing_in("colorsys", ONE_THIRD=3):
    import colorsys
    from colorsys import ONE_THIRD
    assert ONE_THIRD == 3
    {more}
assert ("colorsys" in sys.modules) == {stays}
import colorsys
assert colorsys.ONE_THIRD == 1 / 3
with standing_in("colorsys", ONE_THIRD=3):
    import colorsys
    assert colorsys.ONE_THIRD == 1 / 3
assert "colorsys" in sys.modules
"""


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ("pass", False),
        ("assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)", True),
        ("from colorsys import TWO_THIRD", True),
    ],
)
def test_a_module_that_stands_in_is_gone_afterwards_or_has_given_way(more: str, stays: bool) -> None:
    text = STAND_IN.format(root=str(ROOT), more=more, stays=stays)
    subprocess.run([sys.executable, "-IS", "-c", text], check=True)


def test_a_module_that_stands_in_lacks_what_the_real_one_lacks() -> None:
    text = STAND_IN.format(root=str(ROOT), more="colorsys.nothing", stays=True)
    done = subprocess.run([sys.executable, "-IS", "-c", text], check=False, capture_output=True, text=True)
    assert done.stderr.endswith("AttributeError: module 'colorsys' has no attribute 'nothing'\n")
