"""The status dock of the server."""
