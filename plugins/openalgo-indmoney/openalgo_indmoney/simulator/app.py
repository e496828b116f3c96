"""The routes of the INDstocks API, each with its fields, its rate category and its handler."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openalgo_core.simulation import SimulatorSetup

from . import books, chain, history, login, margin, orders, portfolio, quotes, smart
from .desk import Desk, Endpoint
from .envelopes import error, refused
from .gate import Gate
from .limits import DATA, NON_TRADING, ORDER, QUOTE, TOKEN

__all__ = ["application"]

_SMART: Final = "/smart/order"

_ENDPOINTS: Final = (
    Endpoint("POST", "/generate/token", login.generate, TOKEN, login.CODES, token=False),
    Endpoint("GET", "/user/profile", login.profile, NON_TRADING),
    Endpoint("POST", "/order", orders.place, ORDER, orders.PLACE, write=True, plays=orders.FAULTS),
    Endpoint("POST", "/order/modify", orders.modify, ORDER, orders.MODIFY, write=True),
    Endpoint("POST", "/order/cancel", orders.cancel, ORDER, orders.CANCEL, write=True),
    Endpoint("POST", _SMART, smart.place, ORDER, smart.PLACE, write=True),
    Endpoint("POST", f"{_SMART}/modify", smart.modify, ORDER, smart.MODIFY, write=True),
    Endpoint("POST", f"{_SMART}/cancel", smart.cancel, ORDER, orders.CANCEL, write=True),
    Endpoint("GET", "/order-book", books.order_book, NON_TRADING),
    Endpoint("GET", "/order", books.one_order, NON_TRADING, books.ONE, books.ONE_AGAIN),
    Endpoint("GET", "/order/trades", books.order_trades, NON_TRADING, books.ONE, books.ONE_AGAIN),
    Endpoint("GET", "/trade-book", books.trade_book, NON_TRADING, query=books.SEGMENT),
    Endpoint("GET", "/portfolio/positions", portfolio.positions, NON_TRADING, query=portfolio.POSITIONS),
    Endpoint("GET", "/portfolio/holdings", portfolio.holdings, NON_TRADING),
    Endpoint("GET", "/funds", portfolio.funds, NON_TRADING),
    Endpoint("GET", "/margin", margin.margin, DATA, margin.ORDER),
    Endpoint("GET", "/market/quotes/{mode}", quotes.quotes, QUOTE, query=quotes.CODES),
    Endpoint("GET", "/market/historical/{interval}", history.candles, DATA, query=history.WINDOW),
    Endpoint("GET", "/market/option-chain", chain.option_chain, DATA, query=chain.CHAIN),
    Endpoint("GET", "/market/instruments", login.instruments, DATA, query=login.SOURCE, plays=login.FILE_FAULTS),
    Endpoint("GET", "/market/instruments/search", chain.search, DATA, query=chain.SEARCH),
    Endpoint("GET", "/market/instruments/expiries", chain.expiries, DATA, query=chain.EXPIRIES),
)


def application(setup: SimulatorSetup) -> Starlette:
    """The ASGI application."""
    desk = Desk(setup)
    others = _Others(desk)
    app = Starlette(
        routes=[Route(line.path, Gate(desk, line).answer, methods=[line.method]) for line in _ENDPOINTS],
        exception_handlers={HTTPException: others.unexpected, Exception: others.broken},
    )
    app.router.redirect_slashes = False
    return app


class _Others:
    """What is no call of the API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def unexpected(self, request: Request, problem: Exception) -> Response:
        """A path of no documented call or of one that is not simulated, or a method that its path does not have."""
        self._desk.surprise(f"{request.method} {request.url.path}: no such call")
        if isinstance(problem, HTTPException) and problem.status_code == 405:
            return refused(error("Method not allowed", "MethodNotAllowedException", 405))
        return refused(error("The requested resource was not found", "NotFoundException", 404))

    async def broken(self, request: Request, problem: Exception) -> Response:
        """A fault of the simulator's own; the server logs the traceback."""
        self._desk.surprise(f"{request.method} {request.url.path}: {type(problem).__name__}: {problem}")
        return refused(error("Something went wrong", "GeneralException", 500))
