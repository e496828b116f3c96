"""Debian's Chromium, headless, in front of the installed `openalgo` command and a broker's simulator."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import randrange
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from terminals import Terminal

from openalgo_core import connect
from openalgo_core.clock import SystemClock
from openalgo_core.demo import account_lines
from openalgo_core.models import LoginField
from openalgo_core.simulation import TEST_ACCOUNT
from openalgo_core.testing.bench import simulating

#: A name that leads to this machine, as an attacker's name server can make one.
REBOUND = "rebound.example"
#: Where pictures of every page go, if somebody wants to look at them.
SCREENSHOTS = os.environ.get("SCREENSHOTS")
#: Milliseconds that a page may take on a busy machine.
PATIENCE = 20_000
#: What only the person knows; the form asks for it.
_PERSONAL = ("BROKER_CLIENT_ID", "BROKER_PIN", "BROKER_PASSWORD", "BROKER_MOBILE", "BROKER_TOTP_SECRET")


@dataclass
class WebLogin:
    """`openalgo login --web` that waits for a browser."""

    process: subprocess.Popen[str]
    address: str
    redirect: str
    terminal: Terminal
    env_file: Path

    def result(self) -> dict[str, Any]:
        """What the command printed in the end."""
        stdout, stderr = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, stderr
        status: dict[str, Any] = json.loads(stdout)
        return status

    def minutes_later(self) -> None:
        """For the counters of requests, where logins count: some brokers take one a minute."""
        with closing(sqlite3.connect(self.terminal.directory / "home" / "limits.sqlite")) as counters, counters:
            if counters.execute("SELECT 1 FROM sqlite_master WHERE name = 'grants'").fetchone():
                counters.execute("UPDATE grants SET at = at - 600000")

    def works(self) -> bool:
        """Whether the session is good for a request."""
        funds = self.terminal.json("funds", "--env-file", str(self.env_file))
        return funds["available_cash"] is not None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed; it is what this environment needs: apt-get install chromium")
    arguments = [f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP *.example 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


class Desk:
    """A person's browser: every address that it went to is noted, and nothing beyond this machine is let out."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.requests: list[Request] = []
        context.on("request", lambda request: self.requests.append(request))  # it marks what it is given
        context.route("**/favicon.ico", lambda route: route.abort())  # not a page's doing, and a surprise to simulators
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()

    @property
    def addresses(self) -> list[str]:
        return [request.url for request in self.requests]

    def picture(self, name: str) -> None:
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def sit_down(**options: Any) -> Desk:
        opened.append(Desk(chromium.new_context(**options)))
        return opened[-1]

    yield sit_down
    for one in opened:
        outside = [url for url in one.addresses if not re.match(r"http://(127\.0\.0\.1|[a-z]+\.example)[:/]", url)]
        one.context.close()
        assert outside == [], "a page fetched something from the network"


@pytest.fixture
def web_login(tmp_path: Path) -> Iterator[Callable[[str], WebLogin]]:
    """`web_login("angel")`: the command as a program of its own, and the broker's simulator here."""
    with ExitStack() as stack:
        yield lambda broker: stack.enter_context(_web_login(broker, tmp_path))


def login_fields(broker: str) -> Sequence[LoginField]:
    """What the broker asks for where a key and a secret are configured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROKER_API_KEY", TEST_ACCOUNT.api_key.reveal())
        patch.setenv("BROKER_API_SECRET", TEST_ACCOUNT.api_secret.reveal())
        with connect(broker) as made:
            return made.login_fields()


@contextmanager
def _web_login(broker: str, directory: Path) -> Iterator[WebLogin]:
    redirect = f"http://127.0.0.1:{_free_port()}/{broker}/callback"
    account = replace(TEST_ACCOUNT, redirect_url=redirect)
    with simulating(broker, SystemClock(), account=account, enforce_rate_limits=False) as simulation:
        asked = {*_PERSONAL, *(field.environment for field in login_fields(broker))}
        lines = account_lines(broker, account, simulation.url)
        env_file = _written(directory / ".env", {name: text for name, text in lines.items() if name not in asked})
        terminal = Terminal(directory)
        process = terminal.start("login", "--web", "--no-browser", "--json", "--env-file", str(env_file))
        with _stopping(process):
            assert process.stderr is not None
            said = process.stderr.readline()
            address = re.search(r"http\S+", said)
            assert address, said
            yield WebLogin(process, address[0], redirect, terminal, env_file)


@contextmanager
def _stopping(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _written(file: Path, variables: dict[str, str]) -> Path:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()), encoding="utf-8")
    return file


def _free_port() -> int:
    """One that Linux gives to nobody who asks for any, or a server of another test's would take it meanwhile."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", randrange(10_000, 32_768)))
            return int(probe.getsockname()[1])
