"""The routes of SmartAPI, each with its fields, its limits and its handler."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from openalgo_core.simulation import SimulatorSetup

from . import books, login, margin, market, orders, portfolio
from .desk import Desk, Endpoint
from .gate import Gate
from .limits import Limit
from .publisher import PublisherPage

__all__ = ["application"]

_AUTH: Final = "/rest/auth/angelbroking"
_SECURE: Final = "/rest/secure/angelbroking"
_ORDER: Final = f"{_SECURE}/order/v1"


_QUOTE_LIMITS: Final = Limit.of("quote", 10, 500, 5000)
_HISTORY_LIMITS: Final = Limit.of("history", 3, 180, 5000)


def _order_limits(name: str) -> tuple[Limit, ...]:
    """Nine a second for the three order writes together, the rest for each."""
    return (*Limit.of("orders", 9), *Limit.of(name, None, 500, 1000))


_ENDPOINTS: Final = (
    Endpoint("POST", f"{_AUTH}/user/v1/loginByPassword", login.log_in, login.LOGIN, Limit.of("login", 1), token=False),
    Endpoint(
        "POST",
        f"{_AUTH}/jwt/v1/generateTokens",
        login.refresh,
        login.REFRESH,
        Limit.of("refresh", 1, None, 1000),
        expired_token=True,
    ),
    Endpoint("GET", f"{_SECURE}/user/v1/getProfile", login.profile, limits=Limit.of("profile", 3, None, 1000)),
    Endpoint("POST", f"{_SECURE}/user/v1/logout", login.log_out, login.LOGOUT, Limit.of("logout", 1)),
    Endpoint("GET", f"{_SECURE}/user/v1/getRMS", portfolio.funds, limits=Limit.of("funds", 2)),
    Endpoint(
        "POST",
        f"{_ORDER}/placeOrder",
        orders.place,
        orders.PLACE,
        _order_limits("place"),
        registered_ip=True,
        plays=orders.FAULTS,
    ),
    Endpoint(
        "POST", f"{_ORDER}/modifyOrder", orders.modify, orders.MODIFY, _order_limits("modify"), registered_ip=True
    ),
    Endpoint(
        "POST", f"{_ORDER}/cancelOrder", orders.cancel, orders.CANCEL, _order_limits("cancel"), registered_ip=True
    ),
    Endpoint("GET", f"{_ORDER}/getOrderBook", books.order_book, limits=Limit.of("order book", 1)),
    Endpoint("GET", f"{_ORDER}/details/{{unique_id}}", books.order_details, limits=Limit.of("details", 10, 500, 5000)),
    Endpoint("GET", f"{_ORDER}/getTradeBook", books.trade_book, limits=Limit.of("trade book", 1)),
    Endpoint("GET", f"{_ORDER}/getPosition", portfolio.positions, limits=Limit.of("positions", 1)),
    Endpoint(
        "POST",
        f"{_ORDER}/convertPosition",
        orders.convert,
        orders.CONVERT,
        Limit.of("convert", 10, 500, 5000),
    ),
    Endpoint("GET", f"{_SECURE}/portfolio/v1/getHolding", portfolio.holdings, limits=Limit.of("holdings", 1)),
    Endpoint("GET", f"{_SECURE}/portfolio/v1/getAllHolding", portfolio.all_holdings, limits=Limit.of("holdings", 1)),
    Endpoint("POST", f"{_SECURE}/margin/v1/batch", margin.margin, margin.MARGIN, Limit.of("margin", 10, 500, 5000)),
    Endpoint("POST", f"{_SECURE}/market/v1/quote", market.quote, market.QUOTE, _QUOTE_LIMITS),
    Endpoint("POST", f"{_SECURE}/market/v1/quote/", market.quote, market.QUOTE, _QUOTE_LIMITS),
    Endpoint("POST", f"{_ORDER}/getLtpData", market.last_price, market.LTP, Limit.of("ltp", 10, 500, 5000)),
    Endpoint("POST", f"{_ORDER}/searchScrip", market.search, market.SEARCH, Limit.of("search", 1)),
    Endpoint("POST", f"{_SECURE}/historical/v1/getCandleData", market.candles, market.CANDLES, _HISTORY_LIMITS),
    Endpoint("POST", f"{_SECURE}/historical/v1/getOIData", market.open_interest, market.CANDLES, _HISTORY_LIMITS),
)


def application(setup: SimulatorSetup, *, gateway_status: int = 200) -> Starlette:
    """The ASGI application. `gateway_status` is the HTTP status of token, key and IP refusals; 403 occurs live too."""
    desk = Desk(setup, gateway_status)
    page, others = PublisherPage(desk), _Others(desk)
    app = Starlette(
        routes=[
            *(Route(line.path, Gate(desk, line).answer, methods=[line.method]) for line in _ENDPOINTS),
            Route("/publisher-login", page.show, methods=["GET"]),
            Route("/publisher-login", page.submit, methods=["POST"]),
            Route("/OpenAPI_File/files/OpenAPIScripMaster.json", others.master, methods=["GET"]),
        ],
        exception_handlers={HTTPException: others.unexpected, Exception: others.broken},
    )
    app.router.redirect_slashes = False
    return app


class _Others:
    """What is no call of the API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def master(self, request: Request) -> Response:
        """The instrument file: public, and nothing again for who has it already."""
        master = self._desk.master
        if request.headers.get("if-none-match") == master.etag:
            return Response(status_code=304, headers={"etag": master.etag})
        return Response(master.content, headers={"etag": master.etag}, media_type="application/json")

    async def unexpected(self, request: Request, error: Exception) -> Response:
        """A path or method of no documented call, or of one that is not simulated."""
        assert isinstance(error, HTTPException)
        self._desk.surprise(f"{request.method} {request.url.path}: no such call ({error.status_code})")
        body = {"success": False, "message": error.detail, "errorCode": "", "data": ""}
        return JSONResponse(body, error.status_code)

    async def broken(self, request: Request, error: Exception) -> Response:
        """A fault of the simulator's own; the server logs the traceback."""
        self._desk.surprise(f"{request.method} {request.url.path}: {type(error).__name__}: {error}")
        return PlainTextResponse("Internal Server Error", 500)
