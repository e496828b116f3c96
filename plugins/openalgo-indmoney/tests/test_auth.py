"""Logging in: what is asked for which configuration, what is sent, when a session dies, what is never shown."""

from __future__ import annotations

import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.errors import AuthenticationError, ConfigurationError, OpenAlgoError
from openalgo_core.models import Session
from openalgo_core.secrets import Secret
from openalgo_core.testing import World

NOW = datetime(2026, 8, 6, 13, 0, tzinfo=IST)
PROFILE = {"body": {"status": "success", "data": {"user_id": "1234567"}}}
CODES = {"mpin": "4321", "totp": "012345"}


def _login(world: Callable[..., World], *answers: Any, **given: str) -> tuple[Session, Any]:
    use = world(*answers, session=False)
    fields = {name: Secret(text) for name, text in given.items()}
    return use.call("authenticate", fields=fields, challenge=None), use


def _token(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{payload}.sign"


# --- What is asked ---


@pytest.mark.parametrize(
    ("key", "secret", "asked"),
    [
        ("", "your_generated_access_token", ["token"]),  # the seed's .env
        (None, "your_generated_access_token", ["token"]),
        ("CLIENT123", "", ["mpin", "totp"]),
        ("CLIENT123", None, ["mpin", "totp"]),
        ("CLIENT123", "a-token", ["token", "mpin?", "totp?"]),
        (None, None, ["token"]),
    ],
)
def test_what_is_asked(world: Callable[..., World], key: str | None, secret: str | None, asked: list[str]) -> None:
    given = {"api_key": key, "api_secret": secret}
    use = world(session=False, **{name: None if text is None else Secret(text) for name, text in given.items()})
    fields = use.call("login_fields")
    assert [field.name + "?" * field.optional for field in fields] == asked
    assert all(field.secret for field in fields)
    assert use.http.requests == []


def test_where_the_answers_may_come_from(world: Callable[..., World]) -> None:
    fields = {field.name: field for field in world(api_secret=Secret("a-token")).call("login_fields")}
    assert {name: field.environment for name, field in fields.items()} == {
        "token": "BROKER_API_SECRET", "mpin": "BROKER_PIN", "totp": None,
    }  # fmt: skip
    assert (fields["totp"].totp, fields["token"].totp, fields["mpin"].totp) == (True, False, False)


@pytest.mark.parametrize(
    ("name", "answer", "fits"),
    [
        ("totp", "123456", True), ("totp", "012345", True), ("totp", " 123456 ", True), ("totp", "12345", False),
        ("totp", "1234567", False), ("totp", "12345a", False), ("totp", "١٢٣٤٥٦", False),
        ("mpin", "4321", True), ("mpin", "0000", True), ("mpin", "43 21", False), ("mpin", "", False),
        ("token", "head.body.sign", True), ("token", "Bearer head.body.sign", False), ("token", " ", False),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_right(world: Callable[..., World], name: str, answer: str, fits: bool) -> None:
    fields = {field.name: field for field in world(api_secret=Secret("a-token")).call("login_fields")}
    assert bool(re.fullmatch(fields[name].pattern, answer)) is fits


def test_the_worked_example_of_a_code() -> None:
    assert pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(1786000826) == "266099"


# --- What is sent ---


def test_the_token_goes_out_bare(world: Callable[..., World]) -> None:
    _, use = _login(world, PROFILE, token="head.body.sign")
    assert use.http.requests[0]["headers"]["Authorization"] == "head.body.sign"


def test_codes_are_texts_and_keep_their_zeros(world: Callable[..., World]) -> None:
    _, use = _login(world, {"body": {"token": "t"}}, PROFILE, mpin=" 0021 ", totp=" 000001\n")
    sent = use.http.requests[0]
    assert sent["json"] == {"mpin": "0021", "totp": "000001"}
    assert sent["headers"]["x-api-key"] == "CLIENT123"  # without the blanks of the .env


def test_without_a_client_id_no_token_can_be_made(world: Callable[..., World]) -> None:
    use = world(session=False, api_key=None)
    with pytest.raises(ConfigurationError, match="BROKER_API_KEY"):
        use.call("authenticate", fields={name: Secret(text) for name, text in CODES.items()}, challenge=None)
    assert use.http.requests == []


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 401, "body": {"status": "error", "message": "Invalid TOTP"}},
        {"status": 400, "body": {"status": "error", "message": "Invalid MPIN"}},
        {"status": 500, "body": {"status": "error", "message": "oops"}},
        {"status": 429, "body": {"error": "Rate limit exceeded", "success": False}},
        {"status": 200, "text": ""},
    ],
)
def test_a_code_is_never_sent_twice(world: Callable[..., World], refusal: Any) -> None:
    use = world(refusal, session=False)
    with pytest.raises(OpenAlgoError):
        use.call("authenticate", fields={name: Secret(text) for name, text in CODES.items()}, challenge=None)
    assert [sent["url"][-15:] for sent in use.http.requests] == ["/generate/token"]


def test_a_dead_token_is_not_asked_about_again(world: Callable[..., World]) -> None:
    dead = {
        "status": 403,
        "body": {"status": "error", "message": "Invalid access token", "error_type": "TokenException"},
    }
    with pytest.raises(AuthenticationError) as caught:
        _login(world, dead, token="head.body.sign")
    assert caught.value.kind == "AuthenticationError"  # not SessionExpired: there was no session
    assert "24 hours" in caught.value.hint
    assert "BROKER_API_SECRET" in caught.value.hint


# --- When it dies ---


@settings(max_examples=60)
@given(seconds=st.integers(1, 10**6))
def test_a_session_dies_when_its_token_says(world: Callable[..., World], seconds: int) -> None:
    dies = NOW + timedelta(seconds=seconds)
    session, _ = _login(world, PROFILE, token=_token(exp=int(dies.timestamp())))
    assert session.expires_at == dies


@pytest.mark.parametrize(
    "token",
    [
        "opaque", "a.b", "a.!!!.c", "a.e30.c", _token(exp="soon"), _token(exp=None), _token(exp=10**30),
        _token(exp=int(NOW.timestamp())), _token(exp=0), f"a.{urlsafe_b64encode(b'[1]').decode()}.c",
        f"a.{urlsafe_b64encode(bytes([255, 254])).decode()}.c",
    ],
)  # fmt: skip
def test_a_token_that_does_not_say_lives_a_day(world: Callable[..., World], token: str) -> None:
    session, _ = _login(world, PROFILE, token=token)
    assert session.expires_at == NOW + timedelta(hours=24)


# --- What is said, and what is not ---


def test_a_token_that_could_not_be_checked_is_kept_with_a_warning(
    world: Callable[..., World], caplog: pytest.LogCaptureFixture
) -> None:
    token = _token(clientID="1234567")
    with caplog.at_level(logging.WARNING, logger="openalgo.indmoney"):
        session, _ = _login(world, {"status": 503, "text": ""}, token=token)
    assert session.user_id == "1234567"
    (record,) = caplog.records
    assert "kept" in record.getMessage()
    assert token not in record.getMessage()


def test_no_secret_shows_in_a_refusal(world: Callable[..., World]) -> None:
    refusal = {"status": 401, "body": {"status": "error", "message": "Invalid TOTP"}}
    with pytest.raises(AuthenticationError) as caught:
        _login(world, refusal, **CODES)
    assert not any(secret in repr(vars(caught.value)) for secret in ("4321", "012345", "CLIENT123"))
