"""The routes of INTEGRATE, each with its fields, its host and its handler."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openalgo_core.simulation import SimulatorSetup

from . import books, history, login, margin, market, orders, portfolio
from .desk import Desk, Endpoint
from .envelopes import error
from .gate import Gate

__all__ = ["application"]

_LOGIN: Final = "/auth/realms/debroking/dsbpkc"
_DART: Final = "/dart/v1"
_HISTORY: Final = "/sds/history/{segment}/{token}/{timeframe}/{start}/{end}"

_ENDPOINTS: Final = (
    Endpoint("GET", f"{_LOGIN}/login/{{api_token}}", login.ask, host="signin"),
    Endpoint("POST", f"{_LOGIN}/token", login.exchange, login.TOKEN, host="signin"),
    Endpoint("POST", f"{_DART}/placeorder", orders.place, orders.PLACE, plays=orders.FAULTS),
    Endpoint("POST", f"{_DART}/sliceorder", orders.slices, orders.SLICE),
    Endpoint("POST", f"{_DART}/modify", orders.modify, orders.MODIFY),
    Endpoint("GET", f"{_DART}/cancel/{{order_id}}", orders.cancel),
    Endpoint("POST", f"{_DART}/productconversion", orders.convert, orders.CONVERT),
    Endpoint("GET", f"{_DART}/orders", books.order_book),
    Endpoint("GET", f"{_DART}/order/{{order_id}}", books.one_order),
    Endpoint("GET", f"{_DART}/trades", books.trade_book),
    Endpoint("GET", f"{_DART}/positions", portfolio.positions),
    Endpoint("GET", f"{_DART}/holdings", portfolio.holdings),
    Endpoint("GET", f"{_DART}/limits", portfolio.limits),
    Endpoint("POST", f"{_DART}/margin", margin.basket, margin.BASKET),
    Endpoint("POST", f"{_DART}/spancalculator", margin.span, margin.SPAN),
    Endpoint("GET", f"{_DART}/quotes/{{segment}}/{{token}}", market.quote),
    Endpoint("GET", f"{_DART}/securityinfo/{{segment}}/{{token}}", market.security),
    Endpoint("GET", _HISTORY, history.history, host="data"),
)


def application(setup: SimulatorSetup, *, otp: str = "123456") -> Starlette:
    """The ASGI application. `otp` is the code that everybody is sent; the authenticator's are right too."""
    desk = Desk(setup, otp)
    others = _Others(desk)
    app = Starlette(
        routes=[
            *(Route(line.path, Gate(desk, line).answer, methods=[line.method]) for line in _ENDPOINTS),
            Route("/public/{name}.zip", others.master, methods=["GET"]),
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
        """The instrument files: public, the same whoever asks."""
        content = self._desk.master.zipped(request.path_params["name"])
        if content is None:
            raise HTTPException(404)
        return Response(content, media_type="application/zip")

    async def unexpected(self, request: Request, problem: Exception) -> Response:
        """A path or method of no documented call, or of one that is not simulated: 404 whichever it is."""
        self._desk.surprise(f"{request.method} {request.url.path}: no such call")
        return JSONResponse(error("Invalid URL").body, 404)

    async def broken(self, request: Request, problem: Exception) -> Response:
        """A fault of the simulator's own; the server logs the traceback."""
        self._desk.surprise(f"{request.method} {request.url.path}: {type(problem).__name__}: {problem}")
        return JSONResponse(error("Internal Server Error").body, 500)
