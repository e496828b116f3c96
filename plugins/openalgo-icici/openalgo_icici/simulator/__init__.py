"""ICICI Direct's wire over the simulated exchange: paths, signatures, envelopes, texts, limits and quirks of Breeze.

It is strict. What Breeze answers with a sentence is answered with that sentence; what is outside its documentation (an
unknown path or field, a missing header, a wrong JSON type) is refused and recorded in `setup.surprises`. GTT orders,
the order preview, moving and adding money, the limit-price calculator and the three streams are not simulated.

Broker-level faults by name (`broker=NAME`): every name in `envelopes.SENTENCES`, `expired` (every session ends),
`null-body` (the answer is `null`), `success-null` (success with nothing in it), and for placing an order
`rejected-in-book`, `requested`, `queued` and `freezed`. One path serves several methods, so that a fault may name the
method too: `broker=no-data@PUT /breezeapi/api/v1/order`.

- `app`: the routes; `gate`, `admission`: what every request must pass; `desk`: what all handlers share
- `sessions`, `login`, `page`: tokens, customer details, the login page in the browser
- `orders`, `books`, `portfolio`, `margin`, `market`, `history`: the handlers and the rows they answer with
- `master`, `shifting`: the instrument files and the exchange contracts behind them
- `envelopes`, `fields`, `dates`, `limits`: answers, bodies, how a day is written, rates

Importing this package imports none of them: a trader's installation has no Starlette. The plugin imports it before it
defines its hook of the same name, because the import of a submodule sets the package's attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]


def application(setup: SimulatorSetup, *, gateway_status: int = 200) -> Starlette:
    """See `app.application`."""
    from . import app

    return app.application(setup, gateway_status=gateway_status)
