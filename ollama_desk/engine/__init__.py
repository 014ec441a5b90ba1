"""An Ollama-compatible server on llama.cpp: a program of its own that the sidecar starts as a child."""
