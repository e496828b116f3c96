"""The account that a command works with: broker, profile, credentials.

Real environment variables win over the `.env` file. Every credential becomes a `Secret` on the line that
reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import ConfigurationError, UsageError
from ..models import Settings
from ..secrets import Secret
from . import addresses
from .paths import Paths

__all__ = ["DEFAULT_BROKER", "DEFAULT_PROFILE", "Environment", "load"]

DEFAULT_BROKER = "paper"
DEFAULT_PROFILE = "default"

#: The attribute of `Settings` that each variable fills.
_ATTRIBUTES = {
    "BROKER_API_KEY": "api_key",
    "BROKER_API_SECRET": "api_secret",
    "REDIRECT_URL": "redirect_url",
    "BROKER_CLIENT_ID": "client_id",
    "BROKER_PIN": "pin",
    "BROKER_PASSWORD": "password",
    "BROKER_MOBILE": "mobile",
    "BROKER_TOTP_SECRET": "totp_secret",
    "BROKER_BASE_URL": "base_url",
}
_NOT_SECRET = frozenset({"redirect_url", "client_id", "mobile", "base_url"})
_FREE_TEXT = frozenset({"BROKER_PASSWORD"})  # the only credential that may hold more than printable ASCII
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Environment:
    """What is configured for one broker and profile.

    `source` names the file that was read, or is `environment` where there is none. `is_default` is true where
    nothing named a broker. `proxy` and `source_ip` are the account's own way out. `variables` are the file's
    and the process' environment together, for login fields whose variables are a plugin's own.
    """

    broker: str
    profile: str
    settings: Settings
    source: str
    is_default: bool = False
    proxy: Secret | None = None
    source_ip: str | None = None
    prices_from: str | None = None
    variables: Mapping[str, Secret] = field(default_factory=dict, repr=False)


def load(
    env: Mapping[str, str],
    *,
    env_file: str | Path | None = None,
    profile: str | None = None,
    broker: str | None = None,
    prices_from: str | None = None,
    cwd: Path,
) -> Environment:
    """Read the environment and the `.env` file.

    `env` is the process' environment; `env_file`, `profile`, `broker` and `prices_from` are what the caller
    was given and win over the variables `OPENALGO_PROFILE`, `OPENALGO_BROKER` and `OPENALGO_PRICES_FROM`.
    Without `env_file` the file is `.env`, or `.env.NAME` for a named profile, in `cwd`, else in the
    configuration directory, else none.

    Raises `ConfigurationError` for a file that is missing or broken and for values that cannot be right,
    `UsageError` for a `profile`, `broker` or `prices_from` that is no name.
    """
    own = {name: Secret(value.strip()) for name, value in env.items()}
    chosen_profile = _chosen(profile, "profile", own, "OPENALGO_PROFILE") or DEFAULT_PROFILE
    file = _file(env, env_file, chosen_profile, cwd)
    variables = {**_written(file), **own}
    settings = _settings(variables)
    named = _chosen(broker, "broker", variables, "OPENALGO_BROKER") or _broker_of(settings)
    chosen_broker = named or DEFAULT_BROKER
    return Environment(
        broker=chosen_broker,
        profile=chosen_profile,
        settings=replace(settings, options=_options(variables, chosen_broker)),
        source=str(file) if file else "environment",
        is_default=named is None,
        proxy=_proxy(variables),
        source_ip=_source_ip(variables),
        prices_from=_chosen(prices_from, "prices-from", variables, "OPENALGO_PRICES_FROM"),
        variables=variables,
    )


def _written(file: Path | None) -> dict[str, Secret]:
    if file is None:
        return {}
    from .dotenv import read

    return read(file)


def _file(env: Mapping[str, str], env_file: str | Path | None, profile: str, cwd: Path) -> Path | None:
    if env_file is not None:
        file = cwd / Path(env_file).expanduser()
        if not _is_there(file):
            raise ConfigurationError(f"There is no file {file}.", hint="Check the name given with --env-file.")
        return file
    name = ".env" if profile == DEFAULT_PROFILE else f".env.{profile}"
    if _is_there(cwd / name):
        return cwd / name
    fallback = Paths.from_environment(env).config_directory / name
    return fallback if _is_there(fallback) else None


def _is_there(file: Path) -> bool:
    """Also true for a named pipe: password managers serve a `.env` through one."""
    return file.exists() and not file.is_dir()


def _settings(variables: Mapping[str, Secret]) -> Settings:
    values: dict[str, Secret | str] = {}
    for variable, attribute in _ATTRIBUTES.items():
        value = variables.get(variable)
        if value:
            _check_characters(variable, value)
            values[attribute] = value.reveal() if attribute in _NOT_SECRET else value
    if base := values.get("base_url"):
        values["base_url"] = addresses.base_url(str(base), "BROKER_BASE_URL")
    return Settings(**values)  # type: ignore[arg-type]  # the table above pairs names and types


def _options(variables: Mapping[str, Secret], broker: str) -> dict[str, Secret]:
    """The variables of the broker's plugin alone, by what follows its name."""
    prefix = f"{broker.upper().replace('-', '_')}_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in variables.items()
        if name.startswith(prefix) and name != prefix and value
    }


def _check_characters(variable: str, value: Secret) -> None:
    """Refuse what no credential holds: in a header it fails later, with the secret in the error's text."""
    text = value.reveal()
    if not text.isprintable() or not (text.isascii() or variable in _FREE_TEXT):
        raise ConfigurationError(
            f"{variable} holds a character that cannot be part of it.",
            hint="Type quotes and value again; a copied page often brings typographic quotes or line breaks.",
        )


def _broker_of(settings: Settings) -> str | None:
    """The broker that REDIRECT_URL names; asked, and so checked, only where nothing else names one."""
    if settings.redirect_url is None:
        return None
    broker = addresses.broker_in(settings.redirect_url)
    if broker is None or not _NAME.fullmatch(broker):
        raise ConfigurationError(
            "REDIRECT_URL does not end in /<broker>/callback, and nothing else names the broker.",
            hint="Write it like http://127.0.0.1:5000/angel/callback, or set OPENALGO_BROKER.",
        )
    return broker


def _chosen(given: str | None, option: str, variables: Mapping[str, Secret], variable: str) -> str | None:
    """The name given, else the variable's. It becomes part of file names, so it must be a plain one."""
    set_to = variables.get(variable)
    name = given if given is not None or not set_to else set_to.reveal()
    if name is None or _NAME.fullmatch(name):
        return name
    hint = "Use letters, digits, dots, dashes and underscores; begin with a letter or digit."
    if given is None:
        raise ConfigurationError(f"{variable} is no name.", hint=hint)
    raise UsageError(f"--{option} {given!r} is no name.", hint=hint)


def _proxy(variables: Mapping[str, Secret]) -> Secret | None:
    value = variables.get("BROKER_PROXY")
    return Secret(addresses.proxy_url(value.reveal(), "BROKER_PROXY")) if value else None


def _source_ip(variables: Mapping[str, Secret]) -> str | None:
    value = variables.get("BROKER_SOURCE_IP")
    return addresses.ip(value.reveal(), "BROKER_SOURCE_IP") if value else None
