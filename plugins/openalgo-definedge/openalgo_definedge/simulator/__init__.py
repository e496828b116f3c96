"""Definedge's wire over the simulated exchange: paths, headers, envelopes, texts, limits and quirks of INTEGRATE.

It is strict. What the documentation answers with a text is answered with that text, business failures and empty books
inside HTTP 200; what is outside the documentation (an unknown path or field, a missing header, a wrong JSON type) is
refused with 400 or 404 and recorded in `setup.surprises`. GTT and OCO orders, form-encoded bodies and the websocket are
not simulated. All four hosts are one here; their paths do not overlap.

The one-time code is 123456 (or `otp`), and so is any code of the account's authenticator.

Broker-level faults by name (`broker=NAME`), for any call that needs a session: `expired` (every session ends; 401),
`session-expired` (the same said inside HTTP 200, once), `unregistered-ip` (401), `error`, `failure` (status FAILURE),
`not-ok` (the raw Noren shape), `rms` (a margin shortfall told at once), `no-id` (success and nothing else),
`bare-list` (a book without its envelope). For placeorder also `noren` (success in the raw Noren shape) and
`rejected-in-book`; for history `empty-window` (200 and nothing); for the first step of the login `locked`.

- `app`: the routes; `gate`: what every request must pass; `desk`: what all handlers share
- `login`, `codes`, `sessions`: the two steps, one-time codes, keys
- `orders`, `books`, `portfolio`, `margin`, `market`, `history`: the handlers and the rows they answer with
- `master`, `shifting`: the instrument file and the exchange contracts behind it
- `envelopes`, `faults`, `fields`, `limits`: answers, spoilt answers, bodies, rates

Importing this package imports none of them: a trader's installation has no Starlette. The plugin imports it before it
defines its hook of the same name, because the import of a submodule sets the package's attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]


def application(setup: SimulatorSetup, *, otp: str = "123456") -> Starlette:
    """See `app.application`."""
    from . import app

    return app.application(setup, otp=otp)
