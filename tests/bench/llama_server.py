"""llama.cpp's own server and nothing around it: ``llama_server.py GGUF N_CTX N_THREADS`` prints its address and serves.

It ends when its standard input does. Threads: 0 lets llama.cpp decide.
"""

import os
import sys

import xllamacpp


def main(argv: list[str]) -> None:
    model, n_ctx, n_threads = argv
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx, params.n_parallel = int(n_ctx), 1
    params.n_batch = params.n_ubatch = 512
    params.use_jinja, params.warmup = True, False
    params.cache_ram_mib = 256
    params.verbosity = 1
    params.port = 0
    if int(n_threads):
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(n_threads)
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    os._exit(0)  # llama.cpp's server has no way to stop


if __name__ == "__main__":
    main(sys.argv[1:])
