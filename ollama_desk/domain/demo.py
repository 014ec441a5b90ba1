"""The demonstration model that comes with the program: its name, what it is, and what it can be asked."""

DEMO_MODEL_NAME = "demo"
DEMO_NOTE = "A demonstration model: its answers are scripted, but every token is computed on this machine."

# label of a button → the message that it sends
DEMO_QUESTIONS: tuple[tuple[str, str], ...] = (
    ("What are you?", "What are you?"),
    ("Models", "Where do models come from, and how large are they?"),
    ("The server", "What is the server doing?"),
    ("Privacy", "What about my privacy?"),
    ("Markdown", "Show me some Markdown."),
    ("Code", "Write some code, please."),
    ("Thinking", "Show me your thinking."),
    ("A story", "Tell me a story, please."),
    ("A long answer", "Give me a long answer that I can watch."),
)
