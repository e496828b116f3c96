"""The installed `openalgo` command and a simulated Angel One, as two programs that talk over a socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["SEEDS", "Angel", "Terminal", "simulated_angel"]

COMMAND = str(Path(sys.executable).with_name("openalgo"))
SEEDS = Path(__file__).parents[1] / "data" / "seeds"


@dataclass
class Terminal:
    """Somebody's shell: a directory, an environment, and what a command printed there."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, stdin: str = "", code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run `openalgo` with these words; fails the test if it ends with another exit code."""
        done = subprocess.run(
            [COMMAND, *words],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env=self._environment(),
            timeout=120,
            check=False,
        )
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str, code: int = 0) -> Any:
        """The JSON result on standard output."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def error(self, *words: str, code: int) -> dict[str, Any]:
        """The JSON error on standard error."""
        error: dict[str, Any] = json.loads(self.run(*words, "--json", code=code).stderr)["error"]
        assert error["exit_code"] == code
        return error

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Run `openalgo` beside the test."""
        return subprocess.Popen(
            [COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.directory,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        # Nothing of the developer's own settings may get in.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "OPENALGO_"))}
        return kept | {"OPENALGO_HOME": str(self.directory / "home")} | self.environment


@dataclass(frozen=True)
class Angel:
    url: str
    credentials: dict[str, str]


def simulated_angel(directory: Path, *faults: str) -> Iterator[Angel]:
    """`openalgo simulate angel` in a process of its own, until the test is over."""
    options = [word for fault in faults for word in ("--fault", fault)]
    process = Terminal(directory).start("simulate", "angel", "--json", *options)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    try:
        yield Angel(said["url"], said["environment"])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
