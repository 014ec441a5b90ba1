"""The view of the disk: a picture that can be walked, a table, damage with its remedy, and a clean-up that asks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.domain.upkeep import (
    Damage,
    Health,
    LayerDamage,
    ModelHealth,
    Upkeep,
    VerifyProgress,
)
from ollama_desk.ui.models.disk_clean import CleanDialog
from ollama_desk.ui.models.disk_map import Part, PartKind
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.disk_picture import PartButton
from ollama_desk.ui.models.disk_text import damage_text, part_text, verified_text
from ollama_desk.ui.theme import Theme
from tests.support import upkeep_states as states
from tests.support.disk_panels import disk_panel, texts
from tests.support.upkeep_states import GB, LONG, NAMES

CONTRAST = 4.5


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> DiskPanel:
    return disk_panel(theme, qtbot)


def part(panel: DiskPanel, kind: PartKind) -> PartButton:
    return next(button for button in panel.picture.buttons if button.part.kind is kind)


def test_the_picture_and_the_table_say_the_same(panel: DiskPanel) -> None:
    assert panel.title.text() == "5 models, 31 GB · 4.7 GB unused · 900 MB of unfinished downloads"
    assert texts(panel)[0] == NAMES[1]
    assert texts(panel, 1)[:2] == ["19 GB", "8.1 GB"]
    assert part(panel, PartKind.MODEL).accessibleName() == f"{NAMES[1]}: 19 GB, 51 % of the models folder"
    assert part(panel, PartKind.UNUSED).accessibleName() == "Unused: 4.7 GB, 13 % of the models folder"
    assert panel.bar.words.text() == "Of 500 GB on this disk: models 37 GB, other files 389 GB, free 74 GB"
    assert not panel.blank.isVisible()


def test_the_parts_fill_the_picture_and_are_grouped_where_there_are_many(panel: DiskPanel) -> None:
    panel.show_upkeep(states.many())
    QApplication.processEvents()
    assert len(panel.picture.buttons) < 30
    assert all(panel.picture.rect().contains(button.geometry()) for button in panel.picture.buttons)
    assert "other models" in part(panel, PartKind.OTHERS).accessibleName()
    assert len(texts(panel)) == 200
    panel.show_upkeep(states.few())
    assert len(panel.picture.buttons) == 8


def test_tab_comes_to_one_part_and_the_arrows_lead_to_the_others(panel: DiskPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    buttons = panel.picture.buttons
    assert [button.focusPolicy() is Qt.FocusPolicy.StrongFocus for button in buttons].count(True) == 1
    buttons[0].setFocus()
    qtbot.waitUntil(buttons[0].hasFocus)
    for key, at in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_End, len(buttons) - 1),
        (Qt.Key.Key_Right, len(buttons) - 1),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Up, 0),
    ):
        (focused,) = [button for button in buttons if button.hasFocus()]
        QTest.keyClick(focused, key)
        assert buttons[at].hasFocus(), key
        assert buttons[at].focusPolicy() is Qt.FocusPolicy.StrongFocus
    QTest.keyClick(buttons[0], Qt.Key.Key_Return)
    assert panel.table.current_key() == NAMES[1]


def test_a_click_on_what_is_unused_is_a_wish_to_clean_up(panel: DiskPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.clean_requested):
        part(panel, PartKind.UNUSED).click()
    part(panel, PartKind.SHARED).click()  # there is nothing to choose


def test_the_words_of_the_picture_can_be_read_in_both_looks(theme: Theme, panel: DiskPanel) -> None:
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        theme.apply(choice)
        QApplication.processEvents()
        for fill in (theme.tokens.selected, theme.tokens.block):
            assert _contrast(QColor(theme.tokens.text), QColor(fill)) >= CONTRAST
        assert not panel.picture.grab().isNull()


def _contrast(one: QColor, two: QColor) -> float:
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def test_from_right_to_left_the_largest_part_is_on_the_right(theme: Theme, qtbot: QtBot) -> None:
    made = DiskPanel(theme)
    qtbot.addWidget(made)
    made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    made.resize(900, 700)
    made.show_upkeep(states.few())
    made.show()
    QApplication.processEvents()
    largest = made.picture.buttons[0].geometry()
    assert abs(largest.right() + 1 - made.picture.width()) <= 2
    assert not made.grab().isNull()


def test_without_models_the_view_says_what_it_is_for(panel: DiskPanel, qtbot: QtBot) -> None:
    panel.show_upkeep(states.empty())
    assert panel.blank.isVisible()
    assert not panel.table.isVisible()
    assert not panel.verify.isVisible()
    with qtbot.waitSignal(panel.get_requested):
        panel.blank.button.click()


def test_where_the_folder_cannot_be_seen_the_reason_stands_there(panel: DiskPanel) -> None:
    reason = "The models of this server are on another machine. Only folders of this machine can be looked at."
    panel.show_upkeep(Upkeep(unseen=reason))
    shown = [label.text() for label in panel.blank.findChildren(type(panel.title))]
    assert reason in shown
    assert not panel.picture.isVisible()
    assert not panel.bar.isVisible()


def test_what_may_not_be_cleaned_says_why(panel: DiskPanel) -> None:
    panel.show_upkeep(replace(states.damaged(), untouchable="A model is being imported. Wait until that is done."))
    for button in (panel.clean, *panel.damage.buttons):
        assert not button.isEnabled()
        assert "being imported" in button.toolTip()
        assert "being imported" in button.accessibleDescription()
    assert panel.verify.isEnabled()  # it only reads


def test_damage_is_told_with_its_remedy(panel: DiskPanel, qtbot: QtBot) -> None:
    assert not panel.damage.isVisible()
    panel.show_upkeep(states.damaged())
    assert panel.damage.isVisible()
    assert {LONG, NAMES[0]} == {button.accessibleName().split(" ")[1] for button in panel.damage.buttons}
    with qtbot.waitSignal(panel.repair_requested) as wish:
        panel.damage.buttons[1].click()
    assert wish.args == [NAMES[0]]
    assert part(panel, PartKind.MODEL).accessibleName().count("damaged") == 0
    assert any("(damaged)" in button.accessibleName() for button in panel.picture.buttons)
    assert texts(panel, 3).count("damaged") == 2
    panel.show_upkeep(states.few())
    assert not panel.damage.isVisible()


def test_many_damaged_models_do_not_fill_the_page(panel: DiskPanel) -> None:
    state = states.many()
    panel.show_upkeep(
        replace(state, healths=tuple(ModelHealth(each.name, Health.DAMAGED, states.DAMAGES) for each in state.healths))
    )
    assert len(panel.damage.buttons) == 20


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Damage.CONTENT, "Weights: the file holds other bytes than it should."),
        (Damage.SIZE, "Weights: the file has 5 B instead of 2.0 GB."),
        (Damage.MISSING, "Weights: the file is missing."),
        (Damage.UNREADABLE, "Weights: the disk does not let the file be read."),
        (Damage.MANIFEST, "The list of its files is damaged."),
    ],
)
def test_each_damage_has_its_sentence(qapp: QApplication, damage: Damage, words: str) -> None:
    assert qapp is not None
    assert damage_text(LayerDamage("", "application/vnd.ollama.image.model", damage, 5, 2 * GB)) == words


def test_a_verification_can_be_paused_and_ended(panel: DiskPanel, qtbot: QtBot) -> None:
    going = VerifyProgress(3 * GB, 12 * GB, left_s=200)
    panel.show_upkeep(replace(states.few(), progress=going))
    assert panel.line.text.text() == "Verifying files: 3.0 GB of 12 GB, 3 min left"
    assert not panel.verify.isEnabled()
    with qtbot.waitSignal(panel.pause_requested):
        panel.pause.click()
    panel.show_upkeep(replace(states.few(), progress=replace(going, is_paused=True)))
    assert panel.pause.text() == "Resume"
    with qtbot.waitSignal(panel.resume_requested):
        panel.pause.click()
    with qtbot.waitSignal(panel.cancel_requested):
        panel.line.cancel.click()
    panel.show_verified("Every file of every model is as it should be.")
    assert not panel.pause.isVisible()
    panel.line.close_button.click()
    assert not panel.line.isVisible()


def test_the_button_says_what_would_be_verified(panel: DiskPanel) -> None:
    assert panel.verify.text() == "Verify all files"
    panel.table.selectAll()
    assert panel.verify.text() == "Verify 5 models"
    panel.table.clearSelection()
    assert panel.verify.text() == "Verify all files"


def test_the_ends_of_a_verification(qapp: QApplication) -> None:
    assert qapp is not None
    assert verified_text(states.few().healths) == "Every file of every model is as it should be."
    assert verified_text(states.damaged().healths) == "Files of 2 models are damaged."
    assert "200 models were not read" in verified_text(states.many().healths)


def test_the_age_and_the_last_use_are_told(panel: DiskPanel) -> None:
    panel.show_used({NAMES[0]: states.NOW - timedelta(days=900)})
    assert "2 years ago" in texts(panel, 4)


def test_the_question_names_what_goes_and_what_comes_back(panel: DiskPanel, qtbot: QtBot) -> None:
    panel.ask_to_clean(states.leftovers())
    dialog = panel.findChild(CleanDialog) or panel.window().findChild(CleanDialog)
    assert dialog is not None
    assert dialog.question.text() == "Remove 3 entries that no model needs?"
    assert dialog.explanation.text().startswith("5.5 GB come back. This cannot be undone.")
    with qtbot.waitSignal(panel.clean_requested) as wish:
        dialog.recent.click()
    assert wish.args == [True]
    panel.ask_to_clean(())
    assert not dialog.yes.isEnabled()
    assert dialog.question.text() == "There is nothing to clean up"
    panel.ask_to_clean(states.leftovers()[:1])
    with qtbot.waitSignal(panel.remove_requested) as removal:
        dialog.yes.click()
    assert removal.args == [states.leftovers()[:1]]


def test_the_question_can_be_answered_with_no(panel: DiskPanel, qtbot: QtBot) -> None:
    panel.ask_to_clean(states.leftovers())
    dialog = panel.window().findChild(CleanDialog)
    assert dialog is not None
    with qtbot.assertNotEmitted(panel.remove_requested, wait=50):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    panel.ask_to_clean(states.leftovers())  # asked anew


def test_foreign_names_are_shown_as_text(panel: DiskPanel) -> None:
    evil = "<b>x</b>\u202e:latest"
    state = states.few()
    assert state.use is not None
    model = states.model(evil, 50 * GB)
    panel.show_upkeep(
        replace(
            state,
            use=replace(state.use, models=(model,)),
            healths=(ModelHealth(evil, Health.DAMAGED, states.DAMAGES),),
        )
    )
    assert texts(panel) == ["<b>x</b>:latest"]
    assert "<b>" not in panel.picture.buttons[0].toolTip()


def test_a_part_of_nothing_has_no_share(qapp: QApplication) -> None:
    assert qapp is not None
    assert "0" in part_text(Part(PartKind.UNUSED, 0), 0)
