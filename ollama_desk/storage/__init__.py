"""What is kept: chats in SQLite, behind one connection in one worker thread."""
