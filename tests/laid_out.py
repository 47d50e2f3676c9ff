"""Installations that are made once in a run and copied from then on: thousands of tests start from a few of them."""

import shutil
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

SetUp = Callable[[Sequence[str], Mapping[str, str], Path], tuple[int, str]]

# What names the folder of its installation: launchers and configuration files.
_NAMING = ("bin", "etc")
# What `cluster create` writes.
_CHANGING = ("data", "etc", "log", "run")


class Templates:
    """Keeps installations by a key that says all that went into them."""

    def __init__(self) -> None:
        # It goes with the process, as a pytest plugin has no better end.
        self._folder = TemporaryDirectory(prefix="laid-out-", ignore_cleanup_errors=True)
        self._kept: dict[Hashable, Path] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def keep(self, key: Hashable, prefix: Path) -> None:
        """Keep the installation in the folder `prefix` as it is now."""
        kept = Path(self._folder.name, str(len(self._kept)))
        shutil.copytree(prefix, kept, copy_function=shutil.copy)
        _rename(kept, prefix, kept)
        self._kept[key] = kept

    def lay_out(self, key: Hashable, prefix: Path, *, over: bool = False) -> None:
        """Make the folder `prefix` what was kept; `over` says that it is one before its cluster was made.

        Raises KeyError if nothing was kept under `key`.
        """
        kept = self._kept[key]
        for name in _CHANGING if over else [child.name for child in kept.iterdir()]:
            shutil.copytree(kept / name, prefix / name, copy_function=shutil.copy, dirs_exist_ok=over)
        _rename(prefix, kept, prefix, _CHANGING if over else _NAMING)


def _rename(folder: Path, old: Path, new: Path, names: Sequence[str] = _NAMING) -> None:
    for name in set(names) & set(_NAMING):
        for file in (folder / name).iterdir():
            if file.is_file() and bytes(old) in (content := file.read_bytes()):
                file.write_bytes(content.replace(bytes(old), bytes(new)))


class SetUps:
    """The set-up lines of transcripts: an installation and the cluster in it are made once, and copied from then on."""

    def __init__(self, set_up: SetUp) -> None:
        self._set_up = set_up
        self._templates = Templates()
        self._done: dict[str, tuple[Hashable, ...]] = {}

    def __call__(self, words: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str]:
        """Do what `set_up` does; what it prints is left out where it was copied."""
        prefix = env["CLOUDHSM_SIM_HOME"]
        first = words[0] == "install"
        before = () if first else self._done.pop(prefix, None)
        if before is None or not (first or _is_creation(words)):
            return self._set_up(words, env, directory)
        settings = (
            tuple(
                sorted(
                    (name, value)
                    for name, value in env.items()
                    if not name.startswith("PYTEST_") and prefix not in value
                )
            )
            if first
            else ()
        )
        # A transcript may bring configuration files of its own.
        files = () if first else _contents(Path(prefix))
        key = (*before, settings, files, tuple(word for word in words if word != prefix))
        if key in self._templates:
            self._templates.lay_out(key, Path(prefix), over=not first)
        else:
            status, output = self._set_up(words, env, directory)
            if status:
                return status, output
            self._templates.keep(key, Path(prefix))
        if first:
            self._done[prefix] = key
        return 0, ""


def _contents(prefix: Path) -> tuple[tuple[str, bytes], ...]:
    files = sorted(file for file in (prefix / "etc").iterdir() if file.is_file())
    return tuple((file.name, file.read_bytes().replace(bytes(prefix), b"")) for file in files)


def _is_creation(words: Sequence[str]) -> bool:
    """Return whether `cluster create` makes the first cluster, out of its words alone."""
    return list(words[:2]) == ["cluster", "create"] and "--customer-ca" not in words
