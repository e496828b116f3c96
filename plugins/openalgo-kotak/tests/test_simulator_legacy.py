"""The two older generations, by the requests that their official clients were recorded to send."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from openalgo_core.simulation import Simulation

from .simulator_fixtures import ACCOUNT, MPIN, ORDER, TOKEN, UCC, simulated, taken, totp

MOBILE = f"+91{ACCOUNT.mobile}"
FIN_KEY = {"neo-fin-key": "X6Nk8cQhUgGmJ2vBdWw4sfzrz4L5En"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PASSWORD = {"password": ACCOUNT.password.reveal()}
BAD_BEARER = {"fault": {"code": 900901, "message": "Invalid Credentials", "description": "Invalid Credentials"}}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def old(simulation: Simulation) -> Iterator[Old]:
    with requests.Session() as session:
        session.trust_env = False
        yield Old(simulation, session)


class Old:
    """A client of an older generation. `headers` go with every request."""

    def __init__(self, simulation: Simulation, session: requests.Session) -> None:
        self.simulation = simulation
        self._session = session
        self.headers: dict[str, str] = {}

    def get(self, path: str) -> requests.Response:
        return self._session.get(f"{self.simulation.url}/{path}", headers=self.headers, timeout=5)

    def post(self, path: str, body: Any = None, **more: str) -> requests.Response:
        url, headers = f"{self.simulation.url}/{path}", self.headers | more
        return self._session.post(url, json=body, headers=headers, timeout=5)

    def form(self, path: str, values: Any) -> requests.Response:
        url = f"{self.simulation.url}/{path}"
        return self._session.post(url, {"jData": json.dumps(values)}, headers=self.headers | FORM, timeout=5)

    def ask_bearer(self, key: str = UCC, secret: str = TOKEN) -> requests.Response:
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        return self.post("oauth2/token", {"grant_type": "client_credentials"}, Authorization=f"Basic {basic}")

    def bear(self) -> None:
        self.headers["Authorization"] = f"Bearer {self.ask_bearer().json()['access_token']}"

    def take(self, answer: requests.Response) -> Any:
        """The data of a step of the login; requests carry its token and sid from now on."""
        data = answer.json()["data"]
        self.headers |= {"Auth": data["token"], "Sid": data["sid"]}
        return data

    def log_in(self, prefix: str = "apim/login/2.0") -> Any:
        """As in 2025: TOTP and MPIN."""
        self.bear()
        self.headers |= FIN_KEY
        person = {"mobileNumber": MOBILE, "ucc": ACCOUNT.user_id, "totp": totp(self.simulation)}
        self.take(self.post(f"{prefix}/login/v6/totp/login", person))
        return self.take(self.post(f"{prefix}/login/v6/totp/validate", {"mpin": MPIN}))


class TestTheApplicationToken:
    def test_key_and_secret_give_one_for_an_hour(self, old: Old) -> None:
        answer = old.ask_bearer().json()
        assert (answer["token_type"], answer["scope"], answer["expires_in"]) == ("Bearer", "default", 3600)

    def test_the_values_of_the_set_up_page_do_as_well(self, old: Old) -> None:
        assert old.ask_bearer("your_kotak_consumer_key", "your_kotak_consumer_secret").status_code == 200

    @pytest.mark.parametrize(("key", "secret"), [(UCC, "wrong"), ("nobodys", TOKEN), (UCC, "your_api_secret_here")])
    def test_others_do_not(self, key: str, secret: str, old: Old) -> None:
        answer = old.ask_bearer(key, secret)
        assert (answer.status_code, answer.json()) == (401, BAD_BEARER)

    @pytest.mark.parametrize(("header", "code"), [("Bearer nobodys", 900901), (TOKEN, 900902), ("", 900902)])
    def test_files_and_prices_need_it_and_nothing_else(self, header: str, code: int, old: Old) -> None:
        old.bear()
        assert len(old.get("Files/1.0/masterscrip/v1/file-paths").json()["data"]["filesPaths"]) == 7
        assert old.get("apim/files/2.0/masterscrip/v1/file-paths").status_code == 200
        quotes = "apim/quotes/2.0/quotes/neosymbol/nse_cm%7C3045%2Cnse_cm%7CNifty%2050/all"
        assert len(old.get(quotes).json()) == 2
        old.headers["Authorization"] = header
        assert old.get(quotes).json()["fault"]["code"] == code

    def test_it_dies(self, simulation: Simulation, old: Old) -> None:
        old.bear()
        simulation.setup.clock.sleep(3600)
        assert old.get("Files/1.0/masterscrip/v2/file-paths").json() == BAD_BEARER


class TestTheGenerationOf2025:
    def test_the_host_is_asked_for_first(self, simulation: Simulation, old: Old) -> None:
        found = old.get(f"algo-user/v5/get-base-url?id={ACCOUNT.user_id}").json()
        assert found == {"data": {"baseURL": simulation.url}}
        assert old.get("algo-user/v5/get-base-url?id=AB999").json()["status"] == "error"

    @pytest.mark.parametrize("prefix", ["apim/login/2.0", "login/1.0"])
    def test_two_factors_give_a_session_with_a_server(self, prefix: str, old: Old) -> None:
        data = old.log_in(prefix)
        assert (data["kType"], data["hsServerId"]) == ("Trade", "server4")
        assert "baseUrl" not in data

    @pytest.mark.parametrize(
        ("prefix", "history", "portfolio"),
        [("apim/orders/2.0", "apim/order/2.0", "apim/portfolio/2.0"), ("Orders/2.0", "Orders/2.0", "Portfolio/1.0")],
    )
    def test_orders_and_books_below_a_prefix(self, prefix: str, history: str, portfolio: str, old: Old) -> None:
        old.log_in()
        brackets = dict.fromkeys(("tk", "sot", "slt", "slv", "sov", "lat", "tlt", "tsv"))
        whole = {**ORDER, "pf": "N", "ig": "oa-000001", **brackets, "os": "NEOFINTECH001"}
        order_id = old.form(f"{prefix}/quick/order/rule/ms/place?sId=server4", whole).json()["nOrdNo"]
        assert old.form(f"{prefix}/quick/order/vr/modify?sId=server4", {"no": order_id, "pr": "811"}).ok
        (row,) = old.get(f"{prefix}/quick/user/orders?sId=server4").json()["data"]
        assert (row["nOrdNo"], row["prc"]) == (order_id, "811.00")
        rows = old.form(f"{history}/quick/order/history?sId=server4", {"nOrdNo": order_id}).json()["data"]
        assert rows[0]["ordSt"] == "open"
        stopped = old.form(f"{prefix}/quick/order/co/exit?sId=server4", {"on": order_id, "am": "NO"}).json()
        assert stopped["nOrdNo"] == order_id
        for book in ("trades", "positions"):
            assert old.get(f"{prefix}/quick/user/{book}?sId=server4").json()["stCode"] == 5203
        assert old.get(f"{portfolio}/portfolio/v1/holdings?sId=server4").json() == {"data": []}
        everything = {"seg": "ALL", "exch": "ALL", "prod": "ALL"}
        assert old.form(f"{prefix}/quick/user/limits?sId=server4", everything).json()["stat"] == "Ok"

    def test_a_call_names_its_server(self, simulation: Simulation, old: Old) -> None:
        old.log_in()
        for query in ("", "?sId=server5"):
            assert old.get(f"apim/orders/2.0/quick/user/orders{query}").status_code == 400
            assert "sId" in taken(simulation)

    @pytest.mark.parametrize("path", ["apim/login/2.0/logout", "login/1.0/logout"])
    def test_logging_out_ends_the_session(self, path: str, old: Old) -> None:
        old.log_in()
        assert old.post(path, **FORM).json() == {"stat": "Ok"}
        assert old.get("Orders/2.0/quick/user/orders?sId=server4").json()["stCode"] == 100022


class TestTheOldestGeneration:
    @pytest.mark.parametrize(
        "who",
        [{"mobileNumber": MOBILE, **PASSWORD}, {"pan": "ABCDE1234F", **PASSWORD},
         {"userid": ACCOUNT.user_id, "mpin": MPIN}],
    )  # fmt: skip
    def test_a_password_and_a_code_from_an_sms(self, who: dict[str, str], old: Old) -> None:
        old.bear()
        first = old.post("login/1.0/login/v2/validate", who)
        assert first.status_code == 201
        view = old.take(first)
        subject = json.loads(base64.urlsafe_b64decode(view["token"].split(".")[1] + "=="))["sub"]
        bearer = {"Authorization": old.headers["Authorization"]}
        sent = requests.post(
            f"{old.simulation.url}/login/1.0/login/otp/generate",
            json={"userId": subject, "sendEmail": True, "isWhitelisted": True}, headers=bearer, timeout=5,
        )  # fmt: skip
        assert sent.json()["data"]["maskedMobile"] == "XXXXXX3210"
        wrong = old.post("login/1.0/login/v2/validate", {"userId": subject, "otp": "0000"})
        assert wrong.json() == {"error": [{"code": "10522", "message": "Invalid OTP"}]}
        trade = old.take(old.post("login/1.0/login/v2/validate", {"userId": subject, "otp": "1234"}))
        assert (trade["kType"], trade["hsServerId"]) == ("Trade", "server4")
        assert old.get("Orders/2.0/quick/user/orders?sId=server4").json()["stCode"] == 5203

    def test_an_mpin_in_place_of_the_code(self, old: Old) -> None:
        old.bear()
        old.take(old.post("login/1.0/login/v2/validate", {"mobileNumber": MOBILE, **PASSWORD}))
        answer = old.post("login/1.0/login/v2/validate", {"mobileNumber": MOBILE, "mpin": MPIN})
        assert answer.json()["data"]["kType"] == "Trade"

    @pytest.mark.parametrize(
        "who", [{"mobileNumber": MOBILE, "password": "x"}, {"pan": "ABCDE1234G", **PASSWORD}, {**PASSWORD}]
    )
    def test_a_wrong_person_is_refused(self, who: dict[str, str], old: Old) -> None:
        old.bear()
        answer = old.post("login/1.0/login/v2/validate", who)
        assert "Invalid credentials" in answer.json()["error"][0]["message"]
