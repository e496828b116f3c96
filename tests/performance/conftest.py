"""`benchmarks`, which is in no distribution; what is installed still comes before what stands here."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def benchmark() -> Iterator[Callable[[str], Any]]:
    """Imports a module of it by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(ROOT)])
        yield lambda name: importlib.import_module(f"benchmarks.{name}")
