"""What a chat sends, what was written in it and not sent, pins, unread answers, and how long a model thought."""

STATEMENTS = (
    "ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chats ADD COLUMN unread INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chats ADD COLUMN draft TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE chats ADD COLUMN options TEXT NOT NULL DEFAULT '{}'",  # JSON of what differs in ChatOptions
    "CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "ALTER TABLE messages ADD COLUMN thinking_ms INTEGER NOT NULL DEFAULT 0",
)
