"""Eight ways in which a plugin can be broken, as modules, and what a user is to be told of each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BROKEN", "Broken"]

_GOOD = """
from openalgo_core import hookimpl
from openalgo_core.models import BrokerInfo, Exchange


@hookimpl
def describe():
    return BrokerInfo(
        name={name!r}, title="Broken", api={api}, exchanges=frozenset({{Exchange.NSE}}), hosts=(), capabilities={{}}
    )
"""
_DESCRIBED = _GOOD.format(name="broken", api=1)


@dataclass(frozen=True)
class Broken:
    """`name` is what its entry point is called; `cause` and `remedy` are parts of what is told."""

    id: str
    source: str
    cause: str
    remedy: str
    name: str = "broken"


BROKEN = (
    Broken(
        "import error",
        "from openalgo_core import nothing_of_that_name\n",
        "does not import: ImportError: cannot import name 'nothing_of_that_name'",
        "Report it to the author of openalgo-broken",
    ),
    Broken(
        "missing dependency",
        "import acme_sdk_that_nobody_has\n",
        "needs the module acme_sdk_that_nobody_has, which is not installed",
        "pip install",
    ),
    Broken(
        "SystemExit at import",
        "import sys\nsys.exit('no licence')\n",
        "does not import: SystemExit: no licence",
        "Report it to the author",
    ),
    Broken(
        "wrong signature",
        _DESCRIBED + "\n@hookimpl\ndef place_order(account, request):\n    return None\n",
        "has the wrong signature for place_order: no parameter request",
        "place_order(account, order, instrument, tag)",
    ),
    Broken(
        "unknown hook",
        _DESCRIBED + "\n@hookimpl\ndef place_ordr(account):\n    return None\n",
        "implements the hook place_ordr, which openalgo-core does not know",
        "Upgrade openalgo-core",
    ),
    Broken(
        "name clash",
        _GOOD.format(name="good", api=1),
        "openalgo-broken 1.0 and openalgo-good 1.0 both call themselves 'good'",
        "Uninstall one of them",
        name="good",
    ),
    Broken(
        "API number from the future",
        _GOOD.format(name="broken", api=99),
        "was written for plugin API 99, this openalgo-core speaks 1",
        "Upgrade openalgo-core",
    ),
    Broken(
        "coroutine hook",
        _DESCRIBED + "\n@hookimpl\nasync def funds(account):\n    return None\n",
        "declares funds as a coroutine",
        "Report it to the author",
    ),
)
