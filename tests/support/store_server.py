"""A server without processes: what a client asks about models is done in a models folder, as the engine does it."""

import json
from pathlib import Path
from typing import Any

import httpx

from ollama_desk.domain.errors import DeskError, RequestFailedError
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore

REFUSED = 400


class StoreServer:
    """Lists, copies, deletes and derives; nothing is ever loaded."""

    def __init__(self, folder: Path) -> None:
        self.store = ModelStore(folder)

    def answer(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._reply(request.url.path.removeprefix("/api/"), json.loads(request.content or b"{}"))
        except RequestFailedError as error:
            return httpx.Response(error.status, json={"error": str(error)})
        except DeskError as error:
            return httpx.Response(REFUSED, json={"error": str(error)})

    def _reply(self, what: str, sent: dict[str, Any]) -> httpx.Response:
        lines: list[dict[str, Any]] = []
        match what:
            case "tags":
                lines = [{"models": [self._row(name) for name in self.digests()]}]
            case "ps":
                lines = [{"models": []}]
            case "copy":
                self.store.copy(parse_name(sent["source"]), parse_name(sent["destination"]))
            case "delete":
                self.store.delete(parse_name(sent["model"]))
            case "create":
                recipe = Recipe(base=parse_name(sent["from"]), system=sent.get("system", ""))
                lines = [{"status": status} for status in self.store.create(parse_name(sent["model"]), recipe)]
        return httpx.Response(200, text="".join(f"{json.dumps(line)}\n" for line in lines))

    def digests(self) -> dict[str, str]:
        """What is installed."""
        return {files.name.short: files.digest for files in self.store.models()}

    def _row(self, name: str) -> dict[str, Any]:
        return {"name": name, "digest": self.digests()[name], "capabilities": ["completion"]}
