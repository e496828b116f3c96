"""Turning an entry point into a plugin that can be trusted to keep the contract, or into one clear refusal.

A plugin is a module. Everything that pluggy would accept and that would only fail when an order is under way is refused
here, each with its own sentence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from ..capabilities import HOOK_OF, Support
from ..errors import PluginBroken
from ..hookspecs import BROKER_FAMILIES, REQUIRED, guard
from ..hookspecs.history import OLDEST, since
from ..models.broker import API_VERSION, BrokerInfo
from .discovery import Found, discover, not_installed

__all__ = ["Loaded", "check_hooks", "load_broker", "load_guard", "load_named_broker"]

_IMPL = "openalgo_impl"
_SPEC = "openalgo_spec"


class Loaded(NamedTuple):
    """A broker plugin that passed every check."""

    found: Found
    module: ModuleType
    info: BrokerInfo


def load_named_broker(name: str, installed: Sequence[Found] | None = None) -> Loaded:
    """The broker that users call `name`. Raises `PluginNotInstalled` or `PluginBroken`."""
    brokers = [found for found in (installed or discover()) if found.group == "openalgo.brokers"]
    named = [found for found in brokers if found.name == name]
    if not named:
        raise not_installed(name, sorted({found.name for found in brokers}))
    _refuse_clash(named)
    return load_broker(named[0])


def load_broker(found: Found) -> Loaded:
    """Import a broker plugin and check it. Raises `PluginBroken` naming distribution, version, cause and remedy."""
    module = _import(found)
    # First the number of the contract: what a later one brought would look like a fault of the plugin.
    info = _describe(found, module)
    check_hooks(found, module, BROKER_FAMILIES, REQUIRED)
    _check_declaration(found, module, info)
    return Loaded(found, module, info)


def load_guard(name: str) -> ModuleType:
    """The module of a third-party guard. Raises `PluginBroken`, also when none of that name is installed."""
    named = [found for found in discover() if found.group == "openalgo.guards" and found.name == name]
    if not named:
        raise PluginBroken(
            f"The guard {name!r} is enabled but not installed.",
            hint="Install the package that offers it, or take it out of guards.enabled in openalgo.toml.",
        )
    _refuse_clash(named)
    module = _import(named[0])
    check_hooks(named[0], module, (guard,), frozenset({"check_order"}))
    return module


def check_hooks(found: Found, module: ModuleType, families: Sequence[ModuleType], required: frozenset[str]) -> None:
    """Every rule about hooks that can be checked without calling one. Raises `PluginBroken`."""
    specs = dict(_marked(families, _SPEC))
    hooks = dict(_marked([module], _IMPL))
    _check_required(found, required - hooks.keys())
    for name, function in hooks.items():
        _check_hook(found, name, function, specs)


def _check_required(found: Found, missing: Collection[str]) -> None:
    if missing:
        raise _broken(found, f"does not implement the required hook {', '.join(sorted(missing))}")


def _check_hook(found: Found, name: str, function: Callable[..., Any], specs: dict[str, Callable[..., Any]]) -> None:
    options = getattr(function, _IMPL)
    if options.get("specname"):
        raise _broken(
            found, f"gives the hook {options['specname']} under another name ({name}); use the hook's own name"
        )
    if name not in specs:
        raise _broken(found, f"implements the hook {name}, which openalgo-core does not know", _UPGRADE)
    if options.get("hookwrapper"):
        raise _broken(found, f"declares {name} as an old-style wrapper; hooks are plain functions")
    if options.get("wrapper"):
        raise _broken(found, f"wraps {name}; hooks are plain functions, and there is nothing to wrap")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise _broken(found, f"declares {name} as a coroutine; hooks are plain functions and called from threads")
    if inspect.isgeneratorfunction(function):
        raise _broken(found, f"declares {name} as a generator; hooks return their value")
    _check_signature(found, name, function, specs[name])


def _check_signature(found: Found, name: str, function: Callable[..., Any], spec: Callable[..., Any]) -> None:
    offered = list(inspect.signature(spec).parameters)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty:
            raise _broken(found, f"gives the parameter {parameter.name} of {name} a default; hooks take none")
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise _broken(found, f"declares the parameter {parameter.name} of {name} as {parameter.kind.description}")
        if parameter.name not in offered:
            raise _broken(
                found,
                f"has the wrong signature for {name}: no parameter {parameter.name}",
                f"The signature is {name}({', '.join(offered)}); leave out what you do not need.",
            )


def _describe(found: Found, module: ModuleType) -> BrokerInfo:
    """What the plugin says of itself, for a contract that we know."""
    hooks = dict(_marked([module], _IMPL))
    _check_required(found, {"describe"} - hooks.keys())
    _check_hook(found, "describe", hooks["describe"], dict(_marked(BROKER_FAMILIES, _SPEC)))
    try:
        info = module.describe()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # somebody else's code, asked offline: whatever it raises is its fault
        raise _broken(found, f"fails in describe() with {type(error).__name__}: {error}") from error
    if not isinstance(info, BrokerInfo):
        raise _broken(found, f"returns {type(info).__name__} from describe() instead of BrokerInfo")
    if not OLDEST <= info.api <= API_VERSION:
        wanted = f"{OLDEST} to {API_VERSION}" if OLDEST < API_VERSION else str(API_VERSION)
        raise _broken(found, f"was written for plugin API {info.api}, this openalgo-core speaks {wanted}", _UPGRADE)
    return info


def _check_declaration(found: Found, module: ModuleType, info: BrokerInfo) -> None:
    if info.name != found.name:
        raise _broken(found, f"calls itself {info.name!r} in describe() but its entry point is named {found.name!r}")
    for hook, function in _marked([module], _IMPL):
        number = max(since(hook), *(since(hook, name) for name in inspect.signature(function).parameters), OLDEST)
        if number > info.api:
            raise _broken(
                found,
                f"uses {hook} as plugin API {number} has it, but was written for {info.api}",
                f"Say api={number} in describe().",
            )
    _check_capabilities(found, module, info)


def _check_capabilities(found: Found, module: ModuleType, info: BrokerInfo) -> None:
    hooks = dict(_marked([module], _IMPL))
    for capability, hook in HOOK_OF.items():
        support = info.support(capability)
        if support.available and hook not in hooks:
            raise _broken(found, f"declares {capability} as {support} but does not implement {hook}")
        if hook in hooks and support in (Support.IMPOSSIBLE, Support.NOT_IMPLEMENTED):
            raise _broken(found, f"implements {hook} but declares {capability} as {support}")


_UPGRADE = "Upgrade openalgo-core, or install a version of the plugin that fits it."


def _import(found: Found) -> ModuleType:
    module_name, _, attribute = found.value.partition(":")
    try:
        plugin: object = import_module(module_name.strip())
        if attribute:
            plugin = getattr(plugin, attribute.strip())
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        raise _missing_module(found, module_name, error) from error
    except BaseException as error:  # an import may raise anything, SystemExit included; none of it is ours
        raise _broken(found, f"does not import: {type(error).__name__}: {error}") from error
    if not isinstance(plugin, ModuleType):
        kind = "a class" if isinstance(plugin, type) else f"an object of type {type(plugin).__name__}"
        raise _broken(found, f"offers {kind}; a plugin is a module", "Name the module alone in the entry point.")
    return plugin


def _missing_module(found: Found, module_name: str, error: ModuleNotFoundError) -> PluginBroken:
    if error.name == module_name.split(".", maxsplit=1)[0]:
        return _broken(
            found,
            f"is installed without its module {module_name}",
            f"Run: pip install --force-reinstall {found.distribution}",
        )
    return _broken(
        found,
        f"needs the module {error.name}, which is not installed",
        f"Run: pip install --upgrade {found.distribution}",
    )


def _refuse_clash(named: Sequence[Found]) -> None:
    if len(named) > 1:
        who = " and ".join(f"{found.distribution} {found.version}" for found in named)
        raise PluginBroken(
            f"{who} both call themselves {named[0].name!r}; neither is used.", hint="Uninstall one of them."
        )


def _marked(modules: Sequence[ModuleType], marker: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in modules:
        for name, value in vars(module).items():
            if inspect.isroutine(value) and hasattr(value, marker):
                yield name, value


def _broken(found: Found, cause: str, remedy: str = "") -> PluginBroken:
    return PluginBroken(
        f"The plugin {found.name!r} ({found.distribution} {found.version}) {cause}.",
        hint=remedy or f"Report it to the author of {found.distribution}, or uninstall it.",
        broker=found.name,
    )
