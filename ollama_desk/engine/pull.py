"""``POST /api/pull``: not there yet; said plainly rather than pretended."""

from ollama_desk.domain.errors import InvalidNameError, RequestFailedError
from ollama_desk.engine.exchange import Exchange
from ollama_desk.ollama.wire import PullRequest
from ollama_desk.registry.reference import parse_name

TEXT = "the built-in engine cannot pull models yet; create one from a GGUF file, or use a real Ollama server"


async def refuse_pull(exchange: Exchange) -> None:
    """Refuse names that are none as Ollama does, and everything else with 501."""
    request = await exchange.read(PullRequest)
    try:
        parse_name(request.wanted)
    except InvalidNameError as error:
        raise RequestFailedError("invalid model name", status=400) from error
    raise RequestFailedError(TEXT, status=501)
