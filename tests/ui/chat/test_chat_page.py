"""The chat page as a person uses it: drafts, several chats at once, undo, editing, continuing, and what is sent."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from ollama_desk.domain.chat import ChatChunk, ChatOptions, ChatTurn, DoneReason, Role
from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.events import ModelRenamed, ModelsChanged, ServerStateChanged, SettingsChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.settings import Settings
from ollama_desk.ui.chat.chat_rows import MARK, Mark
from ollama_desk.ui.theme import Theme
from tests.support.chat_page import ChatPage, chat_page
from tests.support.scripted_source import DONE, STATS, text

LENGTH = ChatChunk(done=True, done_reason=DoneReason.LENGTH, stats=STATS)


def marks(page: ChatPage) -> list[Mark]:
    rows = page.panel.chats.list
    return [rows.item(row).data(MARK) for row in range(rows.count()) if rows.item(row).data(MARK) is not None]


def button(page: ChatPage, label: str) -> QPushButton | None:
    found = [each for each in page.panel.findChildren(QPushButton) if each.text() == label and each.isVisible()]
    return found[-1] if found else None


def test_drafts_stay_with_their_chats_and_survive_a_restart(tmp_path: Path, theme: Theme) -> None:
    async def first() -> None:
        async with chat_page(tmp_path, theme, [*text("Yes"), DONE]) as page:
            await page.ask("One?")
            page.write("half a thought")
            page.panel.chats.new_requested.emit()
            await page.until(lambda: not page.panel.transcript.has_messages)
            assert page.panel.composer.text() == ""
            page.write("another")
            page.panel.chats.selected.emit(1)
            await page.until(lambda: page.panel.composer.text() == "half a thought")

    async def second() -> None:
        async with chat_page(tmp_path, theme) as page:
            assert page.panel.composer.text() == "half a thought"
            page.panel.chats.new_requested.emit()
            await page.until(lambda: page.panel.composer.text() == "another")

    asyncio.run(first())
    asyncio.run(second())


def test_what_is_written_while_the_program_comes_up_is_kept(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, typed="early words") as page:
            assert page.panel.composer.text() == "early words"

    asyncio.run(scenario())


def test_a_draft_is_saved_while_it_is_written(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("Yes"), DONE]) as page:
            await page.ask("One?")
            page.write("not lost")
            saved: list[str] = []

            async def look() -> None:
                saved.append((await page.desk.library.chats())[0].draft)

            for _ in range(200):
                await look()
                if saved[-1] == "not lost":
                    break
                await page.pump()
            assert saved[-1] == "not lost"
            page.press(Qt.Key.Key_Return)
            await page.until(lambda: page.panel.composer.text() == "")

    asyncio.run(scenario())


def test_two_chats_answer_at_once_and_the_unseen_one_is_marked(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        hold = asyncio.Event()
        async with chat_page(tmp_path, theme, [*text("Slow"), hold, DONE], [*text("Quick"), DONE]) as page:
            page.write("First?")
            page.press(Qt.Key.Key_Return)
            await page.until(lambda: "Slow" in page.seen())
            page.panel.chats.new_requested.emit()
            await page.until(lambda: not page.panel.transcript.has_messages)
            await page.ask("Second?")
            assert "Quick" in page.seen()
            assert "Slow" not in page.seen()
            assert marks(page) == [Mark.NONE, Mark.STREAMING]
            hold.set()
            await page.until(lambda: marks(page) == [Mark.NONE, Mark.UNREAD])
            page.panel.chats.selected.emit(1)
            await page.until(lambda: marks(page) == [Mark.NONE, Mark.NONE])
            assert "Slow" in page.seen()

    asyncio.run(scenario())


def test_a_cut_answer_is_continued_by_a_button(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("Half of"), LENGTH], [*text(" the rest."), DONE]) as page:
            await page.ask("Why?")
            go_on = button(page, "Continue")
            assert go_on is not None
            go_on.click()
            await page.until(lambda: "Half of the rest." in page.seen() and page.panel.composer.can_send())
            assert button(page, "Continue") is None
            assert page.desk.source.asked[-1].think is False
            assert page.desk.source.asked[-1].turns[-1] == ChatTurn(Role.ASSISTANT, "Half of")

    asyncio.run(scenario())


def test_up_edits_the_last_message_and_the_draft_comes_back(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("A"), DONE], [*text("B"), DONE]) as page:
            await page.ask("Wrong?")
            page.press(Qt.Key.Key_Up)
            assert page.panel.composer.text() == "Wrong?"
            page.press(Qt.Key.Key_Escape)
            assert page.panel.composer.text() == ""
            page.write("later")
            edit = button(page, "Edit")
            assert edit is not None
            edit.click()
            page.panel.composer.set_text("Right?")
            page.press(Qt.Key.Key_Return)
            await page.until(lambda: "B" in page.seen() and page.panel.composer.can_send())
            assert "Wrong?" not in page.seen()
            assert "Right?" in page.seen()
            assert page.panel.composer.text() == "later"
            assert page.desk.source.asked[-1].turns == (ChatTurn(Role.USER, "Right?"),)

    asyncio.run(scenario())


def test_a_deleted_chat_comes_back_with_undo(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("A"), DONE]) as page:
            await page.ask("Keep me?")
            page.panel.chats.delete_requested.emit(1)
            await page.until(lambda: page.titles() == [] and not page.panel.transcript.has_messages)
            assert page.notices == ["“Keep me?” was deleted."]
            page.offered[0]()
            await page.until(lambda: "Keep me?" in page.titles())

    asyncio.run(scenario())


def test_a_pinned_chat_stands_above_the_others(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("A"), DONE], [*text("B"), DONE]) as page:
            await page.ask("Old?")
            page.panel.chats.new_requested.emit()
            await page.until(lambda: not page.panel.transcript.has_messages)
            await page.ask("New?")
            page.panel.chats.pin_requested.emit(1, True)  # noqa: FBT003 - a Qt signal's argument
            await page.until(lambda: page.titles() == ["Pinned", "Old?", "Today", "New?"])
            page.panel.chats.search.setText("new")
            assert page.titles() == ["Today", "New?"]
            page.panel.chats.search.setText("nowhere")
            assert page.titles() == []

    asyncio.run(scenario())


def test_what_the_inspector_was_told_before_the_first_message_goes_with_it(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, [*text("A"), DONE]) as page:
            inspector = page.panel.inspector
            await page.until(lambda: inspector.temperature.edit.placeholderText() == "0.5")
            inspector.system.edit.setPlainText("Be brief.")
            inspector.context.edit.setText("4k")
            inspector.context.flush()
            await page.ask("Why?")
            asked = page.desk.source.asked[0]
            assert asked.turns[0] == ChatTurn(Role.SYSTEM, "Be brief.")
            assert asked.options == {"num_ctx": 4096}
            assert (await page.desk.library.chats())[0].options == ChatOptions("Be brief.", context_length=4096)
            assert page.panel.composer.meter.text().strip() == "10 of 4k"
            inspector.context.reset.click()
            await page.until(lambda: page.panel.composer.meter.text().strip() == "10")

    asyncio.run(scenario())


def test_words_that_cannot_be_saved_stand_in_the_composer_again(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme) as page:
            await page.desk.database.aclose()
            page.write("Precious?")
            page.press(Qt.Key.Key_Return)
            await page.until(lambda: bool(page.notices))
            assert page.panel.composer.text() == "Precious?"
            page.panel.composer.set_text("")

    with suppress(StorageError):  # leaving cannot save drafts either
        asyncio.run(scenario())


def test_settings_say_which_key_sends_and_which_model_a_new_chat_has(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        wanted = Settings(enter_sends=False, default_model="second:1b")
        async with chat_page(tmp_path, theme, [*text("A"), DONE], wanted=wanted) as page:
            page.models.models = (*page.models.models, Model("second:1b"))
            page.panel.chats.new_requested.emit()
            await page.until(lambda: page.panel.picker.current == "second:1b")
            page.write("one")
            page.press(Qt.Key.Key_Return)
            page.write("two")
            assert page.panel.composer.text() == "one\ntwo"
            QTest.keyClick(page.panel.composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await page.until(lambda: "A" in page.seen())
            assert page.desk.source.asked[0].model == "second:1b"
            page.desk.bus.publish(SettingsChanged(wanted, Settings()))
            page.write("three")
            page.press(Qt.Key.Key_Up)
            assert page.panel.composer.editor.enter_sends

    asyncio.run(scenario())


def test_a_chat_goes_on_with_its_model_under_its_new_name(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme, wanted=Settings(default_model="second:1b")) as page:
            page.models.models = (*page.models.models, Model("second:1b"))
            page.desk.bus.publish(ModelsChanged(page.models.models, ()))
            assert page.panel.picker.current == "second:1b"
            page.models.models = (*page.models.models[:-1], Model("other:1b"), Model("another:1b"))
            page.desk.bus.publish(ModelRenamed("third:1b", "another:1b"))
            page.desk.bus.publish(ModelRenamed("second:1b", "other:1b"))
            assert page.panel.picker.current == "other:1b"

    asyncio.run(scenario())


def test_nothing_is_sent_while_the_server_is_away(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        async with chat_page(tmp_path, theme) as page:
            page.panel.composer.set_reason("The server is not running.")
            page.write("Hello?")
            page.press(Qt.Key.Key_Return)
            assert page.panel.composer.text() == "Hello?"
            page.desk.bus.publish(ServerStateChanged(ServerStatus(ServerState.READY)))
            assert page.panel.composer.can_send()

    asyncio.run(scenario())


def test_st14_a_clock_that_went_back_opens_the_chat_that_was_used_last(tmp_path: Path, theme: Theme) -> None:
    async def first() -> None:
        async with chat_page(tmp_path, theme) as page:
            later, earlier = datetime(2030, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
            await page.desk.store.create_chat("m", at=later)
            chat = await page.desk.store.create_chat("m", at=earlier)
            await page.desk.library.save_draft(chat.id, "the last one")

    async def second() -> None:
        async with chat_page(tmp_path, theme) as page:
            assert page.panel.composer.text() == "the last one"

    asyncio.run(first())
    asyncio.run(second())
