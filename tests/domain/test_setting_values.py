"""Each setting takes what makes sense, and says what does where something else was written."""

from dataclasses import fields

import pytest

from ollama_desk.domain.errors import SettingsError
from ollama_desk.domain.setting_values import usable
from ollama_desk.domain.settings import Settings, ThemeChoice


def test_every_default_can_be_used() -> None:
    for field in fields(Settings):
        assert usable(field.name, field.default) == field.default


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("theme", "dark", ThemeChoice.DARK),
        ("font_size_pt", 9, 9.0),
        ("pulls_at_once", 1, 1),
        ("pulls_at_once", 4, 4),
        ("font_size_pt", 20.0, 20.0),
        ("font_size_pt", 0, 0.0),
        ("start_server", False, False),
        ("host", " 127.0.0.1:11434 ", "127.0.0.1:11434"),
        ("host", "localhost", "localhost"),
        ("host", ":8080", ":8080"),
        ("host", "[::1]:65535", "[::1]:65535"),
        ("host", "https://models.example.org/", "https://models.example.org/"),
        ("host", "my_box.local:1", "my_box.local:1"),
        ("keep_alive", "5m", "5m"),
        ("keep_alive", "1h30m", "1h30m"),
        ("keep_alive", "1.5h", "1.5h"),
        ("keep_alive", "-1", "-1"),
        ("keep_alive", 300, "300"),
        ("keep_alive", "", ""),
        ("models_folder", "~/models", "~/models"),
        ("preload_models", ["a:1b", " b ", ""], ("a:1b", "b")),
        ("model_keep_alive", ["a:1b = 5m", "b=-1"], ("a:1b=5m", "b=-1")),
    ],
)
def test_cf_01_what_makes_sense_is_kept(name: str, value: object, kept: object) -> None:
    assert usable(name, value) == kept
    assert type(usable(name, value)) is type(kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "purple"),
        ("theme", 1),
        ("font_size_pt", 8.9),
        ("preload_models", "a:1b"),
        ("preload_models", [1]),
        ("preload_models", ["a"] * 1001),
        ("model_keep_alive", ["a:1b"]),
        ("model_keep_alive", ["=5m"]),
        ("model_keep_alive", ["a:1b=soon"]),
        ("pulls_at_once", 0),
        ("pulls_at_once", 5),
        ("pulls_at_once", True),
        ("pulls_at_once", 2.0),
        ("pulls_at_once", "2"),
        ("font_size_pt", 21),
        ("font_size_pt", -1),
        ("font_size_pt", True),
        ("font_size_pt", "12"),
        ("font_size_pt", float("nan")),
        ("font_size_pt", float("inf")),
        ("font_size_pt", 10**400),
        ("start_server", 1),
        ("start_server", "yes"),
        ("host", "127.0.0.1:0"),
        ("host", "127.0.0.1:-1"),
        ("host", "127.0.0.1:70000"),
        ("host", "127.0.0.1:80000"),
        ("host", "127.0.0.1:http"),
        ("host", "two words"),
        ("host", "ftp://127.0.0.1"),
        ("host", "ann:secret@127.0.0.1"),
        ("host", "127.0.0.1/path"),
        ("host", "[::1"),
        ("host", "0.0.0.0"),  # noqa: S104 - that it is refused
        ("host", "[::]:11434"),
        ("host", 11434),
        ("keep_alive", "5 minutes"),
        ("keep_alive", "5x"),
        ("keep_alive", "m"),
        ("keep_alive", "-"),
        ("keep_alive", "9" * 5000),
        ("keep_alive", 10**12),
        ("keep_alive", True),
        ("models_folder", "/a\0b"),
        ("models_folder", "/a\nb"),
        ("default_model", "x" * 5000),
        ("default_model", ["a"]),
        ("num_ctx", 10**12),
    ],
)
def test_cf_01_what_makes_none_is_refused_in_a_sentence(name: str, value: object) -> None:
    with pytest.raises(SettingsError) as refused:
        usable(name, value)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 200
