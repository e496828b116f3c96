"""A good third-party broker, made by `openalgo plugin new` and installed from a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from openalgo_core.scaffold import write_plugin

from .wheels import Machine, install, package_files, wheel


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that the broker `good` is installed in."""
    root = tmp_path_factory.mktemp("good")
    write_plugin("good", "broker", root / "source")
    files = package_files(root / "source", "openalgo_good")
    built = wheel(root / "dist", "openalgo-good", files, {"openalgo.brokers": "good = openalgo_good"})
    return install(root / "site", built)


@pytest.fixture
def machine(tmp_path: Path, good: Path) -> Machine:
    """A machine with the good broker alone."""
    return Machine(tmp_path / "home", [good])
