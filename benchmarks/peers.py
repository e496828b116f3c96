"""What others cost: libraries of the registry, each in an environment of its own, driven against the same stub.

Nothing of theirs is changed but where they find their host (`benchmarks.drivers`). What cannot be installed or driven
is said, not hidden.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from openalgo_core.simulation import FaultProxy, FaultScript

from .bare import QUOTE
from .faults import AGAIN, FAULTS
from .instruments import fill
from .measure import processes
from .rows import Row
from .stand import Stand

__all__ = ["PEERS", "compared"]

#: Figures by the start of the row's number and name, which tells one row from all others.
Figures = Mapping[str, float]

_ROOT = Path(__file__).parent.parent
#: Seconds that an act may take. Who waits longer for a broker tells its user nothing; the slowest peer needs 97.
_PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Peer:
    """`requirements` of the registry, the script that is timed as its import, and which `acts` its driver can."""

    name: str
    requirements: Sequence[str]
    imported: str
    driver: str = ""
    acts: Sequence[str] = ()


PEERS = (
    Peer(
        "smartapi-python",
        ("smartapi-python", "logzero", "websocket-client", "pyotp"),
        "import SmartApi",
        "smartapi",
        ("quote", "orders", "quotes", "book", "fault"),
    ),
    Peer(
        "brokerkit",
        ("brokerkit", "brokerkit-angelone"),
        "import brokerkit, brokerkit_angelone",
        "brokerkit",
        ("quote", "orders", "quotes", "book", "sync", "fault"),
    ),
    # Its orders and its book need the table that its sync leaves.
    Peer("tt-connect", ("tt-connect",), "import tt_connect", "tt_connect", ("sync", "orders", "book", "fault")),
    Peer("fenix", ("fenix",), "import fenix", "fenix", ("orders", "book", "sync", "fault")),
    Peer(
        "breeze-connect",
        ("breeze-connect",),
        "from benchmarks.drivers.breeze import point_at; point_at({url!r}); import breeze_connect",
    ),
    Peer("pyintegrate", ("pyintegrate",), "import integrate"),
    Peer("openalgo", ("openalgo",), "import openalgo", "openalgo", ("orders",)),
)


@dataclass(frozen=True, slots=True)
class _Installed:
    """A peer, the Python that has it, and where it may leave its files."""

    peer: Peer
    python: Path
    stand: Stand

    @property
    def directory(self) -> Path:
        directory = self.stand.home / "peers" / self.peer.name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    @property
    def environment(self) -> Mapping[str, str]:
        return {**self.stand.environment, "PYTHONPATH": str(_ROOT)}

    def does(self, act: str, url: str | None = None) -> Figures:
        """What its driver tells of an act. Raises `RuntimeError` where it fails, `TimeoutExpired` where it hangs."""
        command = [str(self.python), "-m", "benchmarks.drivers", self.peer.driver, act, url or self.stand.url]
        done = subprocess.run(  # noqa: S603  # our own scripts
            command,
            cwd=self.directory,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        figures: Figures = json.loads(done.stdout.splitlines()[-1])
        return figures

    def timed(self, script: str, baseline: str) -> float:
        """Whole processes, as a ratio to the baseline's in our own environment."""
        commands = {"bare": (sys.executable, "-c", baseline), "peer": (str(self.python), "-c", script)}
        timed = processes(commands, rounds=9, environment=self.environment, cwd=self.directory)
        return timed["peer"].ratio(timed["bare"])


def _imported(one: _Installed) -> Figures:
    return {"1c": one.timed(one.peer.imported.format(url=one.stand.url), "")}


def _quote(one: _Installed) -> Figures:
    script = f"from benchmarks.drivers.{one.peer.driver} import Driver; print(Driver({one.stand.url!r}).quote())"
    return {"1d": one.timed(script, QUOTE % one.stand.url)}


def _sync(one: _Installed) -> Figures:
    filled = fill(one.stand, 3, {"peer": partial(one.does, "sync")})["peer"]
    return {"3a sync as angel": filled["ratio"], "3b its peak memory as angel": filled["peak"]}


def _faults(one: _Installed) -> Figures:
    """All at once, because a process of each does little but wait; the orders are counted where they arrive."""
    with ThreadPoolExecutor(len(FAULTS)) as pool:
        outcomes = list(pool.map(partial(_outcome, one), FAULTS))
    return {
        "7 orders booked by one call, angel": max(booked for booked, _ in outcomes),
        "7b faults told wrongly, angel": sum(not truthful for _, truthful in outcomes),
    }


def _outcome(one: _Installed, fault: str) -> tuple[int, bool]:
    """How many orders were booked, and whether the caller heard the truth."""
    with FaultProxy(one.stand.url, FaultScript([AGAIN.format(fault, "placeOrder")])) as proxy:
        try:
            truthful = bool(one.does("fault", proxy.url)["truthful"])
        except subprocess.TimeoutExpired:
            truthful = False
        return sum("placeOrder" in seen.path for seen in proxy.seen), truthful


#: Acts that are more than one process of the driver's.
_MEASURED: Mapping[str, Callable[[_Installed], Figures]] = {
    "import": _imported,
    "quote": _quote,
    "sync": _sync,
    "fault": _faults,
}


def compared(stand: Stand, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The rows with the peers' figures in them, and what must be said of peers that have none."""
    figures: dict[str, Figures] = {}
    notes = []
    for peer in PEERS:
        try:
            one = _Installed(peer, _python(peer), stand)
        except subprocess.CalledProcessError as error:
            notes.append(f"{peer.name} could not be installed: {_last_line(error.stderr)}")
            continue
        for act in ("import", *peer.acts):
            measured = _MEASURED.get(act, partial(_Installed.does, act=act))
            try:
                figures[peer.name] = {**figures.get(peer.name, {}), **measured(one)}
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                notes.append(f"{peer.name} could not be driven ({act}): {_last_line(str(error))}")
    return [_with(row, figures) for row in rows], notes


def _with(row: Row, figures: Mapping[str, Figures]) -> Row:
    name = f"{row.number} {row.what}"
    found = {peer: figure for peer, told in figures.items() for start, figure in told.items() if name.startswith(start)}
    return replace(row, peers={**row.peers, **found})


def _python(peer: Peer) -> Path:
    """The Python of the peer's environment, which is kept inside ours. Raises `CalledProcessError` where pip fails."""
    place = Path(sys.prefix) / "peers" / peer.name
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "requests", *peer.requirements]
        subprocess.run(install, capture_output=True, text=True, check=True)  # noqa: S603  # named above
    return python


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"
