"""A wish becomes an owned task; its error becomes a sentence on screen."""

import asyncio

from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError


def test_an_error_of_an_action_becomes_a_notice() -> None:
    shown: list[str] = []

    async def fails() -> None:
        raise DeskError("The model is gone.")

    async def scenario() -> None:
        actions = Actions(notify=shown.append)
        actions.run(fails(), name="fails")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await actions.aclose()

    asyncio.run(scenario())
    assert shown == ["The model is gone."]


def test_closing_ends_what_still_runs() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def scenario() -> None:
        actions = Actions(notify=ended.append)
        actions.run(waits(), name="waits")
        await asyncio.sleep(0)
        await actions.aclose()

    asyncio.run(scenario())
    assert ended == ["cancelled"]
