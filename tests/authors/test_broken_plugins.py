"""A bad plugin hurts only itself: eight of them, as real wheels, each beside a good one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from .broken import BROKEN, Broken
from .wheels import Machine, install, wheel

HEAVY = {"pydantic", "requests", "pluggy", "importlib.metadata", "sqlite3", "cryptography"}


Installed = Callable[..., Path]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The directory that a broken plugin is installed in; each once."""

    @cache
    def site(broken: Broken, group: str = "openalgo.brokers") -> Path:
        where = tmp_path_factory.mktemp("broken")
        module = f"broken_plugin_{where.name.removeprefix('broken')}"
        built = wheel(where, "openalgo-broken", {f"{module}.py": broken.source}, {group: f"{broken.name} = {module}"})
        return install(where / "site", built)

    return site


@pytest.fixture(params=BROKEN, ids=lambda broken: broken.id)
def broken(request: pytest.FixtureRequest) -> Broken:
    found: Broken = request.param
    return found


@pytest.fixture
def beside(broken: Broken, installed: Installed, tmp_path: Path, good: Path) -> Machine:
    """A machine with the good broker and the broken one."""
    return Machine(tmp_path / "home", [good, installed(broken)])


def test_it_is_one_line_that_says_what_to_do_and_the_others_work(broken: Broken, beside: Machine) -> None:
    listed = beside.openalgo("brokers", "--json")
    assert listed.code == 0
    rows = {(row["name"], row["distribution"]): row for row in listed.json()}
    bad = rows.pop((broken.name, "openalgo-broken"))
    assert (bad["state"], bad["version"]) == ("broken", "1.0")
    assert broken.cause in bad["cause"]
    assert "openalgo-broken 1.0" in bad["cause"]
    assert broken.remedy in bad["remedy"]
    clash = {("good", "openalgo-good")} if broken.name == "good" else set()
    assert {key for key, row in rows.items() if row["state"] == "broken"} == clash

    table = beside.openalgo("brokers").out.splitlines()
    (line,) = [line for line in table if "openalgo-broken" in line.split()[:2]]
    assert broken.cause in line
    assert broken.remedy in line

    used = beside.openalgo("quote", "NSE:SBIN", "--broker", broken.name, "--json")
    assert (used.code, used.error["kind"]) == (10, "PluginBroken")
    assert broken.cause in used.error["message"]
    assert broken.remedy in used.error["hint"]

    on_paper = beside.openalgo("quote", "NSE:SBIN", "--json")
    assert (on_paper.code, on_paper.json()[0]["symbol"]) == (0, "SBIN")


def test_starting_up_imports_what_it_did_before(broken: Broken, beside: Machine, machine: Machine) -> None:
    beside.openalgo("brokers")  # the first look at a plugin is remembered
    machine.openalgo("brokers")
    for words in (["--help"], ["brokers"]):
        modules = beside.modules(*words)
        assert modules == machine.modules(*words)
        assert not HEAVY & modules


def test_all_else_works_beside_all_of_them(tmp_path: Path, good: Path, installed: Installed) -> None:
    sites = [good, *(installed(broken) for broken in BROKEN if broken.name != "good")]
    machine = Machine(tmp_path / "home", sites)
    demo = machine.openalgo("demo", "good", "--json")
    assert demo.code == 0, demo.err
    assert all(step["ok"] for step in demo.json())
    assert machine.openalgo("--help").out.startswith("Usage: openalgo")
    assert not [name for name in machine.modules("quote", "NSE:SBIN") if name.startswith("broken_plugin")]


def test_plugin_check_tells_the_same(broken: Broken, beside: Machine) -> None:
    checked = beside.openalgo("plugin", "check", broken.name, "--json")
    assert checked.code == 10
    report = checked.json()
    assert (report["state"], report["cases"]) == ("broken", [])
    assert broken.cause in report["cause"]
    assert broken.remedy in report["remedy"]
    assert checked.error["message"] == report["cause"]


# --- Guards ---

GUARDS = [
    Broken("ends the process", "raise SystemExit('no licence')\n", "SystemExit", ""),
    Broken("lacks a dependency", "import acme_sdk_that_nobody_has\n", "acme_sdk_that_nobody_has", ""),
    Broken(
        "asks for what it is not given",
        "from openalgo_core import hookimpl\n\n@hookimpl\ndef check_order(order):\n    return None\n",
        "no parameter order",
        "",
    ),
    Broken(
        "is a coroutine",
        "from openalgo_core import hookimpl\n\n@hookimpl\nasync def check_order(context):\n    return None\n",
        "coroutine",
        "",
    ),
    Broken(
        "fails when it is asked",
        "from openalgo_core import hookimpl\n\n@hookimpl\ndef check_order(context):\n    return 1 / 0\n",
        "ZeroDivisionError",
        "",
    ),
]


ORDER = ("order", "place", "NSE:SBIN", "BUY", "1", "--product", "MIS", "--json")


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.id)
def test_a_broken_guard_stops_orders_and_leaves_reads_alone(
    guard: Broken, installed: Installed, tmp_path: Path
) -> None:
    machine = enabling(tmp_path, installed(guard, "openalgo.guards"))
    stopped = machine.openalgo(*ORDER)
    assert (stopped.code, stopped.error["kind"]) == (5, "GuardRefused")
    assert "broken" in stopped.error["message"]
    assert guard.cause in stopped.error["message"]
    assert machine.openalgo("quote", "NSE:SBIN").code == 0
    assert machine.openalgo("order", "list", "--json").json() == []


def test_a_guard_that_is_enabled_and_not_installed_stops_orders(tmp_path: Path) -> None:
    stopped = enabling(tmp_path).openalgo(*ORDER)
    assert stopped.code == 5
    assert "'broken' is enabled but not installed" in stopped.error["message"]


def test_a_broken_guard_that_is_not_enabled_is_not_asked(installed: Installed, tmp_path: Path) -> None:
    machine = Machine(tmp_path, [installed(GUARDS[0], "openalgo.guards")])
    assert machine.openalgo(*ORDER).code == 0


def enabling(home: Path, *sites: Path) -> Machine:
    (home / "openalgo.toml").write_text('[guards]\nenabled = ["broken"]\n', encoding="utf-8")
    return Machine(home, sites)
