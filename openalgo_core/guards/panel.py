"""All enabled guards of this process: loaded, asked, told.

Which guards are enabled stands in `openalgo.toml`. The built-in ones are found by name here, any other through the
entry-point group `openalgo.guards`. A guard that is enabled but missing, broken, or fails while it is asked is an
objection: orders stop, reads go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import GuardRefused, OpenAlgoError
from .context import OrderContext

if TYPE_CHECKING:
    import pluggy

    from ..models.journal import JournalEntry

__all__ = ["BUILT_IN", "GuardPanel"]

#: In the order in which they are asked.
BUILT_IN = ("kill_switch", "max_quantity", "max_value", "daily_loss")

_log = logging.getLogger("openalgo.guards")


class GuardPanel:
    """The guards named in `enabled`, each with its own table of settings."""

    def __init__(self, enabled: Sequence[str], settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._enabled = enabled
        self._settings = settings
        self._loaded: list[tuple[str, pluggy.HookImpl | None, pluggy.HookImpl | None]] | None = None
        self._broken: dict[str, str] = {}

    def check(self, context: OrderContext) -> None:
        """Ask every guard. Raises `GuardRefused` with all objections, each under its guard's name."""
        objections = [f"{name}: {why}" for name, why in self._objections(context)]
        if objections:
            raise GuardRefused(
                f"Refused by {'a guard' if len(objections) == 1 else 'guards'}: {'; '.join(objections)}.",
                hint="Guards are configured in openalgo.toml; see: openalgo doctor",
                broker=context.broker,
            )

    def tell(self, outcome: Callable[[], JournalEntry]) -> None:
        """Tell every observer about an outcome. What an observer does wrong is logged and changes nothing."""
        observers = [(name, observer) for name, _, observer in self._guards() if observer is not None]
        if not observers:
            return
        entry = outcome()
        for name, observer in observers:
            try:
                observer.function(**_arguments(observer, {"entry": entry}))
            except Exception:  # noqa: BLE001 - an observer is somebody else's code and must never change an order's outcome
                _log.exception("guard %s failed while it was told about %s", name, entry.client_order_id)

    def _objections(self, context: OrderContext) -> list[tuple[str, str]]:
        found = []
        for name, check, _ in self._guards():
            if check is None:
                continue
            settings = self._settings.get(name)
            own = replace(context, settings=settings) if settings else context
            try:
                answer: object = check.function(**_arguments(check, {"context": own}))
                objection = str(answer) if answer else None
            except OpenAlgoError as error:
                objection = f"could not be asked ({error.message.rstrip('.')})"
            except Exception as error:  # noqa: BLE001 - a guard that fails must stop the order, whatever it failed with
                _log.exception("guard %s failed", name)
                objection = f"failed with {type(error).__name__}"
            if objection:
                found.append((name, objection.rstrip(".")))
        return found + list(self._broken.items())

    def _guards(self) -> list[tuple[str, pluggy.HookImpl | None, pluggy.HookImpl | None]]:
        if self._loaded is None:
            self._loaded = []
            for name in self._enabled:
                self._load(name)
        return self._loaded

    def _load(self, name: str) -> None:
        import pluggy

        from ..hookspecs import PROJECT, guard

        assert self._loaded is not None
        try:
            module = _module_of(name)
        except OpenAlgoError as error:
            self._broken[name] = error.message.rstrip(".")
            return
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(guard)
        manager.register(module, name)
        self._loaded.append((name, _only(manager.hook.check_order), _only(manager.hook.order_settled)))


def _module_of(name: str) -> ModuleType:
    if name in BUILT_IN:
        return import_module(f".{name}", __package__)
    from ..plugins.loading import load_guard

    return load_guard(name)


def _only(hook: pluggy.HookCaller) -> pluggy.HookImpl | None:
    return next(iter(hook.get_hookimpls()), None)


def _arguments(implementation: pluggy.HookImpl, offered: Mapping[str, Any]) -> dict[str, Any]:
    return {name: offered[name] for name in implementation.argnames}
