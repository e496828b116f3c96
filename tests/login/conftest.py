from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse

import pytest
from clocks import FakeClock

from openalgo_core.login import CallbackReceiver, RedirectTarget
from openalgo_core.models import CallbackAnswer

LOGIN_URL = "https://login.broker.example/page?api_key=canary-key&state={state}"
STATE = "the-state"
PATH = "/icici/callback"
SECONDS = 300


@dataclass
class Answer:
    """What a browser got back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Waiting:
    """A receiver that a thread is waiting on, and a browser to talk to it."""

    receiver: CallbackReceiver[CallbackAnswer]
    result: Future[CallbackAnswer]
    pool: ThreadPoolExecutor = field(repr=False)

    def send(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request as `http.client` sends it; a Host header can be given."""
        connection = HTTPConnection("127.0.0.1", self.receiver.port, timeout=30)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": f"127.0.0.1:{self.receiver.port}", **(headers or {})}
            if body is not None:
                sent.setdefault("Content-Length", str(len(body)))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def raw(self, content: bytes) -> bytes:
        """Bytes as they are; everything that comes back until the receiver closes."""
        with socket.create_connection(("127.0.0.1", self.receiver.port), timeout=30) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def start(self, method: str, target: str) -> Future[Answer]:
        return self.pool.submit(self.send, method, target)

    def still_waits(self) -> bool:
        """Whether the right answer would still be taken; it is sent, so this can be asked once."""
        answer = self.send("GET", f"{PATH}?apisession=right&state={STATE}")
        return answer.status == 200 and self.result.result(30).one("apisession") == "right"


def _answer(response: HTTPResponse) -> Answer:
    return Answer(response.status, dict(response.getheaders()), response.read().decode())


def lists(answer: CallbackAnswer) -> dict[str, list[str]]:
    """All values of each parameter."""
    return {name: list(values) for name, values in answer.parameters.items()}


@contextmanager
def waiting(
    complete: Callable[[CallbackAnswer], CallbackAnswer] = lambda answer: answer, *, state: str = STATE
) -> Iterator[Waiting]:
    """A receiver on any free port that hands its answer to `complete`; the login page carries `state`."""
    clock = FakeClock()
    target = RedirectTarget("127.0.0.1", 0, PATH)
    made = CallbackReceiver[CallbackAnswer](target, LOGIN_URL.format(state=state), STATE, broker="icici", clock=clock)
    with ThreadPoolExecutor(8) as pool, made as receiver:
        result = pool.submit(receiver.receive, complete, seconds=SECONDS)
        try:
            yield Waiting(receiver, result, pool)
        finally:
            clock.advance(SECONDS)  # whoever still waits for an answer gives up
            wait([result], timeout=30)


@pytest.fixture(autouse=True)
def _short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver looks at its clock and its deadlines more often, so that no test waits for that."""
    monkeypatch.setattr("openalgo_core.login.callback._SLICE", 0.005)
    monkeypatch.setattr("openalgo_core.login.server._POLL", 0.005)


@pytest.fixture
def login() -> Iterator[Waiting]:
    """A login that is waiting for `/icici/callback?…&state=the-state`."""
    with waiting() as waits:
        yield waits


@pytest.fixture
def unused_port() -> int:
    """A port that nothing listens on; the system does not hand it out again soon."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
