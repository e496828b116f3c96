"""What went over the wire, seen from the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Exchange", "Recorder"]


class Exchange(NamedTuple):
    """One request and its answer. `path` is without the query, which may hold a token."""

    method: str
    path: str
    status: int


class Recorder:
    """An ASGI application around another one that notes every exchange."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._seen: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            # Before it goes out: whoever has read the answer finds it noted.
            if message["type"] == "http.response.start":
                self._seen.append(Exchange(scope["method"], scope["path"], message["status"]))
            await send(message)

        await self._app(scope, receive, noting if scope["type"] == "http" else send)

    def take(self) -> tuple[Exchange, ...]:
        """What was seen since the last call."""
        seen, self._seen = self._seen, []
        return tuple(seen)
