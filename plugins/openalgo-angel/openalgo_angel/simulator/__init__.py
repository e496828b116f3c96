"""Angel One's wire over the simulated exchange: paths, headers, envelopes, codes, limits and quirks of SmartAPI.

It is strict. What SmartAPI's documentation answers with a code is answered with that code; what is outside the
documentation (an unknown path or field, a missing header, a wrong JSON type) is refused and recorded in
`setup.surprises`. GTT, analytics and the two websockets are not simulated.

Broker-level faults by name (`broker=NAME`): any code (`AB1004`, `AG8001` …), `expired` (every session ends),
`data-null` (success without data), and for placeOrder `rejected-in-book`.

- `app`: the routes; `gate`: what every request must pass; `desk`: what all handlers share
- `sessions`, `login`, `publisher`: tokens, logging in, the redirect page
- `orders`, `books`, `portfolio`, `market`: the handlers and the rows they answer with
- `master`, `shifting`: the instrument file and the exchange contracts behind it
- `envelopes`, `fields`, `limits`: answers, bodies, rates

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
