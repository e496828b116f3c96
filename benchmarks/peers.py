"""What others cost: libraries of the registry, each in an environment of its own, driven against the same stub.

Nothing of theirs is changed but where they find their host. What cannot be installed or driven is said, not hidden.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .measure import processes
from .orders import BODY
from .rows import Row
from .stand import Stand

__all__ = ["PEERS", "compared"]


@dataclass(frozen=True, slots=True)
class Peer:
    """`requirements` and what to run: scripts by the row that they belong to.

    A script of row 1c is timed as a whole process. The others print the median seconds of their calls beside those of
    the baseline in the same process, which took turns: `{"peer": ..., "bare": ...}`.
    """

    name: str
    requirements: Sequence[str]
    scripts: Mapping[str, str] = field(default_factory=dict)


#: Takes turns with the baseline, in blocks; `peer` is what the script before it has defined.
_TURNS = """
import json, statistics, sys, time
import requests
session = requests.Session()
def timed(act, into, count):
    for _ in range(count):
        begun = time.perf_counter(); act(); into.append(time.perf_counter() - begun)
def told(bare, rounds, count):
    bare(); peer()
    figures = {"bare": [], "peer": []}
    for _ in range(rounds):
        timed(bare, figures["bare"], count)
        timed(peer, figures["peer"], count)
    print("\\n" + json.dumps({name: statistics.median(values) for name, values in figures.items()}))
"""
_ORDER = """
def bare():
    assert session.post(URL + "/rest/secure/angelbroking/order/v1/placeOrder", json=BODY, timeout=7).json()["data"]
told(bare, 7, 100)
"""
_FEW_ORDERS = _ORDER.replace("7, 100", "5, 10")  # for one that takes its time
_BOOK = """
def bare():
    json.loads(session.get(URL + "/rest/secure/angelbroking/order/v1/getOrderBook", timeout=7).content)
told(bare, 7, 3)
"""
_SMART = """
from SmartApi import SmartConnect
api = SmartConnect(api_key="benchmark", access_token="JWT", root=URL)
"""

_BROKERKIT = """
import asyncio
from decimal import Decimal
from SmartApi import SmartConnect
from brokerkit.enums import Exchange, InstrumentType, OrderType, Product, Segment, TransactionType
from brokerkit.models.instrument import Instrument
from brokerkit.models.order import OrderRequest
from brokerkit_angelone.order import AngelOrderProvider
api = SmartConnect(api_key="benchmark", access_token="JWT", root=URL)
orders = AngelOrderProvider(api)
loop = asyncio.new_event_loop()
share = Instrument(symbol="SBIN-EQ", exchange=Exchange.NSE, segment=Segment.CASH, broker_token="3045", name="SBIN",
                   instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"))
def peer():
    request = OrderRequest(instrument=share, transaction_type=TransactionType.BUY, order_type=OrderType.LIMIT,
                           quantity=1, product=Product.MIS, price=Decimal("812.35"))
    assert loop.run_until_complete(orders.place_order(request))
"""
_FENIX = """
from fenix.angelone import AngelOne
broker = AngelOne()
broker._API["servers"]["rest"] = URL
broker.rate_limit_padding = 0  # or it would sleep: the limits, not the library, would be timed
broker._headers = {"X-PrivateKey": "benchmark", "Authorization": "Bearer JWT"}
share = {"Exchange": "NSE", "Symbol": "SBIN-EQ", "Token": 3045}
def peer():
    assert broker.place_order(share, 1, "BUY", "MIS", "DAY", "REGULAR", "0123456789abcdef", price=812.35)
"""
_OPENALGO = """
from openalgo import api
client = api(api_key="benchmark", host=URL)
def peer():
    assert client.placeorder(symbol="SBIN", action="BUY", exchange="NSE", price_type="LIMIT", product="MIS",
                             quantity=1, price=812.35)["data"]
"""

PEERS = (
    Peer(
        "smartapi-python",
        ("smartapi-python", "logzero", "websocket-client", "pyotp"),
        {
            "1c": "import SmartApi",
            "2a": f"{_SMART}\ndef peer():\n    assert api.placeOrder(BODY)\n{_ORDER}",
            "6": f"{_SMART}\ndef peer():\n    assert api.orderBook()['data']\n{_BOOK}",
        },
    ),
    Peer(
        "brokerkit",
        ("brokerkit", "brokerkit-angelone"),
        {"1c": "import brokerkit, brokerkit_angelone", "2a": f"{_BROKERKIT}\n{_ORDER}"},
    ),
    Peer("tt-connect", ("tt-connect",), {"1c": "import tt_connect"}),
    Peer("fenix", ("fenix",), {"1c": "import fenix", "2a": f"{_FENIX}\n{_ORDER}"}),
    Peer("breeze-connect", ("breeze-connect",), {"1c": "import breeze_connect"}),
    Peer("pyintegrate", ("pyintegrate",), {"1c": "import integrate"}),
    Peer("openalgo", ("openalgo",), {"1c": "import openalgo", "2a": f"{_OPENALGO}\n{_FEW_ORDERS}"}),
)


def compared(stand: Stand, rows: Sequence[Row], *, rounds: int) -> tuple[list[Row], list[str]]:
    """The rows with the peers' figures in them, and what must be said of peers that have none."""
    figures: dict[str, dict[str, float]] = {}
    notes = []
    for peer in PEERS:
        try:
            python = _installed(peer)
        except subprocess.CalledProcessError as error:
            notes.append(f"{peer.name} could not be installed: {_last_line(error.stderr)}")
            continue
        for number, script in peer.scripts.items():
            try:
                figures.setdefault(number, {})[peer.name] = _measured(number, script, python, stand, rounds)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                notes.append(f"{peer.name} could not be driven for row {number}: {_last_line(str(error))}")
    return [_with(row, figures) for row in rows], notes


def _with(row: Row, figures: Mapping[str, Mapping[str, float]]) -> Row:
    return replace(row, peers={**row.peers, **figures.get(row.number, {})})


def _installed(peer: Peer) -> Path:
    """The Python of the peer's environment, which is kept inside ours. Raises `CalledProcessError` where pip fails."""
    place = Path(sys.prefix) / "peers" / peer.name
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "requests", *peer.requirements]
        subprocess.run(install, capture_output=True, text=True, check=True)  # noqa: S603  # named above
    return python


def _measured(number: str, script: str, python: Path, stand: Stand, rounds: int) -> float:
    if number == "1c":
        commands = {"bare": (sys.executable, "-c", ""), "peer": (str(python), "-c", script)}
        timed = processes(commands, rounds=rounds, environment=stand.environment)
        return timed["peer"].ratio(timed["bare"])
    whole = f"URL = {stand.url!r}\nBODY = {dict(BODY)!r}\n{_TURNS}\n{script}"
    done = subprocess.run(  # noqa: S603  # our own scripts
        [str(python), "-c", whole],
        cwd=stand.home,
        env=dict(stand.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told["peer"] / told["bare"]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"
