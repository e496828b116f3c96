"""Real wheels of small plugins, made without a build tool, and a machine that has some of them installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_TELL_MODULES = """
import json, sys
from openalgo_core.cli import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def wheel(
    where: Path, distribution: str, files: Mapping[str, str], entry_points: Mapping[str, str], version: str = "1.0"
) -> Path:
    """A wheel (PEP 427) with those files; `entry_points` maps a group to `name = value`."""
    where.mkdir(parents=True, exist_ok=True)
    stem = f"{distribution.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    groups = "\n".join(f"[{group}]\n{line}\n" for group, line in entry_points.items())
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
        f"{info}/WHEEL": _WHEEL,
        f"{info}/entry_points.txt": groups,
    }
    record = "".join(f"{name},,\n" for name in [*contents, f"{info}/RECORD"])
    path = where / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**contents, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def package_files(root: Path, package: str) -> dict[str, str]:
    """The files of a package by their names in a wheel."""
    found = (path for path in (root / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def install(site: Path, *wheels: Path) -> Path:
    """What pip makes of them, in a directory of its own."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    quiet = ["--disable-pip-version-check", "--root-user-action=ignore", "--target", str(site)]
    subprocess.run([*command, *quiet, *map(str, wheels)], check=True, capture_output=True, text=True)
    return site


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error object that `--json` writes."""
        error: dict[str, Any] = json.loads(self.err.splitlines()[-1])["error"]
        return error


@dataclass(frozen=True)
class Machine:
    """Where some plugins are installed and nothing is configured."""

    home: Path
    sites: Sequence[Path]

    def openalgo(self, *words: str) -> Ran:
        return self._run([str(Path(sys.executable).with_name("openalgo")), *words])

    def modules(self, *words: str) -> set[str]:
        """What a run of the command has imported."""
        ran = self._run([sys.executable, "-P", "-c", _TELL_MODULES, *words])
        return set(json.loads(ran.err.splitlines()[-1]))

    def _run(self, command: Sequence[str]) -> Ran:
        self.home.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENALGO_", "BROKER_"))}
        paths = os.pathsep.join(map(str, self.sites))
        environment = {**kept, "OPENALGO_HOME": str(self.home), "PYTHONPATH": paths, "REDIRECT_URL": ""}
        ended = subprocess.run(
            command, capture_output=True, encoding="utf-8", check=False, env=environment, cwd=self.home, timeout=120
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)


def fakes(site: Path, count: int, group: str) -> Iterator[str]:
    """Metadata of so many plugins whose modules end the process when they are imported; the modules' names."""
    for number in range(count):
        name = f"fake{number:03}"
        info = site / f"openalgo_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: openalgo-{name}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}_plugin\n", "utf-8")
        (site / f"{name}_plugin.py").write_text("raise SystemExit('imported')\n", "utf-8")
        yield f"{name}_plugin"
