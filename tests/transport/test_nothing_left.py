"""Failures that prove that nothing of a request has left: `NotSent`, and the server has seen no request."""

from __future__ import annotations

import base64
import datetime
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openalgo_core.errors import ConfigurationError, NotSent
from openalgo_core.secrets import Secret
from openalgo_core.transport import HttpClient

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
URL = "https://api.acme.in/place"
TOKEN = {"Authorization": "Bearer TOKEN"}


class Certificate(NamedTuple):
    """A self-signed certificate for 127.0.0.1, and a server's context that shows it."""

    path: Path
    server: ssl.SSLContext


def certificate(directory: Path, name: x509.GeneralName) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "certificate.pem"
    key_path = directory / "key.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return Certificate(path, context)


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


@pytest.fixture
def trusted(loopback: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """As if a public authority had signed it."""
    monkeypatch.setattr("openalgo_core.transport.wire.DEFAULT_CA_BUNDLE_PATH", str(loopback.path))
    return loopback


def post(http: HttpClient) -> Any:
    return http.request("POST", URL, json={"pin": "4711"}, headers=TOKEN, params={"key": "QUERYKEY"})


def refusal(http: HttpClient) -> str:
    """What a POST and a download say, which must be `NotSent` both times."""
    with pytest.raises(NotSent) as caught:
        post(http)
    with pytest.raises(NotSent), http.download(URL):
        raise AssertionError("nothing can be downloaded from there")
    assert caught.value.broker == "acme"
    assert caught.value.message.endswith("Nothing was sent.")
    assert caught.value.__context__ is None  # the library's exception holds the request with its headers
    return caught.value.message


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_refused_connection(client: Client) -> None:
    message = refusal(client(f"http://127.0.0.1:{free_port()}"))
    assert message == "acme cannot be reached at 127.0.0.1: connection refused. Nothing was sent."


def test_a_name_that_does_not_resolve(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    message = refusal(client(hosts=("api.acme.in",)))
    assert message == "acme cannot be reached at api.acme.in: the name does not resolve. Nothing was sent."


def test_a_connection_that_is_not_made_in_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(sock: socket.socket, address: object) -> None:
        assert sock.gettimeout() == 0.25
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", silence)
    assert "no connection within 0.25 s" in refusal(client("http://127.0.0.1:9", connect_timeout=0.25))


def test_no_route_to_the_network(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(sock: socket.socket, address: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert "network is unreachable" in refusal(client("http://127.0.0.1:9"))


def test_a_certificate_that_nobody_vouches_for(serve: Serve, client: Client, loopback: Certificate) -> None:
    server = serve(tls=loopback.server)
    assert "the TLS certificate is not valid, self-signed certificate" in refusal(client(server.url))
    assert server.requests == []


def test_a_certificate_for_somebody_else(
    serve: Serve, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = certificate(tmp_path, x509.DNSName("api.evil.in"))
    monkeypatch.setattr("openalgo_core.transport.wire.DEFAULT_CA_BUNDLE_PATH", str(other.path))
    server = serve(tls=other.server)
    assert "the TLS certificate is not valid, IP address mismatch" in refusal(client(server.url))
    assert server.requests == []


def test_a_server_that_does_not_speak_tls(serve: Serve, client: Client) -> None:
    server = serve(lambda peer, server: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert "the TLS handshake failed" in refusal(client(server.url.replace("http", "https")))


def test_a_tls_handshake_that_is_never_answered(serve: Serve, client: Client) -> None:
    server = serve(lambda peer, server: server.over.wait(5))
    http = client(server.url.replace("http", "https"), connect_timeout=0.2)
    assert "no connection within 0.2 s" in refusal(http)


def test_tls_works_where_the_certificate_is_good_and_stays_open(
    serve: Serve, client: Client, trusted: Certificate
) -> None:
    server = serve(tls=trusted.server)
    http = client(server.url)
    assert [post(http).status for _ in range(3)] == [200, 200, 200]
    assert server.connections == 1


def test_a_source_address_is_used(serve: Serve, client: Client) -> None:
    server = serve()
    assert post(client(server.url, source_ip="127.0.0.1")).status == 200
    assert "cannot assign requested address" in refusal(client(server.url, source_ip="203.0.113.7"))
    assert server.connections == 1


def proxy(status: str, target: int | None = None, asked: list[Any] | None = None) -> Callable[..., None]:
    """A proxy that answers CONNECT with `status` and then, if it has a target, passes bytes both ways."""

    def handle(peer: Any, server: Any) -> None:
        connect = server.read(peer)
        if asked is not None:
            asked.append(connect)
        peer.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if target is None:
            return
        with socket.create_connection(("127.0.0.1", target)) as onward:
            both = {peer.sock: onward, onward: peer.sock}
            while True:
                for source in both:
                    source.settimeout(0.01)
                    try:
                        data = source.recv(65536)
                    except TimeoutError:
                        continue
                    if not data:
                        return
                    both[source].sendall(data)

    return handle


def test_a_proxy_that_refuses(serve: Serve, client: Client, trusted: Certificate) -> None:
    target = serve(tls=trusted.server)
    gate = serve(proxy("407 Proxy Authentication Required"))
    http = client(target.url, proxy=Secret(f"http://me:PROXYWORD@127.0.0.1:{gate.port}"))
    message = refusal(http)
    assert "by way of the proxy 127.0.0.1: Tunnel connection failed: 407" in message
    assert "PROXYWORD" not in message
    assert target.connections == 0


def test_a_proxy_that_is_down_or_silent(serve: Serve, client: Client, trusted: Certificate) -> None:
    down = client("https://127.0.0.1:9", proxy=Secret(f"http://127.0.0.1:{free_port()}"))
    assert "by way of the proxy 127.0.0.1: connection refused" in refusal(down)
    silent = serve(lambda peer, server: server.over.wait(5))
    http = client("https://127.0.0.1:9", proxy=Secret(silent.url), connect_timeout=0.2)
    assert "by way of the proxy 127.0.0.1: no connection within 0.2 s" in refusal(http)


def test_a_proxy_sees_the_hosts_name_and_its_own_password_and_nothing_else(
    serve: Serve, client: Client, trusted: Certificate
) -> None:
    asked: list[Any] = []
    target = serve(tls=trusted.server)
    gate = serve(proxy("200 OK", target.port, asked))
    http = client(target.url, proxy=Secret(f"http://me:PROXYWORD@127.0.0.1:{gate.port}"))
    assert post(http).status == post(http).status == 200
    [connect] = asked
    assert connect.line.startswith(f"CONNECT 127.0.0.1:{target.port} ")
    assert connect.headers["proxy-authorization"] == f"Basic {base64.b64encode(b'me:PROXYWORD').decode()}"
    assert "authorization" not in connect.headers
    assert "proxy-authorization" not in target.requests[0].headers
    assert target.connections == 1


def test_plain_http_on_the_loopback_never_goes_through_a_proxy(serve: Serve, client: Client) -> None:
    server, gate = serve(), serve(proxy("407 No"))
    assert post(client(server.url, proxy=Secret(gate.url))).status == 200
    assert gate.connections == 0


def test_the_environment_is_not_asked(serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server = serve()
    assert post(client(server.url)).status == 200


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:9", "127.0.0.1:3128", "http://", "http://me:PROXYWORD@a b"])
def test_a_proxy_that_cannot_be_used_is_a_configuration_error(client: Client, url: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_PROXY") as caught:
        client(proxy=Secret(url))
    assert "PROXYWORD" not in str(caught.value)


def test_a_source_address_that_is_none_is_a_configuration_error(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_SOURCE_IP"):
        client(source_ip="office-router")
