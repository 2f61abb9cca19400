"""Fixtures that several folders of tests use, and the time that a test may take."""

from __future__ import annotations

import signal

import pytest

from tests.display import display as display
from tests.display import session_display as session_display
from tests.turns import take_turns
from tests.virtual_k4a.fixtures import virtual_k4a as virtual_k4a

PATIENCE = pytest.mark.timeout(600)
"""For seconds of real time on a machine that is busy with other things, where the run is repeated too."""


def pytest_configure() -> None:
    """Let Ctrl-C be heard also where tests run in the background of a shell, which has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Be patient with every test that waits for real time; others are told sooner that they hang."""
    take_turns(items)
    for item in items:
        if item.get_closest_marker("realtime"):
            item.add_marker(PATIENCE, append=False)
