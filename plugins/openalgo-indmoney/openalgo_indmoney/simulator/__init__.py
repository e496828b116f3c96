"""INDmoney's wire over the simulated exchange: the paths, envelopes, texts, limits and quirks of the INDstocks API.

It is strict. What the page answers with a text is answered with that text; what is outside it (an unknown path or
field, a missing header, a wrong JSON type) is refused with 400, 404 or 405 and recorded in `setup.surprises`. Three
kinds of calls have a JSON body on GET. The websockets, expired contracts and the triggering of child legs are not
simulated: a leg waits until it is changed or withdrawn.

Two ways in. The account's API secret (or the set-up page's `your_generated_access_token`) is a dashboard token, good
for 24 hours from the start of the simulator; the API key is the Client ID, and with MPIN and authenticator code it
gets a token of its own, good for 24 hours and dead as soon as the next one is made.

A derivative asked for under `NSE_` or `BSE_` is left out in silence, and an unknown code fails its whole batch.

Broker-level faults by name (`broker=NAME`): see `faults`.

- `app`: the routes; `gate`: what every request must pass; `desk`: what all handlers share
- `login`, `lockouts`, `sessions`: the token call, its lock-outs, who holds which token
- `orders`, `smart`, `legs`: regular orders, stop orders, and the child legs of these
- `tickets`: what both kinds of orders check alike, and the words of their refusals
- `books`, `portfolio`, `margin`, `quotes`, `history`, `chain`: the other handlers and their rows
- `master`, `shifting`: the instrument files and the exchange contracts behind them
- `envelopes`, `faults`, `fields`, `limits`: answers, spoilt answers, what a request may hold, rates

Importing this package imports none of them: a trader's installation has no Starlette. The plugin imports it before it
defines its hook of the same name, because the import of a submodule sets the package's attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]


def application(setup: SimulatorSetup) -> Starlette:
    """See `app.application`."""
    from . import app

    return app.application(setup)
