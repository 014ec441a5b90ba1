"""The local server as a supervised child process that never outlives us and is never somebody else's."""
