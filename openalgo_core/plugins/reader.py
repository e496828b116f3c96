"""Calling a read hook: the capability is there, the session lives, a passing failure is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..capabilities import HOOK_OF, Support
from ..errors import NotSupported, OpenAlgoError, PluginBroken, SessionExpired
from ..transport.retry import read_with_retry

if TYPE_CHECKING:
    from ..clock import Clock
    from ..models.account import Account
    from ..models.broker import BrokerInfo
    from .keeper import SessionKeeper
    from .relay import Relay

__all__ = ["Reader", "not_supported"]

_CAPABILITY_OF = {hook: capability for capability, hook in HOOK_OF.items()}


class Reader:
    """Reads through the hooks of one broker. Reads may be repeated; writes never come this way."""

    def __init__(self, info: BrokerInfo, relay: Relay, keeper: SessionKeeper, clock: Clock) -> None:
        self._info = info
        self._relay = relay
        self._keeper = keeper
        self._clock = clock

    def __call__(self, hook: str, **arguments: Any) -> Any:
        """The hook's answer. Raises `NotSupported` before any request where the broker or its plugin has no such
        hook, and whatever the hook raises, after the retries that its error class allows."""
        if not self._relay.has(hook):
            raise not_supported(self._info, hook)
        return read_with_retry(lambda: self.once(hook, arguments, self._keeper.account()), clock=self._clock)

    def once(self, hook: str, arguments: dict[str, Any], account: Account) -> Any:
        """The hook's answer, asked for a single time with that account."""
        try:
            return self._relay.call(hook, account=account, **arguments)
        except SessionExpired:
            self._keeper.forget()
            raise
        except OpenAlgoError:
            raise
        except Exception as error:  # a plugin's own fault must come out as one of our errors, naming the plugin
            import logging  # not for those that do not fail

            logging.getLogger("openalgo.plugins").exception("the plugin %s failed in %s", self._info.name, hook)
            raise PluginBroken(
                f"The plugin {self._info.name!r} failed in {hook} with {type(error).__name__}.",
                hint="Run again with --verbose and report it to the plugin's author.",
                broker=self._info.name,
            ) from error


def not_supported(info: BrokerInfo, hook: str) -> NotSupported:
    """The broker cannot, or the plugin does not yet; the text says which."""
    support = info.support(_CAPABILITY_OF[hook])
    if support is Support.IMPOSSIBLE:
        return NotSupported(f"{info.title} offers no {hook} through its API.", broker=info.name)
    return NotSupported(f"The plugin for {info.title} does not implement {hook} yet.", broker=info.name)
