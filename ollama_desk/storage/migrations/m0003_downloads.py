"""The downloads of models: those to come, in their order, and those that have ended."""

# Three numbers first: no row of another table looks like that, which tells them apart in a damaged file.
STATEMENTS = (
    """
    CREATE TABLE downloads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        position INTEGER NOT NULL,
        added_at INTEGER NOT NULL, -- times: UTC, milliseconds
        insecure INTEGER NOT NULL,
        ended_at INTEGER,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        layers TEXT NOT NULL -- JSON of LayerProgress
    ) STRICT
    """,
)
