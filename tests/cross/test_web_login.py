"""Logging in on the broker's own page: two programs, a browser between them, and REDIRECT_URL in the end."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import pytest
import requests
from terminals import Terminal

from openalgo_core.clock import SystemClock
from openalgo_core.demo.browser import visit
from openalgo_core.models import Settings
from openalgo_core.secrets import Secret
from openalgo_core.simulation import TEST_ACCOUNT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """The test account, registered with a redirect to a port that nobody uses."""
    account = TEST_ACCOUNT.settings
    values = {
        "BROKER_API_KEY": account.api_key,
        "BROKER_API_SECRET": account.api_secret,
        "BROKER_CLIENT_ID": account.client_id,
        "BROKER_PIN": account.pin,
        "BROKER_PASSWORD": account.password,
        "BROKER_TOTP_SECRET": account.totp_secret,
    }
    lines = [f"{name}='{value.reveal() if isinstance(value, Secret) else value}'" for name, value in values.items()]
    file = tmp_path / "account.env"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize("broker", ["angel", "icici"])
def test_what_the_page_sends_back_becomes_a_session(terminal: Terminal, env_file: Path, broker: str) -> None:
    redirect = f"http://127.0.0.1:{free_port()}/{broker}/callback"
    with env_file.open("a") as opened:
        opened.write(f"REDIRECT_URL='{redirect}'\n")
    simulator = terminal.start("simulate", broker, "--json", "--env-file", str(env_file))
    assert simulator.stdout is not None
    url = json.loads(simulator.stdout.readline())["url"]
    terminal.environment = {"BROKER_BASE_URL": url}
    login = terminal.start("login", "--web", "--no-browser", "--json", "--env-file", str(env_file))
    try:
        assert login.stderr is not None
        page = re.search(r"http\S+", login.stderr.readline())
        assert page is not None
        settings = Settings(
            client_id=TEST_ACCOUNT.user_id,
            pin=TEST_ACCOUNT.pin,
            password=TEST_ACCOUNT.pin if broker == "angel" else TEST_ACCOUNT.password,
            totp_secret=TEST_ACCOUNT.totp_secret,
            redirect_url=redirect,
        )
        answer = visit(page[0], settings, SystemClock())
        sent = {name: values[0] for name, values in answer.parameters.items()}
        if answer.method == "POST":
            seen = requests.post(redirect, data=sent, timeout=10)
        else:
            seen = requests.get(redirect, params=sent, timeout=10)
        assert seen.status_code == 200
        assert not [value for name, value in sent.items() if name != "state" and value and value in seen.text]
        stdout, _ = login.communicate(timeout=30)
        assert json.loads(stdout)["logged_in"] is True
        assert terminal.json("status", "--env-file", str(env_file))["user_id"] == TEST_ACCOUNT.user_id
        assert terminal.json("funds", "--env-file", str(env_file))["available_cash"] > 0
    finally:
        login.kill()
        login.communicate(timeout=30)
        simulator.send_signal(signal.SIGINT)
        simulator.communicate(timeout=30)
