from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from openalgo_core.config import Environment, load
from openalgo_core.errors import ConfigurationError, UsageError
from openalgo_core.secrets import Secret


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    return tmp_path


def environment(here: Path, env: dict[str, str] | None = None, **options: str) -> Environment:
    return load({"OPENALGO_HOME": str(here / "home"), **(env or {})}, cwd=here / "work", **options)


def revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def test_nothing_configured_means_paper(here: Path) -> None:
    found = environment(here)
    assert (found.broker, found.profile, found.source, found.is_default) == ("paper", "default", "environment", True)


def test_a_plugin_sees_its_own_variables_and_no_others(here: Path) -> None:
    (here / "work" / ".env").write_text("KOTAK_FLOW = 'v2'\nANGEL_FLOW = 'x'\nKOTAK_EMPTY = ''\nKOTAK_='y'\n")
    found = environment(here, {"KOTAK_FLOW": "v1", "KOTAKA_FLOW": "z"}, broker="kotak").settings.options
    assert {name: value.reveal() for name, value in found.items()} == {"flow": "v1"}
    assert environment(here, broker="icici").settings.options == {}


def test_paper_by_name_is_no_default(here: Path) -> None:
    assert not environment(here, broker="paper").is_default


def test_every_variable_reaches_its_setting(here: Path) -> None:
    found = environment(
        here,
        {
            "BROKER_API_KEY": "key",
            "BROKER_API_SECRET": "secret",
            "REDIRECT_URL": "http://127.0.0.1:5000/angel/callback",
            "BROKER_CLIENT_ID": "A123456",
            "BROKER_PIN": "1234",
            "BROKER_PASSWORD": "päss wörd",
            "BROKER_MOBILE": "9876543210",
            "BROKER_TOTP_SECRET": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "BROKER_BASE_URL": "http://127.0.0.1:8000/",
            "BROKER_PROXY": "http://user:canary@proxy.example:3128",
            "BROKER_SOURCE_IP": "203.0.113.7",
            "OPENALGO_PRICES_FROM": "kotak",
        },
    )
    settings = found.settings
    assert found.broker == "angel"
    assert found.prices_from == "kotak"
    assert revealed(settings.api_key) == "key"
    assert revealed(settings.api_secret) == "secret"
    assert revealed(settings.pin) == "1234"
    assert revealed(settings.password) == "päss wörd"
    assert revealed(settings.totp_secret) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert (settings.client_id, settings.mobile) == ("A123456", "9876543210")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert revealed(found.proxy) == "http://user:canary@proxy.example:3128"
    assert found.source_ip == "203.0.113.7"
    assert "canary" not in repr(found)


def test_the_environment_wins_over_the_file(here: Path) -> None:
    (here / "work/.env").write_text("BROKER_API_KEY = 'file'\nBROKER_API_SECRET = 'file'\n")
    settings = environment(here, {"BROKER_API_KEY": " shell ", "OPENALGO_BROKER": "angel"}).settings
    assert revealed(settings.api_key) == "shell"
    assert revealed(settings.api_secret) == "file"


def test_an_empty_variable_of_the_environment_empties_the_setting(here: Path) -> None:
    (here / "work/.env").write_text("BROKER_API_KEY = 'file'\n")
    assert environment(here, {"BROKER_API_KEY": ""}).settings.api_key is None


def test_variables_of_a_plugin_s_own_are_kept_secret_and_readable(here: Path) -> None:
    (here / "work/.env").write_text("KOTAK_FLOW = 'v1'\n")
    found = environment(here, {"MY_BROKER_WORD": "canary"})
    assert revealed(found.variables["KOTAK_FLOW"]) == "v1"
    assert revealed(found.variables["MY_BROKER_WORD"]) == "canary"
    assert "canary" not in repr(found)


# -- which broker ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "variable", "redirect", "broker"),
    [
        ("kotak", "icici", "http://127.0.0.1:5000/angel/callback", "kotak"),
        (None, "icici", "http://127.0.0.1:5000/angel/callback", "icici"),
        (None, None, "http://127.0.0.1:5000/angel/callback", "angel"),
        (None, None, "https://trader.example/openalgo/angel/callback/", "angel"),
        (None, None, "", "paper"),
    ],
)
def test_broker(here: Path, option: str | None, variable: str | None, redirect: str, broker: str) -> None:
    (here / "work/.env").write_text(f"REDIRECT_URL = '{redirect}'\n")
    env = {"OPENALGO_HOME": str(here), "OPENALGO_BROKER": variable or ""}
    assert load(env, broker=option, cwd=here / "work").broker == broker


def test_the_file_may_name_the_broker(here: Path) -> None:
    (here / "work/.env").write_text("OPENALGO_BROKER = kotak\n")
    assert environment(here).broker == "kotak"


@pytest.mark.parametrize("url", ["https://google.com", "callback", "http://[::1/angel/callback", "http://h/callback"])
def test_redirect_url_that_names_no_broker_is_an_error_only_where_it_must_name_one(here: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="REDIRECT_URL") as caught:
        environment(here, {"REDIRECT_URL": url})
    assert url not in caught.value.message
    assert environment(here, {"REDIRECT_URL": url}, broker="angel").settings.redirect_url == url


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "a" * 65, "né"])
def test_names_that_cannot_be_part_of_a_file_name(here: Path, name: str) -> None:
    for option in ("profile", "broker", "prices_from"):
        with pytest.raises(UsageError, match=option.replace("_", "-")):
            environment(here, None, **{option: name})
    if name:
        with pytest.raises(ConfigurationError, match="OPENALGO_PROFILE"):
            environment(here, {"OPENALGO_PROFILE": name})


# -- which file --------------------------------------------------------------------------------------------------------


def test_current_directory_comes_before_the_configuration_directory(here: Path) -> None:
    (here / "home/.env").write_text("BROKER_API_KEY = 'home'\n")
    assert revealed(environment(here).settings.api_key) == "home"
    (here / "work/.env").write_text("BROKER_API_KEY = 'work'\n")
    assert revealed(environment(here).settings.api_key) == "work"


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_profile_has_a_file_of_its_own(here: Path, way: str) -> None:
    (here / "work/.env").write_text("BROKER_API_KEY = 'mine'\n")
    (here / "work/.env.father").write_text("BROKER_API_KEY = 'his'\n")
    if way == "option":
        found = environment(here, profile="father")
    else:
        found = environment(here, {"OPENALGO_PROFILE": "father"})
    assert found.profile == "father"
    assert revealed(found.settings.api_key) == "his"


def test_a_profile_without_a_file_does_not_get_somebody_else_s_keys(here: Path) -> None:
    (here / "work/.env").write_text("BROKER_API_KEY = 'mine'\n")
    assert environment(here, profile="father").settings.api_key is None


def test_env_file(here: Path) -> None:
    (here / "work/other.env").write_text("BROKER_API_KEY = 'other'\n")
    found = environment(here, env_file="other.env")
    assert revealed(found.settings.api_key) == "other"
    assert found.source == str(here / "work/other.env")


@pytest.mark.parametrize("name", ["missing.env", "."])
def test_env_file_that_is_not_there(here: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="There is no file"):
        environment(here, env_file=name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_password_manager_may_serve_the_file_through_a_pipe(here: Path) -> None:
    pipe = here / "work/.env"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("BROKER_API_KEY = 'piped'\n",))
    writer.start()
    assert revealed(environment(here).settings.api_key) == "piped"
    writer.join()


# -- values that cannot be right ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://localhost",
        "http://[::1]:9",
        "https://recorder.example:8443",
        "http://127.9.9.9",
    ],
)
def test_base_url(here: Path, url: str) -> None:
    assert environment(here, {"BROKER_BASE_URL": url}).settings.base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://recorder.example",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0",
        "https://host/path",
        "https://host?query",
        "https://user@host",
        "https://host:port",
        "ftp://host",
        "host:8000",
        "https://",
        "https://a b",
    ],
)
def test_base_url_that_is_refused(here: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_BASE_URL"):
        environment(here, {"BROKER_BASE_URL": url})


def test_a_broken_proxy_is_not_repeated(here: Path) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_PROXY") as caught:
        environment(here, {"BROKER_PROXY": "user:canary@proxy.example"})
    assert "canary" not in caught.value.message + caught.value.hint


def test_source_ip_that_is_none(here: Path) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_SOURCE_IP"):
        environment(here, {"BROKER_SOURCE_IP": "203.0.113.300"})


@pytest.mark.parametrize("value", ["‘typographic’", "two\nlines", "bell\a"])
def test_characters_that_would_fail_later_with_the_secret_in_the_error(here: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_API_KEY") as caught:
        environment(here, {"BROKER_API_KEY": value})
    assert value not in str(caught.value)


def test_loading_imports_nothing_heavy(here: Path) -> None:
    program = (
        "import sys, pathlib; from openalgo_core.config import load;"
        f"load({{'OPENALGO_HOME': {str(here)!r}}}, cwd=pathlib.Path({str(here)!r}));"
        "print(*{'pydantic', 'requests', 'cryptography', 'platformdirs', 'filelock'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == ""
