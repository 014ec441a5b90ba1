"""How serious a line of the server's log is."""

import pytest

from ollama_desk.domain.server_log import LogLevel, level_of


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ('time=2026-11-21T05:31:02.123Z level=WARN source=serve.go:1 msg="an ERROR in words"', LogLevel.WARNING),
        ("time=x level=ERROR msg=x", LogLevel.ERROR),
        ("time=x level=DEBUG msg=x", LogLevel.DEBUG),
        ('time=x level=INFO source=x msg="error: none"', LogLevel.INFO),
        ("time=x level=SOMETHING msg=x", LogLevel.INFO),
        ("[GIN] 2026/11/21 - 05:31:09 | 200 |    1.234ms |  127.0.0.1 | GET /api/tags", LogLevel.INFO),
        ("[GIN] 2026/11/21 - 05:31:09 | 404 |    1.234ms |  127.0.0.1 | GET /api/none", LogLevel.WARNING),
        ("[GIN] 2026/11/21 - 05:31:09 | 500 |    1.234ms |  127.0.0.1 | POST /api/chat", LogLevel.ERROR),
        ("panic: runtime error", LogLevel.ERROR),
        ("Error: listen tcp 127.0.0.1:11434: bind: address already in use", LogLevel.ERROR),
        ("[WARNING] something", LogLevel.WARNING),
        ("llama_model_loader: no error handler", LogLevel.INFO),
        ("", LogLevel.INFO),
    ],
)
def test_a_line_says_how_serious_it_is(text: str, level: LogLevel) -> None:
    assert level_of(text) is level


def test_an_indented_line_belongs_to_the_one_before() -> None:
    assert level_of("\tgoroutine 1 [running]:", LogLevel.ERROR) is LogLevel.ERROR
    assert level_of("a new line", LogLevel.ERROR) is LogLevel.INFO
