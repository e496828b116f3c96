"""A broker's simulator made ready: its plugin's hook, a test account, the `.env` that fits it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import NotSupported, PluginError
from ..secrets import Secret

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ..simulation import SimulatorSetup, TestAccount

__all__ = ["account_lines", "new_setup", "simulator_of"]

_VARIABLES = {
    "BROKER_API_KEY": "api_key",
    "BROKER_API_SECRET": "api_secret",
    "BROKER_CLIENT_ID": "client_id",
    "BROKER_PIN": "pin",
    "BROKER_PASSWORD": "password",
    "BROKER_MOBILE": "mobile",
    "BROKER_TOTP_SECRET": "totp_secret",
    "REDIRECT_URL": "redirect_url",
}


def simulator_of(broker: str) -> Callable[[SimulatorSetup], ASGIApp]:
    """The `simulator` hook of an installed broker plugin.

    Raises `PluginNotInstalled` or `PluginBroken` for the plugin, `NotSupported` for one that brings no simulator, and
    `PluginError` without the extra `simulator`.
    """
    from ..plugins.loading import load_named_broker
    from ..plugins.relay import Relay

    loaded = load_named_broker(broker)
    relay = Relay(broker, loaded.module)
    if not relay.has("simulator"):
        raise NotSupported(f"The plugin {broker!r} brings no simulator.", broker=broker)
    _require_extra()  # last, because a plugin that is not there is the larger news
    return lambda setup: relay.call("simulator", setup=setup)


def new_setup(account: TestAccount | None = None) -> SimulatorSetup:
    """An exchange in memory that is always open, on the machine's clock; without `account` the fixed test account."""
    from ..clock import SystemClock
    from ..exchange import SimulatedExchange
    from ..simulation import SimulatorSetup

    clock = SystemClock()
    exchange = SimulatedExchange(clock=clock)
    return SimulatorSetup(exchange, clock) if account is None else SimulatorSetup(exchange, clock, account)


def account_lines(broker: str, account: TestAccount, url: str) -> dict[str, str]:
    """The variables of a `.env` that leads to the simulator at `url`, in clear: never for somebody's own account."""
    settings = account.settings
    values = {variable: getattr(settings, name) for variable, name in _VARIABLES.items()}
    values["REDIRECT_URL"] = settings.redirect_url or f"http://127.0.0.1:5000/{broker}/callback"
    values["BROKER_BASE_URL"] = url
    return {
        variable: value.reveal() if isinstance(value, Secret) else value for variable, value in values.items() if value
    }


def _require_extra() -> None:
    try:
        import starlette  # noqa: F401  # asked for here so that its absence is told in one sentence
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise PluginError(
            f"A simulator needs {error.name}, which is not installed.",
            hint="Run: pip install 'openalgo-core[simulator]'",
        ) from error
