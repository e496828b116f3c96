from __future__ import annotations

import socket
from concurrent.futures import Future
from contextlib import suppress

import pytest
from clocks import FakeClock

from openalgo_core.errors import AuthenticationError, ConfigurationError
from openalgo_core.login import CallbackReceiver, RedirectTarget
from openalgo_core.models import CallbackAnswer

from .conftest import LOGIN_URL, PATH, STATE, Waiting, lists, waiting

RIGHT = f"{PATH}?apisession=12345678&state={STATE}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# -- the right answer ----------------------------------------------------------------------------------------------


def test_answer_by_get(login: Waiting) -> None:
    page = login.send("GET", RIGHT)
    answer = login.result.result(30)
    assert page.status == 200
    assert answer.method == "GET"
    assert lists(answer) == {"apisession": ["12345678"], "state": [STATE]}


def test_answer_by_post_with_query_and_form(login: Waiting) -> None:
    """What icici's page sends: a cross-site form whose address carries the session as well."""
    origin = {"Origin": "https://login.broker.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    body = f"API_Session=12345678&apisession=12345678&state={STATE}&extra=a+b%26".encode()
    page = login.send("POST", f"{PATH}?apisession=12345678", {**FORM, **origin}, body)
    assert page.status == 200
    assert lists(login.result.result(30)) == {
        "apisession": ["12345678"],
        "API_Session": ["12345678"],
        "state": [STATE],
        "extra": ["a b&"],
    }


@pytest.mark.parametrize("origin", ["null", "https://login.broker.example", "HTTPS://LOGIN.broker.example"])
def test_origins_that_are_the_login_page(login: Waiting, origin: str) -> None:
    assert login.send("POST", RIGHT, {"Origin": origin}, b"").status == 200


def test_a_broker_without_state_is_answered_without() -> None:
    with waiting(state="") as login:
        assert login.send("POST", PATH).status == 400
        assert login.send("GET", f"{PATH}?apisession=1").status == 200


def test_repeated_parameter_keeps_all_its_values(login: Waiting) -> None:
    login.send("GET", f"{RIGHT}&apisession=other")
    answer = login.result.result(30)
    assert answer.parameters["apisession"] == ["12345678", "other"]
    assert answer.one("apisession") is None


# -- everything else -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/favicon.ico", 404),
        ("GET", f"{PATH}/?apisession=1&state={STATE}", 404),
        ("GET", f"/other/../icici/callback?apisession=1&state={STATE}", 404),
        ("GET", f"http://127.0.0.1{RIGHT}", 404),
        ("HEAD", RIGHT, 405),
        ("PUT", RIGHT, 405),
        ("OPTIONS", RIGHT, 405),
        ("BREW", RIGHT, 405),
        ("POST", PATH, 400),
        ("GET", f"{PATH}?apisession=1", 400),
        ("GET", f"{PATH}?apisession=1&state=other", 400),
        ("GET", f"{PATH}?apisession=1&state={STATE}&state={STATE}", 400),
        ("GET", f"{RIGHT}&bytes=%FF", 400),
        ("GET", f"{RIGHT}&line=%0D%0ASet-Cookie:x", 400),
        ("GET", f"{RIGHT}&null=%00", 400),
        ("GET", f"{RIGHT}{'&a=1' * 64}", 400),
        ("GET", f"{RIGHT}&a={'x' * 70_000}", 414),
    ],
)
def test_request_that_is_no_answer(login: Waiting, method: str, target: str, status: int) -> None:
    assert login.send(method, target).status == status
    assert login.still_waits()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "localhost:5000"},
        {"Host": ""},
    ],
)
def test_rebound_name(login: Waiting, headers: dict[str, str]) -> None:
    assert login.send("GET", RIGHT, headers).status == 400
    assert login.still_waits()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "http://login.broker.example"},
        {"Origin": "https://login.broker.example:8443"},
        {"Origin": "https://login.broker.example.attacker.example"},
        {"Origin": ""},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Mode": "cors", "Origin": "null"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "image"},
    ],
)
def test_an_attacker_s_page(login: Waiting, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        assert login.send(method, RIGHT, headers).status == 403
    assert login.still_waits()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Length": "70000"}, b"", 413),
        ({"Content-Length": "9" * 5000}, b"", 413),
        ({"Content-Length": "-1"}, b"", 400),
        ({"Content-Length": "²"}, b"", 400),
        ({"Transfer-Encoding": "chunked", "Content-Length": "5"} | FORM, b"a=b&c", 400),
        ({"Content-Type": "application/json"}, b'{"apisession": 1}', 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 400),
        (FORM, "apisession=é".encode(), 400),
        (FORM, b"apisession=%C3%28", 400),
    ],
)
def test_posted_body_that_is_no_form(login: Waiting, headers: dict[str, str], body: bytes, status: int) -> None:
    assert login.send("POST", RIGHT, headers, body).status == status
    assert login.still_waits()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /icici/callback?apisession=1&state=the-state\r\n",
        b"GET /icici/callback HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /icici/callback?apisession=1&state=the-state HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"POST /icici/callback?apisession=1&state=the-state HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort",
    ],
)
def test_bytes_that_are_no_request(login: Waiting, content: bytes) -> None:
    reply = login.raw(content)
    assert not reply.startswith(b"HTTP/1.0 2")
    assert b"the-state" not in reply
    assert login.still_waits()


def test_ten_megabytes_of_query(login: Waiting) -> None:
    assert login.send("GET", f"{RIGHT}&a={'x' * 10_000_000}").status == 414
    assert login.still_waits()


def test_two_hosts(login: Waiting) -> None:
    host = f"Host: 127.0.0.1:{login.receiver.port}\r\n"
    reply = login.raw(f"GET {RIGHT} HTTP/1.1\r\n{host}{host}\r\n".encode())
    assert reply.startswith(b"HTTP/1.0 400")
    assert login.still_waits()


def test_a_slow_client_blocks_nobody_and_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openalgo_core.login.callback._PATIENCE", 0.1)
    with waiting() as login:
        slow = [socket.create_connection(("127.0.0.1", login.receiver.port), timeout=30) for _ in range(3)]
        for connection in slow:
            connection.sendall(b"GET /icici/callback?apise")
        assert login.still_waits()
        for connection in slow:
            assert b"200" not in b"".join(iter(lambda c=connection: c.recv(65536), b""))  # type: ignore[misc]
            connection.close()


def test_clients_beyond_a_number_are_turned_away_and_leave_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openalgo_core.login.server._MAX_CONNECTIONS", 2)
    with waiting() as login:
        idle = [socket.create_connection(("127.0.0.1", login.receiver.port), timeout=30) for _ in range(2)]
        assert _status(login) == 0
        for connection in idle:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        assert set(iter(lambda: _status(login), 404)) <= {0}


def _status(login: Waiting) -> int:
    """404 where the server answered, 0 where it turned us away."""
    try:
        return login.send("GET", "/").status
    except OSError:
        return 0


def test_only_the_first_of_two_answers_counts() -> None:
    arrived: Future[None] = Future()
    finish: Future[None] = Future()

    def complete(answer: CallbackAnswer) -> CallbackAnswer:
        arrived.set_result(None)
        finish.result(30)
        return answer

    with waiting(complete) as login:
        first = login.start("GET", RIGHT)
        arrived.result(30)
        assert login.send("GET", RIGHT.replace("12345678", "attacker")).status == 409
        finish.set_result(None)
        assert first.result(30).status == 200
        assert login.result.result(30).one("apisession") == "12345678"


def test_redirect_url_opened_by_hand_says_that_the_login_waits_and_nothing_more(login: Waiting) -> None:
    page = login.send("GET", PATH)
    assert page.status == 200
    assert "The login to icici is waiting" in page.text
    assert not any(secret in page.text for secret in (STATE, "canary-key", "login.broker.example"))
    assert login.send("GET", PATH, {"Origin": "https://attacker.example"}).status == 403
    assert login.still_waits()


# -- the way to the login page -------------------------------------------------------------------------------------


def test_the_start_address_leads_to_the_login_page_once_and_shows_no_key(login: Waiting) -> None:
    url = login.receiver.start_url
    assert "canary-key" not in url
    start = url.removeprefix(f"http://127.0.0.1:{login.receiver.port}")
    page = login.send("GET", start)
    assert (page.status, page.headers["Location"]) == (303, LOGIN_URL.format(state=STATE))
    assert page.headers["Cache-Control"] == "no-store"
    assert login.send("GET", start).status == 404
    assert login.still_waits()


def test_the_start_address_is_not_for_a_rebound_name(login: Waiting) -> None:
    start = login.receiver.start_url.rpartition("/")[2]
    assert login.send("GET", f"/{start}", {"Host": "attacker.example"}).status == 400
    assert login.send("GET", f"/{start}").status == 303


# -- the port ------------------------------------------------------------------------------------------------------


def receiver_on(port: int, clock: FakeClock | None = None) -> CallbackReceiver[CallbackAnswer]:
    return CallbackReceiver(RedirectTarget("127.0.0.1", port, PATH), LOGIN_URL, STATE, broker="icici", clock=clock)


def test_port_in_use_names_the_setting_to_change() -> None:
    with receiver_on(0) as other, pytest.raises(ConfigurationError, match="another program uses it") as caught:
        receiver_on(other.port).__enter__()
    assert f"Port {other.port}" in caught.value.message
    assert "REDIRECT_URL" in caught.value.hint


@pytest.mark.parametrize("failure", [None, AuthenticationError("no"), KeyboardInterrupt()])
def test_the_port_is_free_afterwards(failure: BaseException | None) -> None:
    try:
        with receiver_on(0) as receiver:
            port = receiver.port
            if failure is not None:
                raise failure
    except (AuthenticationError, KeyboardInterrupt):
        pass
    with receiver_on(port):
        pass


def test_no_answer_in_time(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 1.0, 299.0, 300.0])
    monkeypatch.setattr(clock, "monotonic", lambda: next(ticks))
    with receiver_on(0, clock) as receiver, pytest.raises(AuthenticationError, match="within 300 seconds") as caught:
        receiver.receive(lambda answer: answer, seconds=300)
    assert "REDIRECT_URL" in caught.value.hint


def test_a_client_that_never_finishes_does_not_hold_the_port() -> None:
    with waiting() as login:
        port = login.receiver.port
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.sendall(b"POST /icici/callback HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
        assert login.send("GET", "/").status == 404, "accepted after the one that never finishes"
    with connection, suppress(ConnectionResetError):
        assert connection.recv(65536) == b""
    with receiver_on(port):
        pass
