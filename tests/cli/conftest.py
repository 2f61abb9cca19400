"""What tests of many commands are given."""

from __future__ import annotations

import pytest

from tests.cli.in_process import Run, make_run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in the test's own process."""
    return make_run(monkeypatch, capsys)
