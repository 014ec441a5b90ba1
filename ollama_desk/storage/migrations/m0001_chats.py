"""Chats, their trees of messages, and the pieces of answers that are still being written."""

# Ids are never used twice (AUTOINCREMENT) and are the order of things: a clock may go backwards.
# chats.position orders the list for the same reason. The foreign keys over two columns say that a parent and a leaf
# lie in the same chat. Parents have no cascade: SQLite stops at a depth of 1000, conversations do not.
STATEMENTS = (
    """
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        model TEXT NOT NULL,
        created_at INTEGER NOT NULL, -- times: UTC, milliseconds
        updated_at INTEGER NOT NULL,
        position INTEGER NOT NULL,
        leaf_id INTEGER,
        deleted_at INTEGER,
        FOREIGN KEY (id, leaf_id) REFERENCES messages (chat_id, id) DEFERRABLE INITIALLY DEFERRED
    ) STRICT
    """,
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        parent_id INTEGER,
        role TEXT NOT NULL,
        content TEXT NOT NULL,
        thinking TEXT NOT NULL,
        model TEXT NOT NULL,
        state TEXT NOT NULL,
        error TEXT NOT NULL,
        done_reason TEXT NOT NULL,
        stats TEXT, -- JSON of TurnStats
        created_at INTEGER NOT NULL,
        UNIQUE (chat_id, id),
        FOREIGN KEY (chat_id, parent_id) REFERENCES messages (chat_id, id)
    ) STRICT
    """,
    """
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
        content TEXT NOT NULL,
        thinking TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX chats_position ON chats (position)",
    "CREATE INDEX messages_parent ON messages (chat_id, parent_id)",
    "CREATE INDEX messages_streaming ON messages (id) WHERE state = 'streaming'",
    "CREATE INDEX chunks_message ON chunks (message_id, id)",
)
