"""How fast each model has answered, and the benchmarks."""

# No row of another table looks like these, which tells them apart in a damaged file: a text and a number first, and a
# number and two texts with more than one column behind them. Durations: microseconds, whole numbers as all there is.
STATEMENTS = (
    """
    CREATE TABLE speeds (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        model TEXT NOT NULL,
        at INTEGER NOT NULL, -- times: UTC, milliseconds
        prompt_tokens INTEGER NOT NULL,
        answer_tokens INTEGER NOT NULL,
        answer_us INTEGER NOT NULL,
        prompt_us INTEGER,
        first_token_us INTEGER,
        load_us INTEGER,
        context_length INTEGER NOT NULL,
        gpu_percent INTEGER,
        digest TEXT NOT NULL,
        server TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE benchmarks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        model TEXT NOT NULL,
        digest TEXT NOT NULL,
        load_us INTEGER,
        context_length INTEGER NOT NULL,
        gpu_percent INTEGER,
        server TEXT NOT NULL,
        server_version TEXT NOT NULL,
        measured TEXT NOT NULL -- JSON of BenchmarkRow
    ) STRICT
    """,
    "CREATE INDEX speeds_model ON speeds (model, id)",
    "CREATE INDEX benchmarks_model ON benchmarks (model, id)",
)
