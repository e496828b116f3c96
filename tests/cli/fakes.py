"""A broker that answers what a test tells it to, with the signatures of `openalgo_core.plugins.broker.Broker`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, Unpack

from openalgo_core.capabilities import Capability, Support
from openalgo_core.clock import IST, SystemClock
from openalgo_core.config import Environment
from openalgo_core.models import (
    API_VERSION,
    Action,
    BrokerInfo,
    CallbackAnswer,
    CancelResult,
    Candle,
    Challenge,
    Depth,
    DepthLevel,
    Exchange,
    Funds,
    Holding,
    Instrument,
    InstrumentKind,
    IntentKind,
    IntentState,
    JournalEntry,
    LoginField,
    Margin,
    Order,
    OrderResult,
    OrderStatus,
    Position,
    PriceType,
    Product,
    Quote,
    QuoteFailure,
    Settings,
    Settlement,
    Status,
    SyncResult,
    Trade,
    Validity,
)
from openalgo_core.orders.terms import OrderTerms
from openalgo_core.secrets import Secret

T = TypeVar("T")

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=IST)
MORNING = datetime(2026, 11, 20, 9, 15, tzinfo=IST)

SBIN = Instrument(
    symbol="SBIN",
    exchange=Exchange.NSE,
    name="STATE BANK OF INDIA",
    kind=InstrumentKind.EQ,
    expiry=None,
    strike=None,
    lot_size=1,
    tick_size=Decimal("0.05"),
    freeze_quantity=None,
    multiplier=Decimal(1),
    broker_symbol="SBIN-EQ",
    broker_exchange="NSE",
    token="3045",
)
OPTION = Instrument(
    symbol="NIFTY24NOV2624500CE",
    exchange=Exchange.NFO,
    name="NIFTY",
    kind=InstrumentKind.CE,
    expiry=date(2026, 11, 24),
    strike=Decimal(24500),
    lot_size=75,
    tick_size=Decimal("0.05"),
    freeze_quantity=1800,
    multiplier=Decimal(1),
    broker_symbol="NIFTY26NOV24500CE",
    broker_exchange="NFO",
    token="54321",
)
QUOTE = Quote(
    symbol="SBIN",
    exchange=Exchange.NSE,
    ltp=Decimal("812.35"),
    open=Decimal(810),
    high=Decimal("815.5"),
    low=Decimal("808.1"),
    prev_close=Decimal(809),
    volume=1234567,
    bid=Decimal("812.3"),
    ask=Decimal("812.4"),
    oi=None,
    time=NOON,
)
DEPTH = Depth(
    symbol="SBIN",
    exchange=Exchange.NSE,
    ltp=Decimal("812.35"),
    bids=(DepthLevel(Decimal("812.3"), 500, 4), DepthLevel(Decimal("812.25"), 900, None)),
    asks=(DepthLevel(Decimal("812.4"), 700, 6),),
    total_buy_quantity=150000,
    total_sell_quantity=None,
    time=NOON,
)
CANDLE = Candle(MORNING, Decimal(810), Decimal("812.5"), Decimal("809.9"), Decimal(812), volume=45000, oi=None)
ORDER = Order(
    order_id="26112000000001",
    symbol="SBIN",
    exchange=Exchange.NSE,
    action=Action.BUY,
    quantity=10,
    filled_quantity=0,
    price=Decimal("800.5"),
    trigger_price=None,
    average_price=None,
    product=Product.CNC,
    price_type=PriceType.LIMIT,
    validity=Validity.DAY,
    status=OrderStatus.OPEN,
    reason=None,
    time=NOON,
    client_order_id="mine-1",
    tag="hidden-tag",
    refs={"variety": "hidden-variety"},
)
TRADE = Trade("T1", "26112000000001", "SBIN", Exchange.NSE, Action.BUY, 10, Decimal("812.4"), Product.CNC, NOON)
POSITION = Position("SBIN", Exchange.NSE, Product.MIS, -10, Decimal("812.4"), Decimal("812.35"), Decimal("-1234567.8"))
HOLDING = Holding("INFY", Exchange.NSE, 5, Decimal("1500.333333"), Decimal(1510), Decimal("48.333335"))
FUNDS = Funds(Decimal(10000000), Decimal("8124.5"), None, Decimal(0), Decimal("-0.5"))
MARGIN = Margin(Decimal("8123.5"), Decimal(10000000), {"exposure": Decimal("123.5")})
ENTRY = JournalEntry(
    client_order_id="mine-1",
    order_id=None,
    kind=IntentKind.PLACE,
    state=IntentState.UNKNOWN,
    broker="fake",
    profile="default",
    symbol="SBIN",
    exchange=Exchange.NSE,
    action=Action.BUY,
    quantity=10,
    price=None,
    created_at=NOON,
    settled_at=None,
    reason="read time-out",
)
SETTLEMENT = Settlement("mine-1", IntentState.UNKNOWN, IntentState.ACKNOWLEDGED, "26112000000001", None)
ACKNOWLEDGED = OrderResult("acknowledged", "26112000000001", "mine-1", "fake")
LOGGED_IN = Status("fake", "default", "A123", logged_in=True, expires_at=datetime(2026, 11, 21, 5, tzinfo=IST))
LOGGED_OUT = Status("fake", "default", None, logged_in=False, expires_at=None)
SYNCED = SyncResult("fake", 180000, 2.34, unchanged=False, source_time=MORNING, skipped={"test rows": 7})


def info(*capabilities: Capability) -> BrokerInfo:
    return BrokerInfo(
        name="fake",
        title="Fake Broking",
        api=API_VERSION,
        exchanges=frozenset({Exchange.NSE}),
        capabilities=dict.fromkeys(capabilities, Support.FULL),
        hosts=("api.fake.invalid",),
    )


@dataclass
class FakeOffice:
    """The parts behind a broker that `login` reaches for."""

    environment: Environment = field(default_factory=lambda: Environment("fake", "default", Settings(), "environment"))
    clock: SystemClock = field(default_factory=SystemClock)
    sessions: Any = None


@dataclass
class FakeBroker:
    """Answers with what `answers` holds under a method's name, raises it if it is an exception; notes every call."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    name: str = "fake"
    profile: str = "default"
    info: BrokerInfo = field(default_factory=lambda: info(Capability.LOGIN))
    office: FakeOffice = field(default_factory=FakeOffice)
    is_default: bool = False
    closed: bool = False

    def _answer(self, name: str, default: T, *args: Any, **kwargs: Any) -> T:
        self.calls.append((name, args, kwargs))
        answer: T = self.answers.get(name, default)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def settings(self) -> Settings:
        return self.office.environment.settings

    def called(self, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of the one call of that method."""
        (call,) = [(args, kwargs) for method, args, kwargs in self.calls if method == name]
        return call

    def __enter__(self) -> FakeBroker:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True

    def login_fields(self) -> Sequence[LoginField]:
        return self._answer("login_fields", ())

    def request_otp(self, fields: Mapping[str, Secret]) -> Challenge:
        return self._answer("request_otp", Challenge({}, "OTP sent to ******1234"), fields)

    def login(self, fields: Mapping[str, Secret]) -> Status:
        return self._answer("login", LOGGED_IN, fields)

    def login_url(self, state: str) -> str:
        return self._answer("login_url", "https://login.fake.invalid/", state)

    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status:
        return self._answer("complete_web_login", LOGGED_IN, answer, state)

    def logout(self) -> Status:
        return self._answer("logout", LOGGED_OUT)

    def status(self) -> Status:
        return self._answer("status", LOGGED_IN)

    def sync_instruments(self, progress: Callable[[int], None] | None = None) -> SyncResult:
        return self._answer("sync_instruments", SYNCED, progress)

    def search_instruments(self, text: str, limit: int = 50) -> list[Instrument]:
        return self._answer("search_instruments", [SBIN, OPTION], text, limit)

    def instrument(self, name: str) -> Instrument:
        return self._answer("instrument", OPTION, name)

    def quotes(self, names: Sequence[str]) -> list[Quote | QuoteFailure]:
        return self._answer("quotes", [QUOTE], names)

    def depth(self, name: str) -> Depth:
        return self._answer("depth", DEPTH, name)

    def history(self, name: str, interval: str, start: date, end: date) -> list[Candle]:
        return self._answer("history", [CANDLE], name, interval, start, end)

    def place_order(self, name: str, action: Action | str, quantity: int, **terms: Unpack[OrderTerms]) -> OrderResult:
        return self._answer("place_order", ACKNOWLEDGED, name, action, quantity, **terms)

    def modify_order(
        self,
        order_id: str,
        *,
        quantity: int | None = None,
        price: Decimal | int | float | str | None = None,
        trigger_price: Decimal | int | float | str | None = None,
        price_type: PriceType | str | None = None,
    ) -> OrderResult:
        change = {
            "quantity": quantity,
            "price": price,
            "trigger_price": trigger_price,
            "price_type": price_type,
        }
        return self._answer("modify_order", ACKNOWLEDGED, order_id, **change)

    def cancel_order(self, order_id: str) -> OrderResult:
        return self._answer("cancel_order", ACKNOWLEDGED, order_id)

    def cancel_all_orders(self) -> list[CancelResult]:
        return self._answer("cancel_all_orders", [CancelResult("1", "acknowledged", None)])

    def order(self, order_id: str) -> Order:
        return self._answer("order", ORDER, order_id)

    def orders(self) -> list[Order]:
        return self._answer("orders", [ORDER])

    def margin(self, name: str, action: Action | str, quantity: int, **terms: Unpack[OrderTerms]) -> Margin:
        return self._answer("margin", MARGIN, name, action, quantity, **terms)

    def trades(self) -> list[Trade]:
        return self._answer("trades", [TRADE])

    def positions(self) -> list[Position]:
        return self._answer("positions", [POSITION])

    def holdings(self) -> list[Holding]:
        return self._answer("holdings", [HOLDING])

    def funds(self) -> Funds:
        return self._answer("funds", FUNDS)

    def journal(
        self,
        *,
        day: date | None = None,
        state: str | None = None,
        symbol: str | None = None,
        client_order_id: str | None = None,
        archived: bool = False,
    ) -> list[JournalEntry]:
        filters: dict[str, object] = {"day": day, "state": state, "symbol": symbol, "client_order_id": client_order_id}
        filters["archived"] = archived
        return self._answer("journal", [ENTRY], **filters)

    def reconcile(self) -> list[Settlement]:
        return self._answer("reconcile", [SETTLEMENT])

    def halt(self, reason: str = "") -> None:
        self._answer("halt", None, reason)

    def resume(self) -> None:
        self._answer("resume", None)
