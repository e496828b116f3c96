"""A process that dies while paper has booked an order, and before the journal knows."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from workers import die_after_booking

from openalgo_core import connect
from openalgo_core.models import IntentState

SPAWN = multiprocessing.get_context("spawn")


def test_an_order_of_a_process_that_died_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    process = SPAWN.Process(target=die_after_booking, args=(str(tmp_path),))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    with connect("paper") as broker:
        (booked,) = broker.orders()
        assert [entry.state for entry in broker.journal()] == [IntentState.INTENDED]
        (settled,) = broker.reconcile()
        assert (settled.after, settled.order_id) == (IntentState.ACKNOWLEDGED, booked.order_id)
