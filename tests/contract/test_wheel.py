"""What must be in the installed distribution, and is lost most easily."""

from __future__ import annotations

import importlib
from importlib.metadata import distribution
from importlib.resources import files

import pytest

import openalgo_core
from openalgo_core import models


def test_the_types_are_for_others_too() -> None:
    assert (files("openalgo_core") / "py.typed").is_file()


def test_the_command_and_the_paper_broker_are_registered() -> None:
    entries = {(entry.group, entry.name): entry.value for entry in distribution("openalgo-core").entry_points}
    assert entries[("console_scripts", "openalgo")] == "openalgo_core.cli:main"
    assert entries[("openalgo.brokers", "paper")] == "openalgo_core.paper"


def test_the_version_is_said_once() -> None:
    assert distribution("openalgo-core").version == openalgo_core.__version__


@pytest.mark.parametrize("module", [openalgo_core, models])
def test_every_public_name_can_be_imported(module: object) -> None:
    public = module.__all__  # type: ignore[attr-defined]  # modules
    assert sorted(public) == sorted(set(public))
    for name in public:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("name", ["errors", "capabilities", "clock", "numbers", "secrets", "streams", "symbols"])
def test_modules_for_plugin_authors_say_what_is_public(name: str) -> None:
    module = importlib.import_module(f"openalgo_core.{name}")
    assert [public for public in module.__all__ if not hasattr(module, public)] == []
    assert module.__doc__
