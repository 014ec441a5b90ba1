"""Settings are read tolerantly, written whole, and never at the cost of a person's own lines."""

import os
import stat
import tomllib
from pathlib import Path

import pytest

from ollama_desk.core.files import private_folder
from ollama_desk.core.settings_file import (
    LIMIT_BYTES,
    keep_aside,
    last_good_copy,
    read_settings,
    remember_good,
    restore_last_good,
    write_settings,
)
from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.settings import Language, Settings, ThemeChoice

NOWHERE = {"HOME": "/nowhere"}
GOOD = Settings(theme=ThemeChoice.DARK, keep_alive="10m")
BROKEN = {
    "half-written": b'theme = "dark"\nhost = "127.0',
    "invalid UTF-8": b'theme = "\xff\xfe"\n',
    "other format": b'{"theme": "dark"}',
    "10 MB": b"# x\n" * 2_500_000,
    "endless nesting": b"a = " + b"[" * 100_000,
    "endless number": b"a = " + b"9" * 10_000,
    "zeros": b"\0" * 4096,
}
BROKEN_FILES = pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def test_what_is_written_is_read_again(path: Path) -> None:
    settings = Settings(
        theme=ThemeChoice.DARK,
        font_size_pt=11.5,
        language=Language.GERMAN,
        enter_sends=False,
        host="127.0.0.1:4711",
        start_server=False,
        pulls_at_once=3,
        models_folder="/models/ä 張 🙂",
        preload_models=("a:1b", "hf.co/b/c:Q4"),
        model_keep_alive=("a:1b=30m",),
    )
    write_settings(path, settings)
    reading = read_settings(path, NOWHERE)
    assert (reading.settings, reading.problems, reading.damage) == (settings, (), "")


def test_only_what_was_chosen_is_written(path: Path) -> None:
    write_settings(path, Settings(enter_sends=False))
    assert tomllib.loads(path.read_text()) == {"enter_sends": False}


def test_cf_10_comments_and_keys_of_a_newer_version_are_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('# mine\nfuture = 1\ntheme = "light" # calm\n\n[later]\nx = [1, 2]\n')
    write_settings(path, Settings(theme=ThemeChoice.DARK, host="127.0.0.1:4711"))
    text = path.read_text()
    assert "# mine\n" in text
    assert 'theme = "dark" # calm\n' in text
    table = tomllib.loads(text)
    assert (table["future"], table["later"], table["host"]) == (1, {"x": [1, 2]}, "127.0.0.1:4711")


def test_an_int_is_fine_where_a_float_is_wanted(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("font_size_pt = 12\nkeep_alive = -1\n")
    settings = read_settings(path, NOWHERE).settings
    assert (settings.font_size_pt, settings.keep_alive) == (12.0, "-1")


def test_a_file_that_is_not_there_means_the_defaults(path: Path) -> None:
    assert read_settings(path, NOWHERE).settings == Settings()
    assert not path.parent.exists()


def test_a_byte_order_mark_does_no_harm(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert read_settings(path, NOWHERE).settings.theme is ThemeChoice.DARK
    write_settings(path, Settings(theme=ThemeChoice.LIGHT))
    assert read_settings(path, NOWHERE).settings.theme is ThemeChoice.LIGHT


@BROKEN_FILES
def test_st_12_the_last_good_copy_stands_in_for_a_broken_file(path: Path, content: bytes) -> None:
    write_settings(path, GOOD)
    path.write_bytes(content)
    reading = read_settings(path, NOWHERE)
    assert reading.settings == GOOD
    assert reading.damage
    assert path.read_bytes() == content


@BROKEN_FILES
def test_st_12_without_a_last_good_copy_there_are_the_defaults(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    reading = read_settings(path, NOWHERE)
    assert reading.settings == Settings()
    assert reading.damage


def test_st_12_an_emptied_file_is_broken_where_there_were_settings(path: Path) -> None:
    write_settings(path, GOOD)
    path.write_bytes(b"")
    assert read_settings(path, NOWHERE).settings == GOOD
    assert read_settings(path, NOWHERE).damage == "it is empty"
    last_good_copy(path).unlink()
    assert read_settings(path, NOWHERE).damage == ""


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")
@pytest.mark.parametrize("kind", ["to nothing", "to itself", "to a folder", "to a pipe", "to a device", "pipe"])
def test_st_12_a_link_or_a_pipe_in_its_place_is_not_waited_for(path: Path, kind: str) -> None:
    write_settings(path, GOOD)
    path.unlink()
    match kind:
        case "to nothing":
            path.symlink_to(path.parent / "nothing")
        case "to itself":
            path.symlink_to(path)
        case "to a folder":
            path.symlink_to(path.parent)
        case "to a pipe":
            os.mkfifo(path.parent / "fifo")
            path.symlink_to(path.parent / "fifo")
        case "to a device":
            path.symlink_to("/dev/zero")
        case _:
            os.mkfifo(path)
    reading = read_settings(path, NOWHERE)
    assert reading.settings == GOOD
    assert reading.damage
    assert keep_aside(path).name == "settings.toml.broken"
    assert restore_last_good(path)
    assert path.is_file()
    assert not path.is_symlink()
    assert read_settings(path, NOWHERE).settings == GOOD


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_st_12_a_link_to_a_sound_file_is_written_through(path: Path, tmp_path: Path) -> None:
    dotfile = tmp_path / "dotfiles" / "desk.toml"
    dotfile.parent.mkdir()
    dotfile.write_text('theme = "light" # mine\n')
    path.parent.mkdir()
    path.symlink_to(dotfile)
    assert read_settings(path, NOWHERE).settings.theme is ThemeChoice.LIGHT
    write_settings(path, GOOD)
    assert path.is_symlink()
    assert dotfile.read_text() == 'theme = "dark" # mine\nkeep_alive = "10m"\n'


def test_st_12_what_was_kept_aside_is_never_written_over(path: Path) -> None:
    path.parent.mkdir()
    names = []
    for number in range(3):
        path.write_text(f"broken {number}")
        names.append(keep_aside(path).name)
    assert names == ["settings.toml.broken", "settings.toml.broken-2", "settings.toml.broken-3"]
    assert (path.parent / names[0]).read_text() == "broken 0"
    assert not restore_last_good(path)


def test_st_12_what_cannot_be_moved_aside_is_said(path: Path) -> None:
    with pytest.raises(StorageError):
        keep_aside(path)


def test_st_12_a_write_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    write_settings(path, GOOD)
    before = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "in the way").write_bytes(before)
    with pytest.raises(StorageError):
        write_settings(path, Settings())
    assert (path / "in the way").read_bytes() == before
    assert not [each for each in path.parent.iterdir() if each.name.startswith(".")]


def test_only_a_file_with_something_in_it_becomes_the_last_good_copy(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"", b"#" * (LIMIT_BYTES + 1)):
        path.write_bytes(content)
        remember_good(path)
        assert not last_good_copy(path).exists()
    path.write_bytes(b'theme = "dark"\n')
    remember_good(path)
    assert last_good_copy(path).read_bytes() == b'theme = "dark"\n'


def test_cf_01_a_value_that_cannot_be_used_costs_nothing_but_itself(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('theme = "purple"\nfont_size_pt = 80\nhost = "127.0.0.1:70000"\nkeep_alive = "10m"\nnew = 1\n')
    reading = read_settings(path, NOWHERE)
    assert reading.settings == Settings(keep_alive="10m")
    assert [problem.partition(" is not used")[0] for problem in reading.problems] == [
        "settings.toml: theme",
        "settings.toml: font_size_pt",
        "settings.toml: host",
    ]
    assert not reading.damage


def test_cf_01_a_value_that_cannot_be_used_is_the_last_good_one(path: Path) -> None:
    write_settings(path, Settings(font_size_pt=14.0, keep_alive="10m"))
    path.write_text('font_size_pt = true\nkeep_alive = "5m"\n')
    assert read_settings(path, NOWHERE).settings == Settings(font_size_pt=14.0, keep_alive="5m")


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_cf_09_a_models_folder_that_leads_back_to_itself_is_not_used(path: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    path.parent.mkdir()
    path.write_text(f'models_folder = "{loop}"\ntheme = "dark"\n')
    reading = read_settings(path, NOWHERE)
    assert reading.settings == Settings(theme=ThemeChoice.DARK)
    assert "leads back to itself" in reading.problems[0]


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_cf_12_settings_are_private_under_any_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        write_settings(path, GOOD)
        path.write_bytes(b"broken")
        path.chmod(0o666)
        aside = keep_aside(path)
        restore_last_good(path)
        private_folder(path.parent)
    finally:
        os.umask(before)
    for file in (path, last_good_copy(path), aside):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
