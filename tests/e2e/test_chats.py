"""Several chats at once in the real program, with a real model."""

from pathlib import Path

import pytest

from tests.support.app import ROOT, App
from tests.support.endless import install_endless_model, install_quick_model
from tests.support.processes import marked_processes

pytestmark = pytest.mark.e2e

DRIVER = ROOT / "tests" / "e2e" / "chat_driver.py"


def expect_a_clean_end(app: App) -> None:
    assert app.wait() == 0, app.errors()
    assert app.errors() == ""
    assert marked_processes(app.owner()) == []


def test_a_day_of_chatting_works_with_a_real_model(tmp_path: Path) -> None:
    with App(tmp_path / "data", "a_day_of_chatting", driver=DRIVER) as app:
        app.wait_for("READY")
        install_quick_model(app.port, tmp_path)
        install_endless_model(app.port, tmp_path)
        assert app.wait_for("BOTH") == "true"
        edited = app.wait_for("EDITED")
        assert "Step 1" not in edited
        assert "primes" in edited or "def " in edited
        app.wait_for("CONTINUED")
        expect_a_clean_end(app)
    with App(tmp_path / "data", "reopen_draft", driver=DRIVER) as again:
        assert again.wait_for("DRAFT") == '"left behind"'
        expect_a_clean_end(again)
