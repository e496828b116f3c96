"""Start-up does not grow with the number of installed plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from .wheels import Machine, fakes

MANY = 200


@pytest.mark.parametrize("group", ["openalgo.brokers", "openalgo.guards", "openalgo.commands"])
@pytest.mark.parametrize("words", [["--help"], ["quote", "NSE:SBIN"]], ids=" ".join)
def test_a_run_imports_only_what_it_uses(group: str, words: list[str], tmp_path: Path) -> None:
    site = tmp_path / "site"
    names = set(fakes(site, MANY, group))
    assert len(names) == MANY
    alone, crowded = Machine(tmp_path / "alone", []), Machine(tmp_path / "crowded", [site])
    for machine in (alone, crowded):
        machine.openalgo(*words)  # what is made once is made now
    imported = crowded.modules(*words)
    assert not names & imported
    assert imported == alone.modules(*words)
