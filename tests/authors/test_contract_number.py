"""The number of the contract: an older plugin keeps working, a newer one is refused, what is to go warns its author."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from openalgo_core.errors import PluginBroken
from openalgo_core.hookspecs import BROKER_FAMILIES, guard, history, hookimpl, hookspec
from openalgo_core.hookspecs.history import GAINED, OLDEST, Gain, since
from openalgo_core.models import API_VERSION
from openalgo_core.plugins import loading, relay
from openalgo_core.plugins.discovery import BROKERS, Found
from openalgo_core.plugins.loading import load_broker
from openalgo_core.plugins.relay import Relay

DESCRIBE = """
from openalgo_core import hookimpl
from openalgo_core.models import BrokerInfo, Exchange


@hookimpl
def describe():
    return BrokerInfo(
        name="toy", title="Toy", api={api}, exchanges=frozenset({{Exchange.NSE}}), hosts=(), capabilities={{}}
    )
"""
Plugin = Callable[..., Found]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """An installed plugin that was written for that number; `more` is the rest of its module."""

    def plugin(api: int, more: str = "") -> Found:
        (tmp_path / "numbered_toy.py").write_text(DESCRIBE.format(api=api) + more, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "numbered_toy", raising=False)
        return Found(BROKERS, "toy", "numbered_toy", "openalgo-toy", "1.0", str(tmp_path))

    return plugin


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A core of the next number: it has got a hook, and `funds` a parameter."""
    family = ModuleType("later")

    def basket(account: Any, orders: Any) -> Any: ...
    def funds(account: Any, segment: Any) -> Any: ...
    def logout(account: Any) -> Any: ...

    for function in (basket, funds):
        setattr(family, function.__name__, hookspec(firstresult=True)(function))
    leaving = DeprecationWarning("logout goes with plugin API 3; use end_session")
    family.logout = hookspec(firstresult=True, warn_on_impl=leaving)(logout)  # type: ignore[attr-defined]  # a module
    kept = [one for one in BROKER_FAMILIES if one.__name__.rpartition(".")[2] not in ("order", "auth")]
    monkeypatch.setattr(loading, "BROKER_FAMILIES", (*kept, family))
    monkeypatch.setattr(relay, "BROKER_FAMILIES", (*kept, family))
    monkeypatch.setattr(loading, "API_VERSION", API_VERSION + 1)
    gained = Gain("0.2.0", frozenset({"basket"}), {"funds": frozenset({"segment"})})
    monkeypatch.setattr(history, "GAINED", {**GAINED, API_VERSION + 1: gained})
    return family


def test_every_hook_and_no_other_has_its_number() -> None:
    named = {hook for gain in GAINED.values() for hook in gain.hooks}
    declared = {name for family in (*BROKER_FAMILIES, guard) for name in vars(family) if is_spec(family, name)}
    assert named == declared
    assert sum(len(gain.hooks) for gain in GAINED.values()) == len(named), "a hook came once"
    assert list(GAINED) == list(range(OLDEST, API_VERSION + 1))


def is_spec(family: ModuleType, name: str) -> bool:
    return hasattr(vars(family)[name], "openalgo_spec")


def test_since_when_a_hook_is_there_can_be_asked() -> None:
    assert since("place_order") == since("place_order", "tag") == 1
    with pytest.raises(KeyError):
        since("basket")


def test_an_older_plugin_keeps_working(plugin: Plugin, later: ModuleType) -> None:
    found = plugin(API_VERSION, "\n@hookimpl\ndef funds(account):\n    return 'rupees'\n")
    loaded = load_broker(found)
    assert loaded.info.api == API_VERSION
    assert Relay("toy", loaded.module).call("funds", account=None, segment="all") == "rupees"


def test_a_plugin_of_the_new_number_uses_what_it_brought(plugin: Plugin, later: ModuleType) -> None:
    found = plugin(API_VERSION + 1, "\n@hookimpl\ndef basket(orders):\n    return orders\n")
    assert Relay("toy", load_broker(found).module).call("basket", account=None, orders=[1]) == [1]


@pytest.mark.parametrize(
    ("more", "hook"),
    [
        ("\n@hookimpl\ndef basket(orders):\n    return orders\n", "basket"),
        ("\n@hookimpl\ndef funds(account, segment):\n    return segment\n", "funds"),
    ],
)
def test_what_came_later_than_the_number_that_a_plugin_states_is_refused(
    plugin: Plugin, later: ModuleType, more: str, hook: str
) -> None:
    with pytest.raises(PluginBroken, match=f"uses {hook} as plugin API 2 has it, but was written for 1") as caught:
        load_broker(plugin(API_VERSION, more))
    assert "api=2" in caught.value.hint


@pytest.mark.parametrize("more", ["", "\n@hookimpl\ndef basket(orders):\n    return orders\n"])
def test_a_newer_plugin_is_refused_with_both_numbers_whatever_it_implements(plugin: Plugin, more: str) -> None:
    with pytest.raises(PluginBroken) as caught:
        load_broker(plugin(API_VERSION + 1, more))
    assert f"plugin API {API_VERSION + 1}, this openalgo-core speaks {API_VERSION}" in caught.value.message
    assert "Upgrade openalgo-core" in caught.value.hint


def test_what_is_to_go_warns_at_the_plugin_s_own_line(plugin: Plugin, later: ModuleType) -> None:
    found = plugin(API_VERSION, "\n\n@hookimpl\ndef logout(account):\n    return True\n")
    loaded = load_broker(found)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Relay("toy", loaded.module)
    (warning,) = caught
    assert "use end_session" in str(warning.message)
    lines = Path(warning.filename).read_text(encoding="utf-8").splitlines()
    assert Path(warning.filename).name == "numbered_toy.py"
    assert "logout" in "".join(lines[warning.lineno - 1 : warning.lineno + 1])


def test_hookimpl_is_the_one_that_is_documented() -> None:
    import openalgo_core

    assert openalgo_core.hookimpl is hookimpl
