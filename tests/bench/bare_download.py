"""The least that downloads a file and checks it: ``bare_download.py URL FILE`` prints the seconds and the SHA-256."""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path

import httpx


async def download(url: str, path: Path) -> tuple[float, str]:
    seen = hashlib.sha256()
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=60) as client:  # noqa: S501 - plain HTTP
        began = time.perf_counter()
        async with client.stream("GET", url) as response:
            with path.open("wb", buffering=0) as file:
                async for piece in response.aiter_raw():
                    seen.update(piece)
                    file.write(piece)
                os.fsync(file.fileno())
        return time.perf_counter() - began, seen.hexdigest()


if __name__ == "__main__":
    took_s, digest = asyncio.run(download(sys.argv[1], Path(sys.argv[2])))
    sys.stdout.write(f"{took_s} {digest}\n")
