"""The colours of the two looks, by what they are for."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

DISABLED_ALPHA = 140


@dataclass(frozen=True, slots=True)
class Tokens:
    """One look. Every value is ``#RRGGBB``."""

    window: str
    surface: str
    raised: str
    border: str
    strong: str
    hover: str
    selected: str
    block: str
    handle: str
    handle_hover: str
    keyword: str
    string: str
    comment: str
    number: str
    name: str
    text: str
    muted: str
    accent: str
    on_accent: str
    ok: str
    warning: str
    danger: str
    code: str


LIGHT = Tokens(
    window="#FFFFFF",
    surface="#F7F8FA",
    raised="#FFFFFF",
    border="#E2E5EA",
    strong="#868E99",
    hover="#ECEEF2",
    selected="#E4E9FA",
    block="#F1F3F7",
    handle="#C5CAD2",
    handle_hover="#9AA2AE",
    keyword="#8A3FBF",
    string="#1A7F4B",
    comment="#66707B",
    number="#A1480B",
    name="#2A56C6",
    text="#1B1F24",
    muted="#5B6470",
    accent="#3457D5",
    on_accent="#FFFFFF",
    ok="#1A7F4B",
    warning="#8F5B00",
    danger="#C62B32",
    code="#F3F4F7",
)
DARK = Tokens(
    window="#141517",
    surface="#1B1D20",
    raised="#25282C",
    border="#33373D",
    strong="#757D88",
    hover="#25282C",
    selected="#2A3150",
    block="#23262B",
    handle="#40454D",
    handle_hover="#5C636E",
    keyword="#C7A0F5",
    string="#7FD3A2",
    comment="#8B94A0",
    number="#F0AE7A",
    name="#8DB4FF",
    text="#ECEEF1",
    muted="#A3ABB6",
    accent="#8DA4FF",
    on_accent="#10131A",
    ok="#4CC38A",
    warning="#E8B04B",
    danger="#FF7A80",
    code="#1F2226",
)


def qt_palette(tokens: Tokens) -> QPalette:
    """The palette that Fusion paints with."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.window,
        role.Base: tokens.window,
        role.AlternateBase: tokens.surface,
        role.WindowText: tokens.text,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.danger,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.PlaceholderText: tokens.muted,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Accent: tokens.accent,
        role.Mid: tokens.border,
        role.Midlight: tokens.border,
        role.Dark: tokens.strong,
        role.Light: tokens.raised,
        role.Shadow: tokens.border,
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    disabled = QColor(tokens.muted)
    disabled.setAlpha(DISABLED_ALPHA)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, disabled)
    return palette
