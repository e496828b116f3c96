"""What people see: aligned, complete, rupees with two decimals, no colour where nobody looks."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from openalgo_core.cli import main, output, session, text
from openalgo_core.cli.tables import ORDERS, POSITIONS
from openalgo_core.clock import IST
from openalgo_core.errors import NotSupported
from openalgo_core.models import SyncResult

from .conftest import Run
from .fakes import LOGGED_IN, MORNING, ORDER, POSITION, SYNCED, FakeBroker


@pytest.mark.parametrize(
    ("words", "expected"),
    {
        "quote NSE:SBIN": """\
Instrument     LTP    Open    High     Low  Prev close   Volume     Bid     Ask  OI  Time
NSE:SBIN    812.35  810.00  815.50  808.10      809.00  1234567  812.30  812.40   -  2026-11-20 12:00:00
""",
        "depth NSE:SBIN": """\
Instrument:          NSE:SBIN
LTP:                 812.35
Total bid quantity:  150000
Total ask quantity:  -
Time:                2026-11-20 12:00:00

Orders  Quantity     Bid     Ask  Quantity  Orders
     4       500  812.30  812.40       700       6
     -       900  812.25       -         -       -
""",
        "history NSE:SBIN --from 2026-11-20": """\
Time                   Open    High     Low   Close  Volume  OI
2026-11-20 09:15:00  810.00  812.50  809.90  812.00   45000   -
""",
        "order list": """\
Time      Order           Instrument  Action  Quantity  Filled  Type    Price  Trigger  Average  \
Product  Status  Reason
12:00:00  26112000000001  NSE:SBIN    BUY           10       0  LIMIT  800.50        -        -  \
CNC      open    -
""",
        "order place NSE:SBIN BUY 10": "acknowledged by fake: order 26112000000001 (own id mine-1)\n",
        "order cancel --all": """\
Order  Status        Reason
1      acknowledged  -
""",
        "positions": """\
Instrument  Product  Quantity  Average     LTP            P&L
NSE:SBIN    MIS           -10   812.40  812.35  -12,34,567.80
""",
        "holdings": """\
Instrument  Quantity    Average      LTP    P&L
NSE:INFY           5  1500.3333  1510.00  48.33
""",
        "funds": """\
Available cash:  1,00,00,000.00
Used margin:     8,124.50
Collateral:      -
Realised P&L:    0.00
Unrealised P&L:  -0.50
""",
        "margin NSE:SBIN BUY 10": """\
Required margin:  8,123.50
Available cash:   1,00,00,000.00
exposure:         123.50
""",
        "instruments search x": """\
Instrument               Kind  Name                 Expiry        Strike  Lot  Tick
NSE:SBIN                 EQ    STATE BANK OF INDIA  -                  -    1  0.05
NFO:NIFTY24NOV2624500CE  CE    NIFTY                2026-11-24  24500.00   75  0.05
""",
        "instruments sync": """\
fake: 180000 instruments in 2.3 s (file of 2026-11-20 09:15:00).
  skipped 7: test rows
""",
        "trades": """\
Time      Trade  Order           Instrument  Action  Quantity   Price  Product
12:00:00  T1     26112000000001  NSE:SBIN    BUY           10  812.40  CNC
""",
        "status": "Logged in to fake (profile default) as A123 until 2026-11-21 05:00:00 IST.\n",
        "logout": "Logged out of fake (profile default).\n",
    }.items(),
)
def test_what_people_see(words: str, expected: str, run: Run, broker: FakeBroker) -> None:
    ran = run(*words.split())

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == expected


def test_a_broker_without_login_says_so(run: Run, broker: FakeBroker) -> None:
    broker.answers["status"] = broker.answers["logout"] = replace(LOGGED_IN, user_id=None, expires_at=None)

    for word in ("status", "logout"):
        assert run(word).out == "fake (profile default) needs no login.\n"


def test_an_unchanged_instrument_file_is_said_in_one_line(run: Run, broker: FakeBroker) -> None:
    broker.answers["sync_instruments"] = replace(SYNCED, unchanged=True, source_time=None)

    assert run("instruments", "sync").out == "fake: unchanged, 180000 instruments.\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0.00"),
        ("999.999", "1,000.00"),
        ("1000", "1,000.00"),
        ("99999", "99,999.00"),
        ("100000", "1,00,000.00"),
        ("-12345678.905", "-1,23,45,678.91"),
        ("-0.001", "0.00"),
    ],
)
def test_money_is_grouped_as_in_india(value: str, expected: str) -> None:
    assert text.money(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1500", "1500.00"), ("83.2525", "83.2525"), ("0.05", "0.05"), ("1500.33333", "1500.3333")]
)
def test_a_price_has_two_decimals_or_what_its_tick_needs(value: str, expected: str) -> None:
    assert text.price(Decimal(value)) == expected


def test_moments_are_indian_time() -> None:
    assert text.moment(datetime.fromisoformat("2026-11-20T03:45:00+00:00")) == "2026-11-20 09:15:00"
    assert text.moment(date(2026, 11, 20)) == "2026-11-20"
    assert MORNING.tzinfo is IST


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 200])
def test_a_terminal_gets_colour_and_whole_symbols_however_narrow(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    for name, value in {"COLUMNS": str(width), "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)

    output.print_table([replace(ORDER, symbol="NIFTY24NOV2624500CE", reason="no money " * 9)], ORDERS)
    output.print_table([POSITION], POSITIONS)

    shown = terminal.getvalue()
    assert "NSE:NIFTY24NOV2624500CE" in shown
    assert "26112000000001" in shown
    assert "…" not in shown
    assert "\x1b[31m-12,34,567.80" in shown


class Counting(FakeBroker):
    def sync_instruments(self, progress: Callable[[int], None] | None = None) -> SyncResult:
        if progress is not None:
            progress(12345)
        return super().sync_instruments(progress)


def test_progress_is_shown_on_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "connect", lambda *asked: Counting())
    assert run("instruments", "sync").err == ""

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with pytest.raises(SystemExit) as end:
        main(["instruments", "sync"])

    assert end.value.code is None
    assert "Reading instruments: 12,345" in terminal.getvalue()


def test_a_failure_leaves_standard_output_empty(run: Run, broker: FakeBroker) -> None:
    broker.answers["depth"] = NotSupported("No depth.")

    assert run("depth", "NSE:SBIN").out == ""
