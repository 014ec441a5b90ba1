"""Model names, GGUF headers and the models folder in the layout that Ollama uses."""
