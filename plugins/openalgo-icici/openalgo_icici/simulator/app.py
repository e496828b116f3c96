"""The routes of Breeze, each with its fields and its handler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from openalgo_core.simulation import SimulatorSetup

from . import books, history, login, margin, market, orders, portfolio
from .admission import Admission, by_header, by_nobody, by_signature
from .desk import Desk, Endpoint
from .envelopes import succeeded_v2
from .gate import Gate
from .master import Archive
from .page import LoginPage

__all__ = ["application"]

_V1: Final = "/breezeapi/api/v1"
_V2: Final = "/api/v2"

_UNSIGNED: Final = (Endpoint("GET", f"{_V1}/customerdetails", login.customer_details, login.CUSTOMER),)
#: One path serves several calls: its method and, where that does not tell, the fields of its body decide.
_SIGNED: Final = (
    Endpoint("POST", f"{_V1}/order", orders.place, orders.PLACE, write=True, plays=orders.FAULTS),
    Endpoint("PUT", f"{_V1}/order", orders.modify, orders.MODIFY, write=True),
    Endpoint("DELETE", f"{_V1}/order", orders.cancel, orders.CANCEL, write=True),
    Endpoint("GET", f"{_V1}/order", books.order_detail, books.DETAIL, marked_by="order_id"),
    Endpoint("GET", f"{_V1}/order", books.orders, books.ORDERS, is_list=True),
    Endpoint("POST", f"{_V1}/squareoff", orders.square_off, orders.SQUARE_OFF, write=True),
    Endpoint("GET", f"{_V1}/trades", books.trade_detail, books.DETAIL, marked_by="order_id", is_list=True),
    Endpoint("GET", f"{_V1}/trades", books.trades, books.TRADES, is_list=True),
    Endpoint("GET", f"{_V1}/portfoliopositions", portfolio.positions, is_list=True),
    Endpoint("GET", f"{_V1}/portfolioholdings", portfolio.holdings, portfolio.HOLDINGS, is_list=True),
    Endpoint("GET", f"{_V1}/dematholdings", portfolio.demat, is_list=True),
    Endpoint("GET", f"{_V1}/funds", portfolio.funds),
    Endpoint("GET", f"{_V1}/margin", portfolio.limits, portfolio.LIMITS),
    Endpoint("POST", f"{_V1}/margincalculator", margin.margin, margin.MARGIN),
    Endpoint("GET", f"{_V1}/quotes", market.quotes, market.QUOTE, is_list=True),
    # An empty chain is an empty list.
    Endpoint("GET", f"{_V1}/optionchain", market.chain, market.CHAIN),
    Endpoint("GET", f"{_V1}/OptionChain", market.chain, market.CHAIN),
    Endpoint("GET", f"{_V1}/historicalcharts", history.candles, history.CANDLES),
)
_BY_HEADER: Final = (
    Endpoint("GET", f"{_V2}/historicalcharts", history.candles_v2, history.CANDLES_V2, answer=succeeded_v2),
)


def application(setup: SimulatorSetup, *, gateway_status: int = 200) -> Starlette:
    """The ASGI application. `gateway_status` is the HTTP status of the gateway's own refusals; 401 occurs live too."""
    desk = Desk(setup, gateway_status)
    others = _Others(desk)
    app = Starlette(
        routes=[
            *_routes(desk, by_nobody, _UNSIGNED),
            *_routes(desk, by_signature, _SIGNED),
            *_routes(desk, by_header, _BY_HEADER),
            *LoginPage(desk).routes,
            Route("/MotherAppMaster/SecurityMaster.zip", _served(desk.master.archive()), methods=["GET"]),
            Route("/NewSecurityMaster/SecurityMaster.zip", _served(desk.master.archive(old=True)), methods=["GET"]),
        ],
        exception_handlers={HTTPException: others.unexpected, Exception: others.broken},
    )
    app.router.redirect_slashes = False
    return app


def _routes(desk: Desk, admission: Admission, endpoints: tuple[Endpoint, ...]) -> Iterator[Route]:
    together: defaultdict[tuple[str, str], list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        together[endpoint.method, endpoint.path].append(endpoint)
    for (method, path), lines in together.items():
        yield Route(path, Gate(desk, admission, lines).answer, methods=[method])


def _served(archive: Archive) -> Callable[[Request], Awaitable[Response]]:
    """The instrument files: public, and nothing again for who has them already."""
    validators = {"etag": archive.etag, "last-modified": archive.last_modified}

    async def answer(request: Request) -> Response:
        known = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        if known[0] == archive.etag or known == (None, archive.last_modified):
            return Response(status_code=304, headers=validators)
        return Response(archive.content, headers=validators, media_type="application/x-zip-compressed")

    return answer


class _Others:
    """What is no call of the API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def unexpected(self, request: Request, error: Exception) -> Response:
        """A path or method of no documented call, or of one that is not simulated."""
        assert isinstance(error, HTTPException)
        self._desk.surprise(f"{request.method} {request.url.path}: no such call ({error.status_code})")
        return JSONResponse({"Success": None, "Status": error.status_code, "Error": error.detail}, error.status_code)

    async def broken(self, request: Request, error: Exception) -> Response:
        """A fault of the simulator's own; the server logs the traceback."""
        self._desk.surprise(f"{request.method} {request.url.path}: {type(error).__name__}: {error}")
        return PlainTextResponse("Internal Server Error", 500)
