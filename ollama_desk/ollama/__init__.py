"""The HTTP adapter to an Ollama server: a typed client, and the wire that it shares with the engine."""
