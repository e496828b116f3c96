"""900: secrets, threads, two accounts in one process, two processes of one account."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from ...capabilities import Capability
from ...errors import OpenAlgoError
from ...models import BrokerInfo, OrderResult
from ...plugins.broker import Broker
from ...secrets import Secret
from ...simulation import TEST_ACCOUNT
from ..bench import log_in
from .base import Group
from .cases import Variant, a_wire, case
from .outcomes import at_once, error_of
from .stand import Stand, expect, stand_of

__all__ = ["Safety"]

_PLACE = Capability.PLACE_ORDER
_PAGE = "docs/configuration.md"
_SURFACES = ("log", "errors", "representations", "files", "addresses")
#: What the suite's own browser logs, which reads the login page of a broker that has nothing but one.
_BROWSER = ("urllib3",)
_READS: dict[Capability, Callable[[Broker], Any]] = {
    Capability.ORDER_BOOK: lambda broker: broker.orders(),
    Capability.TRADE_BOOK: lambda broker: broker.trades(),
    Capability.POSITIONS: lambda broker: broker.positions(),
    Capability.HOLDINGS: lambda broker: broker.holdings(),
    Capability.FUNDS: lambda broker: broker.funds(),
}


@dataclass(frozen=True, slots=True)
class Tour:
    """Everything that could be seen of a day in which much went wrong, and what must not be in it."""

    surfaces: Mapping[str, bytes]
    secrets: Mapping[str, str]

    def leaks(self, surface: str) -> list[str]:
        """The names of the secrets that stand there in clear."""
        seen = self.surfaces[surface]
        return [name for name, text in self.secrets.items() if _as_a_word(text).search(seen)]


def _reads(info: BrokerInfo) -> list[Variant]:
    return [Variant(one.value, one, (one,)) for one in _READS]


class Safety(Group):
    @pytest.fixture(scope="class")
    @classmethod
    def _tour(cls) -> Iterator[Tour]:
        with stand_of(cls.broker, unlisted=cls.unlisted) as stand:
            yield _toured(stand)
            stand.waiting_faults()
            if stand.simulation is not None:
                stand.simulation.setup.surprises.clear()

    @case(
        given="a login, orders, and every kind of failure, all logged in full",
        when="log, errors, representations, files and addresses are searched for the account's secrets and tokens",
        then="none stands there in clear",
        page=_PAGE,
        needs=[a_wire],
        each=lambda info: (Variant(surface, surface) for surface in _SURFACES),
    )
    def test_900_no_secret_is_seen(self, request: pytest.FixtureRequest, variant: Variant) -> None:
        tour: Tour = request.getfixturevalue("_tour")
        leaks = tour.leaks(variant.value)
        expect(not leaks, f"in the {variant.value} stands {', '.join(leaks)} in clear", "no secret")
        expect(tour.surfaces[variant.value], f"there are no {variant.value}", "something to search")

    @case(
        given="a session that was opened",
        when="its tokens are looked at",
        then="each is a Secret, and the session has some",
        page="docs/hooks.md#authenticate",
        needs=[a_wire],
    )
    def test_903_tokens_are_secrets(self, stand: Stand) -> None:
        session = stand.broker.office.keeper.account().session
        assert session is not None
        kinds = {name: type(token).__name__ for name, token in session.tokens.items()}
        expect(kinds and set(kinds.values()) == {"Secret"}, f"tokens are {kinds}", "Secret each")
        shown = [
            name for name, text in session.data.items() if any(text == t.reveal() for t in session.tokens.values())
        ]
        expect(not shown, f"tokens stand in session.data too: {shown}", "in session.tokens only")

    @case(
        given="two accounts of the broker in one process",
        when="both place orders at the same time",
        then="each order is booked in its own account",
        page="docs/hooks.md",
        needs=[_PLACE, a_wire],
    )
    def test_910_two_accounts_do_not_mix(self) -> None:
        other = replace(
            TEST_ACCOUNT, user_id="B654321", api_key=Secret("OTHERKEY"), api_secret=Secret("another-secret")
        )
        with stand_of(self.broker) as first, stand_of(self.broker, account=other) as second:
            stands = (first, second)
            for stand in stands:
                stand.terms(stand.sample())
            units = {stand.account.user_id: lots * stand.sample().lot_size for lots, stand in enumerate(stands, 1)}
            at_once([partial(stand.place, quantity=units[stand.account.user_id]) for stand in stands * 3])
            for stand in stands:
                found = [row.quantity for row in stand.booked()]
                wanted = [units[stand.account.user_id]] * 3
                expect(found == wanted, f"{stand.account.user_id} has orders of {found}", f"{wanted}")

    @case(
        given="two processes of one home",
        when="both place an order under the same id at the same time",
        then="one order is booked, and both are told of it",
        page="docs/cli.md",
        needs=[_PLACE],
    )
    def test_913_two_processes_place_one_order(self, hurried: Stand) -> None:
        instrument = hurried.sample()
        terms = {**hurried.terms(instrument), "client_order_id": "conformance-913"}
        results: list[OrderResult] = []

        def place(broker: Broker) -> None:
            results.append(broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms))

        with hurried.another() as second, hurried.booking() as booked:
            at_once([lambda: place(hurried.broker), lambda: place(second)])
        expect(len(booked) == 1, f"{len(booked)} orders were booked", "one")
        ids = {result.order_id for result in results}
        expect(len(results) == 2 and len(ids) == 1, f"the results are {results}", "the same order, twice")

    @case(
        given="eight threads that share a broker",
        when="each reads the same",
        then="each gets the same answer",
        page="docs/hooks.md",
        each=_reads,
    )
    def test_920_reads_share_a_broker(self, hurried: Stand, variant: Variant) -> None:
        if hurried.has("place_order"):
            hurried.place()
        answers: list[Any] = []
        at_once([lambda: answers.append(_READS[variant.value](hurried.broker)) for _ in range(8)])
        expect(len(answers) == 8, f"{len(answers)} answers came", "eight")
        counts = {len(answer) if isinstance(answer, list) else str(type(answer)) for answer in answers}
        expect(len(counts) == 1, f"the answers are {answers}", "all alike")

    @case(
        given="the limits that are declared",
        when="the same is read thirty times in a row",
        then="the requests are paced so that the broker refuses none",
        page="docs/hooks.md#describe",
        needs=[a_wire],
        each=_reads,
    )
    def test_930_reads_are_paced(self, stand: Stand, variant: Variant) -> None:
        read = partial(_READS[variant.value], stand.broker)
        seen = stand.seen()
        read()
        each, seen = stand.seen() - seen, stand.seen()
        refused = [error for _ in range(30) if (error := error_of(read))]
        expect(not refused, f"{len(refused)} of 30 failed: {refused[:1]}", "none")
        requests = stand.seen() - seen
        expect(
            requests == 30 * each, f"{requests} requests were made", f"{30 * each}: none was refused and tried again"
        )

    @case(
        given="the limits that are declared",
        when="thirty orders are placed and cancelled in a row",
        then="they are paced so that the broker refuses none",
        page="docs/hooks.md#describe",
        needs=[_PLACE, Capability.CANCEL_ORDER],
    )
    def test_933_orders_are_paced(self, fresh: Stand) -> None:
        for _ in range(30):
            fresh.broker.cancel_order(fresh.place())

    @case(
        given="a broker that was closed, twice",
        when="it is used again",
        then="it opens what it needs",
        page="docs/hooks.md",
    )
    def test_940_a_closed_broker_can_be_used_again(self, fresh: Stand) -> None:
        order_id = fresh.place()
        fresh.broker.close()
        fresh.broker.close()
        expect(fresh.row(order_id).order_id == order_id, "the order is gone", "in the book")
        fresh.place()


def _toured(stand: Stand) -> Tour:
    """A day in which much goes wrong."""
    told = _Told(without=() if stand.broker.login_fields() else _BROWSER)
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(told)
    logger.setLevel(logging.DEBUG)
    try:
        errors = list(_disasters(stand))
    finally:
        logger.removeHandler(told)
        logger.setLevel(level)
    account = stand.broker.office.keeper.account()
    shown = [stand.broker, stand.broker.settings, stand.broker.office.environment, account, account.session]
    files = b"\n".join(file.read_bytes() for file in stand.home.rglob("*") if file.is_file())
    surfaces = {
        "log": told.text().encode(),
        "errors": "\n".join(_everything_of(error) for error in errors).encode(),
        "representations": "\n".join(f"{one!r} {one}" for one in shown).encode(),
        "files": files,
        "addresses": "\n".join(stand.addresses()).encode(),
    }
    return Tour(surfaces, _secrets_of(stand))


def _disasters(stand: Stand) -> Iterator[OpenAlgoError]:
    broker, wire = stand.broker, stand.wire
    with suppress(OpenAlgoError):
        stand.place()
    acts: list[tuple[str, Callable[[], object]]] = [
        (f"html@{wire.place}", stand.place),
        (f"status=500@{wire.book}*9", broker.orders),
        (f"truncate@{wire.book}*9", broker.orders),
        ("reset*9", broker.funds),
        ("empty*9", broker.funds),
        ("never*3", broker.funds),
        ("", lambda: stand.place(price=stand.price(stand.sample(), "3"))),
        ("", lambda: broker.order("no-such-order")),
        ("broker=expired", broker.funds),
        ("", lambda: log_in(stand.another(variables={"BROKER_API_KEY": "WRONGKEY"}))),
        ("html*9", lambda: (broker.logout(), log_in(broker))),
        ("", lambda: (log_in(broker), broker.sync_instruments())),
    ]
    for fault, act in acts:
        if fault:
            stand.fault(fault)
        try:
            act()
        except OpenAlgoError as error:
            yield error
        except AssertionError:
            continue  # it was told in a result, not in an error
        finally:
            stand.waiting_faults()


class _Told(logging.Handler):
    """Everything that anybody logs, with tracebacks."""

    def __init__(self, *, without: tuple[str, ...]) -> None:
        super().__init__(logging.DEBUG)
        self._without = without
        self._lines: list[str] = ["the log begins"]

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(self._without):
            self._lines.append(f"{self.format(record)} {record.args!r}")

    def text(self) -> str:
        return "\n".join(self._lines)


def _everything_of(error: OpenAlgoError) -> str:
    parts = (str(error), repr(error), error.hint, error.code, "".join(traceback.format_exception(error)))
    return "\n".join(str(part) for part in parts)


def _secrets_of(stand: Stand) -> dict[str, str]:
    settings, session = stand.broker.settings, stand.broker.office.keeper.account().session
    assert session is not None
    named = ("api_key", "api_secret", "pin", "password", "totp_secret")
    found = {name: secret.reveal() for name in named if (secret := getattr(settings, name))}
    found |= {f"token {name}": token.reveal() for name, token in session.tokens.items() if token}
    return {name: text for name, text in found.items() if text != session.user_id}


def _as_a_word(text: str) -> re.Pattern[bytes]:
    """A PIN of four digits stands in many a number; alone it would be a leak."""
    return re.compile(rb"(?<![A-Za-z0-9])" + re.escape(text.encode()) + rb"(?![A-Za-z0-9])")
