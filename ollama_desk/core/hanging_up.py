"""Ends an answer so that its connection is not left open, whatever became of the client meanwhile."""

from collections.abc import MutableMapping
from typing import Any, Protocol


class Response(Protocol):
    """What an HTTP library gives back."""

    @property
    def extensions(self) -> MutableMapping[str, Any]: ...
    async def aclose(self) -> None: ...


class Client(Protocol):
    """Who asked."""

    @property
    def is_closed(self) -> bool: ...


async def hang_up(client: Client, response: Response) -> None:
    """Close it; and its connection where the client, closed while it was connecting, has forgotten that one."""
    await response.aclose()
    connection = response.extensions.get("network_stream")
    if client.is_closed and connection is not None:
        await connection.aclose()
