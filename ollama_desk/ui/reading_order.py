"""Where Tab goes: through a window as one reads it, whatever was made first.

Qt's own chain is in the order in which widgets were made: a message that came later would be reached after the status
dock, and the entry of a page before its neighbour's.
"""

from collections.abc import Iterator
from functools import cmp_to_key

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def step(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to what one reads next (or before); False where nothing else takes it."""
    stops = list(reading_order(window))
    at = window.focusWidget()
    if at in stops:
        target = stops[(stops.index(at) + (1 if forward else -1)) % len(stops)]
    elif stops:
        target = stops[0 if forward else -1]
    else:
        return False
    target.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    _bring_into_view(target)
    return target is not at


def reading_order(parent: QWidget) -> Iterator[QWidget]:
    """What in ``parent`` takes the focus by Tab: by lines, each from its beginning; what belongs together stays so."""
    mirrored = parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
    children = (each for each in parent.children() if isinstance(each, QWidget) and _is_here(each))
    placed = [(_mirrored(child.geometry(), parent) if mirrored else child.geometry(), child) for child in children]
    for _, child in sorted(placed, key=cmp_to_key(_order)):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isEnabled() and child.focusProxy() is None:
            yield child
        yield from reading_order(child)


def _is_here(widget: QWidget) -> bool:
    """Also what has to be scrolled to, but nothing in a part that is folded to no height, as the dock's body is."""
    return widget.isVisible() and not widget.isWindow() and not widget.size().isEmpty()


def _order(first: tuple[QRect, QWidget], second: tuple[QRect, QWidget]) -> int:
    """Negative where ``first`` is read first: it is in the same line and before, or in a line above."""
    one, other = first[0], second[0]
    shared = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    if 2 * shared > min(one.height(), other.height()) and one.left() != other.left():
        return one.left() - other.left()
    return one.top() - other.top()


def _mirrored(place: QRect, parent: QWidget) -> QRect:
    return QRect(parent.width() - place.right(), place.top(), place.width(), place.height())


def _bring_into_view(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
