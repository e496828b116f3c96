"""The routes of the Trade API in its three generations, each with its fields, its limits and its handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from openalgo_core.simulation import SimulatorSetup

from . import books, chain, history, login, margin, market, orders, portfolio, terms
from .desk import Call, Desk, Endpoint
from .fields import Field, Fields
from .gate import Gate, by_access_token, by_bearer, by_bearer_and_session, by_nobody, by_session, neo_key
from .limits import ORDERS

__all__ = ["application"]


@dataclass(frozen=True, slots=True)
class _Trading:
    """A call that every generation has, below its prefix for that `family` of calls."""

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    reads: str = "nothing"
    fields: Fields = field(default_factory=dict)
    family: str = "orders"
    group: str = ""
    plays: frozenset[str] = frozenset()
    #: Whether only the live generation has it, or only the older ones.
    live: bool = True
    old: bool = True

    def at(self, prefix: str, admit: Callable[..., Any]) -> Endpoint:
        group = self.group or self.path
        path = f"{prefix}/{self.path}"
        return Endpoint(self.method, path, self.handle, admit, self.reads, self.fields, group, plays=self.plays)


_TRADING: Final = (
    _Trading("POST", "quick/order/rule/ms/place", orders.place, "form", terms.PLACE, group=ORDERS, plays=orders.FAULTS),
    _Trading("POST", "quick/order/vr/modify", orders.modify, "form", terms.MODIFY, group=ORDERS),
    _Trading("POST", "quick/order/cancel", orders.cancel, "form", terms.CANCEL, group=ORDERS),
    _Trading("POST", "quick/order/co/exit", orders.cancel, "form", terms.CANCEL, group=ORDERS, live=False),
    _Trading("POST", "quick/order/bo/exit", orders.cancel, "form", terms.CANCEL, group=ORDERS, live=False),
    _Trading("GET", "quick/user/orders", books.order_book),
    _Trading("GET", "quick/user/orders/{order_id}", books.one_order, old=False),
    _Trading("POST", "quick/order/history", books.history, "form", books.HISTORY, "history"),
    _Trading("GET", "quick/user/trades", books.trade_book),
    _Trading("GET", "portfolio/v2/positions", portfolio.positions, old=False, plays=portfolio.POSITION_FAULTS),
    _Trading("GET", "quick/user/positions", portfolio.positions, plays=portfolio.POSITION_FAULTS),
    _Trading("GET", "portfolio/v1/holdings", portfolio.holdings, family="portfolio"),
    _Trading("POST", "quick/user/limits", portfolio.limits, "form", portfolio.LIMITS),
    _Trading("POST", "quick/user/check-margin", margin.margin, "form", margin.MARGIN),
)
#: Prefixes of the older generations; the second also serves the third's clients on the older host.
_PREFIXES: Final = (
    {"orders": "/apim/orders/2.0", "history": "/apim/order/2.0", "portfolio": "/apim/portfolio/2.0"},
    {"orders": "/Orders/2.0", "history": "/Orders/2.0", "portfolio": "/Portfolio/1.0"},
)
_QUOTES: Final = "quotes/neosymbol/{symbols}/{filter}"
_MARKET: Final = "/market-data/1.0"
_UCC: Final[Fields] = {"id": Field(required=False)}
_CONFIGURATION: Final[Fields] = dict.fromkeys(("appVersion", "platform", "environment"), Field(required=False))

_LOGINS: Final = (
    Endpoint("POST", "/login/1.0/tradeApiLogin", login.live_login, neo_key, "json", login.LOGIN),
    Endpoint("POST", "/login/1.0/tradeApiValidate", login.live_validate, neo_key, "json", login.VALIDATE),
    Endpoint("GET", "/login/1.0/get-client-ip", login.client_ip, by_session),
    Endpoint("GET", "/5config/config", login.configuration, by_nobody, "query", _CONFIGURATION),
    Endpoint("GET", "/algo-user/v5/get-base-url", login.base_url, by_nobody, "query", _UCC),
    Endpoint("POST", "/oauth2/token", login.application_token, by_nobody, "json", login.TOKEN),
    *(
        Endpoint("POST", f"{prefix}/login/v6/totp/{step}", handle, neo_key, "json", fields)
        for prefix in ("/apim/login/2.0", "/login/1.0")
        for step, handle, fields in (
            ("login", login.totp_login, login.LOGIN),
            ("validate", login.totp_validate, login.VALIDATE),
        )
    ),
    Endpoint(
        "POST", "/login/1.0/login/v2/validate", login.password_login, by_bearer, "json", login.PASSWORD, status=201
    ),
    Endpoint("POST", "/login/1.0/login/otp/generate", login.send_otp, by_bearer, "json", login.OTP_REQUEST),
    Endpoint("POST", "/apim/login/2.0/logout", login.log_out, by_bearer),
    Endpoint("POST", "/login/1.0/logout", login.log_out, by_bearer),
)
_DATA: Final = (
    *(
        Endpoint("GET", f"{prefix}/{_QUOTES}", market.quotes, admit, group="quotes", plays=market.QUOTE_FAULTS)
        for prefix, admit in (
            ("/script-details/1.0", by_access_token),
            ("/apim/quotes/2.0", by_bearer),
            ("/apim/quotes/1.0", by_bearer),
        )
    ),
    *(
        Endpoint("GET", path, market.file_paths, admit, group="file paths")
        for path, admit in (
            ("/script-details/1.0/masterscrip/file-paths", by_access_token),
            ("/apim/files/2.0/masterscrip/v1/file-paths", by_bearer),
            ("/Files/1.0/masterscrip/v1/file-paths", by_bearer),
            ("/Files/1.0/masterscrip/v2/file-paths", by_bearer),
        )
    ),
    *(
        Endpoint("GET", f"{_MARKET}/{path}", handle, by_access_token, "query", fields, group=path)
        for path, handle, fields in (
            ("historical/details", history.history, history.CANDLES),
            ("watchlist/expiries", chain.expiries, chain.EXPIRIES),
            ("watchlist/option-chain", chain.option_chain, chain.CHAIN),
        )
    ),
)


def application(setup: SimulatorSetup, *, session_status: int = 403, session_ends: time = time(0)) -> Starlette:
    """The ASGI application. `session_status` is the HTTP status of a refused session (200 and 401 occur live too),
    `session_ends` the time of day, IST, at which all sessions end.
    """
    desk = Desk(setup, session_status, session_ends)
    others = _Others(desk)
    endpoints = (*_LOGINS, *_trading(), *_DATA)
    app = Starlette(
        routes=[
            *(Route(line.path, Gate(desk, line).answer, methods=[line.method]) for line in endpoints),
            Route(f"{market.FILES}/{{day}}/{{path:path}}", others.master, methods=["GET", "HEAD"]),
        ],
        exception_handlers={HTTPException: others.unexpected, Exception: others.broken},
    )
    app.router.redirect_slashes = False
    return app


def _trading() -> Iterator[Endpoint]:
    for line in _TRADING:
        if line.live:
            yield line.at("", by_session)
        if line.old:
            yield from (line.at(prefixes[line.family], by_bearer_and_session) for prefixes in _PREFIXES)


class _Others:
    """What is no call of the API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def master(self, request: Request) -> Response:
        """The instrument files: public, but of today only."""
        if request.path_params["day"] != str(self._desk.master.day):
            return PlainTextResponse("Forbidden", 403)
        content = self._desk.master.file(request.path_params["path"])
        if content is None:
            raise HTTPException(404)
        return Response(content, media_type="application/octet-stream")

    async def unexpected(self, request: Request, problem: Exception) -> Response:
        """A path or method of no documented call, or of one that is not simulated."""
        assert isinstance(problem, HTTPException)
        self._desk.surprise(f"{request.method} {request.url.path}: no such call ({problem.status_code})")
        return JSONResponse({"fault": {"code": 404, "message": "No matching resource found"}}, problem.status_code)

    async def broken(self, request: Request, problem: Exception) -> Response:
        """A fault of the simulator's own; the server logs the traceback."""
        self._desk.surprise(f"{request.method} {request.url.path}: {type(problem).__name__}: {problem}")
        return JSONResponse({"stat": "Not_Ok", "errMsg": "internal error", "stCode": 1005}, 500)
