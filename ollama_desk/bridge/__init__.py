"""Between the core and Qt: the event loop, events as signals, clicks as owned tasks."""
