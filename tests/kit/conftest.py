"""What every test of the kit begins with: English, and nothing known of what a student has achieved."""

import pytest


@pytest.fixture(autouse=True)
def nothing_known(tmp_path_factory, monkeypatch):
    """The checker notes progress down in a file of this test alone, and speaks English."""
    monkeypatch.setenv("ECHO_TO_CHAT_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
    monkeypatch.setenv("LANGUAGE", "en")
