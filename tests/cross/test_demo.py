"""`openalgo demo`: the README's first command."""

from __future__ import annotations

import pytest
from terminals import Terminal


@pytest.mark.parametrize("broker", ["paper", "angel", "definedge", "icici", "indmoney", "kotak"])
def test_every_step_is_checked_and_shown(terminal: Terminal, broker: str) -> None:
    steps = terminal.json("demo", broker)
    assert len(steps) >= 10
    assert [step["step"] for step in steps if not step["ok"]] == []
    if broker == "angel":
        assert any("placeOrder" in str(step["requests"]) for step in steps)
    assert not (terminal.directory / "home" / "journal").exists(), "a demo leaves the user's own account alone"


def test_brokers_lists_what_is_installed(terminal: Terminal) -> None:
    states = {row["name"]: row for row in terminal.json("brokers")}
    assert {name: row["state"] for name, row in states.items()} == {
        "angel": "ok",
        "definedge": "ok",
        "icici": "ok",
        "indmoney": "ok",
        "kotak": "ok",
        "paper": "ok",
    }
    assert states["angel"]["distribution"] == "openalgo-angel"
    assert states["angel"]["capabilities"]["place_order"] == "full"
