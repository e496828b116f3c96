"""Kotak Neo's wire over the simulated exchange: paths, headers, envelopes, codes, limits and quirks of the Trade API.

It is strict. What Kotak answers with a code is answered with that code, business failures inside HTTP 200; what is
outside the documentation (an unknown path or field, a missing header, a wrong JSON type) is refused with 400 or 404 and
recorded in `setup.surprises`. Cover and bracket orders, the QR login and the websockets are not simulated. All hosts
are one here, `baseUrl` and the paths of the instrument files lead back to it.

Three generations are served: the live one, and with their own prefixes, bearer tokens and `?sId=` the older two. The
fixed test account has a six-digit MPIN here, because Kotak knows no other: `setup.account` is replaced when the
application is made. Its UCC is its API key (in the older two its user id), its access token the API secret; the OTP of
the oldest flow is 1234.

Broker-level faults by name (`broker=NAME`): any code of `envelopes.TEXTS` (`100022`, `1005`, `32` …), `expired` (every
session ends), `424` and `422` (as HTTP status too), `no-id` (success and nothing else), `null-data` (a book that is
null), `wrapped` (an answer within `data`). For place also `rejected-in-book`, and `put order req received`,
`validation pending` and `open pending` (the order stays so); for positions `zero-ltp`; for quotes `incomplete` (the
first row is not there).

- `app`: the routes; `gate`: what every request must pass; `desk`: what all handlers share
- `credentials`, `sessions`, `login`: who may log in, with what, until when
- `orders`, `terms`, `protection`, `books`, `stages`: orders, what may stand in one, and what the books say of it
- `portfolio`, `margin`, `market`, `history`, `chain`: the other handlers and the rows they answer with
- `master`, `scrips`, `shifting`: the instrument files and the exchange contracts behind them
- `envelopes`, `fields`, `limits`: answers, bodies, rates

Importing this package imports none of them: a trader's installation has no Starlette. The plugin imports it before it
defines its hook of the same name, because the import of a submodule sets the package's attribute.
"""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]


def application(setup: SimulatorSetup, *, session_status: int = 403, session_ends: time = time(0)) -> Starlette:
    """See `app.application`."""
    from . import app

    return app.application(setup, session_status=session_status, session_ends=session_ends)
