"""A token travels to the broker's own hosts, or to the one base URL, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openalgo_core.errors import ConfigurationError, PluginBroken
from openalgo_core.transport import HttpClient
from openalgo_core.transport.address import Routes

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]

HOSTS = ("api.acme.in", "*.acme-cdn.in", "feed.acme.in:8443")


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://api.acme.in/a/b?c=d", "https://api.acme.in/a/b?c=d"),
        ("https://API.acme.in:443/a", "https://api.acme.in/a"),
        ("https://api.acme.in", "https://api.acme.in/"),
        ("https://api.acme.in?x=1", "https://api.acme.in/?x=1"),
        ("https://e43.acme-cdn.in/a", "https://e43.acme-cdn.in/a"),
        ("https://feed.acme.in:8443/a", "https://feed.acme.in:8443/a"),
        ("https://api.acme.in/q/nse_cm|3045,NIFTY 50/é", "https://api.acme.in/q/nse_cm%7C3045,NIFTY%2050/%C3%A9"),
    ],
)
def test_own_hosts_pass(url: str, wire: str) -> None:
    assert Routes("acme", HOSTS).resolve(url) == wire


@pytest.mark.parametrize(
    "url",
    [
        "http://api.acme.in/a",
        "https://evil.in/a",
        "https://api.acme.in.evil.in/a",
        "https://evilacme-cdn.in/a",
        "https://acme-cdn.in/a",
        "https://api.acme.in:8080/a",
        "https://feed.acme.in/a",
        "https://api.acme.in@evil.in/a",
        "https://user:word@api.acme.in/a",
        "https://evil.in\\@api.acme.in/a",
        "https://api.acme.in\\.evil.in/a",
        "https://api.acme.in/a\nHost: evil.in",
        "https://api.acme.in/a#b",
        "//api.acme.in/a",
        "/a",
        "",
    ],
)
@pytest.mark.parametrize("base_url", [None, "http://127.0.0.1:8000"])
def test_everything_else_is_refused_by_name(url: str, base_url: str | None) -> None:
    with pytest.raises(PluginBroken, match=r"The plugin acme asked for .* not one of its hosts") as caught:
        Routes("acme", HOSTS, base_url).resolve(url)
    assert caught.value.broker == "acme"


def test_a_refusal_names_the_host_and_not_the_token() -> None:
    with pytest.raises(PluginBroken, match=r"https://evil\.in, which") as caught:
        Routes("acme", HOSTS).resolve("https://evil.in/login/TOKEN?t=TOKEN")
    assert "TOKEN" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:8000", "https://proxy.example:9"]
)
def test_a_base_url_takes_every_request_with_its_path_and_query(base_url: str) -> None:
    routes = Routes("acme", HOSTS, base_url)
    base = base_url.rstrip("/")
    assert routes.resolve("https://api.acme.in/a?b=c") == f"{base}/a?b=c"
    assert routes.resolve("https://e43.acme-cdn.in/d") == f"{base}/d"


def test_an_address_that_the_simulator_itself_gave_is_at_the_base_url() -> None:
    routes = Routes("acme", HOSTS, "http://127.0.0.1:8000")
    assert routes.resolve("http://127.0.0.1:8000/orders") == "http://127.0.0.1:8000/orders"


@pytest.mark.parametrize(
    "base_url",
    [
        "http://10.0.0.5:8000",
        "http://acme.in",
        "http://127.0.0.1.evil.in",
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:8000/prefix",
        "http://me:word@127.0.0.1",
        "127.0.0.1:8000",
    ],
)
def test_a_base_url_that_would_leak_or_cannot_be_is_a_configuration_error(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_BASE_URL") as caught:
        Routes("acme", HOSTS, base_url)
    assert "word" not in str(caught.value)


def test_the_client_asks_before_it_sends(serve: Serve, client: Client) -> None:
    server = serve()
    with pytest.raises(PluginBroken):
        client(server.url).request("GET", "https://evil.in/a", headers={"Authorization": "Bearer t"})
    with pytest.raises(PluginBroken):
        client(server.url).download("https://evil.in/a")
    assert server.connections == 0
