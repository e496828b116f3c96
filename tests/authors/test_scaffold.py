"""`openalgo plugin new`: what it writes is complete, and right as it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from openalgo_core import scaffold
from openalgo_core.errors import ConfigurationError, UsageError
from openalgo_core.scaffold import write_plugin

from .wheels import Machine, install, package_files, wheel

COMMON = {".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "tox.ini"}
BROKER = {
    "openalgo_zen/__init__.py", "openalgo_zen/auth.py", "openalgo_zen/capabilities.py", "openalgo_zen/instruments.py",
    "openalgo_zen/order.py", "openalgo_zen/py.typed", "openalgo_zen/quote.py", "openalgo_zen/simulator/__init__.py",
    "openalgo_zen/simulator/app.py", "openalgo_zen/simulator/books.py", "openalgo_zen/simulator/desk.py",
    "openalgo_zen/simulator/market.py", "openalgo_zen/simulator/orders.py",
    "openalgo_zen/simulator/words.py", "openalgo_zen/tables.py", "openalgo_zen/wire.py",
    "tests/conftest.py", "tests/golden/books.json", "tests/golden/orders.json",
    "tests/test_conformance.py", "tests/test_wire.py",
}  # fmt: skip
GUARD = {"openalgo_zen/__init__.py", "openalgo_zen/py.typed", "tests/test_guard.py"}


def written(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("kind", "files"), [("broker", BROKER), ("guard", GUARD)])
def test_exactly_these_files_are_written(kind: str, files: set[str], tmp_path: Path) -> None:
    told = write_plugin("zen", kind, tmp_path / "new")
    assert written(tmp_path / "new") == COMMON | files
    assert {path.relative_to(tmp_path / "new").as_posix() for path in told} == COMMON | files


@pytest.mark.parametrize("kind", ["broker", "guard"])
def test_nothing_of_the_template_s_name_is_left(kind: str, tmp_path: Path) -> None:
    for path in write_plugin("zen", kind, tmp_path / "new"):
        assert "acme" not in path.read_text(encoding="utf-8").lower(), path
        assert "acme" not in path.name


@pytest.mark.parametrize("kind", ["broker", "guard"])
def test_a_plugin_of_the_template_s_own_name_is_the_template(kind: str, tmp_path: Path) -> None:
    template = Path(scaffold.__file__).parent / kind
    for path in write_plugin("acme", kind, tmp_path / "new"):
        name = path.relative_to(tmp_path / "new").as_posix().removeprefix(".")
        assert path.read_bytes() == (template / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["", "a", "Zen", "zen-broker", "zen_broker", "1zen", "zén", "core", "z" * 32, "../zen"]
)
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_plugin(name, "broker", tmp_path / "new")
    assert caught.value.hint
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"openalgo-core .* calls itself 'paper'"):
        write_plugin("paper", "broker", tmp_path / "new")
    write_plugin("paper", "guard", tmp_path / "new")  # guards have names of their own


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is not empty"):
        write_plugin("zen", "broker", tmp_path)
    assert written(tmp_path) == {"README.md"}


def test_the_command_writes_beside_and_tells_what_is_next(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home", [])
    ran = machine.openalgo("plugin", "new", "zen")
    assert ran.code == 0
    assert "cd openalgo-zen && pip install" in ran.err
    ours = {path for path in written(tmp_path / "home") if path.startswith("openalgo-zen/")}
    assert ours == {f"openalgo-zen/{file}" for file in COMMON | BROKER}

    again = machine.openalgo("plugin", "new", "zen", "--json")
    assert (again.code, again.error["kind"]) == (3, "ConfigurationError")
    other = machine.openalgo("plugin", "new", "zen", "--kind", "guard", "--directory", "there", "--json").json()
    assert (other["kind"], other["directory"], set(other["files"])) == ("guard", "there", COMMON | GUARD)


@pytest.mark.parametrize(("kind", "group"), [("broker", "openalgo.brokers"), ("guard", "openalgo.guards")])
def test_its_own_tests_pass_at_once(kind: str, group: str, tmp_path: Path) -> None:
    """Installed from a wheel and run as the package's own pytest settings say. The conformance suite is run by the
    environment `author`, because it takes a while."""
    new = tmp_path / "new"
    write_plugin("zen", kind, new)
    files = package_files(new, "openalgo_zen")
    site = install(tmp_path / "site", wheel(tmp_path, "openalgo-zen", files, {group: "zen = openalgo_zen"}))
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "--ignore=tests/test_conformance.py"],
        cwd=new,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(site), "PATH": "", "OPENALGO_HOME": str(tmp_path / "home")},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_plugin_check_runs_the_suite_and_says_what_came_of_it(tmp_path: Path) -> None:
    """Against a plugin that says nothing: what applies passes, the rest is skipped by its declaration."""
    source = """
from openalgo_core import hookimpl
from openalgo_core.models import BrokerInfo, Exchange


@hookimpl
def describe():
    return BrokerInfo(
        name="mute", title="Mute", api=1, exchanges=frozenset({Exchange.NSE}), hosts=(), capabilities={}
    )
"""
    built = wheel(tmp_path, "openalgo-mute", {"mute.py": source}, {"openalgo.brokers": "mute = mute"})
    machine = Machine(tmp_path / "home", [install(tmp_path / "site", built)])
    (only,) = machine.openalgo("plugin", "check", "mute", "--json", "--case", "409").json()["cases"]
    assert (only["number"], only["outcome"]) == (409, "skipped")
    report = machine.openalgo("plugin", "check", "mute", "--json").json()
    assert report.keys() >= {"name", "distribution", "version", "state", "api", "cases", "seconds"}
    assert report["skipped"] > report["passed"]
    reasons = [case["reason"] for case in report["cases"] if case["outcome"] == "skipped"]
    assert "mute declares place_order unstated" in reasons
    assert json.dumps(report["cases"]).count('"page": "docs/') == len(report["cases"])


def test_plugin_check_of_a_guard_loads_it(tmp_path: Path) -> None:
    write_plugin("zen", "guard", tmp_path / "new")
    files = package_files(tmp_path / "new", "openalgo_zen")
    built = wheel(tmp_path, "openalgo-zen", files, {"openalgo.guards": "zen = openalgo_zen"})
    machine = Machine(tmp_path / "home", [install(tmp_path / "site", built)])
    ran = machine.openalgo("plugin", "check", "zen")
    assert (ran.code, ran.out) == (0, "zen: openalgo-zen 1.0: loads.\n")


def test_plugin_check_with_a_test_module_that_is_not_there_is_a_wrong_word(tmp_path: Path) -> None:
    ran = Machine(tmp_path / "home", []).openalgo("plugin", "check", "paper", "--tests", "nowhere.py", "--json")
    assert (ran.code, ran.error["message"]) == (2, "There is no file nowhere.py.")


def test_plugin_check_of_nothing_says_what_there_is(tmp_path: Path) -> None:
    ran = Machine(tmp_path / "home", []).openalgo("plugin", "check", "zenn", "--json")
    assert (ran.code, ran.error["kind"]) == (10, "PluginNotInstalled")
