"""The true state of every broker plugin, without importing any of them here.

A plugin that was not seen before is loaded once in a process of its own; the verdict is kept until its distribution,
the core, Python or anything installed beside it changes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import __version__
from ..errors import ConfigurationError
from .discovery import BROKERS, Found, discover

__all__ = ["PluginState", "Verdict", "broker_states", "examine"]

#: Seconds that a plugin may take to load; the slowest known takes half of one.
_PATIENCE = 20.0
#: Verdicts kept, those of other environments and former versions included.
_KEPT = 100


class Verdict(NamedTuple):
    """What came of loading a plugin: `state` is "ok" or "broken"; a broken one has a cause, and mostly a remedy."""

    state: str
    api: int | None = None
    capabilities: Mapping[str, str] = MappingProxyType({})
    cause: str | None = None
    remedy: str | None = None


class PluginState(NamedTuple):
    """One line of `openalgo brokers`. `capabilities` maps each capability's word to that of its support."""

    name: str
    distribution: str
    version: str
    state: str
    api: int | None
    capabilities: Mapping[str, str]
    cause: str | None
    remedy: str | None


def broker_states(
    found: Sequence[Found] | None = None,
    cache_file: Path | None = None,
    *,
    check: bool = False,
    probe: Callable[[Found], Verdict] | None = None,
) -> list[PluginState]:
    """The state of each broker plugin in `found` (default: everything installed), sorted by name.

    Verdicts are kept in `cache_file` (default: in the state directory); `check` asks for new ones. Two plugins of
    one name are both broken. Never fails: a cache that cannot be read or written costs time and nothing else.
    """
    brokers = [one for one in (discover() if found is None else found) if one.group == BROKERS]
    cache_file = cache_file or _default_cache()
    kept = {} if check else _read(cache_file)
    claims = {name: [one for one in brokers if one.name == name] for name in sorted({one.name for one in brokers})}
    marks = {name: _fingerprint(claimants) for name, claimants in claims.items()}
    verdicts = {name: kept[mark] for name, mark in marks.items() if mark in kept}
    unseen = [claimants[0] for name, claimants in claims.items() if name not in verdicts]
    if unseen:
        fresh = _ask(unseen, probe or examine)
        verdicts |= fresh
        lasting = {name: verdict for name, verdict in fresh.items() if _lasts(verdict, claims[name])}
        _write(cache_file, kept | {mark: verdict for name, verdict in lasting.items() if (mark := marks[name])})
    return [_state(one, verdicts[name]) for name, claimants in claims.items() for one in claimants]


def examine(found: Found, timeout: float = _PATIENCE) -> Verdict:
    """Load one plugin in a process of its own; whatever it does there becomes a verdict."""
    import subprocess

    # -P keeps the working directory out of the way; the path makes the other process see what this one sees.
    command = [sys.executable, "-P", "-m", "openalgo_core.plugins.probe", found.group, found.name]
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        return _broken(found, f"did not finish loading within {timeout:g} seconds")
    except OSError as error:
        return _broken(found, f"could not be examined in another process: {error}")
    verdict = _parsed(ended.stdout)
    if verdict is not None and ended.returncode == 0:
        return verdict
    return _broken(found, _symptom(ended.returncode, ended.stdout, ended.stderr))


def _ask(unseen: Sequence[Found], probe: Callable[[Found], Verdict]) -> dict[str, Verdict]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return dict(zip((one.name for one in unseen), pool.map(probe, unseen), strict=True))


def _state(found: Found, verdict: Verdict) -> PluginState:
    return PluginState(
        found.name,
        found.distribution,
        found.version,
        verdict.state,
        verdict.api,
        verdict.capabilities,
        verdict.cause,
        verdict.remedy,
    )


def _parsed(output: bytes) -> Verdict | None:
    """The verdict in the output of a probe, `None` if that is anything else."""
    try:
        return _verdict(json.loads(output))
    except (ValueError, TypeError):
        return None


def _verdict(raw: dict[str, Any]) -> Verdict:
    verdict = Verdict(**raw)
    if verdict.state not in ("ok", "broken"):
        raise ValueError(verdict.state)
    return verdict


def _raw(verdict: Verdict) -> dict[str, Any]:
    return verdict._asdict() | {"capabilities": dict(verdict.capabilities)}


def _symptom(returncode: int, output: bytes, errors: bytes) -> str:
    if returncode < 0:
        return f"crashes Python while it is loaded ({_signal_name(-returncode)})"
    last = errors.decode(errors="replace").strip().rpartition("\n")[2]
    if returncode > 0:
        return f"ends the process while it is loaded, with status {returncode}" + (f": {last}" if last else "")
    if not output.strip():
        return "ends the process while it is loaded"
    start = output.decode(errors="replace").strip()[:60]
    return f"writes to standard output while it is loaded: {start!r}"


def _signal_name(number: int) -> str:
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def _broken(found: Found, cause: str) -> Verdict:
    return Verdict(
        "broken",
        cause=f"The plugin {found.name!r} ({found.distribution} {found.version}) {cause}.",
        remedy=f"Run: pip install --upgrade {found.distribution}, or report it to its author.",
    )


def _fingerprint(claimants: Sequence[Found]) -> str | None:
    """What has to stay the same for a verdict to hold; `None` where that cannot be told."""
    parts = [__version__, sys.version]
    for one in claimants:
        place = Path(one.dist_info)
        try:
            # The directory above changes with every installation and removal, a missing dependency's for instance.
            times = (place.stat().st_mtime_ns, place.parent.stat().st_mtime_ns)
        except OSError:
            return None
        parts += [one.name, one.distribution, one.version, one.value, one.dist_info, *map(str, times)]
    return "\n".join(parts)


def _lasts(verdict: Verdict, claimants: Sequence[Found]) -> bool:
    """A plugin that is being worked on is asked again while it is broken: nothing outside its source will change."""
    return verdict.state == "ok" or not any(_is_editable(one) for one in claimants)


def _is_editable(found: Found) -> bool:
    try:
        origin = (Path(found.dist_info) / "direct_url.json").read_text("utf-8")
    except (OSError, ValueError):
        return False
    return '"editable"' in origin


def _default_cache() -> Path:
    from ..config.paths import Paths

    return Paths.from_environment(os.environ).home / "plugins.json"


def _read(cache_file: Path) -> dict[str, Verdict]:
    try:
        raw = json.loads(cache_file.read_bytes())
        return {mark: _verdict(verdict) for mark, verdict in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError):  # absent, or not written by this version
        return {}


def _write(cache_file: Path, verdicts: Mapping[str, Verdict]) -> None:
    from ..store.files import write_private

    newest = list(verdicts.items())[-_KEPT:]
    with suppress(ConfigurationError):  # then the plugins are examined again next time
        write_private(cache_file, json.dumps({mark: _raw(verdict) for mark, verdict in newest}).encode())
