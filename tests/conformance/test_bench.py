"""The bench that the suite stands on: clocks, a trader, what requests look like, results as a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openalgo_core.testing import StandingClock, Wire, learn_wire, requests_of, simulating, trader
from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock


def test_a_standing_clock_moves_when_somebody_sleeps() -> None:
    clock = StandingClock()
    before = clock.monotonic()
    clock.sleep(90)
    assert (clock.now() - TRADING_DAY).total_seconds() == clock.monotonic() - before == 90
    assert clock.slept == [90]


def test_a_hurried_clock_runs_faster_than_the_world() -> None:
    clock, begun = HurriedClock(1000, start=TRADING_DAY), time.monotonic()
    clock.sleep(10)
    assert clock.monotonic() >= 10
    assert clock.now() > TRADING_DAY
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("sins")
def test_a_trader_needs_no_environment_and_what_it_sends_is_learnt(tmp_path: Path) -> None:
    before = dict(os.environ)
    with simulating("toy", StandingClock()) as simulation, trader("toy", simulation, tmp_path) as broker:
        assert broker.status().logged_in
        assert learn_wire(broker, simulation) == Wire(
            "POST /orders", "PUT /orders/", "DELETE /orders/", "GET /orders", ("GET /orders",)
        )
        assert broker.journal() == []
        assert requests_of(simulation, broker.funds) == ("GET /funds",)
        assert [row.status.value for row in broker.orders()] == ["cancelled"]
    assert dict(os.environ) == before


@pytest.mark.usefixtures("sins")
def test_leaving_a_simulation_fails_for_what_its_simulator_did_not_expect(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="a strange header"), simulating("toy", StandingClock()) as simulation:
        simulation.setup.surprises.append("a strange header")


def test_results_are_written_where_the_pytest_plugin_is_asked_for_them(tmp_path: Path) -> None:
    module, report = tmp_path / "test_paper.py", tmp_path / "report.json"
    module.write_text(
        "from openalgo_core.testing import BrokerConformance\n"
        "class TestPaper(BrokerConformance):\n    broker = 'paper'\n    exempt = {100: 'to see it fail'}\n"
    )
    options = ["-p", "openalgo_core.testing.pytest_plugin", "--conformance-report", str(report), "-k", "_100_ or _121_"]
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={tmp_path}", str(module), *options]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 1
    by_number = {one["number"]: one for one in json.loads(report.read_text())}
    assert {number: one["outcome"] for number, one in by_number.items()} == {100: "stale", 121: "skipped"}
    assert by_number[121]["reason"].startswith("paper declares no hosts")
    assert "to see it fail" in by_number[100]["reason"]
