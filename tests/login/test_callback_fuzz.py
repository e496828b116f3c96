"""Whatever comes to the port, the login survives it and the sender learns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .conftest import PATH, STATE, Waiting, lists, waiting

#: One login for all examples: each must leave it waiting. Its fixture is shared on purpose.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

tokens = st.text(st.characters(codec="ascii", exclude_categories=("C", "Z")), min_size=1, max_size=20)
texts = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=20).filter(str.isprintable)


@pytest.fixture(scope="module")
def patient() -> Iterator[Waiting]:
    with waiting() as login:
        yield login
        assert login.still_waits(), "none of the examples was taken for the answer, or ended the login"


def learns_nothing(reply: bytes) -> bool:
    return not any(secret in reply for secret in (STATE.encode(), b"canary-key", b"login.broker.example", b"Traceback"))


@shared
@given(content=st.binary(max_size=500))
@example(content=b"GET / HTTP/1.1\r\nHost\r\n\r\n")
@example(content=b"GET /\x00 HTTP/1.1\r\n : \r\n\r\n")
def test_any_bytes(patient: Waiting, content: bytes) -> None:
    reply = patient.raw(content)
    assert reply == b"" or reply.startswith((b"HTTP/1.0 4", b"HTTP/1.0 5", b"<!doctype html>"))
    assert learns_nothing(reply)


@shared
@given(method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS"]) | tokens, target=tokens, header=tokens, value=tokens)
@example(method="GET", target=f"{PATH}?state={STATE}", header="Host", value="attacker.example")
def test_any_request(patient: Waiting, method: str, target: str, header: str, value: str) -> None:
    host = f"127.0.0.1:{patient.receiver.port}"
    reply = patient.raw(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{header}: {value}\r\n\r\n".encode("latin-1"))
    assert not reply.startswith((b"HTTP/1.0 2", b"HTTP/1.0 3"))
    assert learns_nothing(reply)


@shared
@given(query=st.text(max_size=200), body=st.binary(max_size=200), length=st.integers(-1, 300))
def test_any_query_and_body_without_the_state(patient: Waiting, query: str, body: bytes, length: int) -> None:
    target = f"{PATH}?{quote(query, safe='&=%+;')}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(length)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{patient.receiver.port}\r\n{head}\r\n".encode() + body
    reply = patient.raw(request)
    assert reply == b"" or reply.startswith(b"HTTP/1.0 4")
    assert learns_nothing(reply)


@settings(deadline=None, max_examples=25)
@given(parameters=st.lists(st.tuples(texts, texts), max_size=20), post=st.booleans())
def test_every_parameter_of_the_right_answer_arrives_as_it_was_sent(
    parameters: list[tuple[str, str]], post: bool
) -> None:
    sent = [*parameters, ("state", STATE)]
    parameters_by_name: dict[str, list[str]] = {}
    for name, value in sent:
        parameters_by_name.setdefault(name, []).append(value)
    with waiting(state="") as login:
        if post:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            page = login.send("POST", PATH, headers, urlencode(sent).encode())
        else:
            page = login.send("GET", f"{PATH}?{urlencode(sent)}")
        assert page.status == 200
        assert lists(login.result.result(30)) == parameters_by_name
