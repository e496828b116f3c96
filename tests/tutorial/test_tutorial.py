"""The tutorial, followed to the letter in an empty folder: commands are run, changes made, extracts compared.

Instead of fetching openalgo-core and what it needs, the virtual environment of the tutorial is given what the running
one has; nothing is fetched from anywhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openalgo_core import scaffold

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
TEMPLATE = Path(scaffold.__file__).parent / "broker"
_BLOCK = re.compile(r"(?:<!-- (?P<order>[^>]+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
_STUB = "#!{python}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
_PROGRAMS = {"openalgo": ("openalgo_core.cli", "main"), "pytest": ("pytest", "main")}


@dataclass(frozen=True)
class Block:
    """A fenced block, and the remark before it that says what it is."""

    order: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    for found in _BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8")):
        yield Block(found["order"] or "", found["language"], found["text"])


EXTRACTS = [block for block in blocks() if block.order.startswith("from ")]


@pytest.mark.parametrize("block", EXTRACTS, ids=lambda block: block.text.splitlines()[0].strip())
def test_what_is_shown_stands_in_the_template(block: Block) -> None:
    assert block.text in (TEMPLATE / block.order.removeprefix("from ")).read_text(encoding="utf-8")


def test_every_block_is_run_compared_or_applied() -> None:
    assert len(EXTRACTS) >= 5
    for block in blocks():
        known = block.language == "console" or block.order == "apply" or block in EXTRACTS
        assert known, f"nobody checks this block: {block.text[:60]!r}"


@dataclass
class Reader:
    """Somebody who does what the tutorial says."""

    folder: Path
    environment: dict[str, str]
    prelude: list[str] = field(default_factory=list)
    commands: int = 0
    patch: str = ""

    def follow(self, block: Block) -> None:
        if block.order == "apply":
            self.apply(block.text)
            self.patch = block.text
        if block.order == "revert":
            self.apply(self.patch, "--reverse")
        if block.language == "console":
            wanted = int(block.order.removeprefix("exit ")) if block.order.startswith("exit ") else 0
            for line in block.text.splitlines():
                self.run(line.removeprefix("$ "), wanted)

    def run(self, command: str, wanted: int) -> None:
        self.commands += 1
        if command.startswith((". ", "cd ")):
            self.prelude.append(command)
            return
        self.check("\n".join([*self.prelude, command]), command, wanted)
        if command.endswith("-m venv .venv"):
            self.furnish(self.folder / ".venv")

    def furnish(self, venv: Path) -> None:
        """What fetching openalgo-core from an index would have put there."""
        (library,) = venv.glob("lib/python3*/site-packages")
        places = [entry for entry in sys.path if entry.endswith("site-packages")]
        (library / "running.pth").write_text("".join(f"import site; site.addsitedir({entry!r})\n" for entry in places))
        for name, (module, function) in _PROGRAMS.items():
            script = venv / "bin" / name
            script.write_text(_STUB.format(python=venv / "bin" / "python", module=module, function=function))
            script.chmod(0o755)

    def apply(self, patch: str, *options: str) -> None:
        where = self.folder / "openalgo-acme"
        command = ["git", "apply", "--directory", "", *options, "-"]
        done = subprocess.run(command, input=patch, cwd=where, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{patch}\n{done.stderr}"

    def check(self, script: str, command: str, wanted: int) -> None:
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told = f"$ {command}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
        assert done.returncode == wanted, f"exit {done.returncode} instead of {wanted}:\n{told}"


def test_following_it_gives_a_broker_that_passes(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("OPENALGO_", "BROKER_", "PYTEST"))
    }
    environment = {**kept, "OPENALGO_HOME": str(tmp_path / "home"), "PIP_NO_INDEX": "1", "REDIRECT_URL": ""}
    environment["PYTEST_ADDOPTS"] = "--numprocesses=4"  # a reader has the time; the cases wait more than they compute
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    folder = tmp_path / "empty"
    folder.mkdir()
    reader = Reader(folder, environment)
    begun = time.monotonic()
    for block in blocks():
        reader.follow(block)
    record_property("commands", reader.commands)
    record_property("seconds", round(time.monotonic() - begun))
    assert list((folder / "openalgo-acme" / "dist").glob("openalgo_acme-0.1.0-*.whl"))
