"""What is installed, found without importing any of it.

Reads `*.dist-info/entry_points.txt` on `sys.path`, which takes about a millisecond, where importing
`importlib.metadata` alone takes thirty. That one is asked only about what is no plain directory: archives, eggs,
finders of other tools. Standard library only, and no dataclass: to make one takes longer than to look.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib.machinery import PathFinder
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from ..errors import PluginNotInstalled

__all__ = ["BROKERS", "COMMANDS", "GUARDS", "Found", "discover", "not_installed", "suggest"]

BROKERS = "openalgo.brokers"
GUARDS = "openalgo.guards"
COMMANDS = "openalgo.commands"

#: The packages of the brokers that this project keeps plugins for.
_PACKAGES = {
    "angel": "openalgo-angel",
    "definedge": "openalgo-definedge",
    "icici": "openalgo-icici",
    "indmoney": "openalgo-indmoney",
    "kotak": "openalgo-kotak",
}

#: Reads one file of a distribution's metadata; an absent or unreadable one is empty.
_Reader = Callable[[str], str]


class Found(NamedTuple):
    """One entry point. `value` is `module` or `module:attribute`, without extras.

    `dist_info` is the directory with the distribution's metadata, or the archive that holds it; empty where a finder
    of another tool does not say.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str
    dist_info: str


def discover(
    path: Iterable[str] | None = None, groups: Collection[str] = (BROKERS, COMMANDS, GUARDS)
) -> tuple[Found, ...]:
    """Every entry point of these groups, sorted by group, name and distribution.

    Of a distribution that is on the path twice the first counts, as it does for `import`. Two distributions that
    offer the same name are both listed: whoever loads it refuses, naming both.
    """
    seen: set[str] = set()
    found: list[Found] = []
    for key, dist_info, read in _distributions(path):
        if key not in seen:
            seen.add(key)
            found += _offers(dist_info, read, groups)
    return tuple(sorted(found, key=attrgetter("group", "name", "distribution")))


def suggest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant."""
    from difflib import get_close_matches  # only who mistypes pays for it

    close = get_close_matches(name.lower(), list(names), n=1)
    return close[0] if close else None


def not_installed(name: str, installed: Collection[str]) -> PluginNotInstalled:
    """The error that says which broker was meant and how to install it. `installed` are the names there are."""
    from ..errors import PluginNotInstalled

    meant = name if name in _PACKAGES else suggest(name, [*installed, *_PACKAGES])
    if meant is None:
        hint = f"Installed: {', '.join(sorted(installed))}. To be had: {', '.join(sorted(_PACKAGES.values()))}."
    else:
        question = "" if meant == name else f"Did you mean {meant}? "
        hint = question + ("" if meant in installed else f"Run: pip install {_PACKAGES[meant]}")
    return PluginNotInstalled(f"No broker {name!r} is installed.", hint=hint.strip(), broker=name)


def _distributions(path: Iterable[str] | None) -> Iterator[tuple[str, str, _Reader]]:
    """Normalised name, place and reader of every distribution, in the order of the path."""
    for entry in sys.path if path is None else path:
        yield from _in_entry(entry or os.getcwd())  # noqa: PTH109 - pathlib is not worth its import here
    if path is None:
        for finder in sys.meta_path:
            if finder is not PathFinder and hasattr(finder, "find_distributions"):
                yield from _of_finder(finder)


def _in_entry(entry: str) -> Iterator[tuple[str, str, _Reader]]:
    if entry.endswith(".egg"):
        yield from _of_archive(entry)
        return
    try:
        children = os.scandir(entry)
    except NotADirectoryError:
        yield from _of_archive(entry)
        return
    except OSError:  # not there, or not ours to read: nothing can be imported from it either
        return
    with children:
        for child in children:
            stem, dot, kind = child.name.rpartition(".")
            if dot and kind in ("dist-info", "egg-info") and child.is_dir():
                yield _key(stem.partition("-")[0]), child.path, _directory_reader(child.path)


def _of_archive(entry: str) -> Iterator[tuple[str, str, _Reader]]:
    from importlib.metadata import distributions

    for distribution in distributions(path=[entry]):
        yield _known_to_importlib(distribution, entry)


def _of_finder(finder: Any) -> Iterator[tuple[str, str, _Reader]]:
    from importlib.metadata import DistributionFinder

    for distribution in finder.find_distributions(DistributionFinder.Context()):
        yield _known_to_importlib(distribution, "")


def _known_to_importlib(distribution: Distribution, place: str) -> tuple[str, str, _Reader]:
    return _key(distribution.metadata["Name"] or ""), place, lambda file: distribution.read_text(file) or ""


def _directory_reader(directory: str) -> _Reader:
    def read(file: str) -> str:
        try:
            with open(f"{directory}/{file}", encoding="utf-8", errors="replace") as opened:  # noqa: PTH123 - as above
                return opened.read()
        except OSError:
            return ""

    return read


def _offers(dist_info: str, read: _Reader, groups: Collection[str]) -> list[Found]:
    text = read("entry_points.txt")
    if not any(group in text for group in groups):
        return []
    entries = [entry for entry in _entries(text) if entry[0] in groups]
    if not entries:
        return []
    distribution, version = _name_and_version(read("METADATA") or read("PKG-INFO"))
    return [Found(*entry, distribution, version, dist_info) for entry in entries]


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Group, name and value of each line of an `entry_points.txt`, read as `importlib.metadata` reads it."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            if equals:
                yield group, name.strip(), value.partition("[")[0].strip()


def _name_and_version(metadata: str) -> tuple[str, str]:
    headers = dict(line.partition(": ")[::2] for line in metadata.partition("\n\n")[0].splitlines())
    return headers.get("Name", "unknown"), headers.get("Version", "unknown")


def _key(name: str) -> str:
    """The same for every spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "_", name).lower()
