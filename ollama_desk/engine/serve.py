"""``ollama-desk engine serve``: an Ollama-compatible server on llama.cpp, as a program of its own."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import uvicorn

from ollama_desk import __version__
from ollama_desk.core.tasks import TaskScope
from ollama_desk.engine.answers import Answerer, Defaults
from ollama_desk.engine.app import EngineApp
from ollama_desk.engine.connections import Connection, Limits
from ollama_desk.engine.leftovers import sweep
from ollama_desk.engine.pull import HF_TOKEN, puller
from ollama_desk.engine.routes import routes
from ollama_desk.engine.scheduler import Scheduler
from ollama_desk.engine.settings import EngineOptions, read_options
from ollama_desk.engine.shelf import Shelf

log = logging.getLogger(__name__)

DESCRIPTORS = 4096
CLIENT_IDLE_S = 75  # a client that asks again every few seconds keeps its connection


def main(argv: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 1 where the port is taken.

    Args:
        argv: nothing; everything is said by the environment, as to a real ``ollama serve``.
    """
    if argv:
        sys.stderr.write(f"Error: unknown argument {argv[0]}\n")
        return 1
    options = read_options(os.environ, home=Path(os.path.expanduser("~")))  # noqa: PTH111 - never raises, even where nobody knows a home
    _start_log()
    _allow_descriptors()
    try:
        listener = _listen(options)
    except OSError as error:
        sys.stderr.write(f"Error: listen tcp {_shown(options)}: bind: {_reason(error)}\n")
        return 1
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options, listener))
    return 0


def _allow_descriptors() -> None:
    """Every chat takes two; systems begin with 256 or 1024, and let a program have more that asks."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - POSIX only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listen(options: EngineOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.bind_host else socket.AF_INET
    # with its protocol said: asyncio sets TCP_NODELAY only then, and without it every answer on a kept connection
    # waits 40 ms for the client's acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows it would let two servers have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.bind_host, options.address.port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    return "address already in use" if error.errno == errno.EADDRINUSE else (error.strerror or str(error)).lower()


def _shown(options: EngineOptions) -> str:
    host = f"[{options.bind_host}]" if ":" in options.bind_host else options.bind_host
    return f"{host}:{options.address.port}"


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which would end the process by the signal instead of by exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(options: EngineOptions, listener: socket.socket) -> None:
    requests, runners = TaskScope(), TaskScope()
    runners.spawn(asyncio.to_thread(sweep, Path(tempfile.gettempdir())), name="folders that killed runners left")
    scheduler = Scheduler(
        runners,
        max_loaded=options.max_loaded,
        max_queue=options.max_queue,
        load_timeout_s=options.load_timeout_s,
        launch=options.launch,
    )
    shelf = Shelf(options.models)
    pulling = puller(shelf.store, os.environ)
    os.environ.pop(HF_TOKEN, None)  # the runners inherit what is left
    defaults = Defaults(options.keep_alive_s, options.context_length)
    answerer = Answerer(shelf.find, scheduler=scheduler, defaults=defaults)
    app = EngineApp(
        routes(answerer, shelf, scheduler, puller=pulling, version=__version__),
        requests,
        machine=socket.gethostname(),
        on_loopback=options.on_loopback,
        origins=options.origins,
    )
    config = uvicorn.Config(
        app,
        http=partial(Connection, limits=Limits()),  # type: ignore[arg-type] # called like the class
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=CLIENT_IDLE_S,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    stopping = _stop_on_signals()
    log.info("listening on %s (version %s)", _shown(options), __version__)
    serving = runners.spawn(server.serve(sockets=[listener]), name="http server")
    try:
        await asyncio.wait({serving, runners.spawn(stopping.wait(), name="signals")}, return_when="FIRST_COMPLETED")
    finally:
        log.info("stopping")
        server.should_exit = True
        await requests.aclose()  # streams end now: uvicorn would wait for them
        await scheduler.aclose()
        await asyncio.wait({serving}, timeout=3)
        await runners.aclose()


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    return stopping


class _LogLine(logging.Formatter):
    """Lines in the form of the real server's, so that one reader serves both."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace('"', "'").replace("\n", " | ")
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f'time={at}.{int(record.msecs):03d}Z level={record.levelname} source={record.module}.py msg="{text}"'


def _start_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LogLine("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
