"""Ollama Desk: run language models on your own machine.

The layers, each importing only what stands below it::

    __main__ → cli → desktop | headless
                 ui  over  bridge | gateway | engine
                 services
                 ollama | registry | sidecar | storage
                 core
                 domain

Adapters yield, services publish, the bridge emits, views show.
"""

__version__ = "0.1.0"
