"""The way to the exchange: its file, its contracts, its refusals."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from openalgo_core.errors import OrderNotOpen, OrderRejected
from openalgo_core.exchange import Contract, ExchangeRefusal, ExchangeRules, RefusalKind
from openalgo_core.models import Account, Instrument

from .auth import USER
from .feed import BrokerPrices

if TYPE_CHECKING:
    from openalgo_core.exchange import ExchangeAccount, SimulatedExchange

__all__ = ["at_the_exchange", "contract_of", "rules", "seed"]

#: Exchanges kept open at most, beside those in use.
_KEPT = 8


def seed(account: Account) -> int:
    """What the prices are made from; each profile has its own, always the same."""
    return crc32(account.profile.encode())


def rules() -> ExchangeRules:
    """As the environment says."""
    return ExchangeRules(exchange_hours=os.environ.get("OPENALGO_PAPER_HOURS") == "1")


def contract_of(instrument: Instrument) -> Contract:
    """What the exchange must know of an instrument."""
    return Contract(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        name=instrument.name,
        kind=instrument.kind,
        expiry=instrument.expiry,
        strike=instrument.strike,
        lot_size=instrument.lot_size,
        tick_size=instrument.tick_size,
        freeze_quantity=instrument.freeze_quantity,
        multiplier=instrument.multiplier,
    )


@contextmanager
def at_the_exchange(account: Account) -> Iterator[ExchangeAccount]:
    """The account at the exchange. What the exchange refuses is raised as `OrderRejected` or `OrderNotOpen`."""
    with _exchange_of(account) as exchange:
        try:
            yield exchange.account(USER)
        except ExchangeRefusal as refusal:
            over = refusal.kind in (RefusalKind.NOT_FOUND, RefusalKind.FINAL)
            error = OrderNotOpen if over else OrderRejected
            raise error(refusal.text, broker=account.broker, code=refusal.kind.value) from refusal


@contextmanager
def _exchange_of(account: Account) -> Iterator[SimulatedExchange]:
    if account.prices is None:
        with _SHELF.lend(account) as exchange:
            yield exchange
        return
    # Whose prices they are differs from call to call, and asking for them takes longer than opening a file.
    with closing(_opened(account, rules(), BrokerPrices(account, account.prices))) as exchange:
        yield exchange


def _opened(account: Account, rules: ExchangeRules, prices: BrokerPrices | None = None) -> SimulatedExchange:
    from openalgo_core.exchange import SimulatedExchange  # a quote needs neither accounts nor their database

    return SimulatedExchange(_file(account), clock=account.clock, seed=seed(account), rules=rules, prices=prices)


def _file(account: Account) -> Path:
    return Path(account.state_directory) / "exchange.sqlite"


class _Kept:
    """An open exchange, and how many calls are using it."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self.exchange = exchange
        self.users = 0


class _Shelf:
    """Exchanges left open between calls.

    Hooks have no state of their own, but closing the last connection to an SQLite file makes it write its log back
    and flush the disk: a millisecond and more for each order. So a few exchanges stay open, by what they were opened
    with (a process that forked has none).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[object, ...], _Kept] = {}

    @contextmanager
    def lend(self, account: Account) -> Iterator[SimulatedExchange]:
        kept = self._take(account)
        try:
            yield kept.exchange
        finally:
            with self._lock:
                kept.users -= 1
                self._tidy(_KEPT)

    def close(self) -> None:
        """Close whatever is not in use."""
        with self._lock:
            self._tidy(0)

    def _take(self, account: Account) -> _Kept:
        current = rules()
        # The exchange holds its clock, so the identity of the clock cannot be that of another one later.
        key = (os.getpid(), _file(account), current.exchange_hours, account.profile, id(account.clock))
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None:
                kept = _Kept(_opened(account, current))
            self._kept[key] = kept
            kept.users += 1
            return kept

    def _tidy(self, keep: int) -> None:
        """Close the longest unused ones beyond `keep`."""
        idle = [key for key, kept in self._kept.items() if not kept.users]
        for key in idle[: max(0, len(self._kept) - keep)]:
            self._kept.pop(key).exchange.close()


_SHELF = _Shelf()
atexit.register(_SHELF.close)
