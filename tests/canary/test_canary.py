"""No secret of any installed broker is told by anything, whatever succeeds or fails."""

from __future__ import annotations

import copy
import json
import pickle
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openalgo_core import Broker
from openalgo_core.cli import main
from openalgo_core.demo.browser import visit
from openalgo_core.errors import OpenAlgoError
from openalgo_core.login import web_login
from openalgo_core.models import Status
from openalgo_core.testing.bench import log_in

from .conftest import BROKERS, Trader, canary_account

FAULTS = (
    "status=500",
    "status=401",
    "status=403",
    "429=0",
    "html",
    "empty",
    "truncate",
    "reset",
    "half",
    "wrong-length",
    "refuse",
)
READS = (
    ("quote", "NSE:SBIN"),
    ("depth", "NSE:SBIN"),
    ("history", "NSE:SBIN", "--interval", "1d", "--from", "2026-11-02", "--to", "2026-11-05"),
    ("order", "list"),
    ("trades",),
    ("positions",),
    ("holdings",),
    ("funds",),
    ("margin", "NSE:SBIN", "BUY", "1", "--price", "800"),
)


BROKEN_LINES = (
    "BROKER_TOTP_SECRET='CANARY-not-base32'",
    "BROKER_PIN='CANARY pin'",
    "BROKER_API_KEY='CANARY\u2019key'",
    "BROKER_BASE_URL='http://user:CANARYpw@broker.example/CANARY'",
    "BROKER_PROXY='CANARY proxy'",
    "BROKER_PROXY='http://user:CANARYpw@127.0.0.1:9'",
    "REDIRECT_URL='https://x.example/?CANARY'",
    "OPENALGO_PROFILE=CANARY!",
    "BROKER_API_SECRET='CANARY",
    "CANARY",
    'BROKER_API_SECRET="CANARY" CANARY',
)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a rate token, another try, the next code or a browser: what is told does not depend on that."""
    monkeypatch.setattr("openalgo_core.transport.retry._PAUSES", (0, 0, 0))
    monkeypatch.setattr("openalgo_core.transport.Limiter.acquire", lambda limiter, *groups: None)
    at_once = {"seconds": 0.1, "opener": lambda url: True}  # the browser is somebody who never answers
    monkeypatch.setattr(web_login, "__kwdefaults__", {**(web_login.__kwdefaults__ or {}), **at_once})
    monkeypatch.setattr("openalgo_core.login.totp.TotpCodes._last_step", lambda codes: -1)


def found_nothing(trader: Trader) -> bool:
    """Whether no place tells anything; says how much was searched (`pytest -rP` shows it)."""
    canaries = trader.canaries
    canaries.saw_files(trader.home, of="OPENALGO_HOME")
    if trader.log.exists():
        canaries.saw("log file", trader.log.read_bytes())
    print(f"{trader.name}: {canaries.report()}")
    assert canaries.hits() == []
    return True


def planted_session(trader: Trader) -> None:
    """Log in, and plant what the broker gave: its tokens are secrets, too."""
    with trader.connect() as broker:
        status = _logged_in(trader, broker)
        session = broker.office.keeper.session()
        assert session is not None
        tokens = {f"token {name}": secret.reveal() for name, secret in session.tokens.items() if secret}
    trader.canaries.plant(**tokens)
    if trader.canaries.planted.get("api_key") == status.user_id:
        del trader.canaries.planted["api_key"]  # this broker calls the client's own name a key


def _logged_in(trader: Trader, broker: Broker) -> Status:
    if broker.login_fields():
        return log_in(broker)
    with trader.canaries.looking_away():
        answer = visit(broker.login_url("the-state"), broker.settings, broker.office.clock)
    return broker.complete_web_login(answer, "the-state")


# -- the command line ----------------------------------------------------------------------------------------------


def test_a_day_of_commands(trader: Trader) -> None:
    planted_session(trader)
    trader.run("status", code=0)
    trader.run("instruments", "sync", code=0)
    for read in READS:
        trader.run(*read)
    placed = json.loads(trader.run("order", "place", "NSE:SBIN", "BUY", "1", "--price", _low_price(trader)))
    trader.run("order", "show", placed["order_id"])
    trader.run("order", "modify", placed["order_id"], "--quantity", "2")
    trader.run("order", "cancel", placed["order_id"])
    trader.run("order", "cancel", "--all")
    for words in (("journal", "list"), ("journal", "reconcile"), ("doctor",), ("brokers",), ("halt",), ("resume",)):
        trader.run(*words)
    trader.run("logout")
    trader.run("funds")
    assert trader.log.exists()
    assert found_nothing(trader)


def _low_price(trader: Trader) -> str:
    (quote,) = json.loads(trader.run("quote", "NSE:SBIN", code=0))
    return str(int(quote["ltp"] * 0.95))


def test_whatever_fails(trader: Trader) -> None:
    planted_session(trader)
    for fault in FAULTS:
        for words in (("funds",), ("order", "place", "NSE:SBIN", "BUY", "1", "--price", "800"), ("login",)):
            with trader.failing(fault):
                trader.run(*words)
    assert found_nothing(trader)


def test_wrong_credentials(trader: Trader) -> None:
    wrong = canary_account(trader.name).settings
    planted = {"api_key": wrong.api_key, "api_secret": wrong.api_secret, "pin": wrong.pin, "password": wrong.password}
    for name, secret in planted.items():
        assert secret is not None
        trader.canaries.plant(**{f"wrong {name}": secret.reveal()})
        trader.configure(**{f"BROKER_{name.upper()}": secret.reveal()})
        trader.run("login")
        trader.run("funds")
    assert found_nothing(trader)


def test_settings_that_are_off(trader: Trader) -> None:
    """Nothing of a broken line is repeated, not even of one that holds no secret as far as we can tell."""
    trader.canaries.planted = {"line": "CANARY"}
    file = trader.directory / ".env"
    good = file.read_text(encoding="utf-8").replace("CANARY", "QUIET")
    for line in BROKEN_LINES:
        file.write_text(f"{good}{line}\n", encoding="utf-8")
        for words in (("status",), ("funds",), ("login",), ("doctor",)):
            trader.run(*words)
    assert found_nothing(trader)


def test_answers_on_the_command_line_and_standard_input(trader: Trader) -> None:
    trader.canaries.plant(typed="CANARY-typed")
    for name in ("pin", "mpin", "password", "totp", "otp", "token", "nonsense"):
        trader.run("login", "--field", f"{name}=-", stdin="CANARY-typed\n")
        # As a word it is public before we see it; that it is not repeated is all that can be done.
        trader.run("login", "--field", f"{name}=CANARY-typed")
    trader.canaries.planted.pop("api_key")  # part of the login page's address, which --paste has to show
    trader.run("login", "--paste", stdin="http://127.0.0.1:5000/x/callback?apisession=CANARY-typed\n")
    assert found_nothing(trader)


def test_a_lost_key_and_one_that_is_given(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    planted_session(trader)
    (trader.home / "secret.key").unlink()
    trader.run("status")
    trader.run("funds")
    trader.canaries.plant(key="CANARYkey" * 5)
    monkeypatch.setenv("OPENALGO_SECRET_KEY", "CANARYkey" * 5)
    planted_session(trader)
    trader.run("status", code=0)
    trader.canaries.places.pop("children", None)  # this process' environment is where the key was put
    assert found_nothing(trader)


# -- the API -------------------------------------------------------------------------------------------------------


def test_objects_and_tracebacks_of_the_api(trader: Trader) -> None:
    planted_session(trader)
    with trader.connect() as broker:
        office = broker.office
        account = office.keeper.account()
        things = [broker, broker.settings, office, office.environment, office.settings, account, account.session]
        things += [office.keeper, office.http, office.sessions, office.limiter, broker.info, broker.status()]
        for thing in things:
            _all_forms(trader, thing)
        trader.canaries.saw("settings dump", repr(dict(office.settings.describe())))
        for fault in FAULTS:
            with trader.failing(fault):
                _tell_failure(trader, broker.funds)
            if broker.login_fields():
                with trader.failing(fault):
                    _tell_failure(trader, lambda: log_in(broker))
    assert found_nothing(trader)


def _all_forms(trader: Trader, thing: Any) -> None:
    """Every way in which people turn an object into text or bytes."""
    forms: dict[str, Callable[[Any], object]] = {
        "repr": repr,
        "str": str,
        "format": lambda it: f"{it}",
        "json": lambda it: json.dumps(it, default=str),
        "attributes": lambda it: repr({name: getattr(it, name, None) for name in dir(it) if not name.startswith("_")}),
        "pickle": pickle.dumps,
        "copy": copy.deepcopy,
    }
    for form, make in forms.items():
        try:
            content = make(thing)
        except (TypeError, AttributeError, ValueError, pickle.PicklingError, OpenAlgoError) as error:
            content = f"{error!r}"
        trader.canaries.saw(
            f"{form} of {type(thing).__name__}", content if isinstance(content, bytes) else repr(content)
        )


def _tell_failure(trader: Trader, call: Callable[[], object]) -> None:
    try:
        call()
    except OpenAlgoError as error:
        told = "".join(traceback.format_exception(error))
        trader.canaries.saw(f"traceback of {type(error).__name__}", f"{told}{error!r}{vars(error)}")


# -- the canary itself ---------------------------------------------------------------------------------------------


def test_there_are_brokers_to_search() -> None:
    assert BROKERS


LEAKS = {
    "prints it": "print(pin)",
    "logs it": "logging.getLogger('openalgo.leaky').debug('pin %s', pin)",
    "writes it to a file": "p = Path(account.state_directory); p.mkdir(parents=True); (p / 'x').write_text(pin)",
    "calls it a user id": "user = pin",
    "hands it to a child": "subprocess.run([sys.executable, '-c', '', pin])",
    "hands it to a child's environment": "subprocess.run([sys.executable, '-c', ''], env={'X': pin})",
    "puts it into an error": "raise AuthenticationError(f'wrong PIN {pin}')",
    "encodes it": "print(base64.b64encode(b'Basic ' + pin.encode()))",
}
LEAKY = """
import base64, logging, subprocess, sys
from datetime import timedelta
from pathlib import Path
from openalgo_core import hookimpl
from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import AuthenticationError
from openalgo_core.models import API_VERSION, BrokerInfo, Exchange, LoginField, Session

@hookimpl
def describe():
    return BrokerInfo("leaky", "Leaky", API_VERSION, frozenset({Exchange.NSE}), {Capability.LOGIN: Support.FULL}, ())

@hookimpl
def login_fields(account):
    return (LoginField("pin", "PIN", environment="BROKER_PIN"),)

@hookimpl
def authenticate(account, fields, challenge):
    pin = user = fields["pin"].reveal()
    user = "somebody"
    LEAK
    return Session(user, {}, account.clock.now() + timedelta(hours=1))
"""


@pytest.mark.parametrize("leak", ["nothing", *LEAKS])
def test_a_plugin_that_leaks_is_found(
    leak: str, canaries: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"leaky_{re.sub('[^a-z]', '_', leak)}"
    (tmp_path / f"{module}.py").write_text(LEAKY.replace("LEAK", LEAKS.get(leak, "pass")))
    metadata = tmp_path / "leaky-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.3\nName: leaky\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[openalgo.brokers]\nleaky = {module}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path / "home"))
    (tmp_path / ".env").write_text("OPENALGO_BROKER='leaky'\nBROKER_PIN='CANARY-pin-123'\n")
    canaries.plant(pin="CANARY-pin-123")
    result = CliRunner().invoke(main, ["login", "--verbose"])
    canaries.saw("stdout", result.stdout)
    canaries.saw("stderr", result.stderr)
    canaries.saw_files(tmp_path / "home", of="OPENALGO_HOME")
    assert bool(canaries.hits()) is (leak != "nothing")
