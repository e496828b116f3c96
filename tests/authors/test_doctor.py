"""What `doctor` says of versions and of installed plugins."""

from __future__ import annotations

from pathlib import Path

import openalgo_core

from .broken import BROKEN
from .wheels import Machine, install, wheel


def broken_one(where: Path, group: str) -> Path:
    files = {"broken_for_doctor.py": BROKEN[2].source}
    return install(where / "site", wheel(where, "openalgo-broken", files, {group: "broken = broken_for_doctor"}))


def test_each_plugin_is_a_finding_and_a_broken_broker_a_warning(tmp_path: Path, good: Path) -> None:
    ran = Machine(tmp_path / "home", [good, broken_one(tmp_path, "openalgo.brokers")]).openalgo("doctor", "--json")
    assert ran.code == 0
    found = {finding["check"]: finding for finding in ran.json()}
    assert f"openalgo-core {openalgo_core.__version__}, plugin API 1, Python 3." in found["versions"]["message"]
    assert found["plugin good"]["message"] == "openalgo-good 1.0, plugin API 1"
    assert (found["plugin broken"]["state"], found["plugin broken"]["remedy"] is not None) == ("warning", True)
    assert BROKEN[2].cause in found["plugin broken"]["message"]


def test_a_broken_guard_that_is_enabled_is_an_error(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home", [broken_one(tmp_path, "openalgo.guards")])
    assert "guard broken" not in machine.openalgo("doctor", "--json").out
    (tmp_path / "home" / "openalgo.toml").write_text('[guards]\nenabled = ["broken", "gone"]\n', encoding="utf-8")
    ran = machine.openalgo("doctor", "--json")
    assert ran.code == 3
    found = {finding["check"]: finding for finding in ran.json()}
    for name, words in (("broken", "no licence"), ("gone", "not installed")):
        assert found[f"guard {name}"]["state"] == "error"
        assert words in found[f"guard {name}"]["message"]
        assert found[f"guard {name}"]["remedy"]


def test_every_finding_that_is_not_well_says_what_to_do(tmp_path: Path, good: Path) -> None:
    ran = Machine(tmp_path / "home", [good]).openalgo("doctor", "--json", "--broker", "good")
    bad = [finding for finding in ran.json() if finding["state"] != "ok"]
    assert {"session", "clock", "instruments", "registered IP"} <= {finding["check"] for finding in bad}
    assert [finding for finding in bad if not finding["remedy"]] == []
    assert next(one["message"] for one in bad if one["check"] == "instruments").startswith("never fetched")
