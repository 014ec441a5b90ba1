"""Applies a look: Fusion, palette, font and stylesheet, following the system live where the person wants that."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.palette import DARK, LIGHT, Tokens, qt_palette
from ollama_desk.ui.stylesheet import CODE, NOTE, TITLE, stylesheet

DESIGN_PT = 10.5  # the size at which the pixel figures of the design hold
DESIGN_FONT_PX = 14  # and its height in pixels at 96 dpi
SMALLEST_PT, LARGEST_PT = 9.0, 20.0
NO_THEME_FAMILY = "Sans Serif"  # Qt's own placeholder, where no platform theme names a font


class Theme(QObject):
    """The look of the application; views ask it for colours and sizes, and again after ``changed``.

    To be made before the first widget: with a stylesheet active a font does not reach widgets that exist.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._choice = ThemeChoice.SYSTEM
        self._system_font = QFont(app.font())
        if self._system_font.family() == NO_THEME_FAMILY or self._system_font.pointSizeF() <= 0:
            self._system_font.setPointSizeF(DESIGN_PT)
        self._font_px = DESIGN_FONT_PX
        self.tokens: Tokens = LIGHT
        app.setStyle("Fusion")
        self._set_font(self._system_font.pointSizeF())
        app.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    @property
    def base_pt(self) -> float:
        """Size of the text, in points."""
        return self._app.font().pointSizeF()

    def px(self, design: float) -> int:
        """A pixel figure of the design, scaled with the font."""
        return round(design * self._font_px / DESIGN_FONT_PX)

    def note_font(self) -> QFont:
        return self._scaled(NOTE)

    def title_font(self) -> QFont:
        font = self._scaled(TITLE)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def code_font(self) -> QFont:
        """The system's fixed font, a little smaller than the text beside it."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.base_pt * CODE)
        return font

    def apply(self, choice: ThemeChoice) -> None:
        """Show everything in this look from now on."""
        self._choice = choice
        self._dress()

    def resize_text(self, pt: float | None) -> None:
        """Set the size of the text, 9 to 20 points; None: the system's. Everything follows."""
        self._set_font(self._system_font.pointSizeF() if pt is None else min(max(pt, SMALLEST_PT), LARGEST_PT))
        self._dress()

    def _dress(self) -> None:
        self.tokens = DARK if self._is_dark() else LIGHT
        self._app.setPalette(qt_palette(self.tokens))
        self._app.setStyleSheet(stylesheet(self.tokens, pt=self.base_pt, px=self.px))
        self.changed.emit()

    def _set_font(self, pt: float) -> None:
        font = QFont(self._system_font)
        font.setPointSizeF(pt)
        self._app.setFont(font)
        self._font_px = QFontInfo(font).pixelSize()

    def _scaled(self, factor: float) -> QFont:
        font = QFont(self._app.font())
        font.setPointSizeF(self.base_pt * factor)
        return font

    def _is_dark(self) -> bool:
        match self._choice:
            case ThemeChoice.LIGHT:
                return False
            case ThemeChoice.DARK:
                return True
            case ThemeChoice.SYSTEM:
                return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _on_color_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self._choice is ThemeChoice.SYSTEM:
            self._dress()
