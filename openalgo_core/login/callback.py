"""The receiver behind REDIRECT_URL: takes one answer from the broker's login page, or our own form, and nothing else.

What it defends against: a web page that makes the trader's browser call this port (Origin, fetch metadata and the
form's token), a name that an attacker points at 127.0.0.1 (Host), an answer that belongs to another login (state),
clients that never finish (see `server`). What it cannot: a broker that returns no state will accept a login link of
somebody else's.
"""

from __future__ import annotations

import errno
import hmac
import os
import queue
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from ..clock import Clock, SystemClock
from ..errors import AuthenticationError, ConfigurationError, OpenAlgoError
from ..models import CallbackAnswer
from .arrivals import RedirectTarget, form_text, parameters_of
from .form_page import TOKEN_FIELD
from .pages import Page, failure, refusal, success, waiting
from .server import LoopbackServer, Request, Response

__all__ = ["CallbackReceiver", "Form"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_PATIENCE = 10.0  # seconds for a client to send its request
_SLICE = 0.5  # seconds: on Windows, Ctrl-C is noticed only between waits


class Form(Protocol[T_co]):
    """See `login.form.LoginForm`."""

    token: str

    def page(self) -> Page: ...
    def submit(self, posted: Mapping[str, Sequence[str]]) -> T_co | None: ...


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An answer of the broker's page, or else a posted form; `page` is what its browser waits for."""

    parameters: Mapping[str, Sequence[str]]
    answer: CallbackAnswer | None = None
    page: Future[Page] = field(default_factory=Future)


class CallbackReceiver(Generic[T]):
    """Listens while it is entered. The port is free again afterwards, whatever happened.

        with CallbackReceiver(target, "https://login.broker.example/?state=…", state, broker="icici") as receiver:
            open_page(receiver.start_url)
            status = receiver.receive(complete, seconds=300)

    An answer must come from the page at `login_url`, or without an Origin as a browser sends a plain GET.
    Where `login_url` carries the `state`, the answer must too. `start_url` is a one-time address that
    redirects to `login_url`: a browser's command line is public on this machine, and login URLs carry API
    keys.

    With a `form` REDIRECT_URL, opened by hand, shows that; without a `login_url` it is the `start_url`, and no
    answer of another page is taken.

    Entering raises `ConfigurationError` if the port cannot be had.
    """

    def __init__(
        self,
        target: RedirectTarget,
        login_url: str | None,
        state: str,
        *,
        broker: str,
        form: Form[T] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._target = target
        self._login_url = login_url
        self._broker = broker
        self._form = form
        self._state = state if state in (login_url or "") else None
        self._clock = clock or SystemClock()
        self._start_path = f"/{secrets.token_urlsafe(16)}"
        self._started = threading.Lock()  # taken once, by the first who opens the start address
        self._taken = threading.Lock()  # by the request that is the answer, or by a form until it is answered
        self._arrivals: queue.SimpleQueue[_Arrival] = queue.SimpleQueue()
        self._pages: list[Future[Page]] = []
        self._over = False

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
        self._over = True
        for page in tuple(self._pages):
            _stop(page)
        self._server.close()

    @property
    def port(self) -> int:
        """The port listened on: REDIRECT_URL's, or the one that the system chose where that is 0."""
        return int(self._server.server_address[1])

    @property
    def start_url(self) -> str:
        path = self._start_path if self._login_url else self._target.path
        return f"http://{self._netloc}{path}"

    def receive(self, complete: Callable[[CallbackAnswer], T], *, seconds: float) -> T:
        """Wait for the answer, hand it to `complete`, show the browser what came of it, and return that.

        A posted form goes to the form, as often as that shows itself again; each time the seconds begin anew. Call
        it once. Raises `AuthenticationError` if nothing comes in time, and whatever `complete` or the form raises.
        """
        while True:
            result = self._answer(self._wait(seconds), complete)
            if result is not None:
                return result

    def _answer(self, arrival: _Arrival, complete: Callable[[CallbackAnswer], T]) -> T | None:
        """What came of one arrival, `None` where the form is to be filled in again; its browser is shown it."""
        page = failure("The login could not be finished.", "")
        try:
            result = self._result(arrival, complete)
            page = self._page_after(result)
            if result is None:
                self._taken.release()  # before the browser has its page, and can post the form on it
            return result
        except OpenAlgoError as error:
            page = failure(error.message, error.hint)
            raise
        finally:
            arrival.page.set_result(page)

    def _result(self, arrival: _Arrival, complete: Callable[[CallbackAnswer], T]) -> T | None:
        if arrival.answer is not None:
            return complete(arrival.answer)
        assert self._form is not None, "only a form is posted"
        return self._form.submit(arrival.parameters)

    def _page_after(self, result: T | None) -> Page:
        if result is None and self._form is not None:
            return self._form.page()
        return success(self._broker)

    def _wait(self, seconds: float) -> _Arrival:
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            try:
                return self._arrivals.get(timeout=min(left, _SLICE))
            except queue.Empty:
                continue
        raise AuthenticationError(
            f"No answer to the login came to REDIRECT_URL within {seconds:g} seconds.",
            hint="Run the login again, and check that REDIRECT_URL is the one registered with the broker.",
        )

    @property
    def _netloc(self) -> str:
        host = f"[{self._target.host}]" if ":" in self._target.host else self._target.host
        return f"{host}:{self.port}"

    # -- requests --------------------------------------------------------------------------------------------------

    def _respond(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        if not self._is_for_us(request):
            return Response(refusal(HTTPStatus.BAD_REQUEST))
        if self._login_url and hmac.compare_digest(path.encode(), self._start_path.encode()):
            return self._start(self._login_url)
        if path != self._target.path:
            return Response(refusal(HTTPStatus.NOT_FOUND))
        if not _is_navigation(request):
            return Response(refusal(HTTPStatus.FORBIDDEN))
        if self._form is not None and _is_form(request):
            return Response(self._take_form(self._form, request))
        if not _comes_from(request, self._login_origins):
            return Response(refusal(HTTPStatus.FORBIDDEN))
        if request.method == "GET" and not query:
            return Response(self._form.page() if self._form else waiting(self._broker))
        return Response(self._take_answer(request, query))

    def _is_for_us(self, request: Request) -> bool:
        """Exactly one Host, and it is ours: a rebound name sends its own."""
        hosts = [host.strip().lower() for host in request.headers.get_all("Host", [])]
        ours = {self._netloc, self._netloc.removesuffix(":80")}  # browsers leave out the scheme's own port
        return len(hosts) == 1 and hosts[0] in ours and request.target.isascii()

    @property
    def _login_origins(self) -> set[str]:
        """Where an answer may come from: the login page, and `null`, which is what its redirects make of that."""
        login = urlsplit(self._login_url or "")
        return {"null", f"{login.scheme}://{login.netloc}".lower()} if login.netloc else set()

    def _start(self, login_url: str) -> Response:
        if not self._started.acquire(blocking=False):
            return Response(refusal(HTTPStatus.NOT_FOUND))
        return Response(Page(HTTPStatus.SEE_OTHER, ""), location=login_url)

    def _take_answer(self, request: Request, query: str) -> Page:
        try:
            parameters = parameters_of(query, form_text(request))
        except ValueError:
            parameters = {}
        if self._login_url is None or not parameters or not self._has_state(parameters):
            return refusal(HTTPStatus.BAD_REQUEST)
        return self._accept(_Arrival(parameters, CallbackAnswer(request.method, parameters)))

    def _take_form(self, form: Form[T], request: Request) -> Page:
        """Ours, if it comes from our own page and carries the token that only that page holds."""
        try:
            posted = parameters_of("", form_text(request))
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST)
        own_page = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        token = [value.encode() for value in posted.get(TOKEN_FIELD, [])]
        if not own_page or not _comes_from(request, {f"http://{self._netloc}"}) or token != [form.token.encode()]:
            return refusal(HTTPStatus.FORBIDDEN)
        return self._accept(_Arrival(posted))

    def _has_state(self, parameters: dict[str, list[str]]) -> bool:
        if self._state is None:
            return True
        expected = [self._state.encode()]
        return any([value.encode() for value in values] == expected for values in parameters.values())

    def _accept(self, arrival: _Arrival) -> Page:
        """The first answer is the one, and one form at a time; its browser waits for the result."""
        if not self._taken.acquire(blocking=False):
            return refusal(HTTPStatus.CONFLICT)
        self._pages.append(arrival.page)
        if self._over:  # asked only now: whoever ends the login either sees this page or has said so before
            _stop(arrival.page)
        self._arrivals.put(arrival)
        return arrival.page.result()


def _stop(page: Future[Page]) -> None:
    with suppress(InvalidStateError):  # it has its page already
        page.set_result(failure("The login was stopped.", ""))


def _is_navigation(request: Request) -> bool:
    """A browser that says how a request came about must say that somebody goes to a page of ours."""
    navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return navigation and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _comes_from(request: Request, allowed: set[str]) -> bool:
    """A browser that says where a request comes from must name one of the allowed origins."""
    origins = {origin.strip().lower() for origin in request.headers.get_all("Origin", [])}
    return len(origins) <= 1 and origins <= allowed


def _is_form(request: Request) -> bool:
    return request.method == "POST" and f"{TOKEN_FIELD}=".encode() in request.body


def _no_port(target: RedirectTarget, error: OSError) -> ConfigurationError:
    why = "another program uses it" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
    return ConfigurationError(
        f"Port {target.port} of {target.host}, where REDIRECT_URL leads, cannot be listened on: {why}.",
        hint="Stop that program, or choose another port in REDIRECT_URL and register it with the broker.",
    )
