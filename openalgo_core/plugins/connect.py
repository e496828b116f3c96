"""From a name to a working `Broker`."""

from __future__ import annotations

import os
from pathlib import Path

from ..clock import Clock, SystemClock
from ..config import Paths, load, load_settings
from .broker import Broker
from .loading import load_named_broker
from .office import Office

__all__ = ["connect"]


def connect(
    broker: str | None = None,
    profile: str | None = None,
    env_file: str | Path | None = None,
    prices_from: str | None = None,
    *,
    clock: Clock | None = None,
) -> Broker:
    """The account of a broker and profile, as configured by environment variables and the `.env` file.

    `broker` defaults to the one that `OPENALGO_BROKER` or REDIRECT_URL names, else `paper`. `prices_from` names one
    whose instruments and prices a simulated one trades on. No request is made here.

    Raises `PluginNotInstalled`, `PluginBroken` or `ConfigurationError`.
    """
    clock = clock or SystemClock()
    environment = load(
        os.environ, env_file=env_file, profile=profile, broker=broker, prices_from=prices_from, cwd=Path.cwd()
    )
    paths = Paths.from_environment(os.environ)
    settings = load_settings(paths, os.environ)
    loaded = load_named_broker(environment.broker)
    prices = None
    if environment.prices_from is not None and environment.prices_from != environment.broker:
        prices = connect(environment.prices_from, profile, env_file, clock=clock)
    return Broker(Office(loaded, environment, paths, settings, clock, prices=prices))
