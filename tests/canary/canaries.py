"""Unmistakable values, the places where one must never be found, and the search."""

from __future__ import annotations

import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

__all__ = ["Canaries", "noting_children"]


@dataclass
class Canaries:
    """`planted` has each secret by what it is; `places` what was seen where."""

    planted: dict[str, str] = field(default_factory=dict)
    places: dict[str, bytes] = field(default_factory=dict)
    looking: bool = True

    def plant(self, **secrets: str) -> None:
        self.planted |= secrets

    def saw(self, place: str, content: str | bytes) -> None:
        """Something that others may see; all that comes to one place counts as one."""
        if not self.looking:
            return
        added = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.places[place] = self.places.get(place, b"") + b"\n" + added

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """While somebody other than openalgo is at work, such as the browser that a test plays."""
        self.looking = False
        yield
        self.looking = True

    def saw_files(self, root: Path, *, of: str) -> None:
        for path in sorted(root.rglob("*")):
            self.saw(f"{of}: name", str(path.relative_to(root)))
            if path.is_file():
                self.saw(f"{of}: {path.relative_to(root)}", path.read_bytes())

    def hits(self) -> list[str]:
        """Each place that tells a planted value, plainly or as programs write such values into other texts."""
        return [
            f"{name} in {place}"
            for name, secret in self.planted.items()
            for place, content in self.places.items()
            if _pattern(secret).search(content)
        ]

    def report(self) -> str:
        size = sum(map(len, self.places.values()))
        return f"{len(self.planted)} planted, {len(self.places)} places ({size:,} bytes), {len(self.hits())} hits"


def _pattern(secret: str) -> re.Pattern[bytes]:
    if secret.isdigit():  # a PIN: the same digits inside a longer number are another number
        return re.compile(rb"(?<!\d)%s(?!\d)" % secret.encode())
    texts = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], secret.encode().hex()}
    wide = {secret.encode("utf-16-le")}
    return re.compile(b"|".join(re.escape(text) for text in {*(t.encode() for t in texts), *_base64(secret), *wide}))


def _base64(secret: str) -> Iterator[bytes]:
    """The part that does not depend on what stands before and after it, for each of three alignments."""
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        yield b64encode(b"x" * before + secret.encode())[cut:-4]


_watching: list[Canaries] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        for canaries in _watching:
            canaries.saw("children", repr((arguments, dict(os.environ))))


sys.addaudithook(_audit)  # stays for the life of the process: Python takes none away


@contextmanager
def noting_children(canaries: Canaries) -> Iterator[None]:
    """Command lines and environments of whatever this process starts are a place, too."""
    _watching.append(canaries)
    try:
        yield
    finally:
        _watching.remove(canaries)
