"""The models folder for the endpoints: its blocking work goes to a thread, its refusals get a status."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from ollama_desk.domain.errors import InvalidNameError, ModelFileError, ModelNotFoundError, RequestFailedError
from ollama_desk.engine.capabilities import Senses, capabilities_of
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.registry.gguf import GgufHeader, read_gguf
from ollama_desk.registry.gguf_bytes import NOT_GGUF
from ollama_desk.registry.layers import ModelFiles
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.registry.store import ModelStore

ALL_ITEMS = 1 << 31
PARTS = "split.count"
IN_PARTS = "the model lies here in parts, as another server has left it: make it again of all its files"


class Shelf:
    """Finds, lists, makes and removes models.

    Args:
        folder: the models folder, in Ollama's layout.
    """

    def __init__(self, folder: Path) -> None:
        self._store = ModelStore(folder)
        self.blobs = self._store.blobs

    @property
    def store(self) -> ModelStore:
        """The folder itself, for what blocks in threads of its own."""
        return self._store

    async def models(self) -> list[EngineModel]:
        """All models that can be used, the newest first."""
        return await asyncio.to_thread(self._list)

    async def find(self, text: str) -> EngineModel:
        """The model that a request calls ``text``.

        Raises:
            RequestFailedError: no name, 400; no such model, 404; damaged, 500.
        """
        try:
            name = parse_name(text)
        except InvalidNameError as error:
            raise RequestFailedError("model is required", status=400) from error
        try:
            return await asyncio.to_thread(self._find, name)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f"model '{text}' not found", status=404) from error
        except ModelFileError as error:
            words = f"the file of model '{text}' is damaged, get the model again: {error}"
            raise RequestFailedError(words if str(error) == NOT_GGUF else str(error), status=500) from error

    async def header_of(self, path: Path, *, whole: bool) -> GgufHeader:
        """What a GGUF file says; the ``whole`` of it has the vocabulary too.

        Raises:
            ModelFileError: the file is damaged.
        """
        if whole:
            return await asyncio.to_thread(read_gguf, path, array_limit=ALL_ITEMS)
        return await asyncio.to_thread(self._store.header, path)

    async def copy(self, source: ModelName, destination: ModelName) -> None:
        """Raises ``ModelNotFoundError`` or ``StorageError``."""
        await asyncio.to_thread(self._store.copy, source, destination)

    async def delete(self, name: ModelName) -> None:
        """Raises ``ModelNotFoundError`` or ``StorageError``."""
        await asyncio.to_thread(self._store.delete, name)

    def create(self, name: ModelName, recipe: Recipe) -> Iterator[str]:
        """The statuses of making a model, as they come; blocks, so take them in a thread."""
        return self._store.create(name, recipe)

    def has(self, name: ModelName) -> bool:
        """Whether it is installed, be it damaged; blocks for a moment."""
        try:
            self._store.resolve(name)
        except ModelNotFoundError:
            return False
        except ModelFileError:  # told by whoever uses it
            return True
        return True

    def _find(self, name: ModelName) -> EngineModel:
        model = self._model(self._store.resolve(name))
        self._store.refuse_wrong_sizes(name)
        if model.header.number(PARTS) > 1:
            raise ModelFileError(IN_PARTS)
        beside = model.files.projector
        for path in (*model.files.adapters, *((beside,) if beside is not None else ())):
            self._store.header(path)  # as whole as that of the weights
        return model

    def _list(self) -> list[EngineModel]:
        found = []
        for files in self._store.models():
            try:
                found.append(self._model(files))
            except ModelFileError:  # told when it is asked for
                continue
        return found

    def _model(self, files: ModelFiles) -> EngineModel:
        header = self._store.header(files.model_path)
        listed = files.config.capabilities or ()
        return EngineModel(files, header, capabilities_of(header, files.template, self._senses(files), listed))

    def _senses(self, files: ModelFiles) -> Senses:
        if files.projector is None:
            return Senses()
        try:
            return Senses.of(self._store.header(files.projector))
        except ModelFileError:  # told when it is loaded
            return Senses(sees=True)
