"""What a launcher finds the tools' modules by: the reading half of a bundle (decision 6).

No module imports this one. Its code stands in the bundle itself, and a launcher runs it before anything of ours, so it
imports only what is in every interpreter from its start: annotations are quoted, as ``__future__`` is not.
"""

import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader
from _imp import source_hash
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType
    from typing import Any

    # What a module is in a bundle: its file, that file's mtime (ns) and size, and its code; None if it is compiled C.
    Module = tuple[str, int, int, CodeType | None]
    # Where a piece of a bundle begins, counted from the end of the head, how long it is, in bytes, and its checksum.
    Place = tuple[int, int, bytes]
    Table = dict[str, Place]  # by the module's name


class BundleFinder:
    """Finds in a bundle what was made from the files that are there now; all else is left to Python's own."""

    def __init__(self, descriptor: int, start: int, table: "Table") -> None:
        self._descriptor = descriptor
        self._start = start
        self._table = table

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return what an import statement needs to know of a module; None if it is not here or not as it was."""
        module: Module | None = self._load(self._table.get(name))
        return None if module is None else self._spec(name, *module)

    def _load(self, place: "Place | None") -> "Any":
        """Return the value of a piece; None if there is none, or if it has been damaged."""
        if place is None:
            return None
        begin, length, checksum = place
        piece = os.pread(self._descriptor, length, self._start + begin)
        return loads(piece) if source_hash(0, piece) == checksum else None  # noqa: S302 - as of a .pyc

    def _spec(self, name: str, file: str, modified: int, size: int, code: "CodeType | None") -> ModuleSpec | None:
        """Return what is known of a module; None if its file is not as it was."""
        try:
            state = os.stat(file)
        except OSError:
            return None
        if (state.st_mtime_ns, state.st_size) != (modified, size):
            return None
        if code is None:
            spec = ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)
            spec.has_location = True
            return spec
        loader: Any = self
        spec = ModuleSpec(name, loader, origin=file, loader_state=code)
        if file.endswith("/__init__.py"):
            spec.submodule_search_locations = [os.path.dirname(file)]
        return spec

    def create_module(self, _: ModuleSpec) -> None:
        """Leave it to Python to make the module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run a module's code."""
        spec: Any = module.__spec__
        module.__file__ = spec.origin
        exec(spec.loader_state, module.__dict__)  # noqa: S102 - this is what an import does
        spec.loader_state = None

    def make(self, place: "Place | None") -> None:
        """Make modules at once, as import statements would one by one; they are here in the order of their ends.

        If one of them is not as it was, the order may be another: then all are left to the import statements.
        """
        modules: Sequence[tuple[str, str, int, int, CodeType | None]] = self._load(place) or ()
        specs = [spec for module in modules if (spec := self._spec(*module)) is not None]
        if len(specs) < len(modules):
            return
        # What a package holds may come to its end first, so all packages are there from the start.
        made = {spec.name: _new_module(spec) for spec in specs if spec.submodule_search_locations}
        sys.modules.update(made)
        try:
            for spec in specs:
                if spec.name in sys.modules and spec.name not in made:
                    continue
                module = made.setdefault(spec.name, _new_module(spec))
                sys.modules[spec.name] = module
                self.exec_module(module)
                package, _, own_name = spec.name.rpartition(".")
                if package:
                    setattr(sys.modules[package], own_name, module)
        except BaseException:
            # None of them is kept, so that the import statements begin anew and say what is wrong.
            for name in made:
                sys.modules.pop(name, None)
            raise


def _new_module(spec: ModuleSpec) -> "ModuleType":
    module = type(sys)(spec.name)
    module.__spec__, module.__loader__, module.__package__ = spec, spec.loader, spec.parent
    if spec.submodule_search_locations:
        module.__path__ = spec.submodule_search_locations
    return module


def use(descriptor: int, start: int, table: "Table", place: "Place | None") -> None:
    """Find modules from now on in an open bundle, whose head ends at ``start``, and make those of one piece."""
    finder: Any = BundleFinder(descriptor, start, table)
    sys.meta_path.insert(0, finder)
    finder.make(place)
