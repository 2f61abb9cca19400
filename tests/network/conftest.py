"""A studio with two hosts, and the agent of one that has to outlive whatever is done to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kinect_sync.network import settings
from tests.cli.programs import Program
from tests.network.listening import LONG_LEASE_MS, echoing
from tests.studio.studios import MadeStudio


@pytest.fixture(autouse=True)
def _busy_sides_stay_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine lets a side be silent for longer than the product's lease, and it would be dropped."""
    monkeypatch.setattr(settings, "LEASE_MS", LONG_LEASE_MS)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> MadeStudio:
    made = MadeStudio(tmp_path_factory.mktemp("studio"))
    made.add("host-b")
    made.add("host-c")
    return made


@pytest.fixture(scope="module")
def agent(studio: MadeStudio) -> Iterator[Program]:
    """The agent of host-b, in a process of its own."""
    with echoing(studio.agent("host-b")) as started:
        yield started
