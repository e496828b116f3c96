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
"""

from .app import application

__all__ = ["application"]
