"""Logging in: the address of the page, when a session dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.errors import ConfigurationError
from openalgo_core.models import CallbackAnswer
from openalgo_core.secrets import Secret

MIDNIGHT = datetime(2026, 11, 21, tzinfo=IST)
DETAILS = {
    "body": {"Success": {"idirect_userid": "AB123456", "session_token": "QUI6MQ=="}, "Status": 200, "Error": None}
}
FUNDS = {"body": {"Success": {}, "Status": 200, "Error": None}}


def test_the_login_page_gets_the_key_encoded(world: Callable[..., Any]) -> None:
    url = world(session=False, api_key=Secret("demo+app=key!1")).call("login_url", state="s")
    assert url == "https://api.icicidirect.com/apiuser/login?api_key=demo%2Bapp%3Dkey%211"


@given(key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_key_survives_the_address(world: Callable[..., Any], key: str) -> None:
    url = urlsplit(world(session=False, api_key=Secret(key)).call("login_url", state="s"))
    assert (url.hostname, url.path, url.fragment) == ("api.icicidirect.com", "/apiuser/login", "")
    assert parse_qs(url.query) == {"api_key": [key]}


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (datetime(2026, 11, 20, 9, tzinfo=IST), MIDNIGHT),
        (MIDNIGHT - timedelta(seconds=1), MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + timedelta(days=1)),
    ],
)
def test_a_session_dies_at_midnight(world: Callable[..., Any], moment: datetime, ends: datetime) -> None:
    use = world(DETAILS, FUNDS, session=False, moment=moment)
    session = use.call("handle_callback", answer=CallbackAnswer("GET", {"apisession": ["1"]}), state="s")
    assert session.expires_at == ends


@pytest.mark.parametrize("setting", ["api_key", "api_secret"])
def test_without_key_or_secret_there_is_no_login(world: Callable[..., Any], setting: str) -> None:
    use = world(DETAILS, session=False, **{setting: None})
    answer = CallbackAnswer("POST", {"apisession": ["1"]})
    with pytest.raises(ConfigurationError, match=f"BROKER_{setting.upper()}"):
        use.call("handle_callback", answer=answer, state="s")
    assert not use.http.requests


def test_the_time_of_a_signature_is_utc_in_whole_seconds(world: Callable[..., Any]) -> None:
    use = world(
        {"body": {"Success": None, "Status": 200, "Error": None}}, moment=datetime(2026, 7, 30, 3, 31, 2, 98, IST)
    )
    assert use.call("positions") == []
    assert use.http.requests[0]["headers"]["X-Timestamp"] == "2026-07-29T22:01:02.000Z"


def test_the_day_of_a_book_is_indian(world: Callable[..., Any]) -> None:
    use = world({"body": {"Success": None, "Status": 200, "Error": None}}, session={"exchanges": "NSE"},
                moment=datetime(2026, 7, 30, 3, 31, 2, tzinfo=IST))  # fmt: skip
    assert use.call("order_book") == []
    assert b'"from_date":"2026-07-30T00:00:00.000Z"' in use.http.requests[0]["data"]
