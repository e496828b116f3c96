"""The guard of `examples/`: built as a wheel, installed, named in the configuration, and asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "openalgo-guard-fat-finger"
COMMAND = str(Path(sys.executable).with_name("openalgo"))
SETTINGS = '[guards]\nenabled = ["fat_finger"]\n[guards.fat_finger]\npercent = 5\n'


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what the wheel holds: what `pip install --target` leaves there."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=EXAMPLE, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place / "site"


def place(home: Path, path: str, *words: str) -> subprocess.CompletedProcess[str]:
    (home / "openalgo.toml").write_text(SETTINGS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "OPENALGO_"))}
    return subprocess.run(
        [COMMAND, "order", "place", "NSE:SBIN", "BUY", "1", *words, "--json"],
        capture_output=True,
        text=True,
        cwd=home,
        env=kept | {"OPENALGO_HOME": str(home), "PYTHONPATH": path},
        check=False,
    )


def error_of(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert run.returncode == 5, run.stdout + run.stderr
    error: dict[str, Any] = json.loads(run.stderr.splitlines()[-1])["error"]
    return error


def test_an_installed_guard_is_asked(tmp_path: Path, installed: Path) -> None:
    refused = error_of(place(tmp_path, str(installed), "--price", "1"))
    assert refused["kind"] == "GuardRefused"
    assert "fat_finger: ₹1 is " in refused["message"]
    assert place(tmp_path, str(installed)).returncode == 0


def test_the_same_guard_not_installed_stops_every_order(tmp_path: Path) -> None:
    assert "'fat_finger' is enabled but not installed" in error_of(place(tmp_path, ""))["message"]


def test_its_own_tests_pass_where_it_is_installed(installed: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")],
        capture_output=True,
        text=True,
        cwd=EXAMPLE,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_it_is_no_longer_than_an_example_may_be() -> None:
    lines = (EXAMPLE / "openalgo_guard_fat_finger" / "__init__.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 32
