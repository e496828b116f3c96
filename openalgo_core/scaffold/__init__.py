"""Writes the package of a new plugin.

The templates are two complete packages called `acme`, kept beside this module as ordinary source: linted, typed and
tested in the repository as they stand, and installed with the core, so that nothing has to be fetched. A new plugin is
a copy of one with its name in the place of that word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConfigurationError, UsageError

__all__ = ["KINDS", "write_plugin"]

#: What kinds of plugins there are, and the entry-point group of each.
KINDS = {"broker": "openalgo.brokers", "guard": "openalgo.guards"}

_TEMPLATES = Path(__file__).parent
_WORD = "acme"
#: A name is typed by users, is the path of REDIRECT_URL, and ends the name of a module.
_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
#: `openalgo_core` is taken.
_RESERVED = frozenset({"core"})
#: Left by running the templates' own tests where they stand.
_LITTER = frozenset({"__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"})


def write_plugin(name: str, kind: str, directory: Path) -> list[Path]:
    """Write the package of a plugin into `directory`, which must be empty or absent; the files, sorted.

    Raises `UsageError` for a name that cannot be one or is taken by an installed plugin of that kind, and
    `ConfigurationError` where the directory cannot be written or is not empty.
    """
    _check_name(name, kind)
    try:
        if directory.exists() and any(directory.iterdir()):
            raise ConfigurationError(f"{directory} is not empty.", hint="Name another place with --directory.")
        return sorted(_write(name, source, directory) for source in _sources(kind))
    except OSError as error:
        raise ConfigurationError(
            f"{directory} cannot be written: {error.strerror}.", hint="Name another place with --directory."
        ) from error


def _check_name(name: str, kind: str) -> None:
    from ..plugins.discovery import discover

    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(
            f"{name!r} cannot be the name of a plugin.",
            hint="Use 2 to 31 small letters and digits, a letter first, such as angel; core is taken.",
        )
    taken = [found for found in discover(groups=(KINDS[kind],)) if found.name == name]
    if taken:
        raise UsageError(
            f"{taken[0].distribution} {taken[0].version} is installed and calls itself {name!r}.",
            hint="Two plugins of one name are both refused; choose another name, or uninstall that one.",
        )


def _sources(kind: str) -> Iterator[Path]:
    template = _TEMPLATES / kind
    for path in template.rglob("*"):
        if path.is_file() and not _LITTER.intersection(path.relative_to(template).parts):
            yield path


def _write(name: str, source: Path, directory: Path) -> Path:
    kind = source.relative_to(_TEMPLATES).parts[0]
    relative = _renamed(source.relative_to(_TEMPLATES / kind).as_posix(), name)
    # A .gitignore inside our own repository would hide files of it.
    target = directory / (".gitignore" if relative == "gitignore" else relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    return target


def _renamed(text: str, name: str) -> str:
    return text.replace(_WORD, name).replace(_WORD.capitalize(), name.capitalize())
