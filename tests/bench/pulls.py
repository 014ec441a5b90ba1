"""A registry to pull from, and an engine that pulls from it, for the benches of downloads."""

import http.client
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.programs import ROOT, child
from tests.support.engine import EngineProcess

LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class FileRegistry:
    """One model, whose weights are a file."""

    port: int
    digest: str

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}/library/model:latest"

    @property
    def blob_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2/library/model/blobs/{self.digest}"


@contextmanager
def registry(path: Path, digest: str) -> Iterator[FileRegistry]:
    with child([sys.executable, str(ROOT / "tests" / "bench" / "file_registry.py"), str(path), digest]) as process:
        assert process.stdout is not None
        yield FileRegistry(int(process.stdout.readline()), digest)


def pull(engine: EngineProcess, source: FileRegistry) -> float:
    """Seconds from the request to the end of its answer."""
    body = json.dumps({"model": source.name, "insecure": True})
    with closing(http.client.HTTPConnection("127.0.0.1", engine.port, timeout=LIMIT_S)) as connection:
        began = time.perf_counter()
        connection.request("POST", "/api/pull", body)
        last = connection.getresponse().read().splitlines()[-1]
        took_s = time.perf_counter() - began
    assert json.loads(last) == {"status": "success"}, last
    return took_s


def forget(engine: EngineProcess) -> None:
    """Empty its models folder."""
    for folder in engine.models.iterdir():
        shutil.rmtree(folder)
