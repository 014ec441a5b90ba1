"""Spares the reading of our sources: PySide6 does it with every module that is imported, looking for its features."""

import importlib

import PySide6.QtCore  # noqa: F401 - it brings the module that is changed below

SCAN = "_mod_uses_pyside"


def spare_sources() -> None:
    """Say once for all that no module switches PySide6's features (snake case, properties) on: ours never do.

    Reading and keeping the lines costs 25 ms and 11 MB before the first paint. It is PySide6's own business how it
    does that, so where it does it in another way nothing is changed.
    """
    try:
        feature = importlib.import_module("shibokensupport.feature")
    except ImportError:
        return
    if hasattr(feature, SCAN):
        setattr(feature, SCAN, lambda _module: False)
