"""Brings the demonstration model that is in the package to a server."""

import asyncio
import hashlib
import logging
from contextlib import aclosing
from pathlib import Path

from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.ollama.client import OllamaClient

log = logging.getLogger(__name__)

DEMO_CONTEXT = 32_768
# A Go template that a real Ollama reads too: it renders ChatML, and naming .Thinking declares the capability.
DEMO_TEMPLATE = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ if .Thinking }}<think>{{ .Thinking }}</think>\n{{ end }}"
    "{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)
DEMO_LICENCE = "MIT. A demonstration model of Ollama Desk: its answers are scripted, its inference is real."


async def create_demo(client: OllamaClient, file: Path) -> None:
    """Send ``file`` to the server and make the demonstration model of it.

    Raises:
        OllamaError: the server refused it.
    """
    data = await asyncio.to_thread(file.read_bytes)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if not await client.has_blob(digest):
        await client.upload_blob(digest, file)
    steps = client.create(
        DEMO_MODEL_NAME,
        files={file.name: digest},
        template=DEMO_TEMPLATE,
        parameters={"num_ctx": DEMO_CONTEXT, "temperature": 0, "stop": ["<|im_end|>"]},
        licence=DEMO_LICENCE,
    )
    async with aclosing(steps):
        async for step in steps:
            log.info("demonstration model: %s", step.status)
