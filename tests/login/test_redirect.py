"""REDIRECT_URL, and pasting what the browser ended at."""

from __future__ import annotations

import re
import socket

import pytest

from openalgo_core.errors import ConfigurationError, UsageError
from openalgo_core.login import CallbackReceiver, RedirectTarget, answer_from_url

from .conftest import LOGIN_URL, PATH, STATE, lists


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://127.0.0.1:5000/icici/callback", RedirectTarget("127.0.0.1", 5000, "/icici/callback")),
        ("http://localhost/x", RedirectTarget("localhost", 80, "/x")),
        ("http://[::1]:5000", RedirectTarget("::1", 5000, "/")),
    ],
)
def test_redirect_target(url: str, target: RedirectTarget) -> None:
    assert RedirectTarget.parse(url) == target


@pytest.mark.parametrize(
    "url",
    [None, "", "https://127.0.0.1:5000/x", "http://google.com/x", "http://0.0.0.0:5000/x", "http://127.0.0.1:x/"],
)
def test_redirect_url_that_does_not_lead_here(url: str | None) -> None:
    with pytest.raises(ConfigurationError, match="REDIRECT_URL"):
        RedirectTarget.parse(url)


def test_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with CallbackReceiver[object](RedirectTarget("::1", 0, PATH), LOGIN_URL, STATE, broker="icici") as receiver:
        assert re.match(rf"http://\[::1\]:{receiver.port}/", receiver.start_url)


# -- pasting -------------------------------------------------------------------------------------------------------

REDIRECT = "https://127.0.0.1/icici/callback"


def test_pasted_address() -> None:
    answer = answer_from_url(f"  {REDIRECT}?apisession=1&apisession=2&state=%C3%A9#top\n", REDIRECT)
    assert answer.method == "GET"
    assert lists(answer) == {"apisession": ["1", "2"], "state": ["é"]}


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "canary",
        REDIRECT,
        "http://127.0.0.1/icici/callback?apisession=canary",
        "https://127.0.0.1.evil.example/icici/callback?apisession=canary",
        "https://127.0.0.1/kotak/callback?apisession=canary",
        f"{REDIRECT}?apisession=canary%FF",
        "https://[::1/icici?apisession=canary",
    ],
)
def test_pasted_text_that_is_not_the_address_is_not_repeated(pasted: str) -> None:
    with pytest.raises(UsageError, match="not the address") as caught:
        answer_from_url(pasted, REDIRECT)
    assert "canary" not in caught.value.message + caught.value.hint
    assert REDIRECT in caught.value.hint


def test_pasting_needs_a_redirect_url() -> None:
    with pytest.raises(ConfigurationError, match="REDIRECT_URL"):
        answer_from_url("https://example.com/?a=1", None)
