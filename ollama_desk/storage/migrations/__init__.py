"""How the database came to its present shape: one module a step, never changed once it was released."""

from collections.abc import Iterable

from ollama_desk.storage.migrations import m0001_chats, m0002_chat_options, m0003_downloads, m0004_speeds

# The database's user_version is the number of steps that it has taken.
MIGRATIONS: tuple[Iterable[str], ...] = (
    m0001_chats.STATEMENTS,
    m0002_chat_options.STATEMENTS,
    m0003_downloads.STATEMENTS,
    m0004_speeds.STATEMENTS,
)
