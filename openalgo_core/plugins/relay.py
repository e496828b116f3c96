"""One pluggy manager per broker in use.

Never one for all: with a shared first-result hook, a broker that answers `None` would pass an order on to the next
broker. pluggy is untyped; only the typed methods of `Broker` call this.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pluggy

from ..errors import OpenAlgoError, PluginBroken
from ..hookspecs import BROKER_FAMILIES, PROJECT

__all__ = ["Relay"]


class Relay:
    """Calls the hooks of one plugin."""

    def __init__(self, name: str, module: ModuleType) -> None:
        self._name = name
        manager = pluggy.PluginManager(PROJECT)
        for family in BROKER_FAMILIES:
            manager.add_hookspecs(family)
        manager.register(module, name)
        manager.check_pending()
        self._hook = manager.hook
        self._implemented = frozenset(caller.name for caller in manager.get_hookcallers(module) or ())

    def has(self, hook: str) -> bool:
        return hook in self._implemented

    def call(self, hook: str, **arguments: Any) -> Any:
        """The hook's answer. Raises `PluginBroken` for `None`: no hook of a broker may say nothing.

        An error of ours that the hook raises comes out with the broker's name, if the plugin gave it none.
        """
        try:
            answer = getattr(self._hook, hook)(**arguments)
        except OpenAlgoError as error:
            error.broker = error.broker or self._name
            raise
        if answer is None:
            raise PluginBroken(f"The plugin {self._name!r} returned None from {hook}.", broker=self._name)
        return answer
