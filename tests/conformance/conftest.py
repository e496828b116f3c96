"""A broker plugin for the suite to be tried on, installed as a distribution is, and the suite run over it in here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from conformance_sins import quietly

from openalgo_core.testing.conformance.stand import forget_plugins, info_of
from openalgo_core.testing.pytest_plugin import CaseResult, Results

TOY = Path(__file__).parent / "toy"
MODULE = """
from openalgo_core.testing import BrokerConformance

class TestToy(BrokerConformance):
    broker = "toy"
    exempt = {exempt!r}
"""

Check = Callable[..., list[CaseResult]]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Installed, and taken away again before another module looks what there is; the set holds what it does wrong."""
    site = tmp_path_factory.mktemp("site")
    metadata = site / "openalgo_toy-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: openalgo-toy\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[openalgo.brokers]\ntoy = openalgo_toy\n")
    with pytest.MonkeyPatch.context() as patch:
        for path in (site, TOY):
            patch.syspath_prepend(str(path))
        patch.setenv("PYTHONPATH", str(TOY))
        from openalgo_toy import SINS

        yield SINS
    for name in [name for name in sys.modules if name.startswith("openalgo_toy")]:
        del sys.modules[name]
    forget_plugins()


@pytest.fixture
def sins(toy: set[str]) -> Iterator[set[str]]:
    toy.clear()
    yield toy
    toy.clear()


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs cases over the toy, all or those of one number."""

    def run(number: int | None = None, exempt: Mapping[int | str, str] | None = None) -> list[CaseResult]:
        forget_plugins()
        info_of("toy")
        # A name of its own: pytest keeps modules by name, and would run the one of an earlier check.
        module = tmp_path / f"test_{tmp_path.name}.py"
        module.write_text(MODULE.format(exempt=dict(exempt or {})))
        chosen = [] if number is None else ["-k", f"test_{number}_"]
        results = Results()
        output = quietly([str(module), "-c", os.devnull, f"--rootdir={tmp_path}", *chosen], results)
        assert results.results, output
        return results.results

    return run
