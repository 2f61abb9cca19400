"""Workers leave with the director's run, whatever ends it."""

from __future__ import annotations

import pytest

from kinect_sync.director.fleet import launched
from kinect_sync.director.link import Inbox, Link
from kinect_sync.values import Value
from tests.review.small_takes import small_rig


class Stubborn:
    """A worker that is told to stop just as the operator loses patience."""

    def __init__(self) -> None:
        self.killed = False

    def send(self, command: Value) -> None:
        raise KeyboardInterrupt

    def kill(self) -> None:
        self.killed = True

    def join(self, timeout_s: float) -> bool:
        return True


def test_a_second_ctrl_c_ends_the_workers_that_were_leaving() -> None:
    links: list[Stubborn] = []

    def launch(name: str, inbox: Inbox) -> Link:
        links.append(Stubborn())
        return links[-1]

    rig = small_rig()
    with (
        pytest.raises(KeyboardInterrupt),
        launched([rig.settings_of(device) for device in rig.devices], launch, lambda: False),
    ):
        pass
    assert [link.killed for link in links] == [True] * 3
