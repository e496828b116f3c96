"""Logging in: what is asked, when a session dies, where the web login begins."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.errors import ConfigurationError, SessionExpired
from openalgo_core.models import CallbackAnswer, Session
from openalgo_core.secrets import Secret

NOON = datetime(2026, 11, 20, 12, tzinfo=IST)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=IST)
FIELDS = {"client_id": Secret("A123456"), "pin": Secret("1234"), "totp": Secret("123456")}


def _jwt(claims: object) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzUxMiJ9.{payload}.c2ln"


def _login(world: Callable[..., Any], jwt: str, moment: datetime = NOON) -> Session:
    use = world({"body": {"status": True, "data": {"jwtToken": jwt}}}, session=False, moment=moment)
    session: Session = use.call("authenticate", fields=FIELDS, challenge=None)
    return session


def test_the_fields_of_the_login(world: Callable[..., Any]) -> None:
    fields = world().call("login_fields")
    assert [(one.name, one.environment, one.secret, one.totp) for one in fields] == [
        ("client_id", "BROKER_CLIENT_ID", False, False),
        ("pin", "BROKER_PIN", True, False),
        ("totp", None, True, True),
    ]


@pytest.mark.parametrize(
    ("answer", "fits"),
    [("123456", True), ("12345", False), ("1234567", False), ("12345a", False), ("", False)],
)
def test_a_code_has_six_digits(world: Callable[..., Any], answer: str, fits: bool) -> None:
    (totp,) = (one for one in world().call("login_fields") if one.name == "totp")
    assert bool(re.fullmatch(totp.pattern, answer)) is fits


@pytest.mark.parametrize(
    ("claims", "ends"),
    [
        pytest.param({}, MIDNIGHT, id="no claim"),
        pytest.param({"exp": int((NOON + timedelta(hours=28)).timestamp())}, MIDNIGHT, id="after midnight"),
        pytest.param({"exp": int((NOON + timedelta(hours=2)).timestamp())}, NOON + timedelta(hours=2), id="before"),
        pytest.param({"exp": int((NOON - timedelta(hours=2)).timestamp())}, MIDNIGHT, id="past: our clock is wrong"),
        pytest.param({"exp": None}, MIDNIGHT, id="null"),
        pytest.param({"exp": 10**30}, MIDNIGHT, id="beyond all time"),
        pytest.param([1], MIDNIGHT, id="no object"),
    ],
)
def test_a_session_dies_at_midnight_or_when_its_token_says_so(
    world: Callable[..., Any], claims: object, ends: datetime
) -> None:
    assert _login(world, _jwt(claims)).expires_at == ends


def test_a_login_at_midnight_lasts_a_day(world: Callable[..., Any]) -> None:
    assert _login(world, "opaque", moment=MIDNIGHT).expires_at == MIDNIGHT + timedelta(days=1)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jwt=st.text(min_size=1).filter(str.strip) | st.binary().map(lambda raw: f"a.{urlsafe_b64encode(raw).decode()}.c")
)
def test_whatever_the_token_looks_like_the_session_ends_by_midnight(world: Callable[..., Any], jwt: str) -> None:
    session = _login(world, jwt)
    assert NOON < session.expires_at <= MIDNIGHT
    assert session.tokens["jwt"].reveal() == jwt.strip()


def test_a_refresh_keeps_the_tokens_that_are_not_replaced(world: Callable[..., Any]) -> None:
    session = world({"body": {"status": True, "data": {"jwtToken": "J2"}}}).call("refresh_session")
    assert {name: token.reveal() for name, token in session.tokens.items()} == {
        "jwt": "J2",
        "refresh": "REFRESH.TOKEN",
        "feed": "FEED.TOKEN",
    }


def test_a_session_without_a_refresh_token_cannot_be_refreshed(world: Callable[..., Any]) -> None:
    use = world({"body": {"status": True, "data": {"clientcode": "A123456"}}}, session=False)
    answer = {"auth_token": ["WEBJWT"], "state": ["s"]}
    session = use.call("handle_callback", answer=CallbackAnswer("GET", answer), state="s")
    later = world()
    later.account = replace(later.account, session=session)
    with pytest.raises(SessionExpired):
        later.call("refresh_session")
    assert not later.http.requests


def test_the_login_page_gets_key_state_and_redirect(world: Callable[..., Any]) -> None:
    url = urlsplit(world(session=False).call("login_url", state="a b&c"))
    assert (url.scheme, url.netloc, url.path) == ("https", "smartapi.angelone.in", "/publisher-login")
    assert parse_qs(url.query) == {
        "api_key": ["APIKEY01"],
        "state": ["a b&c"],
        "redirect_url": ["http://127.0.0.1:5000/angel/callback"],
    }


def test_the_login_page_without_a_redirect_url(world: Callable[..., Any]) -> None:
    url = urlsplit(world(session=False, redirect_url=None).call("login_url", state="s"))
    assert parse_qs(url.query).keys() == {"api_key", "state"}


def test_without_an_api_key_nothing_is_asked(world: Callable[..., Any]) -> None:
    use = world(session=False, api_key=None)
    with pytest.raises(ConfigurationError, match="BROKER_API_KEY"):
        use.call("authenticate", fields=FIELDS, challenge=None)
    assert not use.http.requests
