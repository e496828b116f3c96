"""`doctor`: every finding, and that one bad thing does not hide the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openalgo_core.config import CoreSettings, Environment
from openalgo_core.errors import ConfigurationError, NotSent
from openalgo_core.models import Settings
from openalgo_core.secrets import Secret

from .conftest import Ran, Run
from .fakes import LOGGED_IN, LOGGED_OUT, NOON, FakeBroker, info

HTTP_NOON = "Fri, 20 Nov 2026 06:30:00 GMT"


@dataclass
class Clock:
    moment: datetime = NOON + timedelta(seconds=0.5)

    def now(self) -> datetime:
        return self.moment


@dataclass
class Http:
    """Answers with headers, or fails."""

    headers: dict[str, str] = field(default_factory=lambda: {"Date": HTTP_NOON})
    error: Exception | None = None

    def request(self, method: str, url: str) -> Any:
        assert (method, url) == ("GET", "https://api.fake.invalid/")
        if self.error:
            raise self.error
        return self


@dataclass
class Office:
    environment: Environment = field(default_factory=lambda: Environment("fake", "default", Settings(), "environment"))
    settings: CoreSettings = field(default_factory=CoreSettings)
    clock: Clock = field(default_factory=Clock)
    http: Http = field(default_factory=Http)
    instruments_are_stale: bool = False
    instruments_synced_at: datetime | None = NOON - timedelta(hours=3)


@pytest.fixture
def office(broker: FakeBroker) -> Office:
    office = Office()
    broker.office = office  # type: ignore[assignment]  # another half of the same office
    return office


def _found(ran: Ran) -> dict[str, tuple[str, str]]:
    assert all(list(finding) == ["check", "state", "message", "remedy"] for finding in ran.json)
    return {finding["check"]: (finding["state"], finding["message"]) for finding in ran.json}


def test_a_healthy_machine(run: Run, office: Office) -> None:
    office.settings = CoreSettings(registered_ips=("203.0.113.7",))
    office.environment = replace(office.environment, source_ip="203.0.113.7")

    ran = run("doctor", "--json")
    found = _found(ran)

    assert (ran.code, ran.err) == (0, "")
    assert {state for state, _ in found.values()} == {"ok"}
    assert found["session"] == ("ok", "logged in as A123 until 2026-11-21 05:00:00 IST")
    assert found["clock"] == ("ok", "0.0 s behind the broker's")
    assert found["timeouts.read"] == ("ok", "10 s")
    assert found["kill switch"] == ("ok", "not thrown")
    assert found["registered IP"] == ("ok", "requests leave from 203.0.113.7")
    assert "ok       session                       logged in as A123 until" in run("doctor").out


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (2, ("ok", "2.0 s ahead of the broker's")),
        (-10, ("warning", "10.0 s behind the broker's")),
        (45, ("error", "45.0 s ahead of the broker's")),
    ],
)
def test_the_clock_against_the_brokers(seconds: float, expected: tuple[str, str], run: Run, office: Office) -> None:
    office.clock.moment += timedelta(seconds=seconds)

    ran = run("doctor", "--json")

    assert _found(ran)["clock"] == expected
    assert ran.code == (3 if expected[0] == "error" else 0)


def test_what_cannot_be_checked_says_so(run: Run, office: Office, broker: FakeBroker) -> None:
    office.http.headers = {}
    assert _found(run("doctor", "--json"))["clock"][1].startswith("not checkable")

    broker.answers["status"] = LOGGED_OUT
    office.instruments_are_stale = True
    office.settings = CoreSettings(registered_ips=("203.0.113.7",))
    ran = run("doctor", "--json")
    found = _found(ran)
    assert ran.code == 0
    for check in ("session", "clock", "instruments", "registered IP"):
        assert found[check][0] == "warning"
    assert found["registered IP"][1].startswith("not checkable")


def test_a_check_that_fails_is_a_finding(run: Run, office: Office) -> None:
    office.http.error = NotSent("No route.", hint="Look at the cable.")

    ran = run("doctor", "--json")

    assert ran.code == 3
    assert _found(ran)["clock"] == ("error", "No route.")
    assert ran.error["message"] == "Not in order: clock."


def test_a_simulated_broker_needs_no_clock_no_address_and_no_file(run: Run, office: Office, broker: FakeBroker) -> None:
    broker.info = replace(info(), hosts=())

    office.instruments_are_stale = True
    broker.answers["status"] = replace(LOGGED_IN, user_id=None, expires_at=None)

    found = _found(run("doctor", "--json"))

    assert found["session"] == ("ok", "fake needs no login")
    assert found["clock"][0] == found["registered IP"][0] == found["instruments"][0] == "ok"


def test_a_broken_configuration_does_not_hide_the_rest(
    run: Run, broker: FakeBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "openalgo.toml").write_text("[guards\n", encoding="utf-8")
    (home / "openalgo.toml").chmod(0o600)
    for name in ("halted", "a", "b", "c", "d"):
        (home / name).write_text("lunch", encoding="utf-8")
        (home / name).chmod(0o644)
    broker.answers["connect"] = ConfigurationError("Line 3 of .env cannot be read.")

    ran = run("doctor", "--json")
    found = _found(ran)

    assert ran.code == 3
    assert found["configuration"][0] == found["broker"][0] == "error"
    assert found["kill switch"] == ("warning", "Orders are halted: lunch")
    assert found["file modes"] == ("warning", f"Others may read {home}/a, {home}/b, {home}/c and 2 more.")
    assert ran.error["message"] == "Not in order: configuration, broker."


def test_settings_that_others_may_read_are_a_warning(run: Run, office: Office, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(mode=0o644)
    office.environment = replace(office.environment, source=str(file))

    assert _found(run("doctor", "--json"))["settings file"][0] == "warning"
    shown = run("doctor").out.splitlines()
    (at,) = [number for number, line in enumerate(shown) if line.startswith("warning  settings file")]
    assert shown[at + 1].strip() == "Run: openalgo doctor --fix"


def test_modes_are_mended_where_that_is_wanted(run: Run, office: Office, tmp_path: Path) -> None:
    settings, home = tmp_path / ".env", tmp_path / "home"
    settings.touch(mode=0o644)
    office.environment = replace(office.environment, source=str(settings))
    (home / "sessions").mkdir(parents=True, mode=0o755)
    (home / "sessions" / "token").touch(mode=0o664)

    found = _found(run("doctor", "--fix", "--json"))

    assert found["file modes"][0] == found["settings file"][0] == "ok"
    assert [
        oct(path.stat().st_mode & 0o777) for path in (settings, home / "sessions", home / "sessions" / "token")
    ] == [
        "0o600",
        "0o700",
        "0o600",
    ]
    assert "file modes" not in _found(run("doctor", "--json"))


@pytest.mark.parametrize(
    ("source", "proxy", "expected"),
    [
        ("203.0.113.7", None, ("ok", "requests leave from 203.0.113.7")),
        ("8.8.8.8", None, ("error", "requests leave from 8.8.8.8, registered is 203.0.113.7: orders will be refused")),
        ("10.0.0.2", None, ("warning", "not checkable: 10.0.0.2 is seen as another one outside")),
        (
            "203.0.113.7",
            Secret("http://x.invalid"),
            ("warning", "not checkable: a proxy stands between us and 203.0.113.7"),
        ),
    ],
)
def test_the_way_out_is_compared_with_the_registered_address(
    run: Run, office: Office, source: str, proxy: Secret | None, expected: tuple[str, str]
) -> None:
    office.settings = CoreSettings(registered_ips=("203.0.113.7",))
    office.environment = replace(office.environment, source_ip=source, proxy=proxy)
    ran = run("doctor", "--json")
    assert _found(ran)["registered IP"] == expected
    assert ran.code == (3 if expected[0] == "error" else 0)
    (finding,) = [one for one in ran.json if one["check"] == "registered IP"]
    assert (finding["remedy"] is None) is (expected[0] == "ok")


@pytest.mark.parametrize(
    ("hours", "stale", "expected"),
    [
        (0.2, False, ("ok", "fetched 12 min ago")),
        (3, False, ("ok", "fetched 3 h ago")),
        (96, True, ("warning", "fetched 4 days ago; there is a new file every morning")),
        (None, True, ("warning", "never fetched; there is a new file every morning")),
    ],
)
def test_the_age_of_the_instrument_file(
    run: Run, office: Office, hours: float | None, stale: bool, expected: tuple[str, str]
) -> None:
    office.instruments_are_stale = stale
    office.instruments_synced_at = None if hours is None else office.clock.now() - timedelta(hours=hours)
    assert _found(run("doctor", "--json"))["instruments"] == expected
