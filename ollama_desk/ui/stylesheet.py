"""The one stylesheet, from a look and the size of the text. Pixel figures hold at 10.5 pt and scale with it."""

from collections.abc import Callable

from ollama_desk.ui.palette import Tokens

NOTE, TITLE, CODE = 0.88, 1.2, 0.95  # of the size of the text


def stylesheet(t: Tokens, *, pt: float, px: Callable[[float], int]) -> str:
    """The text for ``QApplication.setStyleSheet``."""
    note, title = f"{pt * NOTE:.1f}pt", f"{pt * TITLE:.1f}pt"
    return "\n".join(
        (
            _window(t),
            _rail(t, px, note),
            _dock(t, note),
            _text(t, note, title),
            _fields(t, px),
            _buttons(t, px),
            _quiet_buttons(t, px),
            _menus(t, px),
            _chat(t, note),
            _settings(t, note),
            _tables(t, px, note),
            _downloads(t, px, note),
            _bars(t, px),
        )
    )


def _window(t: Tokens) -> str:
    return f"""
* {{ outline: none; }}
QMainWindow::separator {{ background: transparent; width: 1px; height: 3px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QSplitter::handle {{ background: transparent; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 4px 8px; }}
#sidebar {{ background: {t.surface}; border: 0; border-right: 1px solid {t.border}; }}
#head {{ background: {t.window}; border: 0; border-bottom: 1px solid {t.border}; }}
#notice {{ background: {t.block}; border: 0; border-bottom: 1px solid {t.border}; }}
#notice QLabel {{ color: {t.text}; }}
#inspector {{ background: {t.surface}; border: 0; border-left: 1px solid {t.border}; }}
#inspector QScrollArea, #inspector #column {{ background: transparent; }}
#card, #drawer {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: 10px; }}
#drawer QScrollArea, #drawer #column {{ background: transparent; }}
#drawer #tabs QToolButton {{ background: {t.surface}; }}
#drawer QPlainTextEdit[role="log"] {{ background: {t.window}; border-radius: 6px; }}
"""


def _rail(t: Tokens, px: Callable[[float], int], note: str) -> str:
    above, below = px(6), px(4)
    return f"""
#rail {{ background: {t.surface}; border: 0; border-right: 1px solid {t.border}; }}
#rail QToolButton {{ background: transparent; color: {t.muted}; font-size: {note}; border: 0; border-radius: 8px;
    margin: 0; padding: {above}px 0 {below}px 0; }}
#rail QToolButton:hover {{ background: {t.hover}; color: {t.text}; }}
#rail QToolButton[current="true"] {{ background: {t.selected}; color: {t.accent}; }}
#rail QToolButton:focus {{ border: 2px solid {t.accent}; padding: {above - 2}px 0 {below - 2}px 0; }}
"""


def _dock(t: Tokens, note: str) -> str:
    return f"""
QDockWidget {{ border: 0; }}
#statusline {{ background: {t.surface}; border: 0; border-top: 1px solid {t.border}; }}
#statusline QLabel {{ color: {t.muted}; font-size: {note}; }}
#statusline QLabel[role="state"] {{ color: {t.text}; font-weight: 600; }}
#dockbody {{ background: {t.surface}; }}
#loaded, #loadedrows {{ background: transparent; border: 0; }}
#dock[floating="true"] #statusline {{ border: 1px solid {t.strong}; border-bottom: 0; }}
#dock[floating="true"] #dockbody {{ border: 1px solid {t.strong}; border-top: 0; }}
"""


def _text(t: Tokens, note: str, title: str) -> str:
    return f"""
QLabel[role="note"] {{ color: {t.muted}; font-size: {note}; }}
QLabel[role="title"] {{ font-size: {title}; font-weight: 600; }}
QLabel[role="caption"] {{ color: {t.muted}; font-size: {note}; font-weight: 600; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="problem"] {{ color: {t.danger}; }}
QPlainTextEdit[role="log"] {{ background: {t.surface}; color: {t.text}; border: 2px solid transparent;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QPlainTextEdit[role="log"]:focus {{ border: 2px solid {t.accent}; }}
QTableView[role="log"] {{ background: {t.surface}; color: {t.text}; border: 2px solid transparent; }}
QTableView[role="log"]::corner {{ background: transparent; border: 0; }}
QTableView[role="log"]:focus {{ border: 2px solid {t.accent}; }}
"""


def _fields(t: Tokens, px: Callable[[float], int]) -> str:
    high, pad = px(30), px(8)
    return f"""
QLineEdit {{ background: {t.raised}; color: {t.text}; placeholder-text-color: {t.muted};
    border: 1px solid {t.border}; border-radius: 6px;
    padding: 0 {pad}px; min-height: {high}px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:hover {{ border-color: {t.strong}; }}
QLineEdit:focus {{ border: 2px solid {t.accent}; padding: 0 {pad - 1}px; min-height: {high - 2}px; }}
QPlainTextEdit[role="field"] {{ background: {t.raised}; color: {t.text}; placeholder-text-color: {t.muted};
    border: 1px solid {t.border}; border-radius: 6px; padding: {px(4)}px {px(5)}px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QPlainTextEdit[role="field"]:hover {{ border-color: {t.strong}; }}
QPlainTextEdit[role="field"]:focus {{ border: 2px solid {t.accent}; padding: {px(4) - 1}px {px(5) - 1}px; }}
QSlider {{ min-height: {px(22)}px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -6px 0; border-radius: 8px;
    background: {t.surface}; border: 2px solid {t.accent}; }}
QSlider::handle:horizontal:hover {{ background: {t.hover}; }}
QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
QLineEdit[role="search"] {{ padding-left: 2px; }}
QLineEdit[role="search"]:focus {{ padding-left: 1px; }}
QLineEdit > QToolButton {{ background: transparent; border: 0; }}
QProgressBar {{ background: {t.border}; border: 0; border-radius: 2px; max-height: {px(4)}px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
"""


def _buttons(t: Tokens, px: Callable[[float], int]) -> str:
    high, pad = px(30), px(12)
    return f"""
QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px;
    padding: 0 {pad}px; min-height: {high}px; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed {{ background: {t.border}; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 0 {pad - 1}px; min-height: {high - 2}px; }}
QPushButton:disabled {{ background: {t.surface}; color: {t.strong}; }}
QPushButton[kind="primary"] {{ background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent};
    font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ border-color: {t.text}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {t.border}; color: {t.muted}; border-color: {t.border}; }}
QPushButton[kind="danger"] {{ color: {t.danger}; }}
QPushButton[kind="new"] {{ text-align: left; padding: 0 {px(10)}px; }}
QPushButton[kind="new"]:focus {{ padding: 0 {px(10) - 1}px; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
"""


def _quiet_buttons(t: Tokens, px: Callable[[float], int]) -> str:
    high, pad = px(26), px(8)
    return f"""
QPushButton[kind="quiet"] {{ background: transparent; color: {t.muted}; border: 1px solid transparent;
    padding: 0 {pad}px; min-height: {high}px; }}
QPushButton[kind="quiet"]:hover {{ background: {t.hover}; color: {t.text}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {t.accent}; padding: 0 {pad - 1}px; min-height: {high - 2}px; }}
QPushButton[kind="quiet"]:checked {{ background: {t.hover}; color: {t.text}; }}
QPushButton[kind="quiet"]:disabled {{ background: transparent; color: {t.strong}; }}
QPushButton[kind="model"] {{ background: transparent; border: 1px solid transparent; font-weight: 600;
    padding: 0 {pad}px; }}
QPushButton[kind="model"]:hover {{ background: {t.hover}; }}
QPushButton[kind="model"]:focus {{ border: 2px solid {t.accent}; padding: 0 {pad - 1}px; }}
QToolButton[kind="quiet"] {{ background: transparent; color: {t.muted}; border: 1px solid transparent;
    border-radius: 6px; padding: {px(4)}px; }}
QToolButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:checked {{ background: {t.hover}; color: {t.text}; }}
QToolButton[kind="quiet"]:focus {{ border: 2px solid {t.accent}; padding: {px(4) - 1}px; }}
QToolButton[kind="quiet"]:disabled {{ background: transparent; color: {t.strong}; }}
"""


def _menus(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: {px(4)}px; }}
QMenu::item {{ padding: {px(6)}px {px(24)}px {px(6)}px {px(12)}px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.selected}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.strong}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: {px(4)}px {px(8)}px; }}
"""


def _chat(t: Tokens, note: str) -> str:
    return f"""
#composer {{ background: {t.raised}; border: 1px solid {t.strong}; border-radius: 10px; }}
#composer[active="true"] {{ border: 2px solid {t.accent}; }}
#composer QPlainTextEdit {{ background: transparent; border: 0; }}
#said {{ background: {t.block}; border: 0; border-radius: 10px; }}
#codebox {{ background: {t.code}; border: 1px solid {t.border}; border-radius: 8px; }}
#codebox QLabel {{ color: {t.muted}; font-size: {note}; }}
QTextBrowser {{ background: transparent; border: 0; selection-background-color: {t.accent};
    selection-color: {t.on_accent}; }}
#chatlist {{ background: transparent; border: 2px solid transparent; border-radius: 8px; }}
#chatlist:focus {{ border-color: {t.accent}; }}
#chatlist::item {{ color: {t.text}; border: 0; border-radius: 6px; padding: 0 8px; }}
#chatlist::item:hover {{ background: {t.hover}; }}
#chatlist::item:selected {{ background: {t.selected}; color: {t.text}; }}
#chatlist::item:disabled {{ background: transparent; color: {t.muted}; }}
#scroll, #scroll > QWidget > QWidget {{ background: {t.window}; border: 0; }}
"""


def _settings(t: Tokens, note: str) -> str:
    return f"""
#divider {{ background: {t.border}; border: 0; min-height: 1px; max-height: 1px; }}
#settingsbar {{ background: {t.block}; border: 0; border-top: 1px solid {t.border}; }}
QLabel[role="good"] {{ color: {t.ok}; font-size: {note}; font-weight: 600; }}
QLabel[role="mark"] {{ color: {t.warning}; font-size: {note}; font-weight: 600; }}
QLineEdit:disabled {{ background: {t.surface}; color: {t.strong}; }}
"""


def _tables(t: Tokens, px: Callable[[float], int], note: str) -> str:
    return f"""
QTableView {{ background: {t.window}; border: 0; gridline-color: transparent;
    selection-background-color: {t.selected}; selection-color: {t.text}; }}
QTableView::item {{ border: 0; padding: 0 {px(8)}px; }}
QHeaderView {{ background: {t.window}; border: 0; }}
QHeaderView::section {{ background: {t.window}; color: {t.muted}; border: 0; border-bottom: 1px solid {t.border};
    padding: 0 {px(11)}px; height: {px(32)}px; font-size: {note}; font-weight: 600; }}
QHeaderView::section:hover {{ color: {t.text}; }}
"""


def _downloads(t: Tokens, px: Callable[[float], int], note: str) -> str:
    """The tabs of the Models page and what is special to its downloads."""
    return f"""
#tabs::tab {{ background: transparent; color: {t.muted}; border: 1px solid transparent; border-radius: 6px;
    padding: 0 {px(10)}px; margin: 0 {px(2)}px; min-height: {px(28)}px; }}
#tabs::tab:hover {{ background: {t.hover}; color: {t.text}; }}
#tabs::tab:selected {{ background: {t.selected}; color: {t.accent}; }}
#tabs::tab:focus {{ border: 2px solid {t.accent}; padding: 0 {px(10) - 1}px; min-height: {px(28) - 2}px; }}
#tabs QToolButton {{ background: {t.window}; border: 0; }}
#drawer #tabs::tab {{ font-size: {note}; padding: 0 {px(4)}px; margin: 0; }}
#drawer #tabs::tab:focus {{ padding: 0 {px(4) - 1}px; }}
QTableView[role="inset"] {{ background: transparent; }}
QTableView[role="inset"] QHeaderView, QTableView[role="inset"] QHeaderView::section {{ background: transparent; }}
QProgressBar {{ background: {t.border}; border: 0; border-radius: {px(3)}px; min-height: {px(6)}px;
    max-height: {px(6)}px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: {px(3)}px; }}
"""


def _bars(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {t.handle}; min-height: {px(32)}px; border-radius: 3px; margin: 2px 3px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {t.handle}; min-width: {px(32)}px; border-radius: 3px; margin: 3px 2px; }}
QScrollBar::handle:hover {{ background: {t.handle_hover}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
