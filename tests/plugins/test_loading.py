"""Everything that a plugin may do wrong and that is found out before it is used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from makers import broker_info

from openalgo_core import hookimpl
from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import PluginBroken, PluginNotInstalled
from openalgo_core.models import API_VERSION
from openalgo_core.plugins.loading import load_broker, load_named_broker
from openalgo_core.plugins.relay import Relay


def found(value: str = "toy_module", name: str = "toy", distribution: str = "openalgo-toy") -> Any:
    from openalgo_core.plugins.discovery import Found

    return Found("openalgo.brokers", name, value, distribution, "1.2", "")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Makes `toy_module` out of the functions given; `describe` comes with it unless it is given."""

    def make(*, info: Any = None, **hooks: Any) -> ModuleType:
        module = ModuleType("toy_module")
        declared = info or broker_info(capabilities={})
        hooks.setdefault("describe", hookimpl(lambda: declared))
        for name, value in hooks.items():
            if value is not None:
                setattr(module, name, value)
        monkeypatch.setitem(sys.modules, "toy_module", module)
        return module

    return make


def refusal(**changes: Any) -> str:
    with pytest.raises(PluginBroken) as caught:
        load_broker(found(**changes))
    assert caught.value.hint, "a refusal says what to do"
    assert "openalgo-toy 1.2" in caught.value.message, "a refusal names distribution and version"
    return caught.value.message


def test_a_good_plugin_is_loaded(plugin: Callable[..., ModuleType]) -> None:
    module = plugin(helper=lambda x=1: x)
    loaded = load_broker(found())
    assert loaded.module is module
    assert loaded.info.name == "toy"


async def coroutine(account: Any) -> None: ...


def generator(account: Any) -> Any:
    yield account


def old_wrapper(account: Any) -> Any:
    yield


def wrapper(account: Any) -> Any:
    return (yield)


BAD_HOOKS = [
    ("funds", hookimpl(coroutine), "coroutine"),
    ("funds", hookimpl(generator), "generator"),
    ("funds", hookimpl(hookwrapper=True)(old_wrapper), "old-style wrapper"),
    ("funds", hookimpl(wrapper=True)(wrapper), "wraps funds"),
    ("funds", hookimpl(lambda account=None: None), "default"),
    ("funds", hookimpl(lambda acount: None), "no parameter acount"),
    ("funds", hookimpl(lambda *account: None), "variadic"),
    ("fundz", hookimpl(lambda account: None), "does not know"),
    ("mine", hookimpl(specname="funds")(lambda account: None), "another name"),
]


@pytest.mark.parametrize(("name", "function", "words"), BAD_HOOKS, ids=[case[2] for case in BAD_HOOKS])
def test_a_hook_that_breaks_the_contract_is_refused(
    plugin: Callable[..., ModuleType], name: str, function: Any, words: str
) -> None:
    plugin(**{name: function})
    assert words in refusal()


def test_every_refusal_has_a_sentence_of_its_own(plugin: Callable[..., ModuleType]) -> None:
    sentences = set()
    for name, function, _ in BAD_HOOKS:
        plugin(**{name: function})
        sentences.add(refusal())
    assert len(sentences) == len(BAD_HOOKS)


def test_describe_is_required(plugin: Callable[..., ModuleType]) -> None:
    plugin(describe=lambda: None)
    assert "required hook describe" in refusal()


def test_describe_must_work_offline_and_give_a_broker_info(plugin: Callable[..., ModuleType]) -> None:
    def fails() -> None:
        raise OSError("no network")

    plugin(describe=hookimpl(fails))
    assert "fails in describe() with OSError: no network" in refusal()
    plugin(describe=hookimpl(lambda: {"name": "toy"}))
    assert "returns dict from describe()" in refusal()


@pytest.mark.parametrize("number", [0, API_VERSION + 1])
def test_an_api_number_out_of_range_names_both(plugin: Callable[..., ModuleType], number: int) -> None:
    plugin(info=broker_info(api=number, capabilities={}))
    assert f"plugin API {number}, this openalgo-core speaks {API_VERSION}" in refusal()


def test_a_plugin_that_calls_itself_something_else_is_refused(plugin: Callable[..., ModuleType]) -> None:
    plugin(info=broker_info(name="other", capabilities={}))
    assert "calls itself 'other'" in refusal()


@pytest.mark.parametrize("support", [Support.IMPOSSIBLE, Support.NOT_IMPLEMENTED])
def test_a_hook_that_is_declared_away_is_refused(plugin: Callable[..., ModuleType], support: Support) -> None:
    plugin(info=broker_info(capabilities={Capability.FUNDS: support}), funds=hookimpl(lambda account: None))
    assert f"implements funds but declares funds as {support}" in refusal()


@pytest.mark.parametrize("support", [Support.FULL, Support.PARTIAL])
def test_a_declared_hook_that_is_missing_is_refused(plugin: Callable[..., ModuleType], support: Support) -> None:
    plugin(info=broker_info(capabilities={Capability.MARGIN: support}))
    assert f"declares margin as {support} but does not implement margin" in refusal()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise SystemExit(3)", "does not import: SystemExit"),
        ("import nowhere_to_be_found", "needs the module nowhere_to_be_found"),
        ("1 / 0", "does not import: ZeroDivisionError"),
        ("def f(:", "does not import: SyntaxError"),
    ],
)
def test_a_plugin_that_does_not_import_is_refused(tmp_path, monkeypatch, body: str, words: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad_plugin.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bad_plugin", raising=False)
    assert words in refusal(value="bad_plugin")


def test_a_plugin_without_its_module_says_reinstall() -> None:
    assert "is installed without its module gone_plugin" in refusal(value="gone_plugin")


@pytest.mark.parametrize(("attribute", "words"), [("Plugin", "a class"), ("plugin", "an object of type Plugin")])
def test_a_plugin_is_a_module(plugin: Callable[..., ModuleType], attribute: str, words: str) -> None:
    class Plugin: ...

    plugin(**{attribute: Plugin if attribute == "Plugin" else Plugin()})
    assert words in refusal(value=f"toy_module:{attribute}")


def test_a_name_clash_names_both_distributions() -> None:
    both = [found(), found()._replace(distribution="other-toy", version="0.1")]
    with pytest.raises(PluginBroken, match=r"openalgo-toy 1\.2 and other-toy 0\.1 both call themselves 'toy'"):
        load_named_broker("toy", both)


def test_a_misspelt_broker_suggests_the_right_one_and_the_install_line() -> None:
    with pytest.raises(PluginNotInstalled) as caught:
        load_named_broker("angle", [found(name="paper")])
    text = f"{caught.value.message} {caught.value.hint}"
    assert "angel" in text
    assert "pip install openalgo-angel" in text


def test_a_relay_takes_none_for_a_broken_contract(plugin: Callable[..., ModuleType]) -> None:
    module = plugin(
        info=broker_info(capabilities={Capability.FUNDS: Support.FULL}), funds=hookimpl(lambda account: None)
    )
    relay = Relay("toy", module)
    assert relay.has("funds")
    assert not relay.has("margin")
    with pytest.raises(PluginBroken, match="returned None from funds"):
        relay.call("funds", account=None)
