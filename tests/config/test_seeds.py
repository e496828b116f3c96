"""The `.env` samples of the brokers' set-up pages work as they are; see tests/data/seeds/README.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from openalgo_core.config import Environment, load

SEEDS = Path(__file__).parents[1] / "data" / "seeds"

SAMPLES = [
    ("angel", "angel", "your_api_key_here", "your_api_secret_here"),
    ("icici", "icici", "your_api_key_here", "your_api_secret_here"),
    ("kotak", "kotak", "your_kotak_consumer_key", "your_kotak_consumer_secret"),
    ("definedge", "definedge", "your_API_Token_here", "your_API_Secret_here"),
    ("definedge-rendered", "definedge", "your_API_Token_here", "your_API_Secret_here"),
    ("indmoney", "indmoney", None, "your_generated_access_token"),
]


def load_seed(seed: str, tmp_path: Path) -> Environment:
    (tmp_path / ".env").write_bytes((SEEDS / f"{seed}.env").read_bytes())
    return load({"OPENALGO_HOME": str(tmp_path / "home")}, cwd=tmp_path)


@pytest.mark.parametrize(("seed", "broker", "key", "secret"), SAMPLES)
def test_seed_is_read_byte_for_byte(seed: str, broker: str, key: str | None, secret: str, tmp_path: Path) -> None:
    environment = load_seed(seed, tmp_path)
    settings = environment.settings
    assert environment.broker == broker
    assert not environment.is_default
    assert environment.source == str(tmp_path / ".env")
    assert (settings.api_key and settings.api_key.reveal()) == key
    assert settings.api_secret is not None
    assert settings.api_secret.reveal() == secret
    assert settings.redirect_url == f"http://127.0.0.1:5000/{broker}/callback"


def test_every_seed_is_tested() -> None:
    assert {path.stem for path in SEEDS.glob("*.env")} == {seed for seed, *_ in SAMPLES}


def test_seeds_still_have_their_oddities() -> None:
    """An editor that strips them would make the tests above say less than they do."""
    raw = (SEEDS / "definedge.env").read_bytes()
    assert b"\\#Definedge" in raw
    assert b"BROKER\\_API\\_KEY = 'your\\_API\\_Token\\_here'" in raw
    assert raw.endswith(b"' &#x20;\n")
    assert (SEEDS / "definedge-rendered.env").read_bytes().endswith(b"callback'  \n")


def test_nothing_of_an_environment_shows_its_secrets(tmp_path: Path) -> None:
    shown = repr(load_seed("angel", tmp_path))
    assert "your_api" not in shown
