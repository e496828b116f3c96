"""The receiver behind REDIRECT_URL: takes one answer from the broker's login page, and nothing else.

What it defends against: a web page that makes the trader's browser call this port (Origin and fetch
metadata), a name that an attacker points at 127.0.0.1 (Host), an answer that belongs to another login
(state), clients that never finish (see `server`). What it cannot: a broker that returns no state will accept
a login link of somebody else's.
"""

from __future__ import annotations

import errno
import hmac
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ..clock import Clock, SystemClock
from ..config.addresses import is_loopback, split_url
from ..errors import AuthenticationError, ConfigurationError, OpenAlgoError, UsageError
from ..models import CallbackAnswer
from .pages import Page, failure, refusal, success
from .server import LoopbackServer, Request, Response

__all__ = ["CallbackReceiver", "RedirectTarget", "answer_from_url"]

T = TypeVar("T")
_PATIENCE = 10.0  # seconds for a client to send its request
_MAX_FIELDS = 64
_SLICE = 0.5  # seconds: on Windows, Ctrl-C is noticed only between waits


@dataclass(frozen=True, slots=True)
class RedirectTarget:
    """Where REDIRECT_URL points: a port of this machine, and a path there."""

    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, redirect_url: str | None) -> RedirectTarget:
        """Raises `ConfigurationError` for a URL that no browser could bring back to this machine."""
        if not redirect_url:
            raise ConfigurationError(
                "REDIRECT_URL is not set.", hint="Set it to the redirect URL that you registered with the broker."
            )
        parts = split_url(redirect_url, "REDIRECT_URL")
        host = parts.hostname or ""
        if parts.scheme != "http" or not is_loopback(host):
            raise ConfigurationError(
                "REDIRECT_URL does not lead to this machine over plain http.",
                hint="Register one like http://127.0.0.1:5000/icici/callback, or log in with --paste.",
            )
        return cls(host, 80 if parts.port is None else parts.port, parts.path or "/")

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1" if self.host == "localhost" else self.host), self.port


class CallbackReceiver:
    """Listens while it is entered. The port is free again afterwards, whatever happened.

        with CallbackReceiver(target, "https://login.broker.example/?state=…", state) as receiver:
            open_page(receiver.start_url)
            status = receiver.receive(complete, seconds=300)

    An answer must come from the page at `login_url`, or without an Origin as a browser sends a plain GET.
    Where `login_url` carries the `state`, the answer must too. `start_url` is a one-time address that
    redirects to `login_url`: a browser's command line is public on this machine, and login URLs carry API
    keys.

    Entering raises `ConfigurationError` if the port cannot be had.
    """

    def __init__(self, target: RedirectTarget, login_url: str, state: str, *, clock: Clock | None = None) -> None:
        login = urlsplit(login_url)
        self._target = target
        self._login_url = login_url
        self._origins = {"null", f"{login.scheme}://{login.netloc}".lower()}
        self._state = state if state in login_url else None
        self._clock = clock or SystemClock()
        self._start_path = f"/{secrets.token_urlsafe(16)}"
        self._started = threading.Lock()  # taken once, by the first who opens the start address
        self._answered = threading.Lock()  # taken once, by the request that is the answer
        self._answer: Future[CallbackAnswer] = Future()
        self._page: Future[Page] = Future()

    def __enter__(self) -> Self:
        try:
            self._server = LoopbackServer(self._target.address, self._respond, _PATIENCE)
        except OSError as error:
            raise _no_port(self._target, error) from error
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._page.done():
            self._page.set_result(failure("The login was stopped.", ""))
        self._server.close()

    @property
    def port(self) -> int:
        """The port listened on: REDIRECT_URL's, or the one that the system chose where that is 0."""
        return int(self._server.server_address[1])

    @property
    def start_url(self) -> str:
        return f"http://{self._netloc}{self._start_path}"

    def receive(self, complete: Callable[[CallbackAnswer], T], *, broker: str, seconds: float) -> T:
        """Wait for the answer, hand it to `complete`, show the browser what came of it, and return that.

        Call it once. Raises `AuthenticationError` if no answer comes in time, and whatever `complete` raises.
        """
        answer = self._wait(seconds)
        page = failure("The login could not be finished.", "")
        try:
            result = complete(answer)
            page = success(broker)
            return result
        except OpenAlgoError as error:
            page = failure(error.message, error.hint)
            raise
        finally:
            self._page.set_result(page)

    def _wait(self, seconds: float) -> CallbackAnswer:
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            try:
                return self._answer.result(min(left, _SLICE))
            except TimeoutError:
                continue
        raise AuthenticationError(
            f"The login page did not come back to REDIRECT_URL within {seconds:g} seconds.",
            hint="Run the login again, and check that REDIRECT_URL is the one registered with the broker.",
        )

    @property
    def _netloc(self) -> str:
        host = f"[{self._target.host}]" if ":" in self._target.host else self._target.host
        return f"{host}:{self.port}"

    def _respond(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        if not self._is_for_us(request):
            return Response(refusal(HTTPStatus.BAD_REQUEST))
        if hmac.compare_digest(path.encode(), self._start_path.encode()):
            return self._start()
        if path != self._target.path:
            return Response(refusal(HTTPStatus.NOT_FOUND))
        if not self._is_from_login_page(request):
            return Response(refusal(HTTPStatus.FORBIDDEN))
        try:
            parameters = _parameters(query, _form(request))
        except ValueError:
            parameters = {}
        if not parameters or not self._has_state(parameters):
            return Response(refusal(HTTPStatus.BAD_REQUEST))
        return Response(self._accept(CallbackAnswer(request.method, parameters)))

    def _is_for_us(self, request: Request) -> bool:
        """Exactly one Host, and it is ours: a rebound name sends its own."""
        hosts = [host.strip().lower() for host in request.headers.get_all("Host", [])]
        ours = {self._netloc, self._netloc.removesuffix(":80")}  # browsers leave out the scheme's own port
        return len(hosts) == 1 and hosts[0] in ours and request.target.isascii()

    def _start(self) -> Response:
        if not self._started.acquire(blocking=False):
            return Response(refusal(HTTPStatus.NOT_FOUND))
        return Response(Page(HTTPStatus.SEE_OTHER, "", ()), location=self._login_url)

    def _is_from_login_page(self, request: Request) -> bool:
        """A browser that says where the request comes from, or how it came about, must say the right thing."""
        origins = {origin.strip().lower() for origin in request.headers.get_all("Origin", [])}
        navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
        return len(origins) <= 1 and origins <= self._origins and navigation and page

    def _has_state(self, parameters: dict[str, list[str]]) -> bool:
        if self._state is None:
            return True
        expected = [self._state.encode()]
        return any([value.encode() for value in values] == expected for values in parameters.values())

    def _accept(self, answer: CallbackAnswer) -> Page:
        """The first answer is the one; its browser waits for the result of the login."""
        if not self._answered.acquire(blocking=False):
            return refusal(HTTPStatus.CONFLICT)
        self._answer.set_result(answer)
        return self._page.result()


def answer_from_url(pasted: str, redirect_url: str | None) -> CallbackAnswer:
    """What the address that the browser ended up at says; for browsers on another machine than this one.

    Raises `UsageError` for a text that is not REDIRECT_URL with an answer behind it; the text is not
    repeated.
    """
    if not redirect_url:
        raise ConfigurationError("REDIRECT_URL is not set.", hint="Set it to the URL registered with the broker.")
    wanted = split_url(redirect_url, "REDIRECT_URL")
    try:
        parts = urlsplit(pasted.strip())
        parameters = _parameters(parts.query, "")
        same = (parts.scheme, parts.netloc.lower(), parts.path or "/") == (
            wanted.scheme,
            wanted.netloc.lower(),
            wanted.path or "/",
        )
    except ValueError:
        same, parameters = False, {}
    if not same or not parameters:
        raise UsageError(
            "That is not the address that the login ends at.",
            hint=f"Copy the whole address from the browser; it begins with {redirect_url}?",
        )
    return CallbackAnswer("GET", parameters)


def _form(request: Request) -> str:
    """The posted form, empty where nothing was posted. Raises `ValueError` for what is no form."""
    if not request.body:
        return ""
    if request.headers.get_content_type() != "application/x-www-form-urlencoded":
        raise ValueError("not a form")
    return request.body.decode("ascii")


def _parameters(query: str, form: str) -> dict[str, list[str]]:
    """All values of each name; one that stands in query and form alike counts once.

    Raises `ValueError` for too many, for bytes that are no UTF-8 and for control characters.
    """
    found: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        found.setdefault(name, []).append(value)
    from_query = {name: tuple(values) for name, values in found.items()}
    for name, value in _pairs(form):
        if value not in from_query.get(name, ()):
            found.setdefault(name, []).append(value)
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    if not all(part.isprintable() for pair in pairs for part in pair):
        raise ValueError("control characters")
    return pairs


def _no_port(target: RedirectTarget, error: OSError) -> ConfigurationError:
    why = "another program uses it" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
    return ConfigurationError(
        f"Port {target.port} of {target.host}, where REDIRECT_URL leads, cannot be listened on: {why}.",
        hint="Stop that program, or choose another port in REDIRECT_URL and register it with the broker.",
    )
