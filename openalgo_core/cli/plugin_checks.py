"""What `openalgo doctor` says of versions and of installed plugins."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .checks import Finding

if TYPE_CHECKING:
    from ..plugins.discovery import Found

__all__ = ["plugin_findings"]

_OURS = "openalgo-core"


def plugin_findings() -> Iterator[Finding]:
    """A broken broker hurts only itself and is a warning; a broken guard that is enabled stops orders."""
    from .. import __version__
    from ..models.broker import API_VERSION
    from ..plugins.discovery import discover

    yield Finding("versions", "ok", f"{_OURS} {__version__}, plugin API {API_VERSION}, Python {_python()}")
    others = [found for found in discover() if found.distribution != _OURS]
    yield from _brokers(others)
    yield from _guards(others)


def _python() -> str:
    return f"{platform.python_version()} on {platform.system()}"


def _brokers(others: Sequence[Found]) -> Iterator[Finding]:
    from ..plugins.states import broker_states

    for state in broker_states(others):
        check = f"plugin {state.name}"
        if state.state == "ok":
            yield Finding(check, "ok", f"{state.distribution} {state.version}, plugin API {state.api}")
        else:
            yield Finding(check, "warning", str(state.cause), state.remedy)


def _guards(others: Sequence[Found]) -> Iterator[Finding]:
    from ..guards.panel import BUILT_IN
    from ..plugins.discovery import GUARDS

    offered = {found.name: found for found in others if found.group == GUARDS}
    for name in _enabled():
        if name not in (*BUILT_IN, "order_rate"):
            yield _guard(name, offered.get(name))


def _enabled() -> Sequence[str]:
    from ..config import Paths, load_settings

    try:
        return load_settings(Paths.from_environment(os.environ), os.environ).guards.enabled
    except ConfigurationError:  # which is a finding of its own
        return ()


def _guard(name: str, found: Found | None) -> Finding:
    from ..plugins.states import examine

    check = f"guard {name}"
    if found is None:
        remedy = "Install the package that offers it, or take it out of guards.enabled in openalgo.toml."
        return Finding(check, "error", "enabled and not installed: no order can be placed", remedy)
    verdict = examine(found)
    if verdict.state == "ok":
        return Finding(check, "ok", f"{found.distribution} {found.version}")
    return Finding(check, "error", f"{verdict.cause} No order can be placed.", verdict.remedy)
