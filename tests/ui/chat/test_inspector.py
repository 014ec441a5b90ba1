"""The inspector shows what holds, takes what is right, says what is wrong, and resets."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.domain.chat import ChatOptions
from ollama_desk.domain.context import ContextUse
from ollama_desk.ui.chat.context_meter import ContextMeter, tokens_text
from ollama_desk.ui.chat.inspector import Inspector, context_stops
from ollama_desk.ui.theme import Theme

DEFAULTS = ChatOptions(system="Be kind.", temperature=0.6, context_length=4096, stop=("<|im_end|>", "\n"))
ALL = ChatOptions("Be brief.", 0.0, 8192, 7, ("END", "\n"), -1)


@pytest.fixture
def inspector(theme: Theme, qtbot: QtBot) -> Inspector:
    made = Inspector(theme)
    qtbot.addWidget(made)
    made.resize(300, 700)
    made.show()
    return made


def show(inspector: Inspector, options: ChatOptions, *, loaded: int = 0) -> None:
    inspector.show_options(options, defaults=DEFAULTS, trained_for=32_768, loaded_tokens=loaded)


def test_what_is_not_changed_shows_the_models_own(inspector: Inspector) -> None:
    show(inspector, ChatOptions())
    assert inspector.system.edit.placeholderText() == "Be kind."
    assert inspector.temperature.edit.placeholderText() == "0.6"
    assert inspector.context.edit.placeholderText() == "4096"
    assert inspector.seed.edit.placeholderText() == "random"
    assert inspector.stop.edit.placeholderText() == "<|im_end|> \\n"
    assert all(field.reset.isHidden() for field in inspector.fields())
    assert inspector.options() == ChatOptions()


def test_every_option_comes_back_as_it_was_shown(inspector: Inspector) -> None:
    show(inspector, ALL)
    assert inspector.options() == ALL
    assert not any(field.reset.isHidden() for field in inspector.fields())


def test_a_change_is_told_once_and_can_be_reset(inspector: Inspector) -> None:
    told: list[ChatOptions] = []
    inspector.options_changed.connect(told.append)
    show(inspector, ChatOptions())
    QTest.keyClicks(inspector.temperature.edit, "1,5")
    QTest.keyClick(inspector.temperature.edit, Qt.Key.Key_Return)
    inspector.flush()
    assert told == [ChatOptions(temperature=1.5)]
    QTest.mouseClick(inspector.temperature.reset, Qt.MouseButton.LeftButton)
    assert told[-1] == ChatOptions()
    assert inspector.temperature.edit.hasFocus()


def test_what_is_written_is_taken_over_after_a_moment(inspector: Inspector, qtbot: QtBot) -> None:
    show(inspector, ChatOptions())
    with qtbot.waitSignal(inspector.options_changed) as told:
        inspector.system.edit.setPlainText("Be brief.")
    assert told.args == [ChatOptions(system="Be brief.")]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("temperature", "5"),
        ("temperature", "hot"),
        ("temperature", "nan"),
        ("context", "12"),
        ("context", "1e12"),
        ("context", "99999k"),
        ("seed", "-3"),
        ("seed", "2147483648"),
        ("max_tokens", "0"),
        ("max_tokens", "-2"),
    ],
)
def test_cf01_what_is_no_value_gets_a_sentence_and_is_not_sent(inspector: Inspector, name: str, wrong: str) -> None:
    told: list[ChatOptions] = []
    inspector.options_changed.connect(told.append)
    show(inspector, ChatOptions())
    field = getattr(inspector, name)
    field.edit.setText(wrong)
    field.flush()
    assert told == []
    assert field.note.text().startswith("Write a ")
    assert field.note.property("role") == "problem"
    field.edit.setText("")
    field.flush()
    assert field.note.isHidden()
    assert told == []


def test_what_is_being_written_is_not_swept_away_by_news_of_the_model(inspector: Inspector) -> None:
    show(inspector, ChatOptions())
    inspector.seed.edit.setText("12")
    inspector.system.edit.setPlainText("half a")
    show(inspector, ChatOptions(), loaded=4096)
    assert inspector.seed.edit.text() == "12"
    assert inspector.system.edit.toPlainText() == "half a"


def test_the_slider_writes_the_number(inspector: Inspector, qtbot: QtBot) -> None:
    show(inspector, ChatOptions())
    with qtbot.waitSignal(inspector.options_changed) as told:
        inspector.context.slider.setValue(2)
    assert told.args == [ChatOptions(context_length=8192)]
    assert inspector.context.edit.text() == "8192"


def test_another_context_says_that_the_model_is_loaded_anew(inspector: Inspector) -> None:
    show(inspector, ChatOptions(), loaded=4096)
    assert inspector.context.note.isHidden()
    inspector.context.edit.setText("8k")
    inspector.context.flush()
    assert "loaded anew" in inspector.context.note.text()


def test_the_slider_of_the_context_ends_at_what_the_model_was_trained_for() -> None:
    assert context_stops(8192) == (2048, 4096, 8192)
    assert context_stops(5000) == (2048, 4096, 5000)
    assert context_stops(512) == (512,)
    assert context_stops(0)[-1] == 131_072


def test_the_meter_says_how_full_the_context_is_and_what_to_do(theme: Theme, qtbot: QtBot) -> None:
    meter = ContextMeter(theme)
    qtbot.addWidget(meter)
    assert meter.isHidden()
    meter.show_use(ContextUse(1229, 8192))
    assert meter.text().strip() == "1.2k of 8k"
    assert "nearly full" not in meter.toolTip()
    meter.show_use(ContextUse(8000, 8192))
    assert "nearly full" in meter.accessibleDescription()
    meter.show_use(ContextUse(300))
    assert meter.accessibleName() == "Context: 300 tokens"
    assert [tokens_text(number) for number in (0, 940, 1024, 10_300, 131_072)] == ["0", "940", "1k", "10k", "128k"]
