"""The least that reads a streamed answer: ``bare_reader.py ADDRESS QUESTION`` prints the CPU seconds that it took."""

import asyncio
import json
import sys
import time

import httpx


async def read(address: str, question: str) -> float:
    body = {"model": "paced", "messages": [{"role": "user", "content": question}]}
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=60) as client:  # noqa: S501 - plain HTTP
        began = time.process_time()
        async with client.stream("POST", f"http://{address}/api/chat", json=body) as response:
            async for line in response.aiter_lines():
                json.loads(line)
        return time.process_time() - began


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(read(*sys.argv[1:]))))
