"""What any user of this machine can see of a running `openalgo`: command lines, and what its children are handed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from terminals import Terminal

from .canaries import Canaries
from .conftest import Trader

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows it there")

#: Takes the place of a browser: tells what it was started with, and waits to be looked at.
BROWSER = """#!/bin/sh
{ echo "$0 $*"; env; echo "parent $PPID"; } > "$CANARY_NEST"
read -r _ < "$CANARY_NEST.end"
"""


@pytest.fixture
def nest(tmp_path: Path) -> Path:
    """Two named pipes, by which a child of ours tells and waits."""
    for name in ("nest", "nest.end"):
        os.mkfifo(tmp_path / name)
    browser = tmp_path / "browser"
    browser.write_text(BROWSER)
    browser.chmod(0o700)
    return tmp_path / "nest"


def test_a_browser_login_shows_nothing_to_others(trader: Trader, nest: Path) -> None:
    terminal = Terminal(trader.directory)
    terminal.environment = {"BROWSER": str(nest.with_name("browser")), "CANARY_NEST": str(nest)}
    process = terminal.start("login", "--web", "--verbose")
    try:
        told = nest.read_text()
        trader.canaries.saw("the browser's arguments and environment", told)
        assert "callback" in told or "http://127.0.0.1" in told
        _look_around(trader.canaries)
        nest.with_name("nest.end").write_text("\n")
    finally:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    trader.canaries.saw("stdout and stderr", stdout + stderr)
    assert len(trader.canaries.places) > 10
    print(f"{trader.name}: {trader.canaries.report()}")
    assert trader.canaries.hits() == []


def _look_around(canaries: Canaries) -> None:
    """The command line of every process, and the environment of those that we may read."""
    for directory in _processes():
        for what in ("cmdline", "environ"):
            with suppress(OSError):  # it has ended, or is somebody else's
                canaries.saw(f"/proc/{directory.name}/{what}", (directory / what).read_bytes())


def _processes() -> Iterator[Path]:
    return (path for path in Path("/proc").iterdir() if path.name.isdigit())
