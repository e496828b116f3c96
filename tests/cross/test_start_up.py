"""Loading a plugin imports what says of what it is, and nothing of what it does."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module
from inspect import isfunction

import pytest

PLUGINS = [f"openalgo_{broker}" for broker in ("angel", "definedge", "icici", "indmoney", "kotak")]
#: Imported by the hooks that need them.
LATER = ("auth", "order", "portfolio", "quote")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_loading_a_plugin_imports_nothing_of_orders_prices_and_logins(plugin: str) -> None:
    script = f"import sys, {plugin}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    modules = set(run.stdout.split())
    assert not {f"{plugin}.{name}" for name in LATER} & modules
    assert not {f"openalgo_core.models.{name}" for name in ("login", "order", "portfolio", "quote")} & modules


@pytest.mark.parametrize("plugin", PLUGINS)
def test_no_module_that_is_imported_later_takes_the_place_of_a_hook(plugin: str) -> None:
    package = import_module(plugin)
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{plugin}.{module.name}")
    assert isfunction(package.instruments)
    assert isfunction(package.simulator)
