"""Many processes that place orders at the same moment: all under one id, or each its own.

    python -m chaos.crowd PROCESSES ORDERS PRICE [ID]

One cold start for all of them: they are forked when everything is imported. Prints what each was told, a line each.
"""

from __future__ import annotations

import json
import os
import sys

from openalgo_core import Broker, connect
from openalgo_core.errors import OpenAlgoError

__all__: list[str] = []


def _place(broker: Broker, price: str, name: str | None) -> list[str | None]:
    try:
        result = broker.place_order("NSE:SBIN", "BUY", 1, price=price, product="CNC", client_order_id=name)
        return [result.status, result.order_id]
    except OpenAlgoError as error:
        return [error.kind, error.message]


def _trade(orders: int, price: str, name: str | None) -> None:
    with connect() as broker:
        for _ in range(orders):
            os.write(sys.stdout.fileno(), (json.dumps(_place(broker, price, name)) + "\n").encode())


def _crowd(processes: int, orders: int, price: str, name: str | None) -> None:
    start, go = os.pipe()
    children = []
    for _ in range(processes):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(start, 1)  # ends for all of them when the parent closes its end
            _trade(orders, price, name)
            os._exit(0)
        children.append(pid)
    os.close(go)
    for pid in children:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    with connect() as warm:
        warm.orders()
        warm.instrument("NSE:SBIN")
    _crowd(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], next(iter(sys.argv[4:]), None))
