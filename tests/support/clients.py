"""The published ``ollama`` client, asked the same way whether it waits or awaits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import ollama

T = TypeVar("T")
TIMEOUT_S = 60.0


class OllamaClient(Protocol):
    """Either of the two clients."""

    def whole(self, call: str, *args: Any, **kwargs: Any) -> Any:
        """What the method ``call`` returns."""

    def stream(self, call: str, *args: Any, **kwargs: Any) -> list[Any]:
        """What the method ``call`` yields, to its end."""


class Waiting:
    def __init__(self, host: str) -> None:
        self._host = host

    def whole(self, call: str, *args: Any, **kwargs: Any) -> Any:
        with ollama.Client(self._host, timeout=TIMEOUT_S) as client:
            return getattr(client, call)(*args, **kwargs)

    def stream(self, call: str, *args: Any, **kwargs: Any) -> list[Any]:
        with ollama.Client(self._host, timeout=TIMEOUT_S) as client:
            return list(getattr(client, call)(*args, stream=True, **kwargs))


class Awaiting:
    def __init__(self, host: str) -> None:
        self._host = host

    def whole(self, call: str, *args: Any, **kwargs: Any) -> Any:
        return self._run(lambda client: getattr(client, call)(*args, **kwargs))

    def stream(self, call: str, *args: Any, **kwargs: Any) -> list[Any]:
        async def every(client: ollama.AsyncClient) -> list[Any]:
            return [piece async for piece in await getattr(client, call)(*args, stream=True, **kwargs)]

        return self._run(every)

    def _run(self, ask: Callable[[ollama.AsyncClient], Awaitable[T]]) -> T:
        async def asked() -> T:
            async with ollama.AsyncClient(self._host, timeout=TIMEOUT_S) as client:
                return await ask(client)

        return asyncio.run(asked())


def get_rain(city: str) -> str:
    """Tell how much it rains.

    Args:
        city: where
    """
    return f"rain in {city}"
