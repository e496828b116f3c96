"""What starting the command imports: help, version and the list of brokers cost next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"pydantic", "requests", "importlib.metadata", "pluggy", "rich", "cryptography", "sqlite3", "starlette"}
PROGRAM = """
import json, sys
from openalgo_core.cli import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _modules(home: Path, *words: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={"OPENALGO_HOME": str(home), "PATH": ""},
    )
    assert ran.stdout
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_and_version_import_no_command_and_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    modules = _modules(tmp_path, *words)

    assert not (HEAVY | {"dataclasses", "logging"}) & modules
    assert not [name for name in modules if name.startswith("openalgo_core.cli.commands")]
    assert "openalgo_core.models" not in modules


def test_brokers_imports_no_plugin_and_nothing_heavy(tmp_path: Path) -> None:
    _modules(tmp_path, "brokers")  # the first look at a plugin is taken in a process of its own, and kept

    modules = _modules(tmp_path, "brokers")

    assert not (HEAVY | {"dataclasses", "logging"}) & modules
    assert not [name for name in modules if name.startswith(("openalgo_core.paper", "openalgo_angel"))]


@pytest.mark.parametrize("words", [("order", "--help"), ("quote", "--help"), ("order", "place", "--help")])
def test_the_help_of_a_command_reaches_for_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    assert not HEAVY & _modules(tmp_path, *words)


#: What only orders, books, logins and searches need. Each model that is made costs a millisecond.
NOT_FOR_READING = {
    "openalgo_core.config.dotenv",
    "openalgo_core.journal",
    "openalgo_core.models.journal",
    "openalgo_core.models.login",
    "openalgo_core.models.order",
    "openalgo_core.models.portfolio",
    "openalgo_core.models.request",
    "openalgo_core.orders",
    "openalgo_core.paper.order",
    "openalgo_core.store.search",
    "difflib",
    "tomllib",
}


@pytest.mark.parametrize("words", [("instruments", "show", "NSE:SBIN"), ("quote", "NSE:SBIN")], ids=" ".join)
def test_reading_imports_nothing_that_is_for_orders(words: tuple[str, ...], tmp_path: Path) -> None:
    _modules(tmp_path, *words)  # the first time fetches the instruments

    assert not NOT_FOR_READING & _modules(tmp_path, *words)


def test_showing_an_instrument_imports_no_prices(tmp_path: Path) -> None:
    _modules(tmp_path, "instruments", "show", "NSE:SBIN")

    modules = _modules(tmp_path, "instruments", "show", "NSE:SBIN")

    assert not {"openalgo_core.paper.quote", "openalgo_core.plugins.market", "openalgo_core.models.depth"} & modules
