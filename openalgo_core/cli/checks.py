"""What `openalgo doctor` looks at. Every check gives findings and never stops the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import OpenAlgoError
from .text import moment

if TYPE_CHECKING:
    from ..config import Paths
    from ..plugins.broker import Broker

__all__ = ["Finding", "broker_findings", "machine_findings", "safely"]

#: Seconds. Below the first nobody minds; beyond the second a code of 30 seconds is out of its time.
_CLOCK_FINE, _CLOCK_BAD = 3.0, 30.0
#: Files named in one finding.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `remedy` is `None` where nothing is to be done."""

    check: str
    state: Literal["ok", "warning", "error"]
    message: str
    remedy: str | None = None


def safely(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of `look`; an error of ours on the way is one more."""
    try:
        yield from look()
    except OpenAlgoError as error:
        yield Finding(check, "error", error.message, error.hint or None)


def machine_findings(*, fix: bool = False) -> Iterator[Finding]:
    """What can be said of this machine without any broker. `fix` takes others' rights to our files away."""
    from ..config import Paths

    paths = Paths.from_environment(os.environ)
    yield from safely("configuration", lambda: _configuration(paths))
    yield from safely("state directory", lambda: _files(paths.home, fix=fix))
    yield from _kill_switch(paths.home)


def broker_findings(broker: Broker, *, fix: bool = False) -> Iterator[Finding]:
    """What can be said of one broker and profile. `fix` takes others' rights to the settings file away."""
    from .way_out import way_out

    yield from _environment(broker, fix=fix)
    yield from safely("session", lambda: _session(broker))
    yield from safely("clock", lambda: _clock(broker))
    yield from safely("instruments", lambda: _instruments(broker))
    yield from way_out(broker)


def _configuration(paths: Paths) -> Iterator[Finding]:
    from ..config import load_settings

    settings = load_settings(paths, os.environ)
    source = f"{settings.source}" if settings.source else f"no {paths.config_file}: defaults are in force"
    yield Finding("configuration", "ok", source)
    for name, value in settings.describe():
        yield Finding(name, "ok", value)


def _files(home: Path, *, fix: bool) -> Iterator[Finding]:
    from ..store.files import loose_modes

    if not home.exists():
        yield Finding("state directory", "ok", f"{home} (not made yet)")
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding("state directory", "error", f"{home} cannot be written.", "Get the right, or set OPENALGO_HOME.")
        return
    loose = list(loose_modes(home))
    if loose:
        yield _modes("file modes", loose, fix=fix)
    yield Finding("state directory", "ok", str(home))


def _modes(check: str, loose: Sequence[Path], *, fix: bool) -> Finding:
    """Files that others may use: mended, or how to mend them."""
    from ..store.files import tighten

    left = [path for path in loose if not (fix and tighten(path))]
    if not left:
        return Finding(check, "ok", f"{_named(loose)}: others can use it no more")
    remedy = "Run: openalgo doctor --fix" if not fix else "They belong to somebody else: have their owner do it."
    return Finding(check, "warning", f"Others may read {_named(left)}.", remedy)


def _named(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(map(str, paths[:_NAMED]))}{more}"


def _kill_switch(home: Path) -> Iterator[Finding]:
    from ..guards.kill_switch import halted

    reason = halted(home)
    if reason is None:
        yield Finding("kill switch", "ok", "not thrown")
    else:
        yield Finding("kill switch", "warning", f"Orders are halted: {reason or 'no reason given'}", "openalgo resume")


def _environment(broker: Broker, *, fix: bool) -> Iterator[Finding]:
    source = broker.office.environment.source
    yield Finding("broker", "ok", f"{broker.name}, profile {broker.profile}, settings from {source}")
    file = Path(source)
    if os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
        yield _modes("settings file", [file], fix=fix)


def _session(broker: Broker) -> Iterator[Finding]:
    status = broker.status()
    if status.logged_in and status.user_id is None:
        yield Finding("session", "ok", f"{broker.name} needs no login")
    elif status.logged_in:
        until = f" until {moment(status.expires_at)} IST" if status.expires_at else ""
        yield Finding("session", "ok", f"logged in as {status.user_id}{until}")
    else:
        yield Finding("session", "warning", "not logged in", f"Run: openalgo login --broker {broker.name}")


def _clock(broker: Broker) -> Iterator[Finding]:
    """This clock against the broker's, from the `Date` of one answer, which is cut to the second."""
    if not broker.info.hosts:
        yield Finding("clock", "ok", "nothing to compare with: this broker is simulated on this machine")
        return
    if not broker.status().logged_in:
        log_in = f"Run: openalgo login --broker {broker.name}"
        yield Finding("clock", "warning", "not checkable: not logged in", log_in)
        return
    before = broker.office.clock.now()
    date = broker.office.http.request("GET", f"https://{broker.info.hosts[0]}/").headers.get("Date")
    after = broker.office.clock.now()
    if not date:
        compare = "Compare it with another clock; login codes depend on it."
        yield Finding("clock", "warning", "not checkable: the broker's answers carry no date", compare)
        return
    skew = (before + (after - before) / 2 - parsedate_to_datetime(date)).total_seconds() - 0.5
    state: Literal["ok", "warning", "error"] = (
        "ok" if abs(skew) <= _CLOCK_FINE else "warning" if abs(skew) <= _CLOCK_BAD else "error"
    )
    way = "ahead of" if skew > 0 else "behind"
    remedy = None if state == "ok" else "Let the system keep its time by NTP; login codes depend on it."
    yield Finding("clock", state, f"{abs(skew):.1f} s {way} the broker's", remedy)


def _instruments(broker: Broker) -> Iterator[Finding]:
    if not broker.info.hosts:
        yield Finding("instruments", "ok", "made on this machine when they are needed")
    else:
        yield _age(broker, broker.office.instruments_synced_at)


def _age(broker: Broker, fetched: datetime | None) -> Finding:
    age = "never fetched" if fetched is None else f"fetched {_span(broker.office.clock.now() - fetched)} ago"
    if not broker.office.instruments_are_stale:
        return Finding("instruments", "ok", age)
    remedy = f"Run: openalgo instruments sync --broker {broker.name}"
    return Finding("instruments", "warning", f"{age}; there is a new file every morning", remedy)


def _span(age: timedelta) -> str:
    """`4 days`, `3 h`, `12 min`."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
