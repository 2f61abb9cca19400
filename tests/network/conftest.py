"""A studio with two hosts, and the agent of one that has to outlive whatever is done to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.programs import Program
from tests.network.listening import echoing
from tests.studio.studios import MadeStudio


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
